"""Shares of calls: intervals of one share, and of the difference between two shares on the same items.

Shares as a judge sees them have a file of their own and are offered here.
"""

import math
from statistics import NormalDist

from optlab.core.verdict import Interval
from optlab.stats.arguments import require_rate, require_share
from optlab.stats.bisection import boundary
from optlab.stats.judge import judge_interval, true_rate_from_judge

__all__ = [
    "clopper_pearson",
    "judge_interval",
    "mcnemar_exact",
    "mcnemar_midp",
    "newcombe_paired",
    "tango_interval",
    "true_rate_from_judge",
    "wilson",
]


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval (1927) of a share: good coverage on average, short. n = 0 gives (0, 1).

    Raises ValueError when successes is outside 0 .. n or confidence outside (0, 1).
    """
    return _share_interval(successes, n, confidence, "wilson")


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson's interval (1934) of a share: never covers less than it says. n = 0 gives (0, 1).

    Raises ValueError when successes is outside 0 .. n or confidence outside (0, 1).
    """
    return _share_interval(successes, n, confidence, "exact")


def _share_interval(successes: int, n: int, confidence: float, method: str) -> Interval:
    require_share(successes, n)
    require_rate("confidence", confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    from scipy.stats import binomtest

    bounds = binomtest(successes, n).proportion_ci(confidence, method)
    return Interval(float(bounds.low), float(bounds.high))


def mcnemar_exact(b: int, c: int) -> float:
    """Two-sided exact p of McNemar's test (1947) on the discordant items: `b` only one arm passed, `c` only the other.

    The binomial test of b out of b + c at one half; 1 without discordant items. Raises ValueError on negative counts.
    """
    require_share(min(b, c), b + c)
    if b + c == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(b, b + c).pvalue)


def mcnemar_midp(b: int, c: int) -> float:
    """Two-sided mid-p of McNemar's test on the discordant items `b` and `c`: less cautious than the exact one.

    The exact p minus P(X = min(b, c)), X being binomial with b + c tries at one half; 1 - P(X = b) / 2 where b = c; 1
    without discordant items. Fagerland, Lydersen, Laake, BMC Med. Res. Methodol. 2013.

    Raises ValueError on negative counts.
    """
    require_share(min(b, c), b + c)
    if b + c == 0:
        return 1.0
    from scipy.stats import binom

    likely = float(binom.pmf(min(b, c), b + c, 0.5))
    return 1.0 - likely / 2.0 if b == c else mcnemar_exact(b, c) - likely


def newcombe_paired(both: int, only_first: int, only_second: int, neither: int, confidence: float = 0.95) -> Interval:
    """Interval of P(first passes) - P(second passes) on the same items, from the four counts of items.

    Method 10 of Newcombe, Stat. Med. 1998 (17:2635): the Wilson limits of both shares, squared and added, with the
    correlation of the two corrected by n / 2 where it is positive. No items give (-1, 1).

    Raises ValueError on negative counts or confidence outside (0, 1).
    """
    n = both + only_first + only_second + neither
    require_share(min(both, only_first, only_second, neither), n)
    require_rate("confidence", confidence)
    if n == 0:
        return Interval(-1.0, 1.0)
    down_1, up_1 = _wilson_arms(both + only_first, n, confidence)
    down_2, up_2 = _wilson_arms(both + only_second, n, confidence)
    phi = _corrected_phi(both, only_first, only_second, neither)
    difference = (only_first - only_second) / n
    low = difference - _third_side(down_1, up_2, phi)
    high = difference + _third_side(up_1, down_2, phi)
    return Interval(max(-1.0, low), min(1.0, high))


def _wilson_arms(successes: int, n: int, confidence: float) -> tuple[float, float]:
    """How far the Wilson limits lie below and above the observed share."""
    share, bounds = successes / n, wilson(successes, n, confidence)
    low, high = bounds.low or 0.0, 1.0 if bounds.high is None else bounds.high
    return share - low, high - share


def _corrected_phi(both: int, only_first: int, only_second: int, neither: int) -> float:
    squared = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if squared == 0:
        return 0.0
    product = both * neither - only_first * only_second
    corrected = max(product - (both + only_first + only_second + neither) / 2, 0.0) if product > 0 else product
    return corrected / math.sqrt(squared)


def _third_side(first: float, second: float, phi: float) -> float:
    """The side of a triangle opposite the angle whose cosine is `phi`; rounding must not make its square negative."""
    return math.sqrt(max(0.0, first * first - 2.0 * phi * first * second + second * second))


def tango_interval(b: int, c: int, n: int, confidence: float = 0.95) -> Interval:
    """Score interval of P(first passes) - P(second passes); of `n` items only the first passed `b`, the second `c`.

    Tango, Stat. Med. 1998 (17:891): all differences D whose score |b - c - n D| / sqrt(n (2 q + D (1 - D))) stays
    within z, with q the share of "only second" that is most likely under D. No items give (-1, 1).

    Raises ValueError on negative counts, b + c above n, or confidence outside (0, 1).
    """
    require_share(b, n)
    require_share(c, n - b)
    require_rate("confidence", confidence)
    if n == 0:
        return Interval(-1.0, 1.0)
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    estimate = (b - c) / n

    def low_rejected(difference: float) -> bool:
        return _tango_score(b, c, n, difference) > z

    def high_rejected(difference: float) -> bool:
        return _tango_score(b, c, n, difference) < -z

    return Interval(
        boundary(low_rejected, -1.0, estimate) if low_rejected(-1.0) else -1.0,
        boundary(high_rejected, 1.0, estimate) if high_rejected(1.0) else 1.0,
    )


def _tango_score(b: int, c: int, n: int, difference: float) -> float:
    """The score of one difference: falls from +inf at -1 to -inf at +1, and is 0 at the observed difference."""
    distance = b - c - n * difference
    linear = (2 * n - b + c) * difference - b - c
    root = math.sqrt(max(0.0, linear * linear + 8 * n * c * difference * (1.0 - difference)))
    q = (root - linear) / (4 * n)
    variance = n * (2.0 * q + difference * (1.0 - difference))
    if variance <= 0.0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)
