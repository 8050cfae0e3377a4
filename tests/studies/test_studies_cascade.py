"""The live study on a scripted backend: who is asked what, who is audited, what it says and what it costs."""

import math
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.commands import StudyCascade
from optlab.core.errors import UsageError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.study_events import CascadeStudied
from optlab.core.usage import Usage
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run
from optlab.studies.asked import study_of
from optlab.studies.cascade import CascadeStudy
from optlab.studies.cascade_runs import agree
from optlab.studies.study import Lab

HAIKU, SONNET = "claude-haiku-4-5-20251001", "claude-sonnet-4-6"
N = 40
CHUNKS = 2
"""Ten samples, then thirty; each with a warm-up of its own."""


def scenario(*, checked: bool = True, **plan: Any) -> Scenario:
    samples = tuple(
        Sample(f"s{i:02}", {"q": f"Question {i:02}?"}, (CheckSpec("contains", {"all": ["right"]}),) if checked else ())
        for i in range(N)
    )
    prompt = Prompt((Segment("rules", "system", "Be brief."), Segment("question", "user", "{q}")))
    return Scenario("Desk", SONNET, 300, prompt, samples, plan=Plan(**plan), source="desk.toml")


def number(request: Request) -> int:
    return int(request.messages[0].blocks[0].text.split("Question ")[1][:2])


def desk(request: Request, n: int) -> Reply:
    """Haiku is wrong on every fourth, its judge lets one of these pass and fails two right ones; Sonnet is right."""
    i = number(request)
    if request.purpose == "judge":
        good = (i % 4 != 0 and i not in (1, 2)) or i == 4
        return Reply(((0.5, f"PASS {60 + i}" if good else f"FAIL {60 + i % 40}"),), 0.5, Usage(400, 5))
    small = request.model == HAIKU
    text = "cannot say it" if small and i % 4 == 0 else "that is right"
    return Reply(((1.0, text),), 1.0 if small else 4.0, Usage(100, 200))


async def study(
    script: Callable[[Request, int], Reply] = desk, of: Scenario | None = None, budget: float | None = None, **more: Any
) -> tuple[CascadeStudied, ScriptedBackend]:
    backend = ScriptedBackend(script)
    info = await backend.open()
    made = CascadeStudy(StudyCascade("desk", **more), of or scenario())

    def carry(experiment: Experiment, run_id: str) -> AsyncIterator[Event]:
        return run(experiment, backend, info, Pricer(), run_id=run_id)

    lab = Lab("study", "cascade", of or scenario(), 0, info, carry, lambda event: None, budget)
    return await made.carry_out(lab), backend


async def test_every_answer_is_made_once_and_everything_follows() -> None:
    end, backend = await study()
    f, live = end.report.figures, end.live
    asked = [(r.purpose, r.model) for r in backend.requests]
    warm_ups = CHUNKS * (2 + 1)
    assert (asked.count(("draft", HAIKU)), asked.count(("judge", HAIKU)), asked.count(("answer", SONNET))) == (
        N + CHUNKS,
        N + CHUNKS,
        N + CHUNKS,
    )
    assert end.head.calls == len(asked) == 3 * N + warm_ups
    escalated = 10 - 1 + 2
    assert (f.n, f.escalation.value) == (N, escalated / N)
    assert (f.false_pass.value, f.false_fail.value) == (1 / 10, 2 / 30)
    assert (f.accuracy.value, f.big_accuracy.value) == (39 / 40, 1.0)
    small, judge, big = 100 + 5 * 200, 400 + 5 * 5, 3 * 100 + 15 * 200
    assert f.break_even.value == pytest.approx(1 - (small + judge) / big)
    assert f.saving.value == pytest.approx(1 - (small + judge) / big - escalated / N)
    assert end.head.cost_usd == pytest.approx((N + CHUNKS) * (small + judge + big) / 1e6)
    assert (live.basis, live.audited, live.passed, live.left_out, live.unreadable) == ("checks", 29, 29, 0, 0)
    assert (live.small, live.judge, live.big, live.threshold) == (HAIKU, HAIKU, SONNET, 50)


async def test_waiting_is_that_of_the_calls_in_series() -> None:
    waiting = (await study())[0].live.waiting
    seconds = {name: getattr(waiting, name) for name in waiting.__struct_fields__}
    assert {name: (found.n, found.p50) for name, found in seconds.items()} == {
        "small": (40, 1.0),
        "judge": (40, 0.5),
        "big": (40, 4.0),
        "escalated": (11, 5.5),
        "cascade": (40, 1.5),
    }
    assert waiting.escalated is not None and waiting.small is not None
    assert (waiting.escalated.p90, waiting.escalated.p90_interval.high) == (None, None), "11 runs bound no p90"
    assert waiting.small.p90 == 1.0


async def test_an_audit_asks_the_big_model_about_a_share_of_what_passed() -> None:
    end, backend = await study(audit=0.5)
    asked = {number(r) for r in backend.requests if r.model == SONNET}
    escalated = {i for i in range(N) if i % 4 == 0 and i != 4} | {1, 2}
    assert escalated <= asked and len(asked) == len(escalated) + 14
    assert (end.live.audited, end.live.passed) == (14, 29)
    assert "audit" in {c.code for c in end.head.caveats}
    whole = (await study())[0].report.figures
    assert end.report.figures.escalation == whole.escalation
    assert end.report.figures.saving.value == pytest.approx(whole.saving.value)
    again, _ = await study(audit=0.5)
    assert again.report == end.report, "the draw is the seed's"


async def test_without_checks_right_is_what_the_big_model_says() -> None:
    end, _ = await study(of=scenario(checked=False))
    f = end.report.figures
    assert end.live.basis == "agreement"
    assert f.big_accuracy.value == 1.0 and f.false_pass.value == pytest.approx(1 / 10)
    assert "add checks" in next(c.sentence for c in end.head.caveats if c.code == "agreement")


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("It takes 30 minutes.", "It takes 30 minutes", True),
        ("It takes 30 minutes.", "It takes 60 minutes.", False),
        ("Orders can be cancelled within 30 minutes.", "Within 30 minutes orders can be cancelled, of course.", True),
        ("billing", "shipping", False),
        ("", "", True),
        ("yes", "", False),
    ],
)
def test_agreement(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is agree(other, one) is same


def scores(small_right: bool, judge: Callable[[int], int]) -> Callable[[Request, int], Reply]:
    """A desk on which the small model is wrong on every fourth or never, and the judge is as sure as it is told."""

    def script(request: Request, n: int) -> Reply:
        if request.purpose == "judge":
            score = judge(number(request))
            return Reply(((0.5, f"PASS {score}" if score >= 50 else f"FAIL {100 - score}"),), 0.5, Usage(400, 5))
        wrong = not small_right and request.model == HAIKU and number(request) % 4 == 0
        return Reply(((1.0, "no idea" if wrong else "that is right"),), 1.0, Usage(100, 200))

    return script


BEFORE_IT = "optlab run desk.toml --lever "


async def test_the_command_asks_for_the_chosen_threshold_where_the_other_half_holds() -> None:
    """Right answers score 30, wrong ones 10: at 50 all escalate, at 30 what has to."""
    end, _ = await study(scores(False, lambda i: 30 if i % 4 else 10), scenario(quality_margin=0.2))
    curve = end.report.curve
    assert curve is not None and curve.chosen is not None and curve.chosen.holds
    assert (end.report.figures.escalation.value, curve.chosen.threshold) == (1.0, 30)
    assert end.live.command == f"{BEFORE_IT}cascade:threshold=30 --pairs 60"


async def test_where_no_threshold_is_shown_to_do_the_judged_one_stays() -> None:
    end, _ = await study(lever=LeverChoice("cascade", {"small": HAIKU}))
    curve = end.report.curve
    assert curve is not None and curve.chosen is None
    assert "excludes a loss of more than the margin" in curve.reason
    assert end.live.command == f"{BEFORE_IT}cascade:small={HAIKU},threshold=50 --pairs 60"


async def test_where_nothing_need_escalate_the_small_model_alone_is_tested() -> None:
    end, _ = await study(scores(True, lambda i: 90 if i % 4 else 20), scenario(quality_margin=0.2))
    chosen = end.report.curve.chosen if end.report.curve else None
    assert chosen is not None and chosen.alone and chosen.holds and chosen.threshold == 0
    assert chosen.figures.escalation.value == 0.0
    assert chosen.figures.saving.value == pytest.approx(1 - (100 + 5 * 200) / (300 + 15 * 200)), "no judge is paid"
    assert end.live.command == f"{BEFORE_IT}smaller_model:model={HAIKU} --pairs 60"


async def test_nothing_is_recommended_where_the_cascade_costs_more() -> None:
    end, _ = await study(scores(False, lambda i: 0))
    assert end.report.figures.money == "costs more"
    assert end.live.command == ""


async def test_another_big_model_and_threshold() -> None:
    choice = LeverChoice("cascade", {"big": "claude-opus-4-5-20251101", "threshold": 101 - 1, "judge_prompt": "a, b?"})
    end, backend = await study(lever=choice)
    assert {r.model for r in backend.requests if r.purpose == "answer"} == {"claude-opus-4-5-20251101"}
    assert end.report.figures.escalation.value == 1.0
    assert end.live.waiting.escalated is not None and end.live.waiting.escalated.n == N
    assert "a, b?" in next(r for r in backend.requests if r.purpose == "judge").messages[0].blocks[0].text
    assert "judge_prompt" not in end.live.command


async def test_what_has_no_draft_or_verdict_is_left_out_and_told() -> None:
    def script(request: Request, n: int) -> Reply:
        i, broken = number(request), Reply((), 0.1, Usage(), error=CallError("bad_request", "no", 400))
        if n > 2 and ((i == 3 and request.purpose == "draft") or (i == 5 and request.purpose == "judge")):
            return broken
        if i == 7 and request.purpose == "judge":
            return Reply(((0.5, "Well, fine"),), 0.5, Usage(400, 5))
        return desk(request, n)

    end, _ = await study(script)
    assert (end.report.figures.n, end.live.left_out, end.live.unreadable) == (N - 2, 2, 1)
    assert {"left_out", "judge_unreadable"} <= {c.code for c in end.head.caveats}


ITEM = (100 + 5 * 200 + 400 + 5 * 5 + 3 * 100 + 15 * 200) / 1e6
"""Dollars of one sample asked to the end."""


def told(end: CascadeStudied, code: str) -> str:
    return next((caveat.sentence for caveat in end.head.caveats if caveat.code == code), "")


@pytest.mark.parametrize("audit", [1.0, 0.4])
async def test_a_budget_that_ends_it_leaves_samples_that_were_asked_to_the_end(audit: float) -> None:
    end, backend = await study(budget=17 * ITEM, audit=audit)
    f = end.report.figures
    assert end.head.status == "budget" and 0 < end.head.cost_usd <= 17 * ITEM
    assert 10 <= f.n < N and f.saving.value is not None
    drafted = len([r for r in backend.requests if r.purpose == "draft"]) - CHUNKS
    assert drafted - f.n <= 4, "no more is begun than the budget will pay for"
    assert f"every figure stands on the {f.n} of {N} samples" in told(end, "unfinished")
    # Escalated questions are complete with the big model's answer only.
    escalated = end.live.waiting.escalated
    assert round((f.escalation.value or 0.0) * f.n) == (escalated.n if escalated else 0) > 0
    if audit == 1.0:
        assert end.live.audited == end.live.passed


async def test_a_budget_for_less_than_the_first_samples() -> None:
    early, _ = await study(budget=7 * ITEM)
    assert 0 < early.report.figures.n < 10 and early.report.figures.saving.value is not None
    drafts, _ = await study(budget=0.01)
    assert (drafts.report.figures.n, drafts.live.command) == (0, "")
    assert "drafts paid for beyond these: " in told(drafts, "unfinished") and not told(drafts, "p90_open")
    nothing, _ = await study(budget=1e-9)
    assert (nothing.report.figures.n, nothing.head.cost_usd) == (0, 0.0)


async def test_what_is_done_first_is_a_fair_part() -> None:
    """The chunks are drawn: a file that begins with its easy questions does not decide a study that is stopped."""
    first = study_of(StudyCascade("desk"), scenario()).experiments[0].scenario.samples
    assert [sample.id for sample in first] != [f"s{i:02}" for i in range(10)]
    assert len({sample.id for sample in first} - {f"s{i:02}" for i in range(10)}) >= 5


@pytest.mark.parametrize("audit", [0.0, -1.0, 1.1, math.nan, math.inf])
def test_an_audit_is_a_share(audit: float) -> None:
    with pytest.raises(UsageError, match="--audit is a share above 0 and up to 1"):
        CascadeStudy(StudyCascade("desk", audit=audit), scenario())


@pytest.mark.parametrize("margin", [0.0, 1.0, math.nan])
def test_a_margin_is_a_fraction(margin: float) -> None:
    with pytest.raises(UsageError, match="--margin is a fraction"):
        CascadeStudy(StudyCascade("desk", margin=margin), scenario())


def test_the_plan_holds_all_it_may_do_and_the_scenarios_own_settings() -> None:
    own = msgspec.structs.replace(
        scenario(quality_margin=0.1), lever_params={"cascade": {"threshold": 70, "judge": "claude-opus-4-5-20251101"}}
    )
    made = study_of(StudyCascade("desk"), own)
    assert made.kind == "cascade"
    first, second, third, fourth = made.experiments
    assert [one.pairs for one in made.experiments] == [10, 10, 30, 30]
    samples = [sample for one in (first, third) for sample in one.scenario.samples]
    assert sorted(sample.id for sample in samples) == [sample.id for sample in own.samples]
    assert (second.scenario, fourth.scenario) == (first.scenario, third.scenario)
    (choice,) = first.variants[0].levers
    assert (choice.params["judge"], choice.params["threshold"], choice.params["big"]) == (
        "claude-opus-4-5-20251101",
        0,
        SONNET,
    )
    assert second.variants[0].levers == ()
