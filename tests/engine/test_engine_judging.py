"""A model as judge in a run: when it is asked, what it is asked, what comes of it, and who pays."""

from typing import Any

import msgspec
import pytest
from judging_builders import (
    BASE,
    JUDGE_USD,
    LABELS,
    OTHER,
    SMALL,
    carry_out,
    experiment,
    fails,
    judges,
    part,
    says,
    scenario,
    text_of,
)

from optlab.backends.scripted import Reply
from optlab.core.errors import RefusedError
from optlab.core.events import Event
from optlab.core.request import Request
from optlab.core.run_events import AnswerJudged, BudgetReached, CallStarted, RunFinished
from optlab.core.scenario import CheckSpec
from optlab.core.usage import Usage
from optlab.engine.budget import BudgetStop
from optlab.engine.control import Control
from optlab.engine.judge_calls import JudgeCalls


def passes(request: Request, n: int) -> Reply:
    return says("PASS")


def prefers_big(request: Request, n: int) -> Reply:
    """The big model's answer, wherever it stands; TIE between two of the same model."""
    first, second = part(request, "answer_a"), part(request, "answer_b")
    if first.split()[0] == second.split()[0]:
        return says("TIE")
    return says("A" if first.startswith("big") else "B")


# Verdicts.


async def test_every_answer_is_judged_after_both_runs_of_its_pair_and_outside_their_times() -> None:
    outcome = await carry_out(experiment(of=scenario(labels=[])), passes)
    steps = [type(e) for e in outcome.events if isinstance(e, CallStarted | RunFinished | AnswerJudged)]
    block = [CallStarted, RunFinished] * 2
    assert steps[:4] == block, "the warm-up is not judged"
    # Of the first six answers every one is judged twice.
    assert steps[4:14] == block + [AnswerJudged] * 4 + block[:2]
    assert [r.e2e_s for r in outcome.runs] == [1.0] * 10
    assert len(outcome.of("verdict")) == 8
    for judgement in outcome.of("verdict"):
        about = [r.sample for r in outcome.runs if (r.variant, r.pair) == (judgement.variant, judgement.pair)]
        assert judgement.sample == about[-1], "behind the warm-up, which is pair 0 as well"
        assert judgement.calls[0].purpose == "judge"


async def test_a_judge_sees_rubric_question_and_answer_and_no_name() -> None:
    outcome = await carry_out(experiment(of=scenario(1, reference="It is {word}.")), passes)
    asked = [r for r in outcome.backend.requests if judges(r)]
    assert {part(r, "rubric") for r in asked} == {"Says w0."}
    assert {part(r, "question") for r in asked} == {"Explain w0."}
    assert {part(r, "reference") for r in asked} == {"It is w0."}
    assert {part(r, "answer") for r in asked} == {r.answer for r in outcome.runs if r.phase == "measured"}
    for request in asked:
        assert not {"baseline", "smaller_model", "claude"} & set(text_of(request).split())


async def test_verdicts_count_as_checks() -> None:
    outcome = await carry_out(
        experiment(of=scenario(8, plan={"quality_margin": 0.3}), pairs=8),
        lambda request, n: says("PASS" if part(request, "answer").startswith("big") else "fail."),
    )
    base, small = outcome.report.variants
    assert (base.quality.passed, base.quality.runs, small.quality.passed) == (8, 8, 0)
    assert small.quality.by_kind["judge"].runs == 8
    (card,) = outcome.report.cards
    assert (card.quality.verdict, card.quality.basis, card.verdict.value) == ("worse", "checks", "ROLL BACK")
    assert [(r.variant, r.passed, r.judged, r.rate) for r in outcome.judging.rates] == [
        ("baseline", 8, 8, 1.0),
        ("smaller_model", 0, 8, 0.0),
    ]


async def test_other_checks_count_as_well() -> None:
    """An answer must pass every check; the lowest counts."""
    first, second = scenario(2).samples
    longer = msgspec.structs.replace(first, checks=(*first.checks, CheckSpec("length", {"max": 0})))
    both = msgspec.structs.replace(scenario(2), samples=(longer, second))
    quality = (await carry_out(experiment(of=both, pairs=2), passes)).report.variants[0].quality
    assert (quality.passed, quality.runs) == (1, 2)
    counted = {kind: (count.passed, count.runs) for kind, count in quality.by_kind.items()}
    assert counted == {"length": (0, 1), "judge": (2, 2)}


async def test_unreadable_replies_fail_and_are_counted_apart() -> None:
    replies = ["PASS", "FAIL PASS", "", "I cannot say"]
    outcome = await carry_out(experiment(of=scenario(4)), lambda _, n: says(replies[n % 4]))
    said = [call.text for judgement in outcome.judgements for call in judgement.calls]
    assert outcome.judging.unreadable == said.count("") + said.count("I cannot say")
    assert outcome.judging.unreadable > 4
    assert "count as FAIL" in outcome.caveats()["judge_unreadable"]
    assert all(j.outcome in ("pass", "fail") for j in outcome.judgements)
    assert outcome.judging.unjudged == 0


async def test_a_reply_cut_at_its_cap_is_unreadable() -> None:
    outcome = await carry_out(experiment(of=scenario(2), pairs=2), lambda *_: says("PASS", stop_reason="max_tokens"))
    assert {j.outcome for j in outcome.judgements} == {"fail"}
    assert outcome.judging.unreadable == len(outcome.judgements) == 8


async def test_answers_that_are_not_there_fail_without_a_call() -> None:
    """The candidate breaks off or refuses; nobody is paid to judge that."""

    def answer(request: Request, n: int) -> Reply:
        if "sonnet" in request.model or n < 2:
            return Reply(((0.5, f"big {n}"),), 1.0)
        return fails("broken_stream") if n % 3 else Reply(((0.5, "no"),), 1.0, stop_reason="refusal")

    outcome = await carry_out(experiment(of=scenario(4)), passes, answer)
    assert {j.variant for j in outcome.of("verdict")} == {"baseline"}
    small = outcome.report.variants[1].quality
    assert (small.passed, small.runs) == (0, 4)


async def test_only_some_samples_have_a_judge() -> None:
    outcome = await carry_out(experiment(of=scenario(4, judged=2)), passes)
    assert {j.sample for j in outcome.judgements} == {"s0", "s1"}
    assert outcome.report.variants[0].quality.runs == 2


# Money.


async def test_judging_is_billed_to_the_experiment_and_to_no_variant() -> None:
    with_judge = await carry_out(experiment(of=scenario()), passes)
    without = await carry_out(experiment(of=scenario(judged=0)), passes)
    assert [v.cost for v in with_judge.report.variants] == [v.cost for v in without.report.variants]
    assert [v.usage for v in with_judge.report.variants] == [v.usage for v in without.report.variants]
    calls = 8 + 6
    assert with_judge.judging.calls == calls
    assert with_judge.judging.usage == Usage(input_tokens=40 * calls, output_tokens=2 * calls)
    assert with_judge.judging.cost_usd == with_judge.report.judging_usd == pytest.approx(calls * JUDGE_USD)
    assert with_judge.report.cost_usd == pytest.approx(without.report.cost_usd + calls * JUDGE_USD)
    assert with_judge.report.cards[0].spent_usd == pytest.approx(with_judge.report.cost_usd)
    assert without.report.judging == ()
    spent = [e.spent_usd for e in with_judge.events if isinstance(e, RunFinished | AnswerJudged)]
    assert spent == sorted(spent) and spent[-1] == with_judge.report.cost_usd


@pytest.mark.parametrize("how, second", [("verdict", 4), ("pairwise", 3)])
async def test_what_is_judged_stays_judged_where_asking_again_does_not_fit(
    how: str, second: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last question of a block is one asked again; the cap leaves no room for it."""
    asked, ask = [0], JudgeCalls.ask

    async def capped(self: JudgeCalls, *given: Any) -> Any:
        asked[0] += 1
        if asked[0] == second:
            raise BudgetStop
        return await ask(self, *given)

    monkeypatch.setattr(JudgeCalls, "ask", capped)
    outcome = await carry_out(experiment(of=scenario(1, how=how), pairs=1), lambda request, n: says("PASS"))
    assert outcome.of("again")[-1].calls == ()
    summary, (card,) = outcome.report.variants[1], outcome.report.cards
    assert (summary.quality.runs, card.quality.items) == ((1, 1) if how == "verdict" else (0, 1))


async def test_the_budget_stops_a_judge_before_the_call_that_could_cross_it() -> None:
    whole = await carry_out(experiment(of=scenario()), passes)
    cap = whole.report.cost_usd * 0.7
    outcome = await carry_out(experiment(of=scenario(), budget_usd=cap), passes)
    assert outcome.report.status == "budget"
    assert outcome.report.cost_usd <= cap
    assert any(isinstance(e, BudgetReached) for e in outcome.events)
    seen = outcome.report.variants[0]
    assert seen.runs >= 1, "the pair whose judge could not be paid is kept"
    assert seen.quality.runs <= seen.runs


async def test_a_pair_whose_judge_cannot_be_paid_is_kept_unjudged() -> None:
    """A judge so dear that not even its first call fits: times and costs of that pair are still there."""
    dear = scenario(max_tokens=100_000)
    outcome = await carry_out(experiment(of=dear, budget_usd=0.5), passes)
    assert outcome.report.status == "budget"
    assert outcome.judgements[0].calls == () and outcome.judgements[0].outcome is None
    assert [(v.runs, v.quality.runs) for v in outcome.report.variants] == [(1, 0), (1, 0)]


# Failures.


async def test_a_failed_call_of_the_judge_is_made_again() -> None:
    outcome = await carry_out(
        experiment(of=scenario(2), pairs=2), lambda _, n: fails("overloaded") if n in (0, 1, 5) else says("PASS")
    )
    first = outcome.judgements[0]
    assert [c.error.kind if c.error else None for c in first.calls] == ["overloaded", "overloaded", None]
    assert [c.attempt for c in first.calls] == [1, 2, 3]
    assert first.outcome == "pass"
    assert outcome.judging.failed_calls == 3
    assert outcome.judging.unjudged == 0
    assert outcome.report.variants[0].quality.passed == 2


@pytest.mark.parametrize("kind, attempts, made", [("server", 1, 1), ("server", 5, 5), ("rate_limit", 1, 3)])
async def test_a_judge_is_asked_as_often_as_the_plan_says(kind: str, attempts: int, made: int) -> None:
    """But for a quota, which says nothing about the judge."""
    of = scenario(1)
    of = msgspec.structs.replace(of, plan=msgspec.structs.replace(of.plan, attempts=attempts))
    outcome = await carry_out(experiment(of=of, pairs=1), lambda *_: fails(kind))
    assert [len(j.calls) for j in outcome.judgements] == [made, made]


async def test_a_quota_makes_the_judge_wait_as_long_as_the_server_says() -> None:
    outcome = await carry_out(
        experiment(of=scenario(1), pairs=1), lambda _, n: says("PASS") if n else fails("rate_limit", 7.0)
    )
    quick = await carry_out(experiment(of=scenario(1), pairs=1), passes)
    assert outcome.backend.clock.time_s == pytest.approx(quick.backend.clock.time_s + 7.0 + 0.25)
    assert "quota" not in outcome.caveats(), "no pair is set aside for it"


async def test_an_answer_nobody_could_judge_counts_neither_way() -> None:
    outcome = await carry_out(
        experiment(of=scenario(4)),
        lambda request, n: fails("server") if "Says w1." in text_of(request) else says("PASS"),
    )
    assert outcome.judging.unjudged == 2
    assert "2 answers were not judged" in outcome.caveats()["judge_unjudged"]
    for variant in outcome.report.variants:
        assert (variant.runs, variant.quality.passed, variant.quality.runs) == (4, 3, 3)
    assert outcome.report.cards[0].quality.items == 3
    tries = [len(j.calls) for j in outcome.judgements if j.outcome is None]
    assert tries == [3, 3]


async def test_a_request_the_server_calls_bad_is_not_repeated() -> None:
    outcome = await carry_out(experiment(of=scenario(1), pairs=1), lambda *_: fails("bad_request"))
    assert [len(j.calls) for j in outcome.judgements] == [1, 1]
    assert outcome.report.status == "finished"


async def test_a_refused_credential_ends_the_run() -> None:
    outcome = await carry_out(experiment(of=scenario(1), pairs=1), lambda *_: fails("auth"))
    failure = outcome.report.failure
    assert failure is not None and failure.error == "refused"
    assert "refused the judge 'claude-opus-4-8'" in failure.sentence
    assert [v.runs for v in outcome.report.variants] == [1, 1], "what was measured is kept"


async def test_a_judge_without_a_credential_before_the_first_pair_leaves_nothing_to_report() -> None:
    outcome = await carry_out(experiment(of=scenario(labels=LABELS)), lambda *_: fails("auth"))
    assert isinstance(outcome.error, RefusedError)


async def test_a_budget_that_ends_in_mid_judging_keeps_what_was_judged_and_blames_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cap leaves no room for the candidate's judgement of the second pair; the baseline's was made."""
    ask, asked = JudgeCalls.ask, [0]

    async def capped(self: JudgeCalls, *given: Any) -> Any:
        asked[0] += 1
        if asked[0] == 7:  # two judgements and two asked again, then the baseline's and its second
            raise BudgetStop
        return await ask(self, *given)

    monkeypatch.setattr(JudgeCalls, "ask", capped)
    outcome = await carry_out(experiment(of=scenario()), passes)
    assert outcome.report.status == "budget"
    rates = {rate.variant: rate.judged for rate in outcome.judging.rates}
    assert {v.name: v.quality.runs for v in outcome.report.variants} == rates == {"baseline": 2, "smaller_model": 1}
    assert outcome.judging.unjudged == 0, "no call failed"
    assert "judge_unjudged" not in outcome.caveats()
    assert "the run ended before 1 answer was judged" in outcome.caveats()["judge_stopped"]


async def test_a_cancelled_judge_has_not_failed() -> None:
    def cancel(event: Event, control: Control) -> None:
        if isinstance(event, AnswerJudged):
            control.cancel()

    outcome = await carry_out(experiment(of=scenario()), passes, watch=cancel)
    assert "judge_unjudged" not in outcome.caveats()
    assert "the run ended before 1 answer was judged" in outcome.caveats()["judge_stopped"]


async def test_a_cancel_is_heard_between_the_calls_of_a_judge() -> None:
    def cancel(event: Event, control: Control) -> None:
        if isinstance(event, AnswerJudged):
            control.cancel()

    outcome = await carry_out(experiment(of=scenario()), passes, watch=cancel)
    assert outcome.report.status == "cancelled"
    assert outcome.judging.calls == 1


# Agreement and labels.


async def test_the_first_six_answers_are_judged_twice() -> None:
    outcome = await carry_out(experiment(of=scenario(8), pairs=8), lambda _, n: says("FAIL" if n == 3 else "PASS"))
    again = outcome.of("again")
    assert len(again) == 6
    assert [(j.variant, j.pair) for j in again] == [(j.variant, j.pair) for j in outcome.of("verdict")[:6]]
    agreement = outcome.judging.agreement
    assert agreement is not None
    assert (agreement.same, agreement.asked) == (5, 6)
    assert agreement.interval.low == pytest.approx(0.4365, abs=1e-4)
    assert agreement.interval.high == pytest.approx(0.9699, abs=1e-4)


async def test_a_judge_that_contradicts_itself_is_told() -> None:
    """Every judgement and its repetition differ."""
    outcome = await carry_out(experiment(of=scenario(8), pairs=8), lambda _, n: says("FAIL" if n % 2 else "PASS"))
    assert outcome.judging.agreement is not None and outcome.judging.agreement.same == 0
    assert "only 0 of 6 times" in outcome.caveats()["judge_fickle"]
    steady = await carry_out(experiment(of=scenario(8), pairs=8), passes)
    assert "judge_fickle" not in steady.caveats()


async def test_labels_are_judged_once_before_everything() -> None:
    outcome = await carry_out(
        experiment(of=scenario(4, labels=LABELS)),
        lambda request, n: says("FAIL" if part(request, "answer") == "wrong A" else "PASS"),
    )
    assert isinstance(outcome.events[1], AnswerJudged)
    assert [(j.expected, j.outcome, j.sample) for j in outcome.of("label")] == [
        ("pass", "pass", "s0"),
        ("pass", "pass", "s0"),
        ("fail", "fail", "s1"),
        ("fail", "pass", "s0"),
    ]
    judging = outcome.judging
    assert (judging.labelled_right, judging.labelled_wrong) == (2, 2)
    assert (judging.sensitivity, judging.specificity) == (1.0, 0.5)
    assert "judge_unlabelled" not in outcome.caveats()


async def test_rates_are_corrected_by_the_labels() -> None:
    """0.75 passed at sensitivity 1 and specificity 0.5: (0.75 + 0.5 - 1) / 0.5."""

    def script(request: Request, n: int) -> Reply:
        wrong = part(request, "answer") == "wrong A" or "Says w2." in text_of(request)
        return says("FAIL" if wrong else "PASS")

    outcome = await carry_out(experiment(of=scenario(4, labels=LABELS)), script)
    rate = outcome.judging.rates[0]
    assert (rate.passed, rate.judged, rate.rate) == (3, 4, 0.75)
    assert rate.corrected == pytest.approx(0.5)
    assert rate.interval is not None and rate.interval.low is not None and rate.interval.high is not None
    assert rate.interval.low <= 0.5 <= rate.interval.high


async def test_a_judge_no_better_than_a_coin_is_told() -> None:
    outcome = await carry_out(experiment(of=scenario(4, labels=LABELS)), passes)
    assert (outcome.judging.sensitivity, outcome.judging.specificity) == (1.0, 0.0)
    assert outcome.caveats()["judge_blind"] == (
        "the judge passed 100% of 2 right answers and 100% of 2 wrong ones, too few labels to say whether it can tell "
        "them apart; label more of either kind"
    )
    assert outcome.judging.specificity_interval is not None and outcome.judging.specificity_interval.high is not None
    assert 0.6 < outcome.judging.specificity_interval.high < 0.7
    many = await carry_out(experiment(of=scenario(4, labels=5 * LABELS)), passes)
    assert many.caveats()["judge_blind"].endswith(
        "100% of 10 wrong ones, so its verdicts say nothing; change its rubric or its model"
    )
    assert {rate.corrected for rate in outcome.judging.rates} == {None}


async def test_a_judge_without_labels_is_told() -> None:
    assert "give it `labels`" in (await carry_out(experiment(of=scenario()), passes)).caveats()["judge_unlabelled"]


async def test_a_judge_of_the_candidates_own_family_is_told() -> None:
    kin = scenario(model="claude-haiku-4-5-20251001")

    def script(request: Request, n: int) -> Reply:
        return says("PASS")

    outcome = await carry_out(experiment(of=kin, pairs=1), passes, script)
    assert "of the same family as smaller_model" in outcome.caveats()["judge_family"]
    other = await carry_out(experiment(of=scenario(), pairs=1), passes)
    assert "judge_family" not in other.caveats()


# Pairwise.


async def test_pairwise_asks_in_both_orders() -> None:
    outcome = await carry_out(experiment(of=scenario(1, how="pairwise"), pairs=1), prefers_big)
    answers = {r.variant: r.answer for r in outcome.runs if r.phase == "measured"}
    asked = [r for r in outcome.backend.requests if judges(r)][:2]
    seen = [(part(r, "answer_a"), part(r, "answer_b")) for r in asked]
    assert seen == [(answers["baseline"], answers["smaller_model"]), (answers["smaller_model"], answers["baseline"])]


async def test_consistent_wins_count() -> None:
    outcome = await carry_out(experiment(of=scenario(8, how="pairwise"), pairs=8), prefers_big)
    assert {j.outcome for j in outcome.of("pairwise")} == {"lost"}
    (card,) = outcome.report.cards
    assert card.quality.verdict == "worse"
    assert card.quality.interval.high is not None and card.quality.interval.high < 0
    assert [(r.variant, r.passed, r.judged) for r in outcome.judging.rates] == [("smaller_model", 0, 8)]
    turned = await carry_out(
        experiment(of=scenario(8, how="pairwise"), pairs=8),
        lambda request, n: says("B" if part(request, "answer_a").startswith("big") else "A"),
    )
    assert {j.outcome for j in turned.of("pairwise")} == {"won"}
    interval = turned.report.cards[0].quality.interval
    assert interval.low is not None and interval.low > 0
    assert turned.report.cards[0].quality.verdict in ("better", "non-inferior")


@pytest.mark.parametrize("reply", ["A", "B", "TIE", "both are fine", ""])
async def test_a_preference_for_a_place_is_a_tie(reply: str) -> None:
    outcome = await carry_out(experiment(of=scenario(4, how="pairwise")), lambda *_: says(reply))
    assert {j.outcome for j in outcome.judgements} == {"tie"}
    assert [rate.tied for rate in outcome.judging.rates] == [4]
    assert outcome.report.variants[1].quality.runs == 0, "a preference is no pass"
    assert outcome.report.cards[0].quality.verdict == "inconclusive"
    assert (outcome.judging.unreadable > 0) == (reply not in ("A", "B", "TIE"))


async def test_the_same_words_are_a_tie_without_a_call() -> None:
    outcome = await carry_out(
        experiment(of=scenario(4, how="pairwise")), prefers_big, lambda *_: Reply(((0.5, "alike"),), 1.0)
    )
    assert outcome.of("pairwise") == []
    assert outcome.report.cards[0].quality.items == 4


async def test_every_candidate_is_held_against_the_baseline() -> None:
    outcome = await carry_out(experiment(BASE, SMALL, OTHER, of=scenario(4, how="pairwise")), prefers_big)
    said = {(j.variant, j.outcome) for j in outcome.of("pairwise")}
    assert said == {("smaller_model", "lost"), ("max_tokens", "tie")}
    small, other = outcome.report.cards
    assert small.quality.interval.low is not None and small.quality.interval.high is not None
    assert small.quality.interval.high < 0
    assert other.quality.interval.low is not None and other.quality.interval.low < 0
    assert outcome.report.variants[0].quality.runs == 0, "the baseline has no score of its own"


async def test_two_answers_of_the_baseline_come_out_even() -> None:
    """The warm-up and repeats give the judge two baseline answers to the same question."""
    outcome = await carry_out(experiment(of=scenario(4, how="pairwise"), pairs=8), prefers_big)
    even = outcome.judging.even
    assert even is not None
    assert (even.first, even.second, even.ties, even.p) == (0, 0, 4, 1.0)
    assert {j.variant for j in outcome.of("even")} == {"baseline"}


async def test_a_judge_that_prefers_one_of_two_alike_is_told() -> None:
    """It likes whatever was written later: the number behind the word tells."""

    def later(request: Request, n: int) -> Reply:
        first, second = (int(part(request, name).split()[1]) for name in ("answer_a", "answer_b"))
        return says("A" if first > second else "B")

    outcome = await carry_out(experiment(of=scenario(6, how="pairwise"), pairs=12), later)
    even = outcome.judging.even
    assert even is not None
    assert (even.first, even.second, even.ties) == (0, 6, 0)
    assert even.p == pytest.approx(2 / 2**6)
    assert "do not believe its preferences" in outcome.caveats()["judge_uneven"]
