"""Free wins together: none on prompts that are well written, all of them on one that is not, taken in any order."""

import random
from pathlib import Path

import msgspec
import pytest
from cut_builders import scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import estimate_tokens
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario
from optlab.cuts.wins import KINDS, find, take_all
from optlab.engine import scenarios

NASTY = (Path(__file__).parent / "data" / "nasty_prompt.txt").read_text("utf-8")
TIDY = (Path(__file__).parent / "data" / "nasty_prompt_tidied.txt").read_text("utf-8")

EXPECTED = {
    "clock_prefix": ["cache"],
    "support_rules": ["duplicate"],  # two sentences two hundred times
    "tickets": ["example"] * 10,  # the segment of examples that say again what was shown
}
"""What a careful editor would say of the scenarios that come with optlab; of the others nothing."""


def nasty() -> Scenario:
    rows = tuple(Sample(f"n{i}", {"question": f"q{i}", "customer": f"c{i}"}) for i in range(5))
    return msgspec.structs.replace(scenario(NASTY), samples=rows)


@pytest.mark.parametrize("name", sorted(scenarios.bundled()))
def test_bundled_scenarios(name: str) -> None:
    assert [win.kind for win in find(scenarios.load(name))] == EXPECTED.get(name, [])


def test_a_nasty_prompt_is_tidied_as_by_hand() -> None:
    prompt, taken = take_all(nasty())
    assert prompt.segments[0].text == TIDY
    assert {win.kind for win in taken} == {"duplicate", "near duplicate", "example", "filler", "white space", "cache"}


def test_offers_say_what_they_save() -> None:
    subject = nasty()
    before = sum(estimate_tokens(segment.text, "old") for segment in subject.prompt.segments)
    for win in find(subject):
        assert win.reason and "\n" not in win.reason
        after = sum(estimate_tokens(segment.text, "old") for segment in win.apply(subject.prompt).segments)
        if win.kind != "cache":
            assert abs((before - after) - win.tokens) <= 1 + len(win.edits)


def test_kinds_are_told_apart() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert [win.kind for win in find(nasty())] == sorted(
        (win.kind for win in find(nasty())), key=[kind.name for kind in KINDS].index
    )


@pytest.mark.parametrize("seed", range(20))
def test_in_any_order_they_work_or_refuse_and_come_to_the_same(seed: int) -> None:
    draw = random.Random(seed)
    subject = nasty()
    while offers := [win for win in find(subject) if win.can_be_applied]:
        draw.shuffle(offers)
        taken = 0
        for win in offers[: draw.randrange(1, len(offers) + 1)]:
            try:
                subject = msgspec.structs.replace(subject, prompt=win.apply(subject.prompt))
                taken += 1
            except ValueError as error:
                assert "again" in str(error) or "one after the other" in str(error)
        assert taken
    assert subject.prompt.segments[0].text == TIDY


LINES = st.sampled_from(
    [
        "Please be brief.",
        "Be brief.",
        "- Never share data.",
        "- Do not share any data.",
        "Q: Why?\nA: yes",
        "Today is {question}.",
        "# Rules",
        "Rules:",
        "<doc>",
        "</doc>",
        "```",
        "",
        "  ",
        "Thank you!",
        "It is  now 10:42.",
        '"Please',
        "- Be kind. Make sure to\n  be kind.",
    ]
)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.lists(LINES, max_size=12), st.lists(LINES, max_size=4), st.randoms(use_true_random=False))
def test_whatever_the_prompt_taking_wins_ends(lines: list[str], more: list[str], draw: random.Random) -> None:
    subject = scenario("\n".join(lines), "\n".join(more), "fixed. " * 300)
    prompt, _ = take_all(subject)
    assert not any(win.can_be_applied for win in find(msgspec.structs.replace(subject, prompt=prompt)))
    names = [segment.name for segment in prompt.segments]
    assert len(set(names)) == len(names) and set(names) >= {segment.name for segment in subject.prompt.segments}


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.text(max_size=150))
def test_any_text_can_be_read(text: str) -> None:
    for win in find(scenario(text, Segment("turn", "history", text, role="user"), Segment("t", "tools", text))):
        if win.can_be_applied:
            win.apply(Prompt(scenario(text).prompt.segments))


@pytest.mark.parametrize(
    "words", ['"', "`", "“", "<a>", "{", "- ", "a: ", "\n", " ", "Q: a\n", "->", "please ", "“«„‘'"]
)
def test_hostile_repetition_takes_linear_time(words: str) -> None:
    """20,000 characters of anything; what is quadratic would take minutes and hit the runner's limit."""
    find(scenario(words * (20_000 // len(words))))
