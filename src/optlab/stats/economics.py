"""What a change is worth, and how many answers a limit on their length would cut."""

import math

from optlab.stats.arguments import require_costs, require_numbers, require_rate, require_share


def ceiling_rank(n: int, epsilon: float, confidence: float = 0.95) -> int | None:
    """The 1-based rank among `n` ordered lengths whose value, taken as the limit, cuts at most a share epsilon.

    The smallest k with P(Bin(n, 1 - epsilon) <= k - 1) >= confidence, a one-sided tolerance limit (Wilks 1941); None
    when n answers are too few for any.

    Raises ValueError when n < 0, or epsilon or confidence are outside (0, 1).
    """
    require_rate("epsilon", epsilon)
    require_rate("confidence", confidence)
    require_share(0, n)
    if n == 0:
        return None
    from scipy.stats import binom

    rank = int(binom.ppf(confidence, n, 1.0 - epsilon)) + 1
    return rank if rank <= n else None


def truncation_bound(n: int, exceeded: int, confidence: float = 0.95) -> float:
    """One-sided upper bound of the share behind `exceeded` of `n` answers: cut by a limit, or lost by a change.

    Clopper and Pearson 1934. n = 0 gives 1. Raises ValueError when exceeded is outside 0 .. n or confidence outside
    (0, 1).
    """
    require_share(exceeded, n)
    require_rate("confidence", confidence)
    if n == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(exceeded, n, alternative="less").proportion_ci(confidence, "exact").high)


def payback_calls(experiment_cost: float, saving_per_call: float) -> float:
    """Calls until the saving has paid for the experiment, both in dollars; +inf when there is no saving.

    Raises ValueError when the cost is negative, or either is not finite.
    """
    require_costs("experiment_cost", [experiment_cost])
    require_numbers("saving_per_call", [saving_per_call])
    return experiment_cost / saving_per_call if saving_per_call > 0.0 else math.inf


def cache_hit_rate_poisson(rate_per_min: float, ttl_min: float) -> float:
    """The share of calls that find a cache entry alive: 1 - exp(-rate x lifetime), for Poisson arrivals.

    `rate_per_min` in calls a minute, `ttl_min` the lifetime in minutes, renewed by every read. A lifetime counts from
    the start of the call that wrote or last read, so the share is P(gap < lifetime).

    Raises ValueError when one of them is negative or not finite.
    """
    require_costs("rate and lifetime", [rate_per_min, ttl_min])
    return 1 - math.exp(-rate_per_min * ttl_min)
