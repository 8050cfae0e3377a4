"""The quality verdict: is a loss of more than the margin excluded? "No significant difference" is never an answer."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from statistics import NormalDist

import msgspec

from optlab.core.verdict import Interval, QualityWord
from optlab.stats.arguments import require_n_max, require_rate
from optlab.stats.bisection import boundary
from optlab.stats.proportions import mcnemar_exact, newcombe_paired, tango_interval
from optlab.stats.sequential import bounded_mean_log_e_path, noninferiority_log_e_path

Scores = tuple[float, float]
"""(baseline score, candidate score) of one item, both in [0, 1]."""

_LARGEST_LOSS = 1.0 - 1e-9


class QualityDecision(msgspec.Struct, frozen=True):
    """A verdict on quality, the items it rests on, and the interval of P(candidate passes) - P(baseline passes).

    `final` is False while further items may still change the verdict. `interval` (95% at alpha 0.05, Newcombe) is None
    for graded scores and without items.
    """

    verdict: QualityWord
    items: int
    final: bool
    interval: Interval | None


def decide_quality(pairs: Sequence[Scores], margin: float, n_max: int, alpha: float = 0.05) -> QualityDecision:
    """The verdict on (baseline score, candidate score) per item, scores in [0, 1], 1 and 0 meaning pass and fail.

    After every item, bets at 2 / alpha: "better" if the candidate scores higher, "non-inferior" if a loss of `margin`
    (a difference of mean scores) is excluded, "worse" if it scores lower, in that order. At n_max, when every score is
    0 or 1: McNemar's exact test at alpha for "better" and "worse", and between them "non-inferior" if the low end of
    `tango_interval` lies above -margin. Else "inconclusive". Items beyond n_max are ignored.

    Sources: `bounded_mean_log_e_path`, `mcnemar_exact`, `tango_interval`, `newcombe_paired`.
    Raises ValueError on scores outside [0, 1] or NaN, n_max < 1, or margin or alpha outside (0, 1).
    """
    require_n_max(n_max)
    _require(pairs, margin, alpha)
    used = [(base, candidate) for base, candidate in pairs[:n_max]]
    early = _on_the_way(used, margin, math.log(2.0 / alpha))
    if early is not None:
        word, items = early
        return QualityDecision(word, items, True, _interval(used[:items], alpha))
    word = _last_look(used, margin, alpha) if len(used) == n_max else "inconclusive"
    return QualityDecision(word, len(used), len(used) == n_max, _interval(used, alpha))


def decide_quality_once(pairs: Sequence[Scores], margin: float, alpha: float = 0.05) -> QualityDecision:
    """The verdict at the end alone, on scores averaged over repeats whose items were bet on before by their first rows.

    One of two tests, each at half of alpha a claim: where every average is 0 or 1 the last look of `decide_quality`,
    else, as for all graded scores, its bets. Never both, for together they would spend alpha.

    Raises ValueError on scores outside [0, 1] or NaN, no items, or margin or alpha outside (0, 1).
    """
    require_n_max(len(pairs))
    if graded(pairs):
        return decide_quality(pairs, margin, len(pairs), alpha)
    _require(pairs, margin, alpha)
    return QualityDecision(_last_look(pairs, margin, alpha), len(pairs), True, _interval(pairs, alpha))


def _require(pairs: Sequence[Scores], margin: float, alpha: float) -> None:
    require_rate("margin", margin)
    require_rate("alpha", alpha)
    if not all(0.0 <= score <= 1.0 for pair in pairs for score in pair):
        raise ValueError("every score must lie between 0 and 1")


def excluded_loss(differences: Sequence[float], alpha: float = 0.05) -> float:
    """The smallest loss of mean score that the bets have excluded: 1 where they exclude none.

    `differences` of scores, candidate - baseline, in [-1, 1] and in the order of the items; right also where scores are
    graded or averages of repeats. The smallest margin m at which `noninferiority_log_e_path` has reached 2 / alpha, so
    that it lies below a declared margin exactly where `decide_quality` says "non-inferior" on the way.

    Raises ValueError on NaN, differences outside [-1, 1], or alpha outside (0, 1).
    """
    require_rate("alpha", alpha)
    threshold = math.log(2.0 / alpha)

    def excluded(margin: float) -> bool:
        return max(noninferiority_log_e_path(differences, margin), default=0.0) >= threshold

    return boundary(excluded, _LARGEST_LOSS, 0.0) if excluded(_LARGEST_LOSS) else 1.0


def fewest_items(margin: float, alpha: float = 0.05, *, graded: bool = False) -> int:
    """The fewest items that exclude a loss of `margin` where no item's score changes.

    Pass or fail: the low end of Tango's interval at the last look, -z^2 / (n + z^2), which passes -margin from
    z^2 (1 - margin) / margin items on. Graded, or averages of repeats: the bet against the loss, won at 2 / alpha.

    Raises ValueError when margin or alpha are outside (0, 1).
    """
    require_rate("margin", margin)
    require_rate("alpha", alpha)
    if not graded:
        return math.ceil(NormalDist().inv_cdf(1.0 - alpha / 2.0) ** 2 * (1.0 - margin) / margin)
    items, threshold = 1, math.log(2.0 / alpha)
    while noninferiority_log_e_path([0.0] * items, margin)[-1] < threshold:
        items *= 2
    return bisect_left(noninferiority_log_e_path([0.0] * items, margin), threshold) + 1


def _on_the_way(pairs: Sequence[Scores], margin: float, threshold: float) -> tuple[QualityWord, int] | None:
    """The first verdict a bet settles, and the item that settled it."""
    differences = [candidate - base for base, candidate in pairs]
    gain = bounded_mean_log_e_path(differences, 0.0, -1.0, 1.0, 1)
    kept = noninferiority_log_e_path(differences, margin)
    loss = bounded_mean_log_e_path(differences, 0.0, -1.0, 1.0, -1)
    for items, (better, non_inferior, worse) in enumerate(zip(gain, kept, loss, strict=True), 1):
        if better >= threshold:
            return "better", items
        if non_inferior >= threshold:
            return "non-inferior", items
        if worse >= threshold:
            return "worse", items
    return None


def _last_look(pairs: Sequence[Scores], margin: float, alpha: float) -> QualityWord:
    if graded(pairs):
        return "inconclusive"
    gained, lost = pairs.count((0, 1)), pairs.count((1, 0))
    differs = mcnemar_exact(gained, lost) <= alpha
    if differs and gained > lost:
        return "better"
    low = tango_interval(gained, lost, len(pairs), 1.0 - alpha).low
    if low is not None and low > -margin:
        return "non-inferior"
    return "worse" if differs and lost > gained else "inconclusive"


def graded(pairs: Sequence[Scores]) -> bool:
    """Whether any score lies between fail (0) and pass (1): such scores are judged by the bets alone."""
    return any(score not in (0.0, 1.0) for pair in pairs for score in pair)


def _interval(pairs: Sequence[Scores], alpha: float) -> Interval | None:
    if not pairs or graded(pairs):
        return None
    counts = (pairs.count((1, 1)), pairs.count((0, 1)), pairs.count((1, 0)), pairs.count((0, 0)))
    return newcombe_paired(*counts, confidence=1.0 - alpha)
