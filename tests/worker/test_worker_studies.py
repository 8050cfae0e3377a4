"""Studies through the measuring process: kept from their first experiment on, shown again, told as left or failed."""

import asyncio

import pytest
from test_worker_process import is_a, simulator, worker

from optlab.core.commands import Cancel, ListHistory, MapHeat, MeasureCeiling, ShowRun
from optlab.core.events import Failed, HistoryListed
from optlab.core.run_events import RunFinished
from optlab.core.study import KeptStudy
from optlab.core.study_events import CeilingMeasured, HeatMapped
from rogue_server import Rogue, refusal

CEILING = MeasureCeiling("hamlet", answers=3, connection=simulator(2000))


def listed(event: HistoryListed) -> list[tuple[str, int]]:
    """Status and number of runs of every study."""
    return [(kept.status, kept.runs) for kept in event.runs if isinstance(kept, KeptStudy)]


async def test_a_study_is_listed_once_and_shown_as_it_ended(own_env: dict[str, str]) -> None:
    async with worker(own_env) as pipe:
        end = await pipe.ask(CEILING)
        assert isinstance(end, CeilingMeasured)
        (kept,) = (await pipe.ask(ListHistory())).runs
        assert isinstance(kept, KeptStudy)
        assert (kept.id, kept.runs) == (end.head.study_id, 1)
        assert (kept.status, kept.cost_usd, kept.kind) == ("finished", end.head.cost_usd, "ceiling")
        (run,) = (await pipe.ask(ListHistory(unfold=True))).runs
        assert (run.id, run.study) == (end.head.runs[0], kept.id)
        for reference in ("last", kept.id, kept.id[:-2]):
            assert await pipe.ask(ShowRun(reference)) == end
        assert (await pipe.ask(ShowRun(run.id))).report.run_id == run.id


async def test_a_stopped_study_ends_as_it_says_and_goes_on_later(own_env: dict[str, str]) -> None:
    heat = MapHeat("trim_bench", items=2, connection=simulator(500))
    async with worker(own_env) as pipe:
        pipe.say(heat)
        for _ in range(3):
            await pipe.until(is_a(RunFinished))
        pipe.say(Cancel())
        stopped = await pipe.until()
        assert isinstance(stopped, HeatMapped)
        assert await pipe.ask(ShowRun("last")) == stopped
        again = await pipe.ask(heat)
        assert isinstance(again, HeatMapped) and again.report is not None
        assert listed(await pipe.ask(ListHistory())) == [
            ("finished", len(again.head.runs)), ("cancelled", len(stopped.head.runs)),
        ]  # fmt: skip


@pytest.mark.parametrize(("kill", "status"), [(False, "left"), (True, "broken off")])
async def test_a_study_that_nobody_waits_for(own_env: dict[str, str], kill: bool, status: str) -> None:
    async with worker(own_env) as pipe:
        pipe.say(MeasureCeiling("hamlet", answers=200, connection=simulator(20)))
        await pipe.until(is_a(RunFinished))
        if kill:
            pipe.process.kill()
            await asyncio.wait_for(pipe.process.wait(), 8)
        else:
            assert await asyncio.wait_for(pipe.hang_up(), 8) == 0
    async with worker(own_env) as pipe:
        assert listed(await pipe.ask(ListHistory())) == [(status, 1)]
        told = await pipe.ask(ShowRun("last"))
        assert isinstance(told, Failed)
        assert f"ended without a result ({status})" in told.sentence


async def test_a_study_that_breaks_is_failed(own_env: dict[str, str], rogue: Rogue) -> None:
    rogue.messages = refusal(401, "authentication_error")
    own_env |= {"ANTHROPIC_API_KEY": "test", "ANTHROPIC_BASE_URL": rogue.url}
    async with worker(own_env) as pipe:
        failed = await pipe.ask(MeasureCeiling("hamlet", answers=3, yes=True))
        assert isinstance(failed, Failed)
        assert listed(await pipe.ask(ListHistory())) == [("failed", 1)]
