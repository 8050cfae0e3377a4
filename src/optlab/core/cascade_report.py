"""What a study of a cascade found: its rates, its bill against the big model's, its judge, thresholds, waiting.

Shares are fractions, money is in USD, times in seconds. A figure that is not defined (no wrong small answer, say) is
None with an open interval.
"""

from typing import Literal

import msgspec

from optlab.core.report import Distribution
from optlab.core.verdict import Interval, QualityWord

Money = Literal["saves", "costs more", "undecided"]

OPEN = Interval(None, None)

KEPT: tuple[QualityWord, ...] = ("better", "non-inferior")
"""The words that exclude a loss of more than the margin."""


class Estimated(msgspec.Struct, frozen=True):
    """A share with its 95% interval."""

    value: float | None = None
    interval: Interval = OPEN


class CascadeFigures(msgspec.Struct, frozen=True):
    """What `n` items say. `false_pass` is P(PASS | small wrong), `false_fail` P(FAIL | small right).

    `saving` is against always asking the big model, `break_even` the escalation rate at which nothing is saved any
    more; `difference` is the accuracy of the cascade minus that of the big model alone, `quality` its verdict: whether
    a loss of more than the margin is excluded.
    """

    n: int
    escalation: Estimated
    accuracy: Estimated
    big_accuracy: Estimated
    break_even: Estimated
    saving: Estimated
    false_pass: Estimated
    false_fail: Estimated
    difference: Estimated
    quality: QualityWord

    @property
    def money(self) -> Money:
        """What the interval of the saving says."""
        low, high = self.saving.interval.low, self.saving.interval.high
        if low is not None and low > 0.0:
            return "saves"
        return "costs more" if high is not None and high < 0.0 else "undecided"


class CurvePoint(msgspec.Struct, frozen=True):
    """One threshold replayed on the stored answers."""

    threshold: int
    escalation: float
    saving: float | None
    accuracy: float | None


class Chosen(msgspec.Struct, frozen=True):
    """The threshold chosen on `chosen_on` items, and what it did on the other half, which had no say.

    `alone`: nothing escalated, so the figures are those of the small model without its judge, and 0 is the threshold.
    """

    threshold: int
    chosen_on: int
    figures: CascadeFigures
    alone: bool = False

    @property
    def holds(self) -> bool:
        """Whether the other half shows it as well: it saves, and a loss of more than the margin is excluded."""
        return self.figures.money == "saves" and self.figures.quality in KEPT


class Curve(msgspec.Struct, frozen=True):
    """Cost against quality over thresholds, replayed without a call; without a `chosen` one `reason` says why."""

    points: tuple[CurvePoint, ...]
    chosen: Chosen | None = None
    reason: str = ""


class Ratios(msgspec.Struct, frozen=True):
    """What small model and judge cost as shares of the big model's call, and what follows for any escalation rate.

    `what` says whose calls these are. `saving` is the one at the escalation rate of the rule of thumb (20%).
    """

    what: str
    small_share: float
    judge_share: float
    break_even: float
    saving: float


class CascadeReport(msgspec.Struct, frozen=True):
    """Everything that can be said of outcomes alone. `measured` is None where the big model cost nothing.

    `priced` is what list prices say of other prompts and models.
    """

    figures: CascadeFigures
    margin: float
    measured: Ratios | None = None
    priced: tuple[Ratios, ...] = ()
    curve: Curve | None = None


class CascadeWaiting(msgspec.Struct, frozen=True):
    """Seconds of each call, of the three in series where a draft escalated, and of every answer of the cascade.

    None where no such call was answered.
    """

    small: Distribution | None
    judge: Distribution | None
    big: Distribution | None
    escalated: Distribution | None
    cascade: Distribution | None


class CascadeLive(msgspec.Struct, frozen=True):
    """What a live study knows beyond its outcomes.

    `basis` is how right and wrong were told: by the scenario's checks, or by agreement with the big model. `audited` of
    `passed` drafts were answered by the big model as well; `left_out` samples had no draft or verdict, `unreadable`
    verdicts counted as FAIL. `command` tests what is recommended as a lever; empty where nothing is.
    """

    small: str
    judge: str
    big: str
    threshold: int
    basis: Literal["checks", "agreement"]
    audited: int
    passed: int
    left_out: int
    unreadable: int
    waiting: CascadeWaiting
    command: str
