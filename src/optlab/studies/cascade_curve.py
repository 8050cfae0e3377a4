"""Cost against quality over thresholds, replayed on stored answers without a call.

A threshold is chosen on one half of the items, where it has to exclude a loss of more than the margin, and told by what
it does on the other: chosen and told on the same ones, it would look better than it is.
"""

import random
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

import msgspec

from optlab.core.cascade_report import KEPT, CascadeReport, Chosen, Curve, CurvePoint
from optlab.studies.cascade_figures import Weighed, figures_of, measured, weighed
from optlab.studies.outcomes import Outcome

CURVE = tuple(range(0, 101, 10))
CANDIDATES = tuple(range(0, 101, 5))
"""At 0 nothing escalates, whatever the judge says: that is the small model alone."""
FEWEST_IN_A_HALF = 10


def report_of(outcomes: Sequence[Outcome], margin: float, seed: int = 0) -> CascadeReport:
    """All that outcomes say. `margin` is the loss of accuracy that must be excluded, as a fraction.

    There is a curve only where every outcome has a score.
    """
    rows = weighed(outcomes)
    scored = bool(rows) and all(outcome.judge_score is not None for outcome in outcomes)
    curve = Curve(tuple(replayed(rows, CURVE)), *_chosen(rows, margin, seed)) if scored else None
    return CascadeReport(figures=figures_of(rows, margin), margin=margin, measured=measured(rows), curve=curve)


def replayed(rows: Sequence[Weighed], thresholds: Sequence[int]) -> list[CurvePoint]:
    """What each threshold would have done: one sort, then sums up to a place. Every outcome has a score.

    Escalation counts every item; saving and accuracy rest on those that the big model answered, with their weights.
    """
    ordered = sorted(rows, key=_score)
    scores = [_score(row) for row in ordered]
    known = [row for row in ordered if row.weight and None not in (row.of.small_right, row.of.big_right)]
    paid = _sums(ordered, lambda row: row.weight * row.of.paid_usd)
    big = _sums(ordered, lambda row: row.weight * (row.of.big_usd or 0.0))
    small_right = _sums(known, lambda row: row.weight * bool(row.of.small_right))
    big_right = _sums(known, lambda row: row.weight * bool(row.of.big_right))
    weight = sum(row.weight for row in known)
    known_scores = [_score(row) for row in known]

    def point(threshold: int) -> CurvePoint:
        at, known_at = bisect_left(scores, threshold), bisect_left(known_scores, threshold)
        right = big_right[known_at] + small_right[-1] - small_right[known_at]
        return CurvePoint(
            threshold,
            escalation=at / len(ordered),
            saving=1.0 - (paid[-1] + big[at]) / big[-1] if big[-1] > 0.0 else None,
            accuracy=right / weight if weight else None,
        )

    return [point(threshold) for threshold in thresholds]


def _chosen(rows: Sequence[Weighed], margin: float, seed: int) -> tuple[Chosen | None, str]:
    """The cheapest threshold that excludes a loss of more than the margin on one half, told by the other; or why none.

    Where nothing escalates at it, the small model alone does as well, and is told without the judge's bill.
    """
    half = len(rows) // 2
    if half < FEWEST_IN_A_HALF:
        return None, (
            f"no threshold is chosen from {len(rows)} items: one half chooses and the other tells, and each takes "
            f"{FEWEST_IN_A_HALF}"
        )
    shuffled = random.Random(seed).sample(rows, len(rows))
    first, second = shuffled[:half], shuffled[half:]
    for threshold in _cheapest_first(first):
        figures = figures_of(_decided(first, threshold), margin)
        if figures.quality in KEPT and (figures.saving.value or 0.0) > 0.0:
            return _told(second, threshold, half, margin), ""
    return None, (
        f"no threshold is chosen: on the {half} items that choose, none that saves excludes a loss of more than the "
        "margin"
    )


def _told(rows: Sequence[Weighed], threshold: int, chosen_on: int, margin: float) -> Chosen:
    """What a threshold does on items that had no say in it."""
    decided = _decided(rows, threshold)
    if not all(row.of.judge_pass for row in decided):
        return Chosen(threshold, chosen_on, figures_of(decided, margin))
    figures = figures_of(_decided(rows, 0), margin)
    # Nothing escalates by decision, not by chance: what varies in the saving are the prices alone.
    return Chosen(0, chosen_on, msgspec.structs.replace(figures, saving=figures.break_even), alone=True)


def _cheapest_first(rows: Sequence[Weighed]) -> Iterator[int]:
    """The thresholds; of those that escalate the same the highest, and 0 for all at which nothing escalates."""
    points = replayed(rows, CANDIDATES)
    for point, following in zip(points, [*points[1:], None], strict=True):
        if following is None or following.escalation != point.escalation:
            yield point.threshold if point.escalation else 0


def _decided(rows: Sequence[Weighed], threshold: int) -> list[Weighed]:
    """The rows as the judge decides them at a threshold; at 0 nobody has to ask it."""
    return [_at(row, threshold) for row in rows]


def _at(row: Weighed, threshold: int) -> Weighed:
    judge_usd = row.of.judge_usd if threshold else 0.0
    return Weighed(
        msgspec.structs.replace(row.of, judge_pass=_score(row) >= threshold, judge_usd=judge_usd), row.weight
    )


def _score(row: Weighed) -> float:
    assert row.of.judge_score is not None
    return row.of.judge_score


def _sums(rows: Sequence[Weighed], amount: Callable[[Weighed], float]) -> list[float]:
    """Sums of the first 0, 1, 2, … amounts."""
    return list(accumulate(map(amount, rows), initial=0.0))
