"""Cost against quality over thresholds, replayed on stored answers without a call.

A threshold is chosen on one half of the items and told by what it does on the other: chosen and told on the same ones,
it would look better than it is.
"""

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate

import msgspec

from optlab.core.cascade_report import CascadeReport, Chosen, Curve, CurvePoint
from optlab.stats import weighted_share
from optlab.studies.cascade_figures import Weighed, figures_of, measured, weighed
from optlab.studies.outcomes import Outcome

CURVE = tuple(range(0, 101, 10))
CANDIDATES = tuple(range(5, 101, 5))
"""At 0 nothing escalates, whatever the judge says: that is no cascade."""
FEWEST_IN_A_HALF = 10


def report_of(outcomes: Sequence[Outcome], margin: float, seed: int = 0) -> CascadeReport:
    """All that outcomes say. `margin` is the loss of accuracy that must be excluded, as a fraction.

    There is a curve only where every outcome has a score.
    """
    rows = weighed(outcomes)
    scored = bool(rows) and all(outcome.judge_score is not None for outcome in outcomes)
    curve = Curve(tuple(replayed(rows, CURVE)), _chosen(rows, margin, seed)) if scored else None
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


def _chosen(rows: Sequence[Weighed], margin: float, seed: int) -> Chosen | None:
    """The cheapest threshold that keeps accuracy within the margin on one half; if none does, the most accurate."""
    shuffled = random.Random(seed).sample(rows, len(rows))
    half = len(rows) // 2
    first, second = shuffled[:half], shuffled[half:]
    known = [(row.of.big_right, row.weight) for row in first if row.weight and row.of.big_right is not None]
    alone, _, _ = weighted_share([right for right, _ in known], [weight for _, weight in known])
    points = [(p.saving, p.accuracy, p) for p in replayed(first, CANDIDATES)] if half >= FEWEST_IN_A_HALF else []
    able = [(saving, right, p) for saving, right, p in points if saving is not None and right is not None]
    if alone is None or not able:
        return None
    good = [found for found in able if found[1] >= alone - margin - 1e-12]
    # Among equals the higher threshold: it lets less pass.
    best = max(good, key=lambda f: (f[0], f[2].threshold)) if good else max(able, key=lambda f: (f[1], f[2].threshold))
    threshold = best[2].threshold
    return Chosen(threshold, half, figures_of([_at(row, threshold) for row in second], margin))


def _at(row: Weighed, threshold: int) -> Weighed:
    return Weighed(msgspec.structs.replace(row.of, judge_pass=_score(row) >= threshold), row.weight)


def _score(row: Weighed) -> float:
    assert row.of.judge_score is not None
    return row.of.judge_score


def _sums(rows: Sequence[Weighed], amount: Callable[[Weighed], float]) -> list[float]:
    """Sums of the first 0, 1, 2, … amounts."""
    return list(accumulate(map(amount, rows), initial=0.0))
