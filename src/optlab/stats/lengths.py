"""Limits on the length of an answer: which limit cuts few enough, and how many a limit may have cut."""

import math
from collections.abc import Sequence

from optlab.stats.arguments import require_paired, require_rate, require_share


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


def proven_cap(
    lengths: Sequence[int], censored: Sequence[bool], epsilon: float, confidence: float = 0.95
) -> int | None:
    """The smallest observed length that, taken as the limit, cuts at most a share epsilon; None where none is proven.

    `lengths` in tokens; a censored one ended in the limit of its time, so the whole answer is longer. Censored lengths
    rank behind all others, and no limit at or below one of them is given: nobody saw what lies there. The rank is that
    of `ceiling_rank`.

    Raises ValueError on lists of different lengths, or epsilon or confidence outside (0, 1).
    """
    require_paired(lengths, censored)
    rank = ceiling_rank(len(lengths), epsilon, confidence)
    whole = sorted(length for length, cut in zip(lengths, censored, strict=True) if not cut)
    if rank is None or rank > len(whole):
        return None
    floor = max((length for length, cut in zip(lengths, censored, strict=True) if cut), default=-1)
    return next((length for length in whole[rank - 1 :] if length > floor), None)


def answers_for_cap(epsilon: float, confidence: float = 0.95) -> int:
    """The fewest answers, none of them cut, whose longest is a limit that `ceiling_rank` can prove: 59 for 5%.

    Raises ValueError when epsilon or confidence are outside (0, 1).
    """
    require_rate("epsilon", epsilon)
    require_rate("confidence", confidence)
    return math.ceil(math.log(1.0 - confidence) / math.log1p(-epsilon))
