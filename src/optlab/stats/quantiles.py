"""Quantiles that survive failed calls (+inf), their exact intervals, and how many runs it takes to have one."""

import math
from collections.abc import Sequence
from functools import lru_cache

from optlab.core.verdict import Interval
from optlab.stats.arguments import require_numbers, require_rate

_SLACK = 1e-12
"""Binomial tails that meet the error rate exactly may miss it by rounding; this much is forgiven."""


def quantile(xs: Sequence[float], p: float) -> float:
    """The p-quantile of `xs`, in the unit of `xs`: linear interpolation at position (n - 1) p of the sorted values.

    Type 7 of Hyndman and Fan (1996), the default of numpy. +inf (a failed call) is an ordinary largest value:
    between a finite and an infinite neighbour the result is +inf, unless the infinite one has no weight.

    Raises ValueError when `xs` is empty or holds NaN, or when p is outside [0, 1].
    """
    if not xs:
        raise ValueError("the quantile of no values is not defined")
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p must lie between 0 and 1, got {p}")
    require_numbers("values", xs, infinite=True)
    ordered = sorted(xs)
    position = (len(ordered) - 1) * p
    # 100 * 0.07 is 7.000000000000001: without this the infinite neighbour of an exact rank would win.
    if math.isclose(position, round(position), rel_tol=1e-12):
        return float(ordered[round(position)])
    low, high = ordered[math.floor(position)], ordered[math.ceil(position)]
    if low == high or math.isinf(high):
        return float(high)
    if math.isinf(low):
        return float(low)
    return min(low + (high - low) * (position - math.floor(position)), float(high))


@lru_cache(maxsize=1024)
def quantile_ranks(n: int, p: float, confidence: float = 0.95) -> tuple[int | None, int | None]:
    """The 1-based ranks of `n` ordered values that bound the p-quantile; None where no rank does.

    With a = (1 - confidence) / 2: the lower rank is the largest l with P(Bin(n, p) <= l - 1) <= a, the upper rank the
    smallest u with P(Bin(n, p) >= u) <= a. Each side is wrong with probability at most a, whatever the distribution,
    as long as the calls are independent. Order-statistic intervals: Wilks 1941.

    Raises ValueError when n < 0, or p or confidence are outside (0, 1).
    """
    require_rate("p", p)
    require_rate("confidence", confidence)
    if n < 0:
        raise ValueError(f"n must not be negative, got {n}")
    if n == 0:
        return None, None
    from scipy.stats import binom

    allowed = (1.0 - confidence) / 2.0 + _SLACK
    lower = sum(1 for tail in binom.cdf(range(n), n, p) if tail <= allowed)
    upper = 1 + sum(1 for tail in binom.sf(range(n), n, p) if tail > allowed)
    return lower or None, upper if upper <= n else None


def quantile_interval(xs: Sequence[float], p: float, confidence: float = 0.95) -> Interval:
    """The exact interval of the p-quantile, in the unit of `xs`; a side without a rank, or at +inf, is open.

    It speaks about the sitting the values come from, and assumes independent calls. Ranks: `quantile_ranks`. No
    values: open on both sides.

    Raises ValueError on NaN, or when p or confidence are outside (0, 1).
    """
    require_numbers("values", xs, infinite=True)
    ordered = sorted(xs)
    ends = [None if rank is None else ordered[rank - 1] for rank in quantile_ranks(len(ordered), p, confidence)]
    low, high = (None if end is None or math.isinf(end) else end for end in ends)
    return Interval(low, high)


def min_runs(p: float, confidence: float = 0.95, sides: int = 2) -> int:
    """The fewest runs for which an interval of the p-quantile exists: on both sides, or (sides=1) above.

    The smallest n with q^n <= (1 - confidence) / sides, where q = max(p, 1 - p) for two sides and q = p for one (the
    maximum is then an upper bound). Wilks 1941.

    Raises ValueError when p or confidence are outside (0, 1), or sides is neither 1 nor 2.
    """
    require_rate("p", p)
    require_rate("confidence", confidence)
    if sides not in (1, 2):
        raise ValueError(f"an interval has 1 or 2 sides, got {sides}")
    q = max(p, 1.0 - p) if sides == 2 else p
    return max(1, math.ceil(math.log((1.0 - confidence) / sides + _SLACK) / math.log(q)))
