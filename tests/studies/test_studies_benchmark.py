"""What was asked for becomes a frozen experiment, or one sentence why not."""

import math
from typing import Any

import pytest

from optlab.core.commands import Connection, RunBenchmark
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Plan, Sample, Scenario, Traffic
from optlab.levers import BY_NAME as LEVERS
from optlab.studies.benchmark import BASELINE, plan

PROMPT = Prompt((Segment("q", "user", "Why?"),))
STREAMING, CACHING = LeverChoice("streaming"), LeverChoice("caching")
MAX_TOKENS, SMALLER = LeverChoice("max_tokens"), LeverChoice("smaller_model")
FULL_CACHING = LeverChoice("caching", {"ttl": "5m", "at": "auto"})


def scenario(*, traffic: float | None = None, **given: Any) -> Scenario:
    return Scenario(
        "S",
        "claude-sonnet-4-6",
        400,
        PROMPT,
        (Sample("a"),),
        lever_params={"max_tokens": {"cap": 120}},
        traffic=Traffic(traffic),
        plan=Plan(**given),
    )


def planned(*levers: LeverChoice, of: Scenario | None = None, **given: Any) -> Experiment:
    return plan(RunBenchmark("s", levers=levers, **given), of or scenario())


def test_levers_are_stacked_into_one_candidate_in_their_declared_order() -> None:
    made = planned(STREAMING, CACHING, MAX_TOKENS)
    full = (LeverChoice("max_tokens", {"cap": 120}), FULL_CACHING, STREAMING)
    assert made.variants == (BASELINE, Variant("max_tokens+caching+streaming", full))
    assert made.baseline == Variant("baseline")
    assert made.alpha == 0.05


def test_each_lever_a_candidate_of_its_own() -> None:
    made = planned(STREAMING, MAX_TOKENS, each=True)
    assert [v.name for v in made.variants] == ["baseline", "max_tokens", "streaming"]
    assert [len(v.levers) for v in made.candidates] == [1, 1]
    assert made.alpha == 0.025


def test_no_lever_measures_the_baseline_alone() -> None:
    made = planned()
    assert made.variants == (BASELINE,)
    assert made.alpha == 0.05


def test_an_aa_run_compares_the_baseline_with_itself() -> None:
    made = planned(aa=True)
    assert made.is_aa
    assert made.variants == (BASELINE, Variant("baseline again"))
    assert not planned(STREAMING).is_aa
    with pytest.raises(UsageError, match="--aa compares the baseline with itself; leave the levers out"):
        planned(STREAMING, aa=True)


@pytest.mark.parametrize(
    "levers, given, primary, why",
    [
        ((STREAMING,), {}, "first_visible", "what streaming is for"),
        ((CACHING,), {}, "cost_usd", "what caching is for"),
        ((MAX_TOKENS,), {}, "cost_usd", "what max_tokens is for"),
        ((STREAMING,), {"primary": "e2e"}, "e2e", "asked for"),
        ((), {"primary": "cost_usd"}, "cost_usd", "asked for"),
    ],
)
def test_the_metric_that_decides(levers: Any, given: Any, primary: str, why: str) -> None:
    for declared in (None, "e2e"):
        made = planned(*levers, of=scenario(primary=declared), **given)
        assert (made.primary, made.primary_reason) == (primary, why)


def test_the_metric_of_several_levers_or_none_is_the_scenarios() -> None:
    declared = scenario(primary="first_visible")
    for made in (
        planned(STREAMING, CACHING, of=declared),
        planned(of=declared),
        planned(of=declared, aa=True),
    ):
        assert (made.primary, made.primary_reason) == ("first_visible", "the scenario's plan")


def test_each_lever_is_judged_on_its_own_metric() -> None:
    for declared in (None, "e2e"):
        made = planned(STREAMING, MAX_TOKENS, of=scenario(primary=declared), each=True)
        assert [made.primary_of(candidate) for candidate in made.candidates] == [
            ("cost_usd", "what max_tokens is for"),
            ("first_visible", "what streaming is for"),
        ]
        assert (made.primary, made.primary_reason) == ("cost_usd", "what max_tokens is for"), "the first one's"


def test_a_metric_that_was_asked_for_goes_for_every_candidate() -> None:
    made = planned(STREAMING, MAX_TOKENS, each=True, primary="e2e")
    assert {made.primary_of(candidate) for candidate in made.candidates} == {("e2e", "asked for")}
    assert {candidate.primary for candidate in made.candidates} == {None}


def test_without_any_metric_declared_there_is_a_default_that_says_so() -> None:
    several = planned(STREAMING, CACHING)
    assert several.primary == "cost_usd"
    assert (
        several.primary_reason == "several levers and no metric declared, so the bill decides; --primary names another"
    )
    assert (planned().primary, planned().primary_reason) == ("e2e", "no lever and no metric declared")
    assert planned(aa=True).primary == "e2e"


@pytest.mark.parametrize("metric", ["ttft", "tpot", "tpot_visible"])
def test_a_metric_that_the_plain_baseline_lacks_is_refused(metric: Any) -> None:
    with pytest.raises(UsageError) as caught:
        planned(STREAMING, primary=metric)
    assert str(caught.value) == (
        f"--primary {metric} exists only where both variants stream, and the baseline does not; "
        "take first_visible, which both have"
    )


@pytest.mark.parametrize("metric", ["ttft", "tpot", "tpot_visible"])
def test_such_a_metric_of_the_scenario_is_refused_unless_another_is_asked_for(metric: Any) -> None:
    declared = scenario(primary=metric)
    with pytest.raises(UsageError, match=rf"^plan\.primary {metric} exists only where both variants stream"):
        planned(STREAMING, CACHING, of=declared)
    assert planned(STREAMING, CACHING, of=declared, primary="e2e").primary == "e2e"


def test_the_command_beats_the_scenario_and_the_scenario_the_default() -> None:
    declared = scenario(pairs=120, budget_usd=0.25, traffic=4.0, alpha=0.1)
    made = planned(STREAMING, of=declared)
    assert (made.pairs, made.budget_usd, made.rate_per_minute, made.alpha) == (120, 0.25, 4.0, 0.1)
    asked = planned(STREAMING, of=declared, pairs=6, budget_usd=0.1, rate_per_minute=0.5)
    assert (asked.pairs, asked.budget_usd, asked.rate_per_minute) == (6, 0.1, 0.5)
    default = planned(STREAMING)
    assert (default.pairs, default.budget_usd, default.rate_per_minute) == (12, None, None)


def test_seed_and_early_stop_are_taken_over() -> None:
    made = planned(STREAMING, connection=Connection(seed=42), early_stop=True)
    assert (made.seed, made.early_stop) == (42, True)
    assert (planned(STREAMING).seed, planned(STREAMING).early_stop) == (0, False)


def test_the_alpha_of_several_candidates_is_shared() -> None:
    made = planned(STREAMING, CACHING, MAX_TOKENS, SMALLER, each=True, of=scenario(alpha=0.2))
    assert made.alpha == pytest.approx(0.05)


@pytest.mark.parametrize(
    "levers, given, sentence",
    [
        ((STREAMING,), {"pairs": 0}, "--pairs is at least 1, not 0"),
        ((STREAMING,), {"pairs": -3}, "--pairs is at least 1, not -3"),
        ((CACHING,), {"rate_per_minute": 0.0}, "--rate is calls a minute and above 0, not 0"),
        ((CACHING,), {"rate_per_minute": -1.5}, "--rate is calls a minute and above 0, not -1.5"),
        ((CACHING,), {"rate_per_minute": math.nan}, "--rate is calls a minute and above 0, not nan"),
        ((CACHING,), {"rate_per_minute": math.inf}, "--rate is calls a minute and above 0, not inf"),
        ((), {"each": True}, "--each makes one candidate of every lever; name some with --lever"),
        (
            (LeverChoice("cachin"),),
            {},
            f"there is no lever 'cachin'; the levers are {', '.join(LEVERS)}",
        ),
        ((CACHING, CACHING), {}, "the lever caching is given twice; give it once with all its parameters"),
        ((CACHING, CACHING), {"each": True}, "the lever caching is given twice; give it once with all its parameters"),
        (
            (LeverChoice("caching", {"ttl": "2h"}),),
            {},
            "lever caching: ttl is one of 5m, 1h, not '2h'",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(levers: Any, given: Any, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(*levers, **given)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("budget", [math.nan, math.inf, -1.0, 0.0])
def test_a_budget_that_is_none_is_refused(budget: float) -> None:
    with pytest.raises(UsageError, match=rf"^--budget is dollars and above 0, not {budget:g}$"):
        planned(CACHING, budget_usd=budget)
    with pytest.raises(UsageError, match=r"^--budget is dollars and above 0"):
        planned(CACHING, of=scenario(budget_usd=budget))


@pytest.mark.parametrize(
    "levers, given, sentence",
    [
        ((LeverChoice("batch"), STREAMING), {}, "the levers batch and streaming do not stack"),
        ((LeverChoice("trim", {"off": "zz"}),), {}, "lever trim: off names the segment 'zz', which is not there"),
        ((SMALLER, LeverChoice("effort")), {}, "claude-haiku-4-5-20251001 knows no effort"),
        ((LeverChoice("batch"),), {"primary": "first_visible"}, "batch has no first_visible to decide on"),
        ((STREAMING, LeverChoice("batch")), {"each": True, "primary": "e2e"}, "batch has no e2e to decide on"),
    ],
)
def test_a_stack_is_held_against_the_scenario(levers: tuple[LeverChoice, ...], given: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        planned(*levers, **given)


def test_levers_that_do_not_stack_may_be_compared_each() -> None:
    made = planned(STREAMING, LeverChoice("batch"), each=True)
    assert [variant.name for variant in made.candidates] == ["streaming", "batch"]


def test_a_batch_is_decided_on_the_bill_whatever_the_scenario_says() -> None:
    made = planned(LeverChoice("batch"), MAX_TOKENS, of=scenario(primary="e2e"))
    assert (made.primary, made.primary_reason) == ("cost_usd", "all that a batch can be decided on")
    assert planned(LeverChoice("batch"), primary="cost_usd").primary_reason == "asked for"
