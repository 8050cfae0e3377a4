"""The frame of every study: experiments one after the other, under one budget, with one end."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

import msgspec

from optlab.backends.backend import BackendInfo
from optlab.catalogue import load
from optlab.core.errors import error_of
from optlab.core.events import Event
from optlab.core.experiment import Experiment
from optlab.core.record import RunRecord
from optlab.core.report import Caveat, Report
from optlab.core.run_events import (
    AnswerJudged,
    BatchSeen,
    BudgetReached,
    ExperimentFinished,
    RunFinished,
    RunsSetAside,
)
from optlab.core.scenario import Scenario
from optlab.core.study import StudyHead, StudyKind, StudyStatus
from optlab.core.study_events import Ending, StageFinished, StageStarted
from optlab.engine.guessing import AnswerLengths
from optlab.engine.pricing import Pricer
from optlab.engine.runner import Enough
from optlab.history import Notes, Store

Carry = Callable[..., AsyncIterator[Event]]
"""Runs one experiment under a run id, with `enough` until that says so (see `engine.runner`); every event is in the
history before it is given, an ExperimentFinished last."""


class Stage(msgspec.Struct, frozen=True):
    """One experiment of a study, done: what it adds up to, and every run in the order in which they ended."""

    report: Report
    runs: tuple[RunRecord, ...]

    @property
    def measured(self) -> list[RunRecord]:
        """The runs that count: no warm-up, nothing that was set aside."""
        return [run for run in self.runs if run.phase == "measured"]


class Lab:
    """What a study works with: runs its experiments, keeps its bill.

    `stopped` is set once the budget or the user has ended an experiment; every further one is then refused, by an
    empty stage.
    """

    def __init__(
        self,
        study_id: str,
        kind: StudyKind,
        scenario: Scenario,
        seed: int,
        info: BackendInfo,
        carry: Carry,
        put: Callable[[Event], None],
        budget_usd: float | None,
        pricer: Pricer | None = None,
        store: Store | None = None,
        notes: Notes | None = None,
    ) -> None:
        """`pricer`, `store` and `notes` are what the sitting has: the user's own prices, and what is kept."""
        self.info = info
        self.pricer = pricer or Pricer()
        self.store = store
        self.notes = notes
        self.spent_usd = 0.0
        self.calls = 0
        self.stopped: StudyStatus | None = None
        self._head = StudyHead(
            study_id=study_id,
            kind=kind,
            scenario=scenario.name,
            source=scenario.source,
            provenance=info.provenance,
            sim_speed=info.speed,
            server=info.server,
            seed=seed,
            catalogue_as_of=load().as_of,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            status="finished",
        )
        self._carry = carry
        self._put = put
        self._budget_usd = budget_usd
        self._runs: list[str] = []

    @property
    def left_usd(self) -> float | None:
        """What may still be spent; None without a cap."""
        return None if self._budget_usd is None else max(0.0, self._budget_usd - self.spent_usd)

    async def run(
        self, experiment: Experiment, title: str, *, enough: Enough | None = None, leave_usd: float = 0.0
    ) -> Stage | None:
        """Run one experiment on what is left of the budget; None where the study was stopped before.

        `enough` may end it before its planned number. Of the budget `leave_usd` stay untouched: an experiment that
        would need them ends, or is not begun (None), and does not stop the study. The stage of an experiment that was
        cut short holds what was paid for; `stopped` tells. Raises the OptlabError that broke an experiment off; its
        report is kept and told before.
        """
        if self.stopped is None and self.left_usd == 0.0:
            self.stopped = "budget"
        if self.stopped is not None or (self.left_usd is not None and self.left_usd <= leave_usd):
            return None
        run_id = f"{self._head.study_id}-{len(self._runs) + 1}"
        self._runs.append(run_id)
        variants = tuple(variant.name for variant in experiment.variants)
        self._put(
            StageStarted(
                run_id, len(self._runs), title, variants, len(variants) * (experiment.pairs + experiment.warm_up)
            )
        )
        cap = None if self.left_usd is None else self.left_usd - leave_usd
        capped = msgspec.structs.replace(experiment, budget_usd=cap, stage=len(self._runs))
        runs: list[RunRecord] = []
        before = self.spent_usd
        report: Report | None = None
        async for event in self._carry(capped, run_id) if enough is None else self._carry(capped, run_id, enough):
            if isinstance(event, ExperimentFinished):
                report = event.report
                continue
            if isinstance(event, RunFinished):
                runs.append(event.run)
                self.calls += len(event.run.calls)
            if isinstance(event, RunsSetAside):
                runs = [
                    msgspec.structs.replace(run, phase="set aside") if run.id in event.runs else run for run in runs
                ]
            if isinstance(event, BudgetReached) and leave_usd:
                continue  # the study's own budget is not reached
            if isinstance(event, RunFinished | AnswerJudged | BatchSeen | BudgetReached):
                event = msgspec.structs.replace(event, spent_usd=before + event.spent_usd)
            self._put(event)
        assert report is not None, "an experiment always ends with its report"
        self.calls += sum(judge.calls for judge in report.judging)
        self.spent_usd = before + report.cost_usd
        if report.status == "cancelled" or (report.status == "budget" and not leave_usd):
            self.stopped = report.status
        self._put(StageFinished(report, self.spent_usd))
        if report.failure is not None:
            raise error_of(report.failure.error, report.failure.sentence)
        return Stage(report, tuple(runs))

    def tell(self, event: Event) -> None:
        """Tell whoever listens how the study goes on."""
        self._put(event)

    def head(self, caveats: Sequence[Caveat] = ()) -> StudyHead:
        """The head of the study as it stands."""
        return msgspec.structs.replace(
            self._head,
            status=self.stopped or "finished",
            runs=tuple(self._runs),
            calls=self.calls,
            cost_usd=self.spent_usd,
            caveats=tuple(caveats),
        )


class Study(Protocol):
    """One question, planned before its first call."""

    @property
    def kind(self) -> StudyKind:
        """Which question."""
        ...

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """Every experiment it may make, at full length: what its estimate is the sum of."""
        ...

    async def carry_out(self, lab: Lab) -> Ending:
        """Ask it and give back its end, with what was found; also where the lab was stopped half-way."""
        ...


@runtime_checkable
class OpenEnded(Protocol):
    """A study whose number of calls depends on the answers: what it usually takes is far from all it may take."""

    def usual(self) -> tuple[Experiment, ...]:
        """The experiments it usually makes."""
        ...

    async def least_usd(self, pricer: Pricer, lengths: AnswerLengths) -> float:
        """The smallest budget with which it can come to a verdict."""
        ...


@runtime_checkable
class Foretold(Protocol):
    """A study that knows before its first call what its outcome cannot be, or must be."""

    def warnings(self) -> tuple[Caveat, ...]:
        """What to look at before it is started."""
        ...
