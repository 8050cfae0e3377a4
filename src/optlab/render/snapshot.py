"""Everything a pane or a progress line may show, folded from events. Pure: the same events make the same picture."""

from typing import Literal

import msgspec

from optlab.core.events import (
    BudgetReached,
    CallStarted,
    ComparisonUpdated,
    Connected,
    Event,
    ExperimentFinished,
    ExperimentPlanned,
    ExperimentStarted,
    Failed,
    RunFinished,
    TextDelta,
    WorkerReady,
)
from optlab.core.record import RunRecord
from optlab.core.report import Report, VariantSummary
from optlab.core.verdict import Card, Comparison

Phase = Literal["warming up", "ready", "planned", "running", "finished", "failed"]


class Lane(msgspec.Struct, frozen=True):
    """One variant's call as it is seen: text so far, when the first of it came, and the finished run. Model seconds."""

    variant: str
    text: str = ""
    first_visible_s: float | None = None
    run: RunRecord | None = None


class Snapshot(msgspec.Struct, frozen=True):
    """A whole screen's worth of facts."""

    phase: Phase = "warming up"
    server: Connected | None = None
    plan: ExperimentPlanned | None = None
    lanes: tuple[Lane, ...] = ()
    runs_done: int = 0
    spent_usd: float = 0.0
    variants: tuple[VariantSummary, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    cards: tuple[Card, ...] = ()
    report: Report | None = None
    message: str = ""

    @property
    def runs_planned(self) -> int:
        """Runs of the whole experiment, warm-ups included."""
        return len(self.plan.variants) * (self.plan.pairs + 1) if self.plan else 0


def fold(snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after one more event."""
    change = msgspec.structs.replace
    match event:
        case WorkerReady():
            return Snapshot()
        case Connected():
            return change(snapshot, phase="ready", server=event)
        case ExperimentPlanned():
            lanes = tuple(Lane(name) for name in event.variants)
            return Snapshot("planned", server=snapshot.server, plan=event, lanes=lanes)
        case ExperimentStarted():
            return change(snapshot, phase="running")
        case CallStarted(variant=name):
            return change(snapshot, lanes=_lanes(snapshot, Lane(name)))
        case TextDelta() if event.kind != "thinking":
            lane = _lane(snapshot, event.variant)
            first = event.at_s if lane.first_visible_s is None else lane.first_visible_s
            longer = change(lane, text=lane.text + event.text, first_visible_s=first)
            return change(snapshot, lanes=_lanes(snapshot, longer))
        case RunFinished(run=run):
            shown = change(_lane(snapshot, run.variant), text=run.answer, first_visible_s=run.first_visible_s, run=run)
            return change(
                snapshot,
                lanes=_lanes(snapshot, shown),
                runs_done=snapshot.runs_done + 1,
                spent_usd=event.spent_usd,
            )
        case ComparisonUpdated():
            return change(snapshot, variants=event.variants, comparisons=event.comparisons, cards=event.cards)
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
                spent_usd=report.cost_usd,
            )
        case Failed():
            return change(snapshot, phase="failed", message=event.sentence)
        case _:
            return snapshot


def _lane(snapshot: Snapshot, variant: str) -> Lane:
    return next((lane for lane in snapshot.lanes if lane.variant == variant), Lane(variant))


def _lanes(snapshot: Snapshot, changed: Lane) -> tuple[Lane, ...]:
    if all(lane.variant != changed.variant for lane in snapshot.lanes):
        return (*snapshot.lanes, changed)
    return tuple(changed if lane.variant == changed.variant else lane for lane in snapshot.lanes)
