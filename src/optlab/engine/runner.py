"""One experiment, run honestly: warm-up, then blocks of all variants on the same sample in random order, to the end.

A block holds one run of every variant, one straight after the other, in an order drawn by a seeded coin, so that
drift and time of day hit all variants alike. Every sample is used once before any is used twice.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Literal

import msgspec

from optlab.backends.backend import Backend, BackendInfo
from optlab.catalogue import load
from optlab.core.errors import OptlabError, UnreachableError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, Variant
from optlab.core.record import CallError, Phase, RunRecord
from optlab.core.report import Caveat, Failure, Report
from optlab.core.run_events import (
    BudgetReached,
    ComparisonUpdated,
    ExperimentFinished,
    ExperimentStarted,
    RunFinished,
    RunPaused,
    RunResumed,
    RunsSetAside,
)
from optlab.core.scenario import Sample
from optlab.engine.assess import Assessment, Block, assess
from optlab.engine.attempts import LONGEST_PAUSE_S, pause_s
from optlab.engine.batch_errand import BatchErrand
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.control import Control
from optlab.engine.estimate import ceilings
from optlab.engine.failures import raise_for
from optlab.engine.judge_calls import JudgeCalls
from optlab.engine.judging import Bench
from optlab.engine.judging_report import judging_caveats, judging_report
from optlab.engine.measure import BrokenOff, Meter, Slot
from optlab.engine.placeholders import unfilled_caveat
from optlab.engine.pricing import Pricer
from optlab.engine.quota import quota_caveat
from optlab.engine.schedule import salt_of, salts, schedule

REPEATS_OF_A_BLOCK = 5
FAILED_BLOCKS_IN_A_ROW = 3
COLD_AFTER_S = 60.0
"""Model seconds after which a pause has let connections go, and entries of a cache may have died."""

Status = Literal["finished", "decided", "budget", "cancelled", "failed"]

Enough = Callable[[Block], bool]
"""Shown every block once it is judged; says whether the question behind the run is answered."""


async def run(
    experiment: Experiment,
    backend: Backend,
    info: BackendInfo,
    pricer: Pricer,
    *,
    run_id: str,
    control: Control | None = None,
    live: bool = False,
    enough: Enough | None = None,
) -> AsyncIterator[Event]:
    """Run an experiment on an opened backend; yields every event, an ExperimentFinished last.

    With `live`, text is reported as it arrives. `enough` may end the run before its planned number; whoever gives it
    compares, and no comparison is told on the way. Where the API refuses, cannot be reached, calls a request bad, or a
    call has no price any more, the report has the status "failed" and says why; before the first pair is measured there
    is nothing to report, so RefusedError, UnreachableError or UsageError is raised.
    """
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    runner = _Runner(experiment, backend, info, pricer, run_id, control or Control(), events, live=live, enough=enough)
    task = asyncio.create_task(runner.run())
    task.add_done_callback(lambda _: events.put_nowait(None))
    try:
        while (event := await events.get()) is not None:
            yield event
            events.task_done()
        await task
    finally:
        task.cancel()


class _Runner:
    def __init__(
        self,
        experiment: Experiment,
        backend: Backend,
        info: BackendInfo,
        pricer: Pricer,
        run_id: str,
        control: Control,
        events: "asyncio.Queue[Event | None]",
        *,
        live: bool,
        enough: Enough | None,
    ) -> None:
        self._experiment = experiment
        self._enough = enough
        self._clock = backend.clock
        self._info = info
        self._run_id = run_id
        self._control = control
        self._events = events
        self._emit = events.put_nowait
        self._budget = Budget(experiment.budget_usd, pricer)
        self._meter = Meter(backend, info, pricer, self._budget, self._emit, live=live, pause=self._wait)
        plan = experiment.scenario.plan
        calls = JudgeCalls(backend, info, pricer, self._budget, plan, pause=self._wait, going_on=self._going_on)
        self._bench = Bench(experiment, calls, self._emit, run_id)
        self._errand = BatchErrand(
            experiment, backend, info, pricer, self._budget, self._emit, run_id, pause=self._wait
        )
        self._pricer = pricer
        self._salts: dict[str, str] = {}
        self._ceilings: dict[str, float] = {}
        self._cold: list[RunRecord] = []
        self._blocks: list[dict[str, RunRecord]] = []
        self._started_at = ""
        self._spoilt: set[int] = set()
        self._made: Counter[tuple[str, int, Phase]] = Counter()
        self._stray: list[RunRecord] = []

    async def run(self) -> None:
        self._started_at = self._clock.utc().isoformat(timespec="seconds")
        self._emit(ExperimentStarted(self._run_id, self._started_at))
        # A server that began with us has nothing in its cache: there the salt follows the seed, and a run repeats.
        origin = f"{self._experiment.seed}:{self._experiment.stage}" if self._info.fresh else self._run_id
        self._salts = await salts(self._experiment, origin)
        self._ceilings = await ceilings(self._experiment, self._pricer)
        status: Status = "finished"
        failure: Failure | None = None
        try:
            await self._hold()
            await self._bench.labels()
            if self._experiment.warm_up:
                await self._warm_up()
            status = await self._all_blocks()
            await self._bench.even(self._cold, self._blocks)
            status = await self._batches(status)
        except BudgetStop:
            status = "budget"
            spent, cap = self._budget.spent_usd, self._budget.cap_usd or 0.0
            self._emit(
                BudgetReached(
                    spent, cap, f"The next call could have crossed the budget of ${cap:g}, so it was not made."
                )
            )
        except OptlabError as error:
            if not self._blocks:
                raise
            status, failure = "failed", Failure(error.name, str(error))
        await self._finish(status, failure)

    async def _batches(self, status: Status) -> Status:
        if status == "cancelled" or not await self._going_on():
            return status
        await self._errand.run()
        return "cancelled" if self._control.cancelled else status

    async def _going_on(self) -> bool:
        """Whether nobody has cancelled, once whoever listens has dealt with everything so far."""
        await self._events.join()
        return not self._control.cancelled

    async def _warm_up(self) -> None:
        """One run of every variant; an arm that fails is measured all the same, as long as another answers."""
        sample = self._experiment.scenario.samples[0]
        silent: list[tuple[Variant, CallError]] = []
        for variant in self._experiment.variants:
            attempts = 1 if silent else self._experiment.scenario.plan.attempts
            for attempt in range(1, attempts + 1):
                block = await self._patiently(sample, [variant], pair=0, phase="cold")
                self._cold += block.values()
                errors = [record.error for record in block.values() if record.error]
                if not errors or errors[0].kind == "bad_request" or attempt == attempts:
                    break
                if not await self._wait(pause_s(errors[0], attempt, self._info.speed)):
                    return
            if errors:
                silent.append((variant, errors[0]))
                if errors[0].kind == "bad_request":
                    raise_for(errors[0], variant, self._info)
        if len(silent) == len(self._experiment.variants):
            first, error = silent[0]
            raise_for(error, first, self._info)

    async def _all_blocks(self) -> Status:
        failed_in_a_row = 0
        for pair, (sample, order) in enumerate(schedule(self._experiment)):
            await self._hold()
            if self._control.cancelled:
                return "cancelled"
            block = await self._patiently(sample, order, pair=pair, phase="measured")
            if len(block) < len(order):
                self._lay_aside(block)
                return "cancelled"
            self._blocks.append(block)
            await self._bench.judge(sample, block)
            errors = [record.error for record in block.values() if record.error]
            failed_in_a_row = failed_in_a_row + 1 if len(errors) == len(block) else 0
            if failed_in_a_row == FAILED_BLOCKS_IN_A_ROW:
                raise_for(errors[0], order[0], self._info)
            if self._enough is not None:
                if self._enough(self._blocks[-1]):
                    return "decided"
            elif self._due() and self._report_progress().settled and self._experiment.early_stop:
                return "decided"
        return "finished"

    async def _hold(self) -> None:
        """Where the user has paused the run, wait until it may go on; what went cold meanwhile is warmed up again."""
        while self._control.paused:
            self._emit(RunPaused(self._run_id))
            began = self._clock.now()
            await self._events.join()
            await self._control.going()
            if self._control.cancelled:
                return
            paused_s = (self._clock.now() - began) * self._info.speed
            warmed = bool(self._cold) and paused_s >= COLD_AFTER_S
            if warmed:
                await self._warm_up()
            self._emit(RunResumed(self._run_id, paused_s, warmed))

    def _due(self) -> bool:
        """Whether to compare now: after every block at first, then each time there are a twentieth more."""
        n = len(self._blocks)
        return self._experiment.early_stop or n <= 20 or n % (n // 20) == 0

    async def _patiently(
        self, sample: Sample, order: Sequence[Variant], *, pair: int, phase: Phase
    ) -> dict[str, RunRecord]:
        """A whole block; where a quota refuses one of its calls, the block is set aside and made again after a wait.

        A quota says something about the account, not about the variant. A cancelled block comes back incomplete.
        """
        wait_s = 1.0
        for attempt in range(REPEATS_OF_A_BLOCK + 1):
            if attempt:
                await self._wait(wait_s)
                wait_s *= 2
            block: dict[str, RunRecord] = {}
            refused: CallError | None = None
            for variant in order:
                # Whoever listens deals with everything so far: nothing of that may fall into the measured time.
                await self._events.join()
                if self._control.cancelled or refused:
                    break
                try:
                    record = await self._one(variant, sample, pair=pair, phase=phase)
                except (BudgetStop, OptlabError):
                    self._lay_aside(block)
                    raise
                if record.phase == "set aside":
                    refused = record.error
                    self._stray.append(record)
                else:
                    block[variant.name] = record
            if refused is None:
                return block
            if refused.kind == "rate_limit" and phase == "measured":
                self._spoilt.add(pair)
            self._lay_aside(block)
            wait_s = refused.retry_after_s or wait_s
            if self._control.cancelled:
                return {}
        raise UnreachableError(
            f"{self._info.server} refused the same call {REPEATS_OF_A_BLOCK + 1} times for quota; "
            "wait, or ask for higher limits"
        )

    def _lay_aside(self, block: Mapping[str, RunRecord]) -> None:
        """Keep the good runs of a block that will not be whole: paid for, compared with nothing, and told so."""
        runs = [msgspec.structs.replace(run, phase="set aside") for run in block.values()]
        if runs:
            self._stray += runs
            self._emit(RunsSetAside(runs[0].pair, tuple(run.id for run in runs)))

    async def _wait(self, seconds: float) -> bool:
        """Wait, at most as long as anybody should and until the user cancels. Whether there is a going on."""
        sleep = asyncio.ensure_future(self._clock.sleep(min(seconds, LONGEST_PAUSE_S)))
        self._control.when_cancelled(sleep.cancel)
        await asyncio.wait((sleep,))
        return not self._control.cancelled

    async def _one(self, variant: Variant, sample: Sample, *, pair: int, phase: Phase) -> RunRecord:
        made = self._made[variant.name, pair, phase]
        self._made[variant.name, pair, phase] += 1
        number = f"{pair}" if made == 0 else f"{pair}r{made}"
        slot = Slot(
            run_id=self._run_id,
            id=f"{self._run_id}.{phase[0]}{number}.{variant.name}",
            pair=pair,
            phase=phase,
            salt=salt_of(self._salts, variant, f"{phase}:{number}"),
        )
        try:
            record = await self._meter.run(self._experiment.scenario, variant, sample, slot)
        except BudgetStop as stop:
            if stop.record is not None:
                self._stray.append(stop.record)
                self._emit(RunFinished(stop.record, self._budget.spent_usd))
            raise
        except BrokenOff as broken:
            if broken.record is not None:
                self._stray.append(broken.record)
                self._emit(RunFinished(broken.record, self._budget.spent_usd))
            raise broken.error from None
        fatal = record.error is not None and record.error.kind in ("auth", "billing")
        if record.error is not None and (fatal or record.error.kind == "rate_limit"):
            record = msgspec.structs.replace(record, phase="set aside")
        self._emit(RunFinished(record, self._budget.spent_usd))
        if record.error is not None and fatal:
            self._stray.append(record)
            raise_for(record.error, variant, self._info)
        return record

    def _assess(self, *, over: bool) -> Assessment:
        return assess(
            self._experiment,
            self._info,
            self._blocks,
            self._cold,
            self._stray,
            self._budget.spent_usd,
            self._ceilings,
            over=over,
        )

    def _report_progress(self) -> Assessment:
        found = self._assess(over=False)
        self._emit(ComparisonUpdated(len(self._blocks), found.variants, found.comparisons, found.cards))
        return found

    async def _finish(self, status: Status, failure: Failure | None) -> None:
        # The change test of a long run takes seconds; a cancel or the end of stdin must be heard meanwhile.
        found = await asyncio.to_thread(self._assess, over=True)
        scenario = self._experiment.scenario
        judging = judging_report(self._experiment, self._bench.judgements)
        report = Report(
            run_id=self._run_id,
            scenario=scenario.name,
            source=scenario.source,
            provenance=self._info.provenance,
            sim_speed=self._info.speed,
            seed=self._experiment.seed,
            catalogue_as_of=load().as_of,
            started_at=self._started_at,
            status=status,
            pairs=len(self._blocks),
            primary=self._experiment.primary,
            cost_usd=self._budget.spent_usd,
            variants=found.variants,
            comparisons=found.comparisons,
            cards=found.cards,
            caveats=(
                *found.caveats,
                *judging_caveats(
                    judging, found.variants, sum(run.unjudged for block in self._blocks for run in block.values())
                ),
                *_ended_early(failure),
                *unfilled_caveat(scenario),
                *quota_caveat(self._experiment, len(self._spoilt), self._stray),
            ),
            share_differences=found.shares,
            floor_ms=None if self._info.floor_s is None else self._info.floor_s * 1000,
            judging=judging,
            trade_off=found.trade_off,
            unknown_usd=self._budget.unknown_usd,
            failure=failure,
            batches=tuple(self._errand.outcomes),
        )
        self._emit(ExperimentFinished(report))


def _ended_early(failure: Failure | None) -> tuple[Caveat, ...]:
    return () if failure is None else (Caveat("failed", f"the run broke off: {failure.sentence}"),)
