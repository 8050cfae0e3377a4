"""The table of levers as a contract: what every lever declares, how choices are read, completed and stacked."""

import itertools
import re
from typing import Any, get_args

import pytest

from optlab.catalogue import load
from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import ParamValue, Sample, Scenario
from optlab.levers import BY_NAME, LEVERS, GuardName, Lever, Param, complete, parse_choice, stacked

NAMES = [lever.spec.name for lever in LEVERS]


def scenario(**lever_params: dict[str, ParamValue]) -> Scenario:
    prompt = Prompt((Segment("q", "user", "Why?"),))
    return Scenario("S", "claude-sonnet-4-6", 400, prompt, (Sample("a"),), lever_params=lever_params)


def test_the_order_in_which_levers_stack() -> None:
    """The first is the outermost: what is said, who is asked, how much may come back, how it travels.

    A cascade asks with requests that have all that already.
    """
    assert NAMES == ["trim", "smaller_model", "max_tokens", "effort", "caching", "streaming", "batch", "cascade"]
    assert list(BY_NAME) == NAMES
    assert list(BY_NAME.values()) == list(LEVERS)


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.spec.name)
class TestEveryLever:
    def test_says_what_it_is(self, lever: Lever) -> None:
        spec = lever.spec
        assert re.fullmatch(r"[a-z][a-z_]*", spec.name)
        assert spec.title and spec.symptom and spec.does
        assert spec.does == spec.does.strip() and not spec.does.endswith(".")
        assert NAMES.count(spec.name) == 1

    def test_is_decided_on_a_known_metric_that_plain_baselines_have(self, lever: Lever) -> None:
        assert lever.spec.primary in METRICS
        assert METRICS[lever.spec.primary].absent in ("never", "in a batch")

    def test_excludes_only_levers_that_there_are_and_says_why(self, lever: Lever) -> None:
        for other, why in lever.spec.excludes:
            assert other in BY_NAME and other != lever.spec.name
            assert why and not why.endswith(".")

    def test_guards_are_known(self, lever: Lever) -> None:
        assert set(lever.spec.blocking) <= set(get_args(GuardName))
        assert len(set(lever.spec.blocking)) == len(lever.spec.blocking)

    def test_parameters_take_their_own_defaults(self, lever: Lever) -> None:
        names = [param.name for param in lever.spec.params]
        assert len(set(names)) == len(names)
        for param in lever.spec.params:
            assert re.fullmatch(r"[a-z][a-z_]*", param.name) and param.about
            assert param.parse(param.default) == param.default
            assert param.parse(str(param.default)) == param.default
            assert (param.low is None) == (param.high is None)
            assert param.type == "int" or param.low is None

    def test_completes_to_its_defaults(self, lever: Lever) -> None:
        full = complete(LeverChoice(lever.spec.name))
        assert full.params == {param.name: param.default for param in lever.spec.params}
        assert complete(full) == full
        assert parse_choice(full.label()).name == lever.spec.name
        assert complete(parse_choice(full.label())) == full


def test_the_smaller_model_is_a_priced_model() -> None:
    assert load().find(str(complete(LeverChoice("smaller_model")).params["model"])) is not None


@pytest.mark.parametrize(
    "text, choice",
    [
        ("streaming", LeverChoice("streaming")),
        ("streaming:", LeverChoice("streaming")),
        (" streaming ", LeverChoice("streaming")),
        ("max_tokens:cap=120", LeverChoice("max_tokens", {"cap": "120"})),
        ("x:a=1,b=2", LeverChoice("x", {"a": "1", "b": "2"})),
        ("x: a = 1 , b = 2 ,", LeverChoice("x", {"a": "1", "b": "2"})),
        ("x:a=b=c", LeverChoice("x", {"a": "b=c"})),
        ("smaller_model:model=org/m:7b", LeverChoice("smaller_model", {"model": "org/m:7b"})),
        ("x:a=", LeverChoice("x", {"a": ""})),
        ("x:a=1,a=2", LeverChoice("x", {"a": "2"})),
    ],
)
def test_parse_choice(text: str, choice: LeverChoice) -> None:
    assert parse_choice(text) == choice


@pytest.mark.parametrize("text", ["max_tokens:120", "max_tokens:cap", "x:a=1,b"])
def test_parse_choice_says_how_it_should_read(text: str) -> None:
    with pytest.raises(UsageError, match=r"--lever .* should read param=value, as in \w+:"):
        parse_choice(text)


def test_parse_choice_quotes_the_part_that_is_wrong() -> None:
    with pytest.raises(UsageError) as caught:
        parse_choice("max_tokens:120")
    assert str(caught.value) == "--lever max_tokens:120: '120' should read param=value, as in max_tokens:120=…"


@pytest.mark.parametrize(
    "chosen, declared, expected",
    [({}, {}, 200), ({}, {"cap": 120}, 120), ({"cap": "80"}, {"cap": 120}, 80), ({"cap": 80}, {}, 80)],
)
def test_complete_prefers_the_choice_then_the_scenario_then_the_default(
    chosen: dict[str, ParamValue], declared: dict[str, ParamValue], expected: int
) -> None:
    full = complete(LeverChoice("max_tokens", chosen), scenario(max_tokens=declared, caching={"ttl": "1h"}))
    assert full == LeverChoice("max_tokens", {"cap": expected})
    assert type(full.params["cap"]) is int


@pytest.mark.parametrize(
    "choice, sentence",
    [
        (
            LeverChoice("cachin"),
            f"there is no lever 'cachin'; the levers are {', '.join(BY_NAME)}",
        ),
        (
            LeverChoice("max_tokens", {"capp": 1}),
            "the lever max_tokens has no parameter 'capp'; its parameters are: cap",
        ),
        (LeverChoice("streaming", {"x": 1}), "the lever streaming has no parameter 'x'; its parameters are: none"),
        (LeverChoice("caching", {"ttl": "2h"}), "lever caching: ttl is one of 5m, 1h, not '2h'"),
        (
            LeverChoice("max_tokens", {"cap": 0}),
            "lever max_tokens: cap is a whole number from 1 to 128,000, not 0",
        ),
        (
            LeverChoice("max_tokens", {"cap": "128001"}),
            "lever max_tokens: cap is a whole number from 1 to 128,000, not 128001",
        ),
        (
            LeverChoice("max_tokens", {"cap": "many"}),
            "lever max_tokens: cap is a whole number from 1 to 128,000, not 'many'",
        ),
        (
            LeverChoice("max_tokens", {"cap": 1.5}),
            "lever max_tokens: cap is a whole number from 1 to 128,000, not 1.5",
        ),
        (
            LeverChoice("max_tokens", {"cap": True}),
            "lever max_tokens: cap is a whole number from 1 to 128,000, not True",
        ),
    ],
)
def test_complete_refuses_in_one_sentence(choice: LeverChoice, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        complete(choice)
    assert str(caught.value) == sentence


def test_a_scenarios_own_mistake_is_refused_too() -> None:
    with pytest.raises(UsageError, match="has no parameter 'size'"):
        complete(LeverChoice("max_tokens", {"cap": 1}), scenario(max_tokens={"size": 1}))


@pytest.mark.parametrize("cap", [1, 128_000])
def test_the_ends_of_a_range_belong_to_it(cap: int) -> None:
    assert complete(LeverChoice("max_tokens", {"cap": cap})).params == {"cap": cap}


def test_a_parameter_without_a_range_says_only_its_type() -> None:
    with pytest.raises(ValueError, match=r"^n is a whole number, not 'x'$"):
        Param("n", "int", 1, "a number").parse("x")
    assert Param("n", "int", 1, "a number").parse("-7") == -7
    assert Param("s", "str", "a", "a text").parse(5) == "5"


def test_names_are_joined_by_plus_and_each_counts_once() -> None:
    names = Param("at", "names", "auto", "places", most=2)
    assert names.parse(" one + two words +one+") == "one+two words"
    assert names.allowed == "up to 2 names joined by +"
    with pytest.raises(ValueError, match=r"^at takes at most 2 names, not 3$"):
        names.parse("a+b+c")
    with pytest.raises(ValueError, match=r"^at is one or several names with \+ or commas between them, not ' \+ '$"):
        names.parse(" + ")


def test_choices_stack_in_the_declared_order_whatever_the_order_given() -> None:
    choices = [LeverChoice(name) for name in NAMES]
    for given in itertools.islice(itertools.permutations(choices), 0, None, 7):
        assert stacked(given) == tuple(choices)
    assert stacked([]) == ()


def test_a_lever_is_given_once() -> None:
    twice: list[Any] = [LeverChoice("caching"), LeverChoice("streaming"), LeverChoice("caching", {"ttl": "1h"})]
    with pytest.raises(UsageError, match="the lever caching is given twice"):
        stacked(twice)


@pytest.mark.parametrize("text", ["trim:off=rules+tone", "trim:off=rules,tone", "trim:off=rules, tone"])
def test_names_are_joined_by_plus_or_commas(text: str) -> None:
    assert complete(parse_choice(text)).params["off"] == "rules+tone"


def test_a_comma_after_names_may_still_end_them() -> None:
    assert parse_choice("caching:at=rules,last,ttl=1h").params == {"at": "rules+last", "ttl": "1h"}
    with pytest.raises(UsageError, match="'last' should read param=value"):
        parse_choice("caching:ttl=1h,last")


def test_a_label_leaves_out_what_is_empty() -> None:
    whole = complete(LeverChoice("cascade", {"threshold": 60}))
    assert whole.params["big"] == whole.params["judge_prompt"] == ""
    assert whole.label() == f"cascade:small={whole.params['small']},judge={whole.params['judge']},threshold=60"
    assert LeverChoice("cascade", {"big": ""}).label() == "cascade"
