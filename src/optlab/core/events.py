"""Facts coming back: everything a worker can tell a door, one JSON line each."""

from typing import Literal

import msgspec

from optlab.catalogue import Rates
from optlab.core.advice_report import AdviceReport
from optlab.core.batch import BatchOutcome
from optlab.core.cache_report import DoctorReport, MeasureReport, PlanReport
from optlab.core.cascade_report import CascadeLive, CascadeReport
from optlab.core.ceiling_report import CeilingReport
from optlab.core.errors import ErrorName
from optlab.core.record import CallRecord, Judgement, Phase, Provenance, RunRecord
from optlab.core.report import KeptRun, Report, VariantSummary
from optlab.core.scenario import MetricName, Scenario, ScenarioHead
from optlab.core.screen_report import ScreenReport
from optlab.core.study import KeptStudy, StudyHead, StudyKind
from optlab.core.trim_report import CutReport, HeatReport, HeatRow, TrimReport
from optlab.core.verdict import Card, Comparison


class _Event(msgspec.Struct, frozen=True, tag_field="event"):
    pass


class WorkerReady(_Event, frozen=True, tag="worker_ready"):
    """The worker can take commands."""

    version: str
    pid: int


class Estimate(msgspec.Struct, frozen=True):
    """What a run will take, before it is made. Input is estimated offline, output lies between none and the cap.

    `expected_usd` lies between the ends, with answers as long as `basis` says; None where nothing was assumed.
    `judge_calls`, at most `judge_usd` of the dollars, are those of models that judge. Calls that levers add (those of a
    cascade) are counted in; `retries_usd` is what would come on top of the high end if every call of a variant had to
    be made as often as the plan allows. `batch_calls` of the calls go as a batch, whose waiting is not in the seconds.
    """

    calls: int
    low_usd: float
    high_usd: float
    seconds: float | None
    judge_calls: int = 0
    judge_usd: float = 0.0
    retries_usd: float = 0.0
    expected_usd: float | None = None
    basis: str = ""
    batch_calls: int = 0


class Connected(_Event, frozen=True, tag="connected"):
    """A backend is open: where its figures come from, who answers, why it was chosen, whether money is real."""

    provenance: Provenance
    sim_speed: float
    server: str
    why: str
    charges: bool


class ScenarioLoaded(_Event, frozen=True, tag="scenario_loaded"):
    """What a scenario file says, and what the models that judge its answers will take in its planned run.

    `notes` are worth a second look before anything is paid for.
    """

    scenario: Scenario
    judging: Estimate | None = None
    notes: tuple[str, ...] = ()


class TokensCounted(_Event, frozen=True, tag="tokens_counted"):
    """How many tokens a prompt has by the count of the API itself, the frame around its messages included."""

    tokens: int
    model: str
    provenance: Provenance


class Planned(_Event, frozen=True, kw_only=True):
    """All is declared; nothing has been paid. With `needs_consent` the worker waits for the Consent command.

    `notes` are worth a second look. With `dry` this is the end of the command: only the plan was asked for.
    """

    run_id: str
    scenario: str
    model: str
    provenance: Provenance
    why_backend: str
    sim_speed: float
    server: str
    estimate: Estimate
    budget_usd: float | None
    needs_consent: bool
    dry: bool = False
    notes: tuple[str, ...] = ()


class Foresight(msgspec.Struct, frozen=True):
    """What the planned pairs usually show: a relative saving in the primary metric from `smallest` on.

    `run` is the kept run whose pairs told the spread; empty where it is assumed. `pairs_needed` is how many pairs would
    show the smallest useful saving, None where these do.
    """

    smallest: float
    run: str = ""
    pairs_needed: int | None = None


class ExperimentPlanned(Planned, frozen=True, kw_only=True, tag="experiment_planned"):
    """One experiment is declared: its variants, pairs, and the metric that decides."""

    variants: tuple[str, ...]
    pairs: int
    primary: MetricName
    primary_reason: str
    foresight: Foresight | None = None


class StudyPlanned(Planned, frozen=True, kw_only=True, tag="study_planned"):
    """A study is declared; `estimate` is all its experiments together, the most that it may make.

    `usual` is what it usually takes, where that depends on the answers (None: it makes all of them).
    """

    kind: StudyKind
    usual: Estimate | None = None


class StageStarted(_Event, frozen=True, tag="stage_started"):
    """An experiment of a study begins: which of them, what it is for, and how many runs it takes at most."""

    run_id: str
    number: int
    title: str
    variants: tuple[str, ...]
    runs: int


class StageFinished(_Event, frozen=True, tag="stage_finished"):
    """An experiment of a study is over. `spent_usd` is the whole study's bill so far."""

    report: Report
    spent_usd: float


class StudyEnd(_Event, frozen=True, kw_only=True):
    """The end of a study, however it came; each kind has its own, with its findings."""

    head: StudyHead


class CascadeStudied(StudyEnd, frozen=True, kw_only=True, tag="cascade_studied"):
    """The end of a cascade study: what its outcomes say, and what only a live study knows."""

    report: CascadeReport
    live: CascadeLive


class OutcomesRead(_Event, frozen=True, tag="outcomes_read"):
    """What stored outcomes of a cascade say; nothing was sent for it."""

    file: str
    report: CascadeReport


class ExperimentStarted(_Event, frozen=True, tag="experiment_started"):
    """The first call is about to be made."""

    run_id: str
    started_at: str


class CallStarted(_Event, frozen=True, tag="call_started"):
    """A request is on its way."""

    run_id: str
    run: str
    variant: str
    pair: int
    phase: Phase


class TextDelta(_Event, frozen=True, tag="text_delta"):
    """Output as it arrives; `at_s` is model time since the run began. Sent only where somebody watches."""

    run: str
    variant: str
    at_s: float
    text: str
    kind: Literal["text", "thinking", "tool"]


class CallFinished(_Event, frozen=True, tag="call_finished"):
    """One API call is over, well or not."""

    run: str
    variant: str
    call: CallRecord


class RunFinished(_Event, frozen=True, tag="run_finished"):
    """One run of one variant is over and on disk. `spent_usd` is the experiment's bill so far."""

    run: RunRecord
    spent_usd: float


class RunsSetAside(_Event, frozen=True, tag="runs_set_aside"):
    """Runs of a pair, told before as measured, that are compared with nothing: a quota, the cap or the user spoilt it.

    They stay billed; where the pair is made again its runs have ids of their own.
    """

    pair: int
    runs: tuple[str, ...]


class AnswerJudged(_Event, frozen=True, tag="answer_judged"):
    """A model has judged. `spent_usd` is the experiment's bill so far, judging included."""

    judgement: Judgement
    spent_usd: float


class BatchSeen(_Event, frozen=True, tag="batch_seen"):
    """A batch was submitted, looked at, or is over. `spent_usd` is the experiment's bill so far."""

    run_id: str
    batch: BatchOutcome
    spent_usd: float


class ComparisonUpdated(_Event, frozen=True, tag="comparison_updated"):
    """Figures and verdicts as they stand now."""

    pairs: int
    variants: tuple[VariantSummary, ...]
    comparisons: tuple[Comparison, ...]
    cards: tuple[Card, ...]


class BudgetReached(_Event, frozen=True, tag="budget_reached"):
    """The next call could have crossed the cap, so it was not made."""

    spent_usd: float
    budget_usd: float
    sentence: str


class ExperimentFinished(_Event, frozen=True, tag="experiment_finished"):
    """The end of a run, however it came."""

    report: Report


class ScenariosListed(_Event, frozen=True, tag="scenarios_listed"):
    """The scenarios that come with optlab, by name."""

    scenarios: tuple[ScenarioHead, ...]


class PricesListed(_Event, frozen=True, tag="prices_listed"):
    """The user's own prices by model, in USD per million tokens, and the file they stand in."""

    file: str
    rates: dict[str, Rates]


class HistoryListed(_Event, frozen=True, tag="history_listed"):
    """What is kept, newest first; `entry` tells runs and studies apart."""

    runs: tuple[KeptRun | KeptStudy, ...]


class CeilingFound(_Event, frozen=True, tag="ceiling_found"):
    """Which max_tokens observed lengths support."""

    report: CeilingReport


class CeilingMeasured(StudyEnd, frozen=True, kw_only=True, tag="ceiling_measured"):
    """Which max_tokens the measured answers support; None where there was none."""

    report: CeilingReport | None


class ScreenFinished(StudyEnd, frozen=True, kw_only=True, tag="screen_finished"):
    """What a screening of several levers found; None where it was stopped before its first block was whole."""

    report: ScreenReport | None


class AdviceGiven(_Event, frozen=True, tag="advice_given"):
    """The decision table on a kept run."""

    report: AdviceReport


class AdviceMeasured(StudyEnd, frozen=True, kw_only=True, tag="advice_measured"):
    """The decision table on a small measurement; None where no answer came."""

    report: AdviceReport | None


class CacheMeasured(StudyEnd, frozen=True, kw_only=True, tag="cache_measured"):
    """What a cold and a warm cache do to the wait and the bill."""

    report: MeasureReport


class CacheDiagnosed(_Event, frozen=True, tag="cache_diagnosed"):
    """Why the requests of a log missed the prompt cache."""

    report: DoctorReport


class CachePlanned(_Event, frozen=True, tag="cache_planned"):
    """What a cacheable prefix costs, way by way."""

    report: PlanReport


class CutTried(_Event, frozen=True, kw_only=True, tag="cut_tried"):
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


class HeatProgress(_Event, frozen=True, tag="heat_progress"):
    """A heat map has asked about so many of its sets of pieces; rows as they stand, once every piece has a value."""

    evaluated: int
    planned: int
    recalled: int
    rows: tuple[HeatRow, ...]
    spent_usd: float


class CutTested(StudyEnd, frozen=True, kw_only=True, tag="cut_tested"):
    """Whether a cut changes or spoils the answers; None where no answer came."""

    report: CutReport | None


class CutsFound(StudyEnd, frozen=True, kw_only=True, tag="cuts_found"):
    """What of the prompt can go."""

    report: TrimReport


class HeatMapped(StudyEnd, frozen=True, kw_only=True, tag="heat_mapped"):
    """What each piece contributes; None where the map was stopped before every piece had a value."""

    report: HeatReport | None


class Failed(_Event, frozen=True, tag="failed"):
    """The command could not be carried out; one sentence why, and which kind of error it was."""

    error: ErrorName
    sentence: str


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

Event = (
    WorkerReady
    | Connected
    | ScenarioLoaded
    | TokensCounted
    | ExperimentPlanned
    | StudyPlanned
    | StageStarted
    | StageFinished
    | OutcomesRead
    | ExperimentStarted
    | CallStarted
    | TextDelta
    | CallFinished
    | RunFinished
    | RunsSetAside
    | AnswerJudged
    | BatchSeen
    | ComparisonUpdated
    | BudgetReached
    | ExperimentFinished
    | ScenariosListed
    | PricesListed
    | HistoryListed
    | CeilingFound
    | AdviceGiven
    | CacheDiagnosed
    | CachePlanned
    | CutTried
    | HeatProgress
    | Ending
    | Failed
)


def ends(event: Event) -> bool:
    """Whether the command under way is over with this event."""
    if isinstance(event, Planned):
        return event.dry
    read = ScenarioLoaded | TokensCounted | ScenariosListed | PricesListed | HistoryListed | OutcomesRead
    answers = CeilingFound | AdviceGiven | CacheDiagnosed | CachePlanned
    return isinstance(event, Connected | read | answers | ExperimentFinished | StudyEnd | Failed)


_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """One line of JSON, newline included."""
    return _encoder.encode(event) + b"\n"


def decode(line: bytes) -> Event:
    """The event of one line. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(line)
