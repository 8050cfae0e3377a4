"""Facts coming back: everything a worker can tell a door, one JSON line each."""

import msgspec

from optlab.catalogue import Rates
from optlab.core.answer_events import AdviceGiven, CacheDiagnosed, CachePlanned, CeilingFound, OutcomesRead
from optlab.core.days import KeptDay
from optlab.core.errors import ErrorName
from optlab.core.plan_events import Estimate, ExperimentPlanned, Planned, Told
from optlab.core.record import Provenance
from optlab.core.report import KeptRun
from optlab.core.run_events import (
    AnswerJudged,
    BatchSeen,
    BudgetReached,
    CallFinished,
    CallStarted,
    ComparisonUpdated,
    ExperimentFinished,
    ExperimentStarted,
    RunFinished,
    RunPaused,
    RunResumed,
    RunsSetAside,
    TextDelta,
)
from optlab.core.scenario import Scenario, ScenarioHead
from optlab.core.study import KeptStudy
from optlab.core.study_events import (
    CutTried,
    Ending,
    HeatProgress,
    StageFinished,
    StageStarted,
    StudyEnd,
    StudyPlanned,
)


class WorkerReady(Told, frozen=True, tag="worker_ready"):
    """The worker can take commands."""

    version: str
    pid: int


class Connected(Told, frozen=True, tag="connected"):
    """A backend is open: where its figures come from, who answers, why it was chosen, whether money is real."""

    provenance: Provenance
    sim_speed: float
    server: str
    why: str
    charges: bool


class ScenarioLoaded(Told, frozen=True, tag="scenario_loaded"):
    """What a scenario file says, and what the models that judge its answers will take in its planned run.

    `notes` are worth a second look before anything is paid for.
    """

    scenario: Scenario
    judging: Estimate | None = None
    notes: tuple[str, ...] = ()


class TokensCounted(Told, frozen=True, tag="tokens_counted"):
    """How many tokens a prompt has by the count of the API itself, the frame around its messages included."""

    tokens: int
    model: str
    provenance: Provenance


class ScenariosListed(Told, frozen=True, tag="scenarios_listed"):
    """The scenarios that come with optlab, by name."""

    scenarios: tuple[ScenarioHead, ...]


class PricesListed(Told, frozen=True, tag="prices_listed"):
    """The user's own prices by model, in USD per million tokens, and the file they stand in."""

    file: str
    rates: dict[str, Rates]


class HistoryListed(Told, frozen=True, tag="history_listed"):
    """What is kept, newest first; `entry` tells runs and studies apart."""

    runs: tuple[KeptRun | KeptStudy, ...]


class DaysListed(Told, frozen=True, tag="days_listed"):
    """What benchmarks of one scenario found, oldest first."""

    days: tuple[KeptDay, ...]


class Failed(Told, frozen=True, tag="failed"):
    """The command could not be carried out; one sentence why, and which kind of error it was."""

    error: ErrorName
    sentence: str


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
    | RunPaused
    | RunResumed
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
    | DaysListed
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
    read = ScenarioLoaded | TokensCounted | ScenariosListed | PricesListed | HistoryListed | DaysListed | OutcomesRead
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
