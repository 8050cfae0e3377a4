"""Two variants at once: a demonstration on one clock, from which no verdict follows."""

import asyncio
from typing import Any

import msgspec
import pytest

from optlab.backends.backend import BackendInfo, Watch
from optlab.backends.scripted import FakeClock
from optlab.core.commands import RunRace
from optlab.core.errors import OptlabError, UsageError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, Delta, Provenance
from optlab.core.report import Report
from optlab.core.request import Request
from optlab.core.run_events import (
    BudgetReached,
    CallStarted,
    ExperimentFinished,
    ExperimentStarted,
    RunFinished,
    TextDelta,
)
from optlab.core.scenario import Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.ahead import calls_ahead
from optlab.engine.control import Control
from optlab.engine.pricing import Pricer
from optlab.studies.race import plan_race, race

BASE = Variant("baseline")
STREAM = Variant("streaming", (LeverChoice("streaming"),))
DEAR = Variant("smaller_model", (LeverChoice("smaller_model", {"model": "claude-opus-4-5"}),))
ONE_CALL = (len("Explain tea.") * 6 + 100 * 15) / 1e6
"""USD, the most that one call of this scenario can cost before anything is known of its prompt."""


class Gate:
    """Answers nobody before `together` calls are on their way; each then takes its time in steps of the loop."""

    def __init__(self, together: int = 2, error: CallError | None = None) -> None:
        self.clock = FakeClock()
        self.requests: list[Request] = []
        self.cut_off = 0
        self._barrier = asyncio.Barrier(together)
        self._error = error

    async def open(self) -> BackendInfo:
        return BackendInfo(Provenance.SIMULATED, 1.0, "gate", "a test", False)

    async def send(
        self, request: Request, *, call_id: str, zero_s: float, time_limit_s: float, watch: Watch | None = None
    ) -> CallRecord:
        self.requests.append(request)
        try:
            await self._barrier.wait()
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        deltas = (Delta(1.0, "ab"), Delta(2.0, "cd"))
        for delta in deltas:
            if watch:
                watch(delta)
            await asyncio.sleep(0)
        return CallRecord(
            call_id, request.model, request.stream, 0.0, 3.0, Provenance.SIMULATED,
            deltas=deltas, text="abcd", usage=Usage(10, 100), stop_reason="end_turn", error=self._error,
        )  # fmt: skip

    async def close(self) -> None:
        pass


def experiment(*variants: Variant, budget_usd: float | None = None) -> Experiment:
    scenario = Scenario(
        name="Test",
        model="claude-sonnet-4-6",
        max_tokens=100,
        prompt=Prompt((Segment("question", "user", "Explain {word}."),)),
        samples=(Sample("s0", {"word": "tea"}), Sample("s1", {"word": "cup"})),
        source="test.toml",
    )
    return Experiment(scenario, variants or (BASE, STREAM), "first_visible", "a test", 12, 0.05, 5, None, budget_usd)


async def hold(backend: Any, wanted: Experiment, control: Control | None = None) -> list[Event]:
    info = await backend.open()

    async def listen() -> list[Event]:
        return [e async for e in race(wanted, backend, info, Pricer(), run_id="r", control=control or Control())]

    # A time limit that cancels would be taken for the user's cancel, so the task is waited for from outside.
    task = asyncio.create_task(listen())
    await asyncio.wait({task}, timeout=3)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
        raise AssertionError("the race never ended")
    return task.result()


def report_of(events: list[Event]) -> Report:
    last = events[-1]
    assert isinstance(last, ExperimentFinished)
    return last.report


async def test_all_are_on_their_way_at_the_same_time() -> None:
    """The server answers nobody until both have asked: one after the other would never end."""
    backend = Gate()
    events = await hold(backend, experiment())
    assert isinstance(events[0], ExperimentStarted)
    assert {r.stream for r in backend.requests} == {False, True}
    assert {r.messages[0].blocks[0].text for r in backend.requests} == {"Explain tea."}
    runs = [e.run for e in events if isinstance(e, RunFinished)]
    assert {(r.variant, r.phase, r.pair) for r in runs} == {("baseline", "race", 0), ("streaming", "race", 0)}
    assert [type(e) for e in events].count(CallStarted) == 2


async def test_text_is_told_as_it_comes_and_alternates() -> None:
    events = await hold(Gate(), experiment())
    told = [(e.variant, e.text) for e in events if isinstance(e, TextDelta)]
    assert sorted(told) == [("baseline", "ab"), ("baseline", "cd"), ("streaming", "ab"), ("streaming", "cd")]
    assert {text for _, text in told[:2]} == {"ab"}, "nobody waits for the other to end"


async def test_a_race_has_a_bill_and_no_verdict() -> None:
    events = await hold(Gate(), experiment())
    report = report_of(events)
    assert (report.comparisons, report.cards, report.variants, report.pairs) == ((), (), (), 0)
    assert [c.code for c in report.caveats] == ["demonstration"]
    assert (report.run_id, report.status, report.seed, report.source) == ("r", "finished", 5, "test.toml")
    assert report.provenance is Provenance.SIMULATED
    assert report.cost_usd == pytest.approx(2 * (10 * 3 + 100 * 15) / 1e6)
    spent = [e.spent_usd for e in events if isinstance(e, RunFinished)]
    assert spent[-1] == report.cost_usd


async def test_a_failure_is_part_of_the_race() -> None:
    events = await hold(Gate(error=CallError("server", "told to fail", 500)), experiment())
    assert [e.run.failed for e in events if isinstance(e, RunFinished)] == [True, True]
    assert report_of(events).status == "finished"


async def test_cancel_lets_go_of_what_is_on_its_way() -> None:
    backend, control = Gate(together=3), Control()
    events: list[Event] = []
    async with asyncio.timeout(10):
        async for event in race(experiment(), backend, await backend.open(), Pricer(), run_id="r", control=control):
            events.append(event)
            if sum(isinstance(e, CallStarted) for e in events) == 2 and not control.cancelled:
                await asyncio.sleep(0)
                control.cancel()
    report = report_of(events)
    assert report.status == "cancelled"
    assert report.unknown_usd == report.cost_usd > 0, "nobody told the bill of what was let go of"
    assert backend.cut_off == 2
    assert not any(isinstance(e, RunFinished) for e in events)


async def test_cancelled_before_it_began() -> None:
    """The worker hears a cancel also while it opens the backend."""
    control, backend = Control(), Gate()
    control.cancel()
    events = await hold(backend, experiment(), control)
    assert report_of(events).status == "cancelled"
    assert backend.requests == []


async def test_an_error_of_ours_comes_through() -> None:
    class Broken(Gate):
        async def send(self, *_: Any, **__: Any) -> CallRecord:
            raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError):
        await hold(Broken(), experiment())


async def test_a_budget_too_small_sends_nothing() -> None:
    backend = Gate()
    events = await hold(backend, experiment(budget_usd=0.9 * ONE_CALL))
    assert backend.requests == []
    (told,) = [e for e in events if isinstance(e, BudgetReached)]
    assert "not run" in told.sentence
    assert told.budget_usd == 0.9 * ONE_CALL
    report = report_of(events)
    assert (report.status, report.cost_usd) == ("budget", 0.0)


async def test_a_budget_for_both_is_enough() -> None:
    assert report_of(await hold(Gate(), experiment(budget_usd=2.1 * ONE_CALL))).status == "finished"


async def test_a_budget_for_one_is_not_enough_for_two() -> None:
    backend = Gate()
    report = report_of(await hold(backend, experiment(budget_usd=1.2 * ONE_CALL)))
    assert report.cost_usd <= 1.2 * ONE_CALL
    assert report.status == "budget"


async def test_where_one_call_is_too_dear_none_is_sent() -> None:
    """The report says that the race was not run; then no money may have gone either."""
    backend = Gate(together=1)
    report = report_of(await hold(backend, experiment(BASE, DEAR, budget_usd=1.3 * ONE_CALL)))
    assert report.status == "budget"
    assert backend.requests == []


def planned(left: tuple[LeverChoice, ...] = (), right: tuple[LeverChoice, ...] = ()) -> Experiment:
    return plan_race(RunRace("test.toml", left=left, levers=right), experiment().scenario)


def test_nobody_races_a_batch() -> None:
    batch = (LeverChoice("batch"),)
    for sides in ((batch, ()), ((), batch)):
        with pytest.raises(UsageError, match=r"^batch cannot be raced, for nobody watches a batch; measure it"):
            planned(*sides)


def test_both_sides_are_stacks_and_an_empty_one_is_the_baseline() -> None:
    cap, streaming = LeverChoice("max_tokens", {"cap": 50}), LeverChoice("streaming")
    found = planned((streaming,), (streaming, cap))
    assert [v.name for v in found.variants] == ["streaming", "max_tokens+streaming"]
    assert [[c.name for c in v.levers] for v in found.variants] == [["streaming"], ["max_tokens", "streaming"]]
    assert [v.name for v in planned((streaming,)).variants] == ["streaming", "baseline"]


def test_names_keep_the_two_apart() -> None:
    caps = [(LeverChoice("max_tokens", {"cap": cap}),) for cap in (50, 60)]
    assert [v.name for v in planned(*caps).variants] == ["max_tokens:cap=50", "max_tokens:cap=60"]
    models = [(LeverChoice("smaller_model", {"model": name}),) for name in ("claude-haiku-5-5", "claude-opus-5")]
    assert [v.name for v in planned(*models).variants] == ["claude-haiku-5-5", "claude-opus-5"]
    assert [v.name for v in planned().variants] == ["baseline", "baseline again"]


def test_what_is_wrong_with_the_left_side_is_said_too() -> None:
    with pytest.raises(UsageError, match="there is no lever 'nosuch'"):
        planned((LeverChoice("nosuch"),))


async def test_what_a_call_will_be_billed_for_is_told_before_it_is_made() -> None:
    """Sonnet asks 3 and 15 dollars a million tokens."""
    base, dear = await calls_ahead(planned((), DEAR.levers), Pricer())
    assert (base.variant, base.model, base.output_usd) == ("baseline", "claude-sonnet-4-6", pytest.approx(15e-6))
    assert base.prompt_usd == pytest.approx(base.prompt_tokens * 3e-6)
    assert (dear.model, dear.output_usd) == ("claude-opus-4-5", pytest.approx(25e-6))


class Heavy(Gate):
    """Bills far more of every prompt than its letters tell, and waits for nobody."""

    async def send(self, request: Request, *, call_id: str, **_: Any) -> CallRecord:
        self.requests.append(request)
        return CallRecord(
            call_id, request.model, request.stream, 0.0, 3.0, Provenance.SIMULATED,
            text="abcd", usage=Usage(10_000, 1), stop_reason="end_turn",
        )  # fmt: skip


CASCADE = Variant("cascade", (LeverChoice("cascade"),))


async def test_a_later_call_that_could_cross_the_cap_is_not_made_and_what_was_paid_is_told() -> None:
    backend = Heavy()
    events = await hold(backend, experiment(BASE, CASCADE, budget_usd=0.045))
    assert sorted(request.purpose for request in backend.requests) == ["answer", "draft"]
    report, runs = report_of(events), [e.run for e in events if isinstance(e, RunFinished)]
    assert report.status == "budget" and any(isinstance(event, BudgetReached) for event in events)
    assert report.cost_usd == pytest.approx(sum(run.cost.total_usd for run in runs)) and len(runs) == 2


async def test_what_was_paid_before_a_race_broke_off_is_told() -> None:
    class Other(Heavy):
        async def send(self, request: Request, **named: Any) -> CallRecord:
            kind = Provenance.MEASURED if request.purpose == "judge" else Provenance.SIMULATED
            return msgspec.structs.replace(await super().send(request, **named), provenance=kind)

    seen: list[Event] = []
    backend, wanted = Other(), experiment(BASE, CASCADE)
    told = race(wanted, backend, await backend.open(), Pricer(), run_id="r", control=Control())
    with pytest.raises(OptlabError):
        while True:
            seen.append(await anext(told))
    assert {event.run.variant for event in seen if isinstance(event, RunFinished)} == {"baseline", "cascade"}
