"""Everything a pane or a progress line may show, folded from events. Pure: the same events make the same picture."""

from typing import Literal

import msgspec

from optlab.core.batch import BatchOutcome
from optlab.core.days import KeptDay
from optlab.core.events import Connected, Event, Failed, WorkerReady
from optlab.core.plan_events import ExperimentPlanned
from optlab.core.record import Phase as RunPhase
from optlab.core.record import Provenance, RunRecord
from optlab.core.report import Report, VariantSummary
from optlab.core.run_events import (
    AnswerJudged,
    BatchSeen,
    BudgetReached,
    CallStarted,
    ComparisonUpdated,
    ExperimentFinished,
    ExperimentStarted,
    RunFinished,
    RunsSetAside,
    TextDelta,
)
from optlab.core.study_events import StageStarted, StudyEnd, StudyPlanned
from optlab.core.usage import Usage
from optlab.core.verdict import Card, Comparison
from optlab.render.looks import Look, looked

Phase = Literal["warming up", "ready", "planned", "running", "finished", "failed"]


class Where(msgspec.Struct, frozen=True):
    """Where figures come from, as the worker last told: which kind, at which speed, whose answers, and why there."""

    provenance: Provenance
    sim_speed: float
    server: str
    why: str


class Pace(msgspec.Struct, frozen=True):
    """How a call's output came so far, in model seconds: when thinking was first seen, what of it was shown, and
    when the last text came."""

    thought_at_s: float | None = None
    thoughts: str = ""
    last_at_s: float | None = None


class Lane(msgspec.Struct, frozen=True):
    """One variant's call as it is seen: text so far, when the first of it came, and the finished run. Model seconds.

    `run_id` names the run on its way or just over ("": none yet). `thinking` holds until the first visible text.
    """

    variant: str
    text: str = ""
    first_visible_s: float | None = None
    run: RunRecord | None = None
    run_id: str = ""
    pair: int = 0
    phase: RunPhase = "measured"
    thinking: bool = False
    pace: Pace = Pace()

    @property
    def thought_s(self) -> float | None:
        """How long it was seen to think before its first visible text; None where it was not, or has not ended."""
        begun, shown = self.pace.thought_at_s, self.first_visible_s
        return None if begun is None or shown is None or shown <= begun else shown - begun

    @property
    def under_way(self) -> bool:
        """Whether a call was sent and its run is not over."""
        return bool(self.run_id) and self.run is None


class Point(msgspec.Struct, frozen=True):
    """One finished run as a chart shows it. Seconds are model time, None where the run failed or is untimed.

    `usage` is of all its calls, `answer_tokens` the output tokens of its last answer, which `cut` says ended for want
    of room.
    """

    variant: str
    pair: int
    phase: RunPhase
    first_visible_s: float | None
    e2e_s: float | None
    cost_usd: float
    failed: bool = False
    usage: Usage = Usage()
    answer_tokens: int = 0
    cut: bool = False


class Snapshot(msgspec.Struct, frozen=True):
    """A whole screen's worth of facts. `days` are benchmarks of the scenario that were kept, as far as asked for."""

    phase: Phase = "warming up"
    where: Where | None = None
    plan: ExperimentPlanned | None = None
    lanes: tuple[Lane, ...] = ()
    points: tuple[Point, ...] = ()
    looks: tuple[Look, ...] = ()
    runs_done: int = 0
    spent_usd: float = 0.0
    variants: tuple[VariantSummary, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    cards: tuple[Card, ...] = ()
    report: Report | None = None
    batch: BatchOutcome | None = None
    message: str = ""
    study: StudyPlanned | None = None
    stage: StageStarted | None = None
    days: tuple[KeptDay, ...] = ()

    @property
    def runs_planned(self) -> int:
        """Runs of the experiment under way, warm-ups included."""
        if self.stage is not None:
            return self.stage.runs
        return len(self.plan.variants) * (self.plan.pairs + 1) if self.plan else 0

    @property
    def planned_pairs(self) -> int:
        """Pairs of the experiment; 0 where no plan was told."""
        return self.plan.pairs if self.plan else 0

    @property
    def whole_pairs(self) -> int:
        """Pairs of which every variant was measured: one that is half done is none yet."""
        runs = {(p.pair, p.variant) for p in self.points if p.phase == "measured"}
        told = self.stage or self.plan
        names = set(told.variants if told else (name for _, name in runs))
        return sum(all((pair, name) in runs for name in names) for pair in {pair for pair, _ in runs})

    @property
    def subject(self) -> str:
        """What is under way: a scenario, in a study with the experiment it is at."""
        if self.study is not None and self.stage is not None:
            return f"{self.study.scenario}: {self.stage.title}"
        return self.plan.scenario if self.plan is not None else ""

    @property
    def waits(self) -> str:
        """What keeps a run that may stop early from stopping; empty where nothing does."""
        return ", ".join(dict.fromkeys(card.waits for card in self.cards if card.waits))


def fold(snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after one more event."""
    change = msgspec.structs.replace
    match event:
        case WorkerReady():
            return Snapshot()
        case Connected():
            where = Where(event.provenance, event.sim_speed, event.server, event.why)
            return change(snapshot, phase="ready", where=where)
        case ExperimentPlanned():
            where = Where(event.provenance, event.sim_speed, event.server, event.why_backend)
            if event.dry:  # only asked for: what was measured before stays on show
                return change(snapshot, where=where)
            return Snapshot("planned", where=where, plan=event, lanes=tuple(Lane(name) for name in event.variants))
        case StudyPlanned():
            where = Where(event.provenance, event.sim_speed, event.server, event.why_backend)
            return change(snapshot, where=where) if event.dry else Snapshot("planned", where=where, study=event)
        case StageStarted():
            lanes = tuple(Lane(name) for name in event.variants)
            return change(snapshot, phase="running", stage=event, lanes=lanes, points=(), looks=(), runs_done=0)
        case ExperimentStarted():
            return change(snapshot, phase="running")
        case CallStarted():
            fresh = Lane(event.variant, run_id=event.run, pair=event.pair, phase=event.phase)
            return change(snapshot, lanes=_lanes(snapshot, fresh))
        case TextDelta():
            return change(snapshot, lanes=_lanes(snapshot, _longer(_lane(snapshot, event.variant), event)))
        case RunFinished(run=run):
            shown = change(_lane(snapshot, run.variant), text=run.answer, first_visible_s=run.first_visible_s, run=run)
            return change(
                snapshot,
                lanes=_lanes(snapshot, shown),
                points=(*snapshot.points, _point(run)),
                runs_done=snapshot.runs_done + (run.phase != "set aside"),
                spent_usd=event.spent_usd,
            )
        case RunsSetAside(pair=pair, runs=runs):
            spoilt = [point.pair == pair and point.phase == "measured" for point in snapshot.points]
            points = (
                change(point, phase="set aside") if aside else point
                for point, aside in zip(snapshot.points, spoilt, strict=True)
            )
            return change(snapshot, points=tuple(points), runs_done=snapshot.runs_done - len(runs))
        case AnswerJudged():
            return change(snapshot, spent_usd=event.spent_usd)
        case BatchSeen():
            return change(snapshot, batch=event.batch, spent_usd=event.spent_usd)
        case ComparisonUpdated():
            return change(
                snapshot,
                variants=event.variants,
                comparisons=event.comparisons,
                cards=event.cards,
                looks=looked(snapshot.looks, event.cards, event.pairs, snapshot.planned_pairs),
            )
        case BudgetReached():
            return change(snapshot, message=event.sentence)
        case ExperimentFinished(report=report):
            return change(
                snapshot,
                phase="finished",
                report=report,
                variants=report.variants,
                comparisons=report.comparisons,
                cards=report.cards,
                looks=looked(snapshot.looks, report.cards, report.pairs, snapshot.planned_pairs),
                spent_usd=report.cost_usd,
                message=report.failure.sentence if report.failure else snapshot.message,
            )
        case StudyEnd(head=head):
            return change(snapshot, phase="finished", spent_usd=head.cost_usd)
        case Failed():
            return change(snapshot, phase="failed", message=event.sentence)
        case _:
            return snapshot


def _longer(lane: Lane, delta: TextDelta) -> Lane:
    change, pace = msgspec.structs.replace, lane.pace
    if delta.kind == "thinking":
        begun = delta.at_s if pace.thought_at_s is None else pace.thought_at_s
        pace = change(pace, thought_at_s=begun, thoughts=pace.thoughts + delta.text)
        return change(lane, thinking=lane.first_visible_s is None, pace=pace)
    first = delta.at_s if lane.first_visible_s is None else lane.first_visible_s
    pace = change(pace, last_at_s=delta.at_s)
    return change(lane, text=lane.text + delta.text, first_visible_s=first, thinking=False, pace=pace)


def _point(run: RunRecord) -> Point:
    timeless = run.failed or run.untimed
    seen = None if timeless else run.first_visible_s
    whole = None if timeless else run.e2e_s
    answers = [call.usage.output_tokens for call in run.calls if call.purpose == "answer"]
    return Point(
        run.variant,
        run.pair,
        run.phase,
        seen,
        whole,
        run.cost.total_usd,
        failed=run.failed,
        usage=run.usage,
        answer_tokens=answers[-1] if answers else 0,
        cut=run.cut,
    )


def _lane(snapshot: Snapshot, variant: str) -> Lane:
    return next((lane for lane in snapshot.lanes if lane.variant == variant), Lane(variant))


def _lanes(snapshot: Snapshot, changed: Lane) -> tuple[Lane, ...]:
    if all(lane.variant != changed.variant for lane in snapshot.lanes):
        return (*snapshot.lanes, changed)
    return tuple(changed if lane.variant == changed.variant else lane for lane in snapshot.lanes)
