"""A run that the user holds: whole blocks before and after, arms warmed up again where they have gone cold."""

import pytest

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request
from optlab.core.run_events import ExperimentFinished, RunFinished, RunPaused, RunResumed
from optlab.core.scenario import Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.control import Control
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run

SCENARIO = Scenario("Test", "claude-sonnet-4-6", 100, Prompt((Segment("q", "user", "Why?"),)), (Sample("one"),))
EXPERIMENT = Experiment(
    scenario=SCENARIO,
    variants=(Variant("baseline"), Variant("streaming", (LeverChoice("streaming"),))),
    primary="first_visible",
    primary_reason="a test",
    pairs=4,
    alpha=0.05,
)


def steady(request: Request, n: int) -> Reply:
    return Reply(((1.0, "ab"),), 4.0, Usage(input_tokens=10, output_tokens=9))


async def held(paused_s: float, *, end: bool = False) -> list[Event]:
    """All events of a run that is paused in its second pair and goes on, or is ended, so many seconds later."""
    backend, control = ScriptedBackend(steady), Control()
    seen: list[Event] = []
    async for event in run(EXPERIMENT, backend, await backend.open(), Pricer(), run_id="run", control=control):
        seen.append(event)
        if isinstance(event, RunFinished) and event.run.pair == 1 and event.run.phase == "measured":
            control.pause()
            assert control.paused
        if isinstance(event, RunPaused):
            backend.clock.time_s += paused_s
            (control.cancel if end else control.resume)()
    return seen


@pytest.mark.parametrize(
    "paused_s, warmed",
    [(59.0, False), (60.0, True)],
)
async def test_a_paused_run_goes_on_between_two_pairs(paused_s: float, warmed: bool) -> None:
    seen = await held(paused_s)
    (paused,) = (at for at, event in enumerate(seen) if isinstance(event, RunPaused))
    before = [event.run for event in seen[:paused] if isinstance(event, RunFinished)]
    assert [(one.pair, one.phase) for one in before[2:]] == [(n, "measured") for n in (0, 0, 1, 1)], "a whole pair"
    (resumed,) = (event for event in seen if isinstance(event, RunResumed))
    assert resumed.paused_s == pytest.approx(paused_s) and resumed.warmed == warmed
    cold = [event.run for event in seen[paused:] if isinstance(event, RunFinished) and event.run.phase == "cold"]
    assert [one.variant for one in cold] == (["baseline", "streaming"] if warmed else [])
    end = seen[-1]
    assert isinstance(end, ExperimentFinished)
    assert (end.report.status, end.report.pairs) == ("finished", 4)
    assert end.report.cost_usd == pytest.approx(sum(e.run.cost.total_usd for e in seen if isinstance(e, RunFinished)))


async def test_a_paused_run_can_be_ended() -> None:
    seen = await held(5.0, end=True)
    end = seen[-1]
    assert isinstance(end, ExperimentFinished) and not any(isinstance(event, RunResumed) for event in seen)
    assert (end.report.status, end.report.pairs) == ("cancelled", 2)


def test_what_is_cancelled_is_not_paused_any_more() -> None:
    control = Control()
    control.cancel()
    control.pause()
    assert not control.paused


async def test_nothing_is_sent_while_paused_before_the_first_call() -> None:
    """A study goes on to its next experiment; a pause asked for meanwhile holds that before its warm-up."""
    backend, control = ScriptedBackend(steady), Control()
    control.pause()
    seen: list[Event] = []
    async for event in run(EXPERIMENT, backend, await backend.open(), Pricer(), run_id="run", control=control):
        seen.append(event)
        if isinstance(event, RunPaused):
            assert not any(isinstance(before, RunFinished) for before in seen)
            backend.clock.time_s += 600.0
            control.resume()
    assert [event.warmed for event in seen if isinstance(event, RunResumed)] == [False]
    cold = [event.run.variant for event in seen if isinstance(event, RunFinished) and event.run.phase == "cold"]
    assert cold == ["baseline", "streaming"]


async def test_a_pause_asked_for_while_it_warms_up_again_holds_too() -> None:
    backend, control = ScriptedBackend(steady), Control()
    seen: list[Event] = []
    pauses = 0
    async for event in run(EXPERIMENT, backend, await backend.open(), Pricer(), run_id="run", control=control):
        seen.append(event)
        if isinstance(event, RunFinished) and (event.run.phase, event.run.pair, pauses) == ("measured", 0, 0):
            control.pause()
        if isinstance(event, RunFinished) and event.run.phase == "cold" and pauses == 1:
            control.pause()
        if isinstance(event, RunPaused):
            pauses += 1
            backend.clock.time_s += 600.0 if pauses == 1 else 1.0
            control.resume()
    held = [index for index, event in enumerate(seen) if isinstance(event, RunPaused)]
    between = [event.run.phase for event in seen[held[0] : held[1]] if isinstance(event, RunFinished)]
    assert len(held) == 2 and set(between) == {"cold"}
