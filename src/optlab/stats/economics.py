"""What a change is worth: payback, a small model before a big one, a prompt kept in the cache.

The rules for limits on length and the replay of a log against a cache have files of their own and are offered here.
"""

import math

from optlab.stats.arguments import require_costs, require_numbers
from optlab.stats.lengths import ceiling_rank, truncation_bound
from optlab.stats.replay import Replay, replay_cache

__all__ = [
    "Replay",
    "cache_break_even_calls",
    "cache_break_even_hit_rate",
    "cache_hit_rate_poisson",
    "cache_multiplier",
    "cascade_break_even",
    "cascade_cost",
    "cascade_quality",
    "ceiling_rank",
    "payback_calls",
    "replay_cache",
    "truncation_bound",
]

_ROUNDING = 1e-9


def payback_calls(experiment_cost: float, saving_per_call: float) -> float:
    """Calls until the saving has paid for the experiment, both in dollars; +inf when there is no saving.

    Raises ValueError when the cost is negative, or either is not finite.
    """
    require_costs("experiment_cost", [experiment_cost])
    require_numbers("saving_per_call", [saving_per_call])
    return experiment_cost / saving_per_call if saving_per_call > 0.0 else math.inf


def cascade_cost(small: float, judge: float, big: float, escalation: float) -> float:
    """Dollars per query of a cascade: small + judge + escalation x big, the first two paid for every query.

    `small`, `judge` and `big` in dollars per query (or all as multiples of one of them), `escalation` the share of
    queries the big model answers as well. FrugalGPT, arXiv 2305.05176.

    Raises ValueError when a cost is negative or not finite, or escalation is outside [0, 1].
    """
    require_costs("costs", [small, judge, big])
    _require_shares("escalation", escalation)
    return small + judge + escalation * big


def cascade_break_even(small: float, judge: float, big: float) -> float:
    """The escalation rate at which a cascade costs as much as the big model alone: 1 - (small + judge) / big.

    Arguments as in `cascade_cost`. The saving at an escalation rate e is this minus e; below 0 a cascade never pays.

    Raises ValueError when a cost is negative or not finite, or big is 0.
    """
    require_costs("costs", [small, judge, big])
    if big == 0.0:
        raise ValueError("a big model that costs nothing cannot be saved")
    return 1.0 - (small + judge) / big


def cascade_quality(
    p11: float, p10: float, p01: float, p00: float, pass_if_right: float, pass_if_wrong: float
) -> tuple[float, float, float]:
    """(share escalated, accuracy of the cascade, accuracy minus that of the big model alone), each a rate.

    `p11` .. `p00` are shares of queries: first digit 1 where the small model is right, second where the big one is.
    `pass_if_right` and `pass_if_wrong` are the chances that the judge passes a right and a wrong small answer.
    Escalated: (p11 + p10)(1 - t) + (p01 + p00)(1 - f); the difference is p10 t - p01 f.

    Raises ValueError on rates outside [0, 1], or shares that do not sum to 1.
    """
    _require_shares("rates", p11, p10, p01, p00, pass_if_right, pass_if_wrong)
    if not math.isclose(p11 + p10 + p01 + p00, 1.0, rel_tol=_ROUNDING):
        raise ValueError(f"the four shares must sum to 1, got {p11 + p10 + p01 + p00}")
    escalated = (p11 + p10) * (1.0 - pass_if_right) + (p01 + p00) * (1.0 - pass_if_wrong)
    gained = p10 * pass_if_right - p01 * pass_if_wrong
    return escalated, p11 + p01 + gained, gained


def cache_multiplier(hit_rate: float, write: float, read: float) -> float:
    """What a cached token costs on average, in multiples of the input price: read x hits + write x misses.

    `write` and `read` are the two prices in the same multiples (1.25 for five minutes, 2 for an hour; 0.1 on most
    models), `hit_rate` the share of calls that find the entry alive.

    Raises ValueError when hit_rate is outside [0, 1], or a price is negative or not finite.
    """
    require_costs("prices", [write, read])
    _require_shares("hit_rate", hit_rate)
    return read * hit_rate + write * (1.0 - hit_rate)


def cache_break_even_hit_rate(write: float, read: float) -> float:
    """The hit rate above which caching is cheaper than not caching: (write - 1) / (write - read), prices as multiples.

    Raises ValueError when a price is negative or not finite, or write does not exceed read.
    """
    require_costs("prices", [write, read])
    if write <= read:
        raise ValueError(f"a write must cost more than a read, got {write} and {read}")
    return (write - 1.0) / (write - read)


def cache_break_even_calls(write: float, read: float) -> int:
    """The fewest calls, all but the first of them hits, that are cheaper cached: write + read (N - 1) < N.

    Prices as multiples of the input price. Raises ValueError when a price is negative or not finite, or read >= 1.
    """
    require_costs("prices", [write, read])
    if read >= 1.0:
        raise ValueError(f"reading at {read} times the input price can never pay")
    # Costs that meet exactly at N calls may differ by rounding; meeting is not yet cheaper.
    return max(1, math.floor((write - read) / (1.0 - read) + _ROUNDING) + 1)


def cache_hit_rate_poisson(rate_per_min: float, ttl_min: float) -> float:
    """The share of calls that find a cache entry alive: 1 - exp(-rate x lifetime), for Poisson arrivals.

    `rate_per_min` in calls a minute, `ttl_min` the lifetime in minutes, renewed by every read. A lifetime counts from
    the start of the call that wrote or last read, so the share is P(gap < lifetime).

    Raises ValueError when one of them is negative or not finite.
    """
    require_costs("rate and lifetime", [rate_per_min, ttl_min])
    return -math.expm1(-rate_per_min * ttl_min)


def _require_shares(name: str, *values: float) -> None:
    if not all(0.0 <= value <= 1.0 for value in values):
        raise ValueError(f"{name} must lie between 0 and 1")
