"""What a comparison found: an interval, a verdict on one metric, and the card that puts them together."""

from enum import StrEnum
from typing import Literal

import msgspec

from optlab.core.scenario import FigureName, MetricName


class Interval(msgspec.Struct, frozen=True):
    """A confidence interval; an open side is None ("no bound can be given"), never infinity."""

    low: float | None
    high: float | None


Verdict = Literal["better", "worse", "negligible", "undecided"]
"""On one metric: a gain is proven, a loss is proven, a useful gain is excluded and no loss proven, or none of these."""

NO_GAIN = "no useful gain"
"""Negligible in a reader's words, where a loss may still be."""

QualityWord = Literal["better", "non-inferior", "worse", "inconclusive"]


class CardWord(StrEnum):
    """What to do with a lever."""

    ADOPT = "ADOPT"
    ROLL_BACK = "ROLL BACK"
    NOISE = "NOISE"
    NOT_YET_KNOWN = "NOT YET KNOWN"


class Comparison(msgspec.Struct, frozen=True):
    """One candidate against the baseline on one metric.

    `estimate` and `interval` are relative savings (0.2: a fifth less than the baseline; negative: more). `pairs` is
    how many pairs the verdict rests on, `seen` how many there were; `final` means no further pair can change it.
    `note` names a condition of the figures. `won` counts pairs the candidate won, `smallest_visible` is the smallest
    saving this many pairs usually show. `unit` tells whether pairs were counted or, where repeats were averaged inside
    their items, items. `won_by` and `lost_by` are the median savings among the pairs won and lost (the
    second is negative), `faster` the chance that a call of the candidate's takes less than one of the baseline's.
    `loss_excluded`: the interval excludes a loss as large as the smallest useful gain.
    """

    variant: str
    metric: MetricName
    verdict: Verdict
    estimate: float | None
    interval: Interval
    pairs: int
    seen: int
    final: bool
    won: int = 0
    pairs_needed: int | None = None
    smallest_visible: float | None = None
    note: str = ""
    won_by: float | None = None
    lost_by: float | None = None
    faster: float | None = None
    unit: Literal["pairs", "items"] = "pairs"
    loss_excluded: bool = False

    @property
    def word(self) -> str:
        """The verdict as a reader is told it: negligible only where a loss is excluded as well as a useful gain."""
        return NO_GAIN if self.verdict == "negligible" and not self.loss_excluded else self.verdict

    @property
    def lopsided(self) -> bool:
        """Whether the estimate lies outside its own interval: one number cannot tell what happens to the calls."""
        low, high = self.interval.low, self.interval.high
        if self.estimate is None:
            return False
        return (low is not None and self.estimate < low) or (high is not None and self.estimate > high)


class ShareDifference(msgspec.Struct, frozen=True):
    """One candidate against the baseline in a share of runs, pair by pair: no verdict, but how sure it is.

    `difference` is P(candidate) - P(baseline) with Newcombe's paired interval; `only_candidate` and `only_baseline` are
    the pairs in which the two differ; `real` tells that an exact McNemar test lets no chance explain them. Where there
    are fewer `items` than pairs, interval and test speak of these items alone.
    """

    variant: str
    share: FigureName
    difference: float
    interval: Interval
    only_candidate: int
    only_baseline: int
    pairs: int
    real: bool
    items: int = 0


class Quality(msgspec.Struct, frozen=True):
    """Whether the candidate's answers are as good as the baseline's, and how that is known.

    `basis` is "checks" (scored against the scenario's checks), "change test" (a lever that cannot change the text,
    tested for having changed it), or "none". `interval` bounds P(candidate passes) - P(baseline passes);
    `excluded_loss` is the smallest loss in pass rate this set of items could rule out. `graded`: scores lie between
    pass and fail, or are averages of repeats. `lacks` is what an inconclusive verdict needs, in words of what to do.
    """

    verdict: QualityWord
    basis: Literal["checks", "change test", "none"]
    items: int
    margin: float
    why: str
    interval: Interval = Interval(None, None)
    excluded_loss: float | None = None
    graded: bool = False
    lacks: str = ""


class Guard(msgspec.Struct, frozen=True):
    """Something that must not get worse. A blocking guard can veto ADOPT; another is only shown."""

    name: str
    state: Literal["held", "broken", "open"]
    blocking: bool
    why: str
    pairs_needed: int | None = None


class Card(msgspec.Struct, frozen=True):
    """The verdict on one candidate, with one sentence why. `needs` says what NOT YET KNOWN lacks for another word.

    `primary_reason` is why the metric of `primary` decides. `payback_calls` is how many calls earn back what the
    experiment cost: None where there is no saving to earn with, or nothing to adopt. `waits` names what keeps a run
    that may stop early from stopping although the primary metric is decided.
    """

    variant: str
    verdict: CardWord
    reason: str
    primary: Comparison
    quality: Quality
    guards: tuple[Guard, ...]
    spent_usd: float
    saving_per_call_usd: float
    payback_calls: float | None = None
    pairs_needed: int | None = None
    needs: str = ""
    primary_reason: str = ""
    waits: str = ""
