"""Two variants at once, live, on one clock: a demonstration. One call each proves nothing; no comparison uses it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal

import msgspec

from optlab.backends.backend import Backend, BackendInfo
from optlab.catalogue import load
from optlab.core.commands import RunBenchmark, RunRace
from optlab.core.errors import UsageError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.record import RunRecord
from optlab.core.report import Caveat, Report
from optlab.core.run_events import BudgetReached, ExperimentFinished, ExperimentStarted, RunFinished
from optlab.core.scenario import Scenario
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.control import Control
from optlab.engine.measure import BrokenOff, Meter, Slot
from optlab.engine.pricing import Pricer
from optlab.engine.requests import planned_requests
from optlab.levers import complete, examine, stacked, timed
from optlab.studies import benchmark

DEMONSTRATION = Caveat("demonstration", "one call each: a demonstration, no verdict")


def plan_race(command: RunRace, scenario: Scenario) -> Experiment:
    """The two variants that a command names, left one first. Raises UsageError where one of them makes no sense.

    A variant is called by its levers, one with another model by that model; an empty stack is the baseline.
    """
    asked = RunBenchmark(
        scenario=command.scenario,
        levers=command.levers,
        budget_usd=command.budget_usd,
        connection=command.connection,
    )
    right = benchmark.plan(asked, scenario)  # says what is wrong with budget and levers
    left = stacked(complete(choice, scenario) for choice in command.left)
    examine(left, scenario)
    sides = (left, right.variants[-1].levers)
    variants = tuple(Variant(name, levers) for name, levers in zip(_names(*sides), sides, strict=True))
    experiment = msgspec.structs.replace(right, variants=variants)
    _refuse_batches(experiment)
    return experiment


def _names(left: Sequence[LeverChoice], right: Sequence[LeverChoice]) -> tuple[str, str]:
    """A name for either side, as short as keeps them apart."""

    def joined(levers: Sequence[LeverChoice], word: Callable[[LeverChoice], str]) -> str:
        return "+".join(map(word, levers)) or benchmark.BASELINE.name

    for word in (_short, LeverChoice.label):
        first, second = joined(left, word), joined(right, word)
        if first != second:
            return first, second
    return first, f"{second} again"


def _short(choice: LeverChoice) -> str:
    return str(choice.params["model"]) if choice.name == "smaller_model" else choice.name


async def race(
    experiment: Experiment, backend: Backend, info: BackendInfo, pricer: Pricer, *, run_id: str, control: Control
) -> AsyncIterator[Event]:
    """One call of every variant, all sent at the same moment; yields events as they happen, a report last.

    Cancelled, it lets go of what is still on its way at once: nothing is measured here that could be lost.
    """
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    budget = Budget(experiment.budget_usd, pricer)
    meter = Meter(backend, info, pricer, budget, events.put_nowait, live=True)
    started_at = backend.clock.utc().isoformat(timespec="seconds")
    cap = experiment.budget_usd or 0.0
    stopped: list[Variant] = []
    yield ExperimentStarted(run_id, started_at)

    def over(record: RunRecord | None) -> None:
        if record is not None:
            events.put_nowait(RunFinished(record, budget.spent_usd))

    async def one(variant: Variant) -> None:
        slot = Slot(run_id=run_id, id=f"{run_id}.r0.{variant.name}", pair=0, phase="race")
        try:
            over(await meter.run(experiment.scenario, variant, experiment.scenario.samples[0], slot))
        except BudgetStop as stop:  # its bill taught that a later call of it could cost more than was foreseen
            over(stop.record)
            stopped.append(variant)
        except BrokenOff as broken:
            over(broken.record)
            raise broken.error from None

    async def everyone() -> None:
        runs = [asyncio.create_task(one(variant)) for variant in experiment.variants]
        try:
            await asyncio.gather(*runs)
        finally:
            for run in runs:
                run.cancel()
            await asyncio.wait(runs)

    status: Literal["finished", "budget", "cancelled"] = "finished"
    if await _fits(experiment, pricer):
        task = asyncio.create_task(everyone())
        task.add_done_callback(lambda _: events.put_nowait(None))
        control.when_cancelled(task.cancel)
        try:
            while (event := await events.get()) is not None:
                yield event
            await task
        except asyncio.CancelledError:
            if not control.cancelled:
                raise
            status = "cancelled"
        finally:
            task.cancel()
        if stopped and status == "finished":
            status = "budget"
            sentence = f"The next call could have crossed the budget of ${cap:g}, so it was not made."
            yield BudgetReached(budget.spent_usd, cap, sentence)
    else:
        status = "budget"
        yield BudgetReached(0.0, cap, f"The race could cross the budget of ${cap:g}, so it was not run.")
    yield ExperimentFinished(
        Report(
            run_id=run_id,
            scenario=experiment.scenario.name,
            source=experiment.scenario.source,
            provenance=info.provenance,
            sim_speed=info.speed,
            seed=experiment.seed,
            catalogue_as_of=load().as_of,
            started_at=started_at,
            status=status,
            pairs=0,
            primary=experiment.primary,
            cost_usd=budget.at_most_usd,
            unknown_usd=budget.unbilled_usd,
            variants=(),
            comparisons=(),
            cards=(),
            caveats=(DEMONSTRATION,),
        )
    )


def _refuse_batches(experiment: Experiment) -> None:
    """Raise UsageError where one of the variants has nothing to be looked at."""
    for variant in experiment.variants:
        if not timed(variant.levers):
            raise UsageError(f"{variant.name} cannot be raced, for nobody watches a batch; measure it in a benchmark")


async def _fits(experiment: Experiment, pricer: Pricer) -> bool:
    """Whether all calls together stay below the cap, found out before the first of them is sent."""
    trial = Budget(experiment.budget_usd, pricer)
    sample = experiment.scenario.samples[:1]
    try:
        for variant in experiment.variants:
            for request in await planned_requests(experiment.scenario, variant, sample):
                trial.admit(request)
    except BudgetStop:
        return False
    return True
