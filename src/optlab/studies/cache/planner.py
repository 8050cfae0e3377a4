"""What a cacheable prefix costs at one's own arrivals: without a cache, with entries of 5 minutes or an hour, and kept
alive by pings.

Nothing is sent. From arrivals, and from a log's requests, everything is replayed exactly; from a rate it is the formula
for Poisson arrivals.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from optlab.catalogue import Rates, load
from optlab.core.cache_report import CachePlan, PlanName
from optlab.core.errors import UsageError
from optlab.core.request import CacheTtl
from optlab.engine.arrivals import TTL_MINUTES
from optlab.engine.pricing import Pricer
from optlab.stats import cache_break_even_hit_rate, cache_hit_rate_poisson, cache_multiplier
from optlab.stats.arrivals import keep_alive_poisson, replay_arrivals
from optlab.studies.cache.asked import UNKNOWN_MINIMUM, Asked
from optlab.studies.cache.bill import Bill, Keeping, bill_of
from optlab.studies.cache.books import LONGEST_WAIT_S

PING_EVERY_MIN: Final = 4.5
_EQUAL: Final = 0.001


class Prefix(msgspec.Struct, frozen=True):
    """What is to be cached: of which model, how many tokens."""

    model: str
    tokens: int

    @property
    def minimum(self) -> int:
        """Tokens from which its model caches."""
        known = load().find(self.model)
        return known.limits.min_cacheable_tokens if known else UNKNOWN_MINIMUM

    @property
    def first_token_s(self) -> float:
        """Seconds until an answer has begun, and with it what it wrote can be read: the model's median, at most 1."""
        known = load().find(self.model)
        return min(LONGEST_WAIT_S, known.latency.profile.ttft_s.p50) if known else LONGEST_WAIT_S


class Traffic(msgspec.Struct, frozen=True):
    """When calls come: at these times (epoch seconds), or at random with this rate. One of them is None.

    `of_log` tells that the times are those of the requests of a log.
    """

    times: tuple[float, ...] | None = None
    rate_per_minute: float | None = None
    of_log: bool = False


def plans_for(prefix: Prefix, traffic: Traffic, pricer: Pricer, most_pings: int | None = None) -> tuple[CachePlan, ...]:
    """All four ways, in the order none, 5m, 1h, keep_alive. A prefix below the minimum costs the same in each.

    Raises UsageError where the model has no price, or its input costs nothing.
    """
    rates = pricer.rates(prefix.model, prefix.tokens)
    _require_price(prefix.model, rates)
    plans = [_plan(prefix, rates, "none", 0.0, 1.0)]
    for name in TTL_MINUTES:
        share = _hit_rate(prefix, traffic, name)
        write = (rates.cache_write_5m if name == "5m" else rates.cache_write_1h) / rates.input
        plans.append(_plan(prefix, rates, name, share, cache_multiplier(share, write, rates.cache_read / rates.input)))
    share, pings = _kept_alive(prefix, traffic, most_pings)
    write, read = rates.cache_write_5m / rates.input, rates.cache_read / rates.input
    # A ping reads the prefix and answers with one token.
    ping = read + rates.output / rates.input / max(1, prefix.tokens)
    kept = _plan(prefix, rates, "keep_alive", share, cache_multiplier(share, write, read) + pings * ping)
    return (*plans, msgspec.structs.replace(kept, pings_per_call=pings) if prefix.tokens >= prefix.minimum else kept)


def plans_of_log(
    requests: Sequence[Asked], rates: Sequence[Rates], ends: Sequence[int], most_pings: int | None = None
) -> tuple[CachePlan, ...]:
    """All four ways for the requests of a log with breakpoints at `ends`, each replayed with what changes in them.

    A hit rate is the share of the prefixes' tokens that are read. Raises UsageError where the input costs nothing.
    """
    for request, rate in zip(requests, rates, strict=True):
        _require_price(request.root.model, rate)
    keeping = Keeping(60.0 * PING_EVERY_MIN, most_pings)
    ways: list[tuple[PlanName, Bill]] = [
        *((name, bill_of(requests, rates, ends, 60.0 * minutes)) for name, minutes in TTL_MINUTES.items()),
        ("keep_alive", bill_of(requests, rates, ends, 60.0 * TTL_MINUTES["5m"], keeping)),
    ]
    per_1000 = 1000 / len(requests)
    return (
        CachePlan("none", 0.0, 1.0, ways[0][1].uncached_usd * per_1000),
        *(
            CachePlan(
                name,
                found.read_tokens / found.prefix_tokens,
                found.prefix_usd / found.uncached_usd,
                found.prefix_usd * per_1000,
                found.pings / len(requests),
            )
            for name, found in ways
        ),
    )


def break_even(prefix: Prefix, pricer: Pricer) -> dict[PlanName, float]:
    """The hit rate from which each lifetime is cheaper than no cache; one that can never pay is left out."""
    rates = pricer.rates(prefix.model, prefix.tokens)
    writes: dict[PlanName, float] = {"5m": rates.cache_write_5m, "1h": rates.cache_write_1h}
    return {
        name: cache_break_even_hit_rate(write / rates.input, rates.cache_read / rates.input)
        for name, write in writes.items()
        if write >= rates.input > rates.cache_read
    }


def cheapest(plans: Sequence[CachePlan]) -> CachePlan:
    """The plan with the lowest bill; of plans that are the same within a thousandth the one that asks for less."""
    lowest = min(plan.usd_per_1000_calls for plan in plans)
    return next(plan for plan in plans if plan.usd_per_1000_calls <= lowest * (1 + _EQUAL))


def _require_price(model: str, rates: Rates) -> None:
    if not rates.input:
        raise UsageError(f"the input of {model} costs nothing, so there is nothing to save by caching it")


def _plan(prefix: Prefix, rates: Rates, name: PlanName, hit_rate: float, multiplier: float) -> CachePlan:
    if prefix.tokens < prefix.minimum:
        hit_rate, multiplier = 0.0, 1.0
    return CachePlan(name, hit_rate, multiplier, 1000 * prefix.tokens * rates.input / 1e6 * multiplier)


def _hit_rate(prefix: Prefix, traffic: Traffic, name: CacheTtl) -> float:
    if traffic.times is None:
        return cache_hit_rate_poisson(traffic.rate_per_minute or 0.0, TTL_MINUTES[name])
    replayed = replay_arrivals(traffic.times, 60.0 * TTL_MINUTES[name], prefix.first_token_s)
    return replayed.hits / replayed.calls


def _kept_alive(prefix: Prefix, traffic: Traffic, most_pings: int | None) -> tuple[float, float]:
    """Hit rate and pings a call."""
    if traffic.times is None:
        return keep_alive_poisson(traffic.rate_per_minute or 0.0, TTL_MINUTES["5m"], PING_EVERY_MIN, most_pings)
    replayed = replay_arrivals(
        traffic.times, 60.0 * TTL_MINUTES["5m"], prefix.first_token_s, 60.0 * PING_EVERY_MIN, most_pings
    )
    return replayed.hits / replayed.calls, replayed.pings / replayed.calls
