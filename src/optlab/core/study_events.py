"""Facts of a study: its plan, its stages, what it finds on the way, and its end, one kind for each."""

from optlab.core.advice_report import AdviceReport
from optlab.core.cache_report import MeasureReport
from optlab.core.cascade_report import CascadeLive, CascadeReport
from optlab.core.ceiling_report import CeilingReport
from optlab.core.plan_events import Estimate, Planned, Told
from optlab.core.report import Report
from optlab.core.screen_report import ScreenReport
from optlab.core.study import StudyHead, StudyKind
from optlab.core.trim_report import CutReport, HeatReport, HeatRow, TrimReport


class StudyPlanned(Planned, frozen=True, kw_only=True, tag="study_planned"):
    """A study is declared; `estimate` is all its experiments together, the most that it may make.

    `usual` is what it usually takes, where that depends on the answers (None: it makes all of them). `samples` is how
    many samples its first experiment asks about.
    """

    kind: StudyKind
    usual: Estimate | None = None
    samples: int = 0


class StageStarted(Told, frozen=True, tag="stage_started"):
    """An experiment of a study begins: which of them, what it is for, and how many runs it takes at most."""

    run_id: str
    number: int
    title: str
    variants: tuple[str, ...]
    runs: int


class StageFinished(Told, frozen=True, tag="stage_finished"):
    """An experiment of a study is over. `spent_usd` is the whole study's bill so far."""

    report: Report
    spent_usd: float


class StudyEnd(Told, frozen=True, kw_only=True):
    """The end of a study, however it came; each kind has its own, with its findings."""

    head: StudyHead


class CascadeStudied(StudyEnd, frozen=True, kw_only=True, tag="cascade_studied"):
    """The end of a cascade study: what its outcomes say, and what only a live study knows."""

    report: CascadeReport
    live: CascadeLive


class CeilingMeasured(StudyEnd, frozen=True, kw_only=True, tag="ceiling_measured"):
    """Which max_tokens the measured answers support; None where there was none."""

    report: CeilingReport | None


class ScreenFinished(StudyEnd, frozen=True, kw_only=True, tag="screen_finished"):
    """What a screening of several levers found; None where it was stopped before its first block was whole."""

    report: ScreenReport | None


class AdviceMeasured(StudyEnd, frozen=True, kw_only=True, tag="advice_measured"):
    """The decision table on a small measurement; None where no answer came."""

    report: AdviceReport | None


class CacheMeasured(StudyEnd, frozen=True, kw_only=True, tag="cache_measured"):
    """What a cold and a warm cache do to the wait and the bill."""

    report: MeasureReport


class CutTried(Told, frozen=True, kw_only=True, tag="cut_tried"):
    """A search has asked one question: is the prompt still good without `tried`, on top of what is cut?

    `why` is the kind of question, `losses` how much worse the answers were, in whole answers, of so many `answers`.
    `good` is None where the budget or the user ended the test. `dead` and `needed` name what is found so far, `dead`
    being what is cut; `calls` and `spent_usd` are the study's bill, the original's answers included.
    """

    number: int
    why: str
    tried: tuple[str, ...]
    good: bool | None
    answers: int
    losses: float
    dead: tuple[str, ...]
    needed: tuple[str, ...]
    calls: int
    spent_usd: float


class CutTested(StudyEnd, frozen=True, kw_only=True, tag="cut_tested"):
    """Whether a cut changes or spoils the answers; None where no answer came."""

    report: CutReport | None


class CutsFound(StudyEnd, frozen=True, kw_only=True, tag="cuts_found"):
    """What of the prompt can go."""

    report: TrimReport


class HeatProgress(Told, frozen=True, tag="heat_progress"):
    """A heat map has asked about so many of its sets of pieces; rows as they stand, once every piece has a value."""

    evaluated: int
    planned: int
    recalled: int
    rows: tuple[HeatRow, ...]
    spent_usd: float


class HeatMapped(StudyEnd, frozen=True, kw_only=True, tag="heat_mapped"):
    """What each piece contributes; None where the map was stopped before every piece had a value."""

    report: HeatReport | None


Ending = (
    CascadeStudied
    | CeilingMeasured
    | ScreenFinished
    | AdviceMeasured
    | CacheMeasured
    | CutTested
    | CutsFound
    | HeatMapped
)
"""Every kind of StudyEnd."""
