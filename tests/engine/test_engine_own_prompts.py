"""A variant's own prompt, experiments without a warm-up, in order, and ended by a rule."""

from typing import Any

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.experiment import Experiment, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.report import Report
from optlab.core.request import Request
from optlab.core.run_events import CallStarted, ComparisonUpdated, ExperimentFinished
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.engine.estimate import estimate
from optlab.engine.pricing import Pricer
from optlab.engine.runner import Enough, run

LONG = Prompt((Segment("a", "system", "Be brief."), Segment("b", "system", "Or not."), Segment("q", "user", "{w}?")))
SCENARIO = Scenario(
    "S",
    "claude-haiku-4-5-20251001",
    20,
    LONG,
    tuple(Sample(f"s{i}", {"w": f"w{i}"}, (CheckSpec("equals", {"value": "ok"}),)) for i in range(6)),
)
SHORT = Variant("short", prompt=LONG.switched("b", False))


def experiment(*variants: Variant, **given: Any) -> Experiment:
    return Experiment(SCENARIO, variants or (Variant("baseline"), SHORT), "cost_usd", "a test", 6, 0.05, **given)


async def told(wanted: Experiment, enough: Enough | None = None) -> tuple[list[Any], list[Request]]:
    backend = ScriptedBackend(lambda request, n: Reply(((0.5, "ok"),)))
    info = await backend.open()
    return [e async for e in run(wanted, backend, info, Pricer(), run_id="r", enough=enough)], backend.requests


def report(events: list[Any]) -> Report:
    assert isinstance(events[-1], ExperimentFinished)
    return events[-1].report


async def test_a_variant_sends_its_own_prompt_on_the_same_samples() -> None:
    events, sent = await told(experiment())
    by_length = {n: [r.messages[-1].blocks[0].text for r in sent if len(r.system) == n] for n in (1, 2)}
    assert sorted(by_length[1]) == sorted(by_length[2]) and len(by_length[1]) == 7
    (card,) = report(events).cards
    assert card.quality.basis == "checks", "another prompt may change what the model writes"
    assert [guard.name for guard in card.guards] == ["change"], "and whether it did is told"


async def test_without_a_warm_up_every_call_is_measured_and_planned_so() -> None:
    events, sent = await told(experiment(warm_up=False))
    assert len(sent) == 12 and {e.phase for e in events if isinstance(e, CallStarted)} == {"measured"}
    assert (await estimate(experiment(warm_up=False), Pricer(), 1.0)).calls == 12
    assert (await estimate(experiment(), Pricer(), 1.0)).calls == 14


async def test_in_order_samples_are_met_as_they_stand() -> None:
    _, sent = await told(experiment(SHORT, warm_up=False, in_order=True))
    assert [r.messages[-1].blocks[0].text for r in sent] == [f"w{i}?" for i in range(6)]


async def test_a_rule_ends_the_run_and_is_shown_every_block() -> None:
    seen: list[float | None] = []

    def enough(block: Any) -> bool:
        seen.append(block["short"].score)
        return len(seen) == 3

    events, sent = await told(experiment(SHORT, warm_up=False), enough)
    assert (report(events).status, report(events).pairs, len(sent), seen) == ("decided", 3, 3, [1.0] * 3)
    assert not any(isinstance(event, ComparisonUpdated) for event in events)
