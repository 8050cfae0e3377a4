"""A run of a cascade: all its calls are billed, their waiting is felt, no draft or verdict is shown before its time."""

from typing import Any

import pytest

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.metrics import BY_NAME
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, RunRecord
from optlab.core.request import Request
from optlab.core.run_events import CallFinished, ComparisonUpdated, ExperimentFinished, TextDelta
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.estimate import ceilings, estimate
from optlab.engine.measure import Meter, Slot
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run

CASCADE = Variant("cascade", (LeverChoice("cascade"),))
STREAMED = Variant("streaming+cascade", (LeverChoice("streaming"), LeverChoice("cascade")))
SAMPLES = tuple(Sample(f"s{i}", {"q": f"Question {i}?"}, (CheckSpec("contains", {"all": ["30"]}),)) for i in range(4))
PROMPT = Prompt((Segment("rules", "system", "Be brief."), Segment("question", "user", "{q}")))
DESK = Scenario("Desk", "claude-sonnet-4-6", 200, PROMPT, SAMPLES)
SLOT = Slot(run_id="run", id="run.m0", pair=0, phase="measured")


def script(verdict: str = "FAIL 90", **replies: Reply) -> ScriptedBackend:
    """A draft takes 1 s, a verdict 0.5 s, the big answer 4 s with its first text after 2 s."""
    ready = {
        "draft": Reply(((0.5, "20"),), 1.0, Usage(100, 40)),
        "judge": Reply(((0.5, verdict),), 0.5, Usage(200, 4)),
        "answer": Reply(((2.0, "30 "), (3.0, "minutes")), 4.0, Usage(100, 50)),
    } | replies
    return ScriptedBackend(lambda request, n: ready[request.purpose])


async def measure(
    backend: ScriptedBackend, variant: Variant = CASCADE, *, cap_usd: float | None = None, live: bool = False
) -> tuple[RunRecord, list[Event]]:
    events: list[Event] = []
    pricer = Pricer()
    info = await backend.open()
    meter = Meter(backend, info, pricer, Budget(cap_usd, pricer), events.append, live=live, pause=backend_pause)
    return await meter.run(DESK, variant, SAMPLES[0], SLOT), events


async def backend_pause(seconds: float) -> bool:
    return True


DRAFT_USD, JUDGE_USD, BIG_USD = (100 + 5 * 40) / 1e6, (200 + 5 * 4) / 1e6, (3 * 100 + 15 * 50) / 1e6


async def test_an_escalated_run_is_three_calls_billed_and_waited_for() -> None:
    made, _ = await measure(script())
    assert [(c.purpose, c.model.split("-")[1]) for c in made.calls] == [
        ("answer", "haiku"),
        ("judge", "haiku"),
        ("answer", "sonnet"),
    ]
    assert [(c.sent_at_s, c.ended_at_s) for c in made.calls] == [(0.0, 1.0), (1.0, 1.5), (1.5, 5.5)]
    assert made.cost.total_usd == pytest.approx(DRAFT_USD + JUDGE_USD + BIG_USD)
    assert (made.answer, made.e2e_s, made.first_visible_s) == ("30 minutes", 5.5, 5.5)
    assert made.escalated and BY_NAME["escalation"].read(made) == 1.0
    assert made.score == 1.0 and not made.failed


async def test_a_run_that_passes_is_two_calls_and_seen_when_the_judge_is_done() -> None:
    made, _ = await measure(script("PASS 90"), STREAMED)
    assert (made.answer, made.e2e_s, made.first_visible_s, made.ttft_s) == ("20", 1.5, 1.5, None)
    assert made.cost.total_usd == pytest.approx(DRAFT_USD + JUDGE_USD)
    assert not made.escalated and BY_NAME["escalation"].read(made) == 0.0
    assert made.score == 0.0


async def test_a_streamed_answer_of_the_big_model_is_seen_as_it_comes() -> None:
    made, _ = await measure(script(), STREAMED)
    assert (made.ttft_s, made.first_visible_s, made.e2e_s) == (3.5, 3.5, 5.5)


async def test_nobody_sees_a_verdict_or_a_draft_before_its_time() -> None:
    _, escalated = await measure(script(), STREAMED, live=True)
    assert [(e.at_s, e.text) for e in escalated if isinstance(e, TextDelta)] == [(3.5, "30 "), (4.5, "minutes")]
    _, passed = await measure(script("PASS"), STREAMED, live=True)
    assert [(e.at_s, e.text) for e in passed if isinstance(e, TextDelta)] == [(1.5, "20")]
    _, unwatched = await measure(script("PASS"), STREAMED)
    assert not any(isinstance(e, TextDelta) for e in unwatched)


async def test_a_budget_that_ends_between_draft_and_answer_keeps_what_was_paid() -> None:
    # Room for the draft and the judge, not for the big answer at its cap.
    with pytest.raises(BudgetStop) as stop:
        await measure(script(), cap_usd=0.003)
    record = stop.value.record
    assert record is not None
    assert (record.phase, record.answer, len(record.calls)) == ("set aside", "20", 2)
    assert record.cost.total_usd == pytest.approx(DRAFT_USD + JUDGE_USD)


async def test_a_failed_judge_is_asked_again_then_escalates_and_the_run_counts_as_failed_in_time() -> None:
    failing = Reply((), 0.5, Usage(), error=CallError("overloaded", "busy", 529))
    backend = script(judge=failing)
    made, _ = await measure(backend)
    assert [c.purpose for c in made.calls] == ["answer", "judge", "judge", "judge", "answer"]
    assert (made.answered, made.failed, made.answer) == (True, True, "30 minutes")
    assert made.escalated


async def test_a_judge_refused_for_quota_spoils_the_pair() -> None:
    refused = Reply((), 0.5, Usage(), error=CallError("rate_limit", "slow down", 429))
    made, _ = await measure(script(judge=refused))
    assert made.error is not None and made.error.kind == "rate_limit"
    assert len(made.calls) == 2


# The plan, and a whole run.


def experiment(*variants: Variant, **more: Any) -> Experiment:
    return Experiment(DESK, (Variant("baseline"), *variants), "cost_usd", "a test", 8, 0.05, **more)


async def test_the_plan_reckons_with_every_call() -> None:
    told = await estimate(experiment(CASCADE), Pricer(), 1.0)
    assert told.calls == 9 + 3 * 9
    high = await ceilings(experiment(CASCADE), Pricer())
    answers = 200 * (5 + 15) + 64 * 5 + 200  # what both answers and the verdict may cost at their caps, the draft read
    assert high["cascade"] * 1e6 > answers
    assert high["cascade"] > high["baseline"]


async def events_of(backend: ScriptedBackend, made: Experiment) -> list[Event]:
    info = await backend.open()
    return [event async for event in run(made, backend, info, Pricer(), run_id="r")]


async def test_escalation_and_the_judges_silence_are_told() -> None:
    def reply(request: Request, n: int) -> Reply:
        if request.purpose == "judge":
            asked = request.messages[0].blocks[0].text
            words = "PASS 80" if "Question 0" in asked else "no idea" if "Question 1" in asked else "FAIL 70"
            return Reply(((0.5, words),), 0.5, Usage(200, 4))
        return Reply(((1.0, "30"),), 1.0, Usage(100, 50))

    told = await events_of(ScriptedBackend(reply), experiment(STREAMED))
    (final,) = [e for e in told if isinstance(e, ExperimentFinished)]
    summary = final.report.variants[1]
    assert (summary.shares["escalation"].count, summary.shares["escalation"].n) == (6, 8)
    assert summary.model == "claude-haiku-4-5-20251001"  # the one that answered most often; no judge answers
    sentences = {c.code: c.sentence for c in final.report.caveats}
    assert "2 of 8 verdicts" in sentences["judge_unreadable"]
    assert "judge_failed" not in sentences
    assert "6 of 8" in sentences["cascade_streaming"]
    judged = [e.call for e in told if isinstance(e, CallFinished) and e.call.purpose == "judge"]
    assert len(judged) == 9
    assert any(isinstance(e, ComparisonUpdated) for e in told)


async def test_drafts_and_verdicts_that_failed_are_told() -> None:
    def reply(request: Request, n: int) -> Reply:
        text = request.messages[0].blocks[0].text
        fails = (request.purpose == "judge" and "Question 2" in text) or (request.purpose == "draft" and "3?" in text)
        error = CallError("bad_request", "too long", 400) if fails else None
        return Reply(((0.5, "PASS 30"),), 0.5, Usage(200, 4), error=error)

    plan = experiment(CASCADE)
    told = await events_of(ScriptedBackend(reply), plan)
    (final,) = [e for e in told if isinstance(e, ExperimentFinished)]
    sentences = {c.code: c.sentence for c in final.report.caveats}
    assert "the judge failed in 2 of 6 runs" in sentences["judge_failed"]
    assert "the small model failed in 2 of 8 runs" in sentences["draft_failed"]


async def test_caching_under_a_cascade_is_told() -> None:
    both = Variant("caching+cascade", (LeverChoice("caching"), LeverChoice("cascade")))
    told = await events_of(script("PASS"), experiment(both))
    (final,) = [e for e in told if isinstance(e, ExperimentFinished)]
    assert "a cache of its own" in {c.code: c.sentence for c in final.report.caveats}["cascade_caching"]
