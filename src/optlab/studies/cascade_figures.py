"""From outcomes to the figures of a cascade: rates, bills, the judge's two errors.

Where the big model answered only some of the items, each of these stands for as many of its kind (escalated or passed)
as were not asked: inverse-probability weights.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from optlab.core.cascade_report import CascadeFigures, Estimated, Ratios
from optlab.core.verdict import Interval, QualityWord
from optlab.stats import (
    cascade_break_even,
    cascade_break_even_interval,
    cascade_saving,
    clopper_pearson,
    mcnemar_exact,
    newcombe_paired,
    tango_interval,
    weighted_share,
    wilson,
)
from optlab.studies.outcomes import Outcome

RULE_ESCALATION = 0.20
"""The rule of thumb speaks of four easy questions in five."""
ALPHA = 0.05


class Weighed(NamedTuple):
    """An outcome and how many items it stands for in what needs the big model's answer (0: it was not asked)."""

    of: Outcome
    weight: float


def weighed(outcomes: Sequence[Outcome]) -> list[Weighed]:
    """Outcomes with weights that make those with a big answer stand for all of their kind."""
    weights: dict[bool, float] = {}
    for passed in (False, True):
        kind = [outcome for outcome in outcomes if outcome.judge_pass is passed]
        known = sum(outcome.big_usd is not None for outcome in kind)
        weights[passed] = len(kind) / known if known else 0.0
    return [Weighed(o, weights[o.judge_pass] if o.big_usd is not None else 0.0) for o in outcomes]


def figures_of(rows: Sequence[Weighed], margin: float) -> CascadeFigures:
    """The figures at the judge's own decisions."""
    n = len(rows)
    escalated = sum(not row.of.judge_pass for row in rows)
    difference, quality = _difference(rows, margin)
    return CascadeFigures(
        n=n,
        escalation=Estimated(escalated / n, wilson(escalated, n)) if n else Estimated(),
        accuracy=_share((right, row.weight) for row in _judged(rows) if (right := _cascade_right(row)) is not None),
        big_accuracy=_share((row.of.big_right, row.weight) for row in rows if row.of.big_right is not None),
        break_even=_break_even(rows),
        saving=_saving(rows),
        false_pass=_error(rows, small_right=False),
        false_fail=_error(rows, small_right=True),
        difference=difference,
        quality=quality,
    )


def measured(rows: Sequence[Weighed], what: str = "measured here") -> Ratios | None:
    """Mean costs as shares of the big model's."""
    big = math.fsum(row.weight * (row.of.big_usd or 0.0) for row in rows)
    if big <= 0.0:
        return None
    small, judge = (
        math.fsum(row.weight * usd for row, usd in zip(rows, amounts, strict=True)) / big
        for amounts in ([row.of.small_usd for row in rows], [row.of.judge_usd for row in rows])
    )
    return ratios(what, small, judge)


def ratios(what: str, small_share: float, judge_share: float) -> Ratios:
    """What two shares of the big model's price mean for any escalation rate."""
    even = cascade_break_even(small_share, judge_share, 1.0)
    return Ratios(what, small_share, judge_share, even, even - RULE_ESCALATION)


def _cascade_right(row: Weighed) -> bool | None:
    return row.of.small_right if row.of.judge_pass else row.of.big_right


def _judged(rows: Sequence[Weighed]) -> list[Weighed]:
    """The rows that tell how often the cascade is right, with the weights they have for that.

    Where checks know it of every item, each counts as one; what needs a big answer that only some have is weighed.
    """
    if all(row.of.small_right is not None and (row.of.judge_pass or row.weight == 1.0) for row in rows):
        return [Weighed(row.of, 1.0) for row in rows]
    return [row for row in rows if row.weight]


def _share(flags: Iterable[tuple[bool, float]]) -> Estimated:
    rows = list(flags)
    value, successes, n = weighted_share([flag for flag, _ in rows], [weight for _, weight in rows])
    return Estimated() if value is None else Estimated(value, wilson(successes, n))


def _error(rows: Sequence[Weighed], *, small_right: bool) -> Estimated:
    """How often the judge was wrong about small answers of one kind; exact limits (Clopper and Pearson)."""
    sure = all(row.of.small_right is not None for row in rows)
    of_kind = [row for row in rows if row.of.small_right is small_right]
    weights = [1.0 if sure else row.weight for row in of_kind]
    value, successes, n = weighted_share([row.of.judge_pass is not small_right for row in of_kind], weights)
    return Estimated() if value is None else Estimated(value, clopper_pearson(successes, n))


def _break_even(rows: Sequence[Weighed]) -> Estimated:
    found = measured(rows)
    if found is None:
        return Estimated()
    known = [row for row in rows if row.weight]
    paid, big = [row.of.paid_usd for row in known], [row.of.big_usd or 0.0 for row in known]
    interval = cascade_break_even_interval(paid, big, [row.weight for row in known])
    return Estimated(found.break_even, _at_most_all(interval))


def _saving(rows: Sequence[Weighed]) -> Estimated:
    value, interval = cascade_saving(
        [row.of.paid_usd for row in rows],
        [row.of.big_usd or 0.0 for row in rows],
        [not row.of.judge_pass for row in rows],
        [row.weight for row in rows],
    )
    return Estimated(value, _at_most_all(interval))


def _at_most_all(savings: Interval) -> Interval:
    """The interval without what cannot be: nobody saves more than the whole bill."""
    return Interval(savings.low, None if savings.high is None else min(1.0, savings.high))


def _difference(rows: Sequence[Weighed], margin: float) -> tuple[Estimated, QualityWord]:
    """Accuracy of the cascade minus the big model's, item by item, and whether a loss of the margin is excluded."""
    known = [
        (right, row.of.big_right, row.weight)
        for row in rows
        if row.weight and (right := _cascade_right(row)) is not None and row.of.big_right is not None
    ]
    if not known:
        return Estimated(), "inconclusive"
    weights = [weight for _, _, weight in known]
    counts = [
        weighted_share([(ours, theirs) == cell for ours, theirs, _ in known], weights)[1]
        for cell in ((True, True), (True, False), (False, True), (False, False))
    ]
    total = math.fsum(weights)
    value = math.fsum(weight * (ours - theirs) for ours, theirs, weight in known) / total
    return Estimated(value, newcombe_paired(*counts)), _word(counts[1], counts[2], sum(counts), margin)


def _word(gained: int, lost: int, n: int, margin: float) -> QualityWord:
    """The last look of `decide_quality`, from counts."""
    differs = mcnemar_exact(gained, lost) <= ALPHA
    if differs and gained > lost:
        return "better"
    low = tango_interval(gained, lost, n, 1.0 - ALPHA).low
    if low is not None and low > -margin:
        return "non-inferior"
    return "worse" if differs and lost > gained else "inconclusive"
