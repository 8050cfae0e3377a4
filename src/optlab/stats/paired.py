"""Pairs of calls: the log ratio of a pair, how large and how sure its centre is, and how many pairs that takes."""

import math
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from operator import mul
from statistics import NormalDist, median

from optlab.core.verdict import Interval
from optlab.stats.arguments import require_costs, require_numbers, require_paired, require_rate

LOG_RATIO_CAP = 20.0
"""e^20 is five hundred million: no two answered calls are that far apart, so the cap touches failed calls only."""

MAD_TO_SD = 1.4826
"""The median absolute deviation of a normal distribution times this is its standard deviation."""


def capped(log_ratios: Iterable[float]) -> list[float]:
    """Log ratios with the infinite ones (one call of the pair failed) brought to +-20. Raises ValueError on NaN."""
    ratios = list(log_ratios)
    require_numbers("log ratios", ratios, infinite=True)
    return [max(-LOG_RATIO_CAP, min(LOG_RATIO_CAP, ratio)) for ratio in ratios]


def shifted(log_ratios: Iterable[float], by: float) -> list[float]:
    """Log ratios plus `by`, capped; a failed call stays as bad as it was, so failures remain tied with each other."""
    return [ratio if abs(ratio) == LOG_RATIO_CAP else ratio + by for ratio in capped(log_ratios)]


def log_ratios(base: Sequence[float], candidate: Sequence[float]) -> list[float]:
    """ln(base / candidate) of every pair, capped to +-20: positive means the candidate was faster.

    `base` and `candidate` are times of the same pairs in one unit, in the order in which the pairs started. +inf is a
    failed call: a failed baseline gives +20, a failed candidate -20, and both failed give 0.

    Raises ValueError on lists of different lengths, NaN, and times that are not positive.
    """
    require_paired(base, candidate)
    for name, times in (("baseline times", base), ("candidate times", candidate)):
        require_numbers(name, times, infinite=True)
        if any(time <= 0 for time in times):
            raise ValueError(f"{name} must be positive")
    # Swapping the arms flips exactly the sign of a difference of logarithms; of the logarithm of a quotient, nearly.
    ratios = (0.0 if b == c else math.log(b) - math.log(c) for b, c in zip(base, candidate, strict=True))
    return capped(ratios)


def spread(log_ratios: Sequence[float]) -> float:
    """The spread of pair log ratios, 1.4826 * MAD: what `pairs_needed` calls sd_log, untouched by a few slow calls.

    MAD is the median of |d - median d|; infinite ratios count as +-20. Raises ValueError on NaN or no pairs.
    """
    if not log_ratios:
        raise ValueError("the spread of no pairs is not defined")
    ratios = capped(log_ratios)
    centre = median(ratios)
    return MAD_TO_SD * median(abs(ratio - centre) for ratio in ratios)


def hodges_lehmann(log_ratios: Sequence[float]) -> float:
    """The centre of the log ratios: the median of (d_i + d_j) / 2 over all i <= j, infinite ratios taken as +-20.

    1 - exp(-result) is the saving to print. Hodges and Lehmann 1963. Raises ValueError on NaN or no pairs.
    """
    if not log_ratios:
        raise ValueError("the centre of no pairs is not defined")
    ratios = capped(log_ratios)
    return median((first + second) / 2.0 for i, first in enumerate(ratios) for second in ratios[: i + 1])


def signed_rank_p(log_ratios: Sequence[float]) -> float:
    """The exact one-sided p of Wilcoxon's signed-rank test against "the centre is not above 0".

    Zeros are dropped, ties get midranks, infinite ratios are tied largest, and the distribution is the exact one for
    the midranks at hand (Wilcoxon 1945; Pratt and Gibbons 1981 for ties). No pairs, or only zeros: 1.

    Raises ValueError on NaN.
    """
    ratios = [ratio for ratio in capped(log_ratios) if ratio != 0.0]
    signed = _doubled_midranks(ratios)
    unit = math.gcd(*(rank for rank, _ in signed))
    ranks = [rank // unit for rank, _ in signed]
    won = sum(rank // unit for rank, positive in signed if positive)
    # Two halves of n/2 ranks cost far less than all n at once: the counts are shorter numbers in shorter lists.
    counts, rest = _subset_counts(ranks[::2]), _subset_counts(ranks[1::2])
    # rising[k]: subsets of the second half whose sum is at most k short of its largest.
    rising = list(accumulate(reversed(rest)))
    excess = won - (len(rest) - 1)
    favourable: int = sum(map(mul, counts[max(0, excess) :], rising[max(0, -excess) :]))
    favourable += sum(counts[won + 1 :]) * rising[-1]
    return favourable / (1 << len(ranks))


def _doubled_midranks(ratios: Sequence[float]) -> list[tuple[int, bool]]:
    """(twice the midrank of |ratio|, ratio > 0) in ascending order of |ratio|; doubling keeps midranks whole."""
    ranked: list[tuple[int, bool]] = []
    for _, group in groupby(sorted(ratios, key=abs), key=abs):
        tied = list(group)
        rank = 2 * len(ranked) + len(tied) + 1
        ranked.extend((rank, ratio > 0) for ratio in tied)
    return ranked


def _subset_counts(ranks: Sequence[int]) -> Sequence[int]:
    """How many subsets of `ranks` sum to 0, 1, 2, ..: the coefficients of the product of (1 + x^rank).

    The polynomial lives in one integer with a fixed number of bytes per coefficient, so a factor costs one shift and
    one addition.
    """
    width = max(8, len(ranks) // 8 + 1)
    packed = 1
    for rank in ranks:
        packed += packed << (8 * width * rank)
    data = packed.to_bytes((sum(ranks) + 1) * width, "little")
    if width == 8:
        return struct.unpack(f"<{len(data) // 8}Q", data)
    return [int.from_bytes(data[at : at + width], "little") for at in range(0, len(data), width)]


def probability_faster(xs: Sequence[float], ys: Sequence[float]) -> float:
    """P(x > y) + P(x = y) / 2 for a random x of the baseline latencies and y of the candidate latencies.

    0.5 means no difference, 1 that every candidate call beat every baseline call. +inf (failed) ties with +inf. The
    lists may differ in length. The A of Vargha and Delaney 2000. Raises ValueError on NaN or an empty list.
    """
    if not xs or not ys:
        raise ValueError("a comparison needs latencies on both sides")
    require_numbers("baseline latencies", xs, infinite=True)
    require_numbers("candidate latencies", ys, infinite=True)
    ordered = sorted(ys)
    doubled = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in xs)
    return doubled / (2 * len(xs) * len(ys))


def pairs_needed(sd_log: float, effect: float, alpha: float = 0.05, power: float = 0.9) -> int:
    """Pairs a one-look two-sided test needs to see a relative saving `effect` (0.1: a tenth) with this power.

    `sd_log` is the spread of the pair log ratios (`spread`). ceil((z(1 - alpha/2) + z(power))^2 sd_log^2 /
    ln(1 - effect)^2), never below ceil(log2(2 / alpha)), the fewest pairs that can decide at all. Slow outliers and
    looking on the way cost some power: plan 1.25 times this. Normal approximation of the paired comparison.

    Raises ValueError when effect is 0 or at least 1, sd_log is negative or not finite, alpha or power outside (0, 1).
    """
    require_rate("alpha", alpha)
    require_rate("power", power)
    require_costs("sd_log", [sd_log])
    require_numbers("effect", [effect])
    if effect == 0.0 or effect >= 1.0:
        raise ValueError(f"effect must be below 1 and not 0, got {effect}")
    z = NormalDist().inv_cdf
    pairs = ((z(1.0 - alpha / 2.0) + z(power)) * sd_log / math.log1p(-effect)) ** 2
    return max(math.ceil(pairs), math.ceil(math.log2(2.0 / alpha)))


def smallest_saving(sd_log: float, pairs: int, alpha: float = 0.05, power: float = 0.9) -> float:
    """The smallest relative saving that this many pairs show with this power: `pairs_needed` the other way round.

    1 - exp(-(z(1 - alpha/2) + z(power)) sd_log / sqrt(pairs)), the factor being 3.24 as the arguments stand.

    Raises ValueError when pairs < 1, sd_log is negative or not finite, alpha or power outside (0, 1).
    """
    require_rate("alpha", alpha)
    require_rate("power", power)
    require_costs("sd_log", [sd_log])
    if pairs < 1:
        raise ValueError(f"a saving needs at least one pair to be seen, got {pairs}")
    z = NormalDist().inv_cdf
    return -math.expm1(-(z(1.0 - alpha / 2.0) + z(power)) * sd_log / math.sqrt(pairs))


def ratio_interval(base: Sequence[float], candidate: Sequence[float], confidence: float = 0.95) -> Interval:
    """Interval of sum(candidate) / sum(base), the ratio of two bills; amounts in dollars per item, same items.

    q = sum(c) / sum(b), r_i = c_i - q b_i, q +- t(n - 1) sd(r) / (sqrt(n) mean(b)): the ratio estimator of survey
    sampling (Cochran 1977, chapter 6). One pair: open on both sides.

    Raises ValueError on lists of different lengths, amounts that are negative or not finite, a sum of base of 0, or
    confidence outside (0, 1).
    """
    require_paired(base, candidate)
    require_costs("baseline costs", base)
    require_costs("candidate costs", candidate)
    require_rate("confidence", confidence)
    total = math.fsum(base)
    if total <= 0.0:
        raise ValueError("a ratio to a baseline that costs nothing is not defined")
    n = len(base)
    if n == 1:
        return Interval(None, None)
    from scipy.stats import t

    ratio = math.fsum(candidate) / total
    residues = (c - ratio * b for b, c in zip(base, candidate, strict=True))
    sd = math.sqrt(math.fsum(residue * residue for residue in residues) / (n - 1))
    margin = float(t.ppf((1.0 + confidence) / 2.0, n - 1)) * sd * math.sqrt(n) / total
    return Interval(ratio - margin, ratio + margin)
