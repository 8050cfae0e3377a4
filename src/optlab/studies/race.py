"""Two variants at once, live, on one clock: a demonstration. One call each proves nothing; no comparison uses it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from optlab.backends.backend import Backend, BackendInfo
from optlab.catalogue import load
from optlab.core.events import BudgetReached, Event, ExperimentFinished, ExperimentStarted, RunFinished
from optlab.core.experiment import Experiment, Variant
from optlab.core.report import Caveat, Report
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.measure import Meter, Slot
from optlab.engine.pricing import Pricer
from optlab.engine.runner import Control

DEMONSTRATION = Caveat("demonstration", "one call each: a demonstration, no verdict")


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
    yield ExperimentStarted(run_id, started_at)

    async def one(variant: Variant) -> None:
        slot = Slot(run_id=run_id, id=f"{run_id}.r0.{variant.name}", pair=0, phase="race")
        record = await meter.run(experiment.scenario, variant, experiment.scenario.samples[0], slot)
        events.put_nowait(RunFinished(record, budget.spent_usd))

    async def everyone() -> None:
        try:
            await asyncio.gather(*(one(variant) for variant in experiment.variants))
        finally:
            events.put_nowait(None)

    task = asyncio.create_task(everyone())
    control.when_cancelled(task.cancel)
    status: Literal["finished", "budget", "cancelled"] = "finished"
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    except asyncio.CancelledError:
        if not control.cancelled:
            raise
        status = "cancelled"
    except BudgetStop:
        status = "budget"
        cap = budget.cap_usd or 0.0
        words = f"The race could have crossed the budget of ${cap:.2f}, so it was not run."
        yield BudgetReached(budget.spent_usd, cap, words)
    finally:
        task.cancel()
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
            cost_usd=budget.spent_usd,
            variants=(),
            comparisons=(),
            cards=(),
            caveats=(DEMONSTRATION,),
        )
    )
