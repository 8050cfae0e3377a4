"""Stacks of levers held against a scenario: what is refused, in which words, and what a stack sends."""

from typing import Any

import pytest

from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request
from optlab.core.scenario import Sample, Scenario
from optlab.levers import examine, parse_choice, timed

PROMPT = Prompt(
    (
        Segment("rules", "system", "Be brief.", trimmable=False),
        Segment("examples", "system", "Q: 1+1? A: 2"),
        Segment("off already", "system", "Be warm.", on=False),
        Segment("hello", "history", "Hello", role="user"),
        Segment("hi", "history", "Hi", role="assistant"),
        Segment("notes", "user", "{notes}"),
        Segment("question", "user", "{q}", trimmable=False),
    )
)
SAMPLES = (Sample("full", {"q": "Why?", "notes": "None."}), Sample("bare", {"q": "Why?", "notes": ""}))


def scenario(**given: Any) -> Scenario:
    base: dict[str, Any] = {"model": "claude-sonnet-4-6", "prompt": PROMPT, "samples": SAMPLES}
    return Scenario("S", max_tokens=400, **(base | given))


def examined(*levers: str, **given: Any) -> Request:
    made = examine([parse_choice(text) for text in levers], scenario(**given))
    assert made is not None
    return made


def refusal(*levers: str, **given: Any) -> str:
    with pytest.raises(UsageError) as caught:
        examined(*levers, **given)
    return str(caught.value)


def test_a_stack_in_any_order_is_examined_in_the_declared_one() -> None:
    made = examined(
        "caching:at=rules+question", "effort:level=max", "trim:off=notes", "smaller_model:model=claude-opus-4-6"
    )
    assert made.segments == ("rules", "examples", "hello", "hi", "question")
    assert (made.model, made.effort, made.breakpoints) == ("claude-opus-4-6", "max", ("5m", "5m"))


def test_a_prompt_that_asks_nothing_is_left_to_others() -> None:
    silent = Prompt((Segment("rules", "system", "Be brief."),))
    assert examine([parse_choice("trim:off=zz")], scenario(prompt=silent)) is None


@pytest.mark.parametrize(
    "levers, words",
    [
        (
            ["trim:off=zz"],
            "lever trim: off names the segment 'zz', which is not there; the segments are 'rules', 'examples', "
            "'hello', 'hi', 'notes', 'question'",
        ),
        (["trim:off=off already"], "names the segment 'off already', which is not sent anyway"),
        (["trim:off=question+notes"], "without 'notes', 'question' nothing is left to ask (sample 'full')"),
        (["trim:off=question"], "without 'question' nothing is left to ask (sample 'bare')"),
        (["trim:off=hello"], "without 'hello' the conversation would begin with the assistant"),
        (
            ["caching:at=zz"],
            "lever caching: at names 'zz', which is not there; a breakpoint can stand behind 'rules', 'examples', "
            "'hello', 'hi', 'notes', 'question', system, last, or auto",
        ),
        (["caching:at=tools"], "at names 'tools', which is not there"),
        (["caching:at=off already"], "at names 'off already', which is switched off"),
        (["trim:off=examples", "caching:at=examples"], "at names 'examples', which trim cuts"),
        (["caching:at=auto+rules"], "mixes auto with names"),
        (["caching:at=rules+examples+hello+hi+notes"], "at takes at most 4 names, not 5"),
        (["effort:level=xhigh"], "claude-sonnet-4-6 takes low, medium, high, max, not xhigh"),
        (["smaller_model", "effort"], "lever effort: claude-haiku-4-5-20251001 knows no effort; leave the lever out"),
        (["streaming", "batch"], "the levers batch and streaming do not stack: a batch answers all at once"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(levers: list[str], words: str) -> None:
    said = refusal(*levers)
    assert words in said
    assert "\n" not in said and not said.endswith(".")


def test_trimming_where_nothing_may_be_cut_is_refused() -> None:
    whole = Prompt((Segment("q", "user", "Why?", trimmable=False),))
    assert "the scenario lets no segment be cut" in refusal("trim", prompt=whole)
    alone = Prompt((Segment("q", "user", "Why?"),))
    assert "nothing is left to ask" in refusal("trim", prompt=alone)


def test_a_segment_may_be_called_like_a_word_of_ours() -> None:
    prompt = Prompt((Segment("all", "system", "Everything."), Segment("system", "user", "Hm.", trimmable=False)))
    assert examined("trim:off=all", prompt=prompt).segments == ("system",)
    made = examined("caching:at=system", prompt=prompt)
    assert [part.segment for part in made.parts if part.cache] == ["system"]


def test_under_which_levers_latency_means_something() -> None:
    assert timed([parse_choice("streaming"), parse_choice("trim")])
    assert not timed([parse_choice("trim"), parse_choice("batch")])
