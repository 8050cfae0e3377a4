"""Facts of an experiment under way: its calls, its runs, its judges, and how it stands."""

from typing import Literal

from optlab.core.batch import BatchOutcome
from optlab.core.plan_events import Told
from optlab.core.record import CallRecord, Judgement, Phase, RunRecord
from optlab.core.report import Report, VariantSummary
from optlab.core.verdict import Card, Comparison


class ExperimentStarted(Told, frozen=True, tag="experiment_started"):
    """The first call is about to be made."""

    run_id: str
    started_at: str


class RunPaused(Told, frozen=True, tag="run_paused"):
    """The experiment waits before its next block, as the user asked."""

    run_id: str


class RunResumed(Told, frozen=True, tag="run_resumed"):
    """It goes on. `warmed` says whether the arms were warmed up again, as caches and connections may have gone cold."""

    run_id: str
    paused_s: float
    warmed: bool


class CallStarted(Told, frozen=True, tag="call_started"):
    """A request is on its way."""

    run_id: str
    run: str
    variant: str
    pair: int
    phase: Phase


class TextDelta(Told, frozen=True, tag="text_delta"):
    """Output as it arrives; `at_s` is model time since the run began. Sent only where somebody watches."""

    run: str
    variant: str
    at_s: float
    text: str
    kind: Literal["text", "thinking", "tool"]


class CallFinished(Told, frozen=True, tag="call_finished"):
    """One API call is over, well or not."""

    run: str
    variant: str
    call: CallRecord


class RunFinished(Told, frozen=True, tag="run_finished"):
    """One run of one variant is over and on disk. `spent_usd` is the experiment's bill so far."""

    run: RunRecord
    spent_usd: float


class RunsSetAside(Told, frozen=True, tag="runs_set_aside"):
    """Runs of a pair, told before as measured, that are compared with nothing: a quota, the cap or the user spoilt it.

    They stay billed; where the pair is made again its runs have ids of their own.
    """

    pair: int
    runs: tuple[str, ...]


class AnswerJudged(Told, frozen=True, tag="answer_judged"):
    """A model has judged. `spent_usd` is the experiment's bill so far, judging included."""

    judgement: Judgement
    spent_usd: float


class BatchSeen(Told, frozen=True, tag="batch_seen"):
    """A batch was submitted, looked at, or is over. `spent_usd` is the experiment's bill so far."""

    run_id: str
    batch: BatchOutcome
    spent_usd: float


class ComparisonUpdated(Told, frozen=True, tag="comparison_updated"):
    """Figures and verdicts as they stand now."""

    pairs: int
    variants: tuple[VariantSummary, ...]
    comparisons: tuple[Comparison, ...]
    cards: tuple[Card, ...]


class BudgetReached(Told, frozen=True, tag="budget_reached"):
    """The next call could have crossed the cap, so it was not made."""

    spent_usd: float
    budget_usd: float
    sentence: str


class ExperimentFinished(Told, frozen=True, tag="experiment_finished"):
    """The end of a run, however it came."""

    report: Report
