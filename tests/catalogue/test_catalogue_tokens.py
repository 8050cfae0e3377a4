"""The offline token estimate: the worked examples of models.json, an independent count of its features, its laws."""

import json
import re
from importlib import resources
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optlab.catalogue import estimate_tokens, load, token_weight

Family = Literal["old", "new"]
FAMILIES: tuple[Family, ...] = ("old", "new")
FILE = json.loads(resources.files("optlab.catalogue").joinpath("models.json").read_text("utf-8"))
ESTIMATOR: dict[str, Any] = FILE["tokenizer"]["estimator"]
RULES = "You are a customer support agent. Tone: warm but precise. " * 200
LAW = settings(deadline=None, derandomize=True, max_examples=150)


def examples() -> list[Any]:
    texts = {"course system rules": RULES}
    return [pytest.param(e, texts.get(e["name"], e["text"]), id=e["name"]) for e in ESTIMATOR["worked_examples"]]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("worked, text", examples())
def test_worked_examples(worked: dict[str, Any], text: str, family: Family) -> None:
    assert estimate_tokens(text, family) == worked[family]["tokens"]
    # the example itself adds up, so the code is checked against the words of the file and not against itself
    coefficients = ESTIMATOR["coefficients"][family]
    total = sum(coefficients[name] * count for name, count in worked[family]["features"].items())
    assert total == pytest.approx(worked[family]["sum"], abs=0.006)


def test_the_course_texts() -> None:
    assert estimate_tokens("Summarise the plot of Hamlet in 3 bullets.", "old") == 11
    assert estimate_tokens("Summarise the plot of Hamlet in 3 bullets.", "new") == 15
    assert estimate_tokens(RULES, "old") == 2_851
    assert estimate_tokens(RULES, "new") == 3_881


def counted(text: str, family: Family) -> float:
    """The sum of coefficient x feature, counted again from the descriptions in models.json."""
    c = ESTIMATOR["coefficients"][family]
    words = re.findall(r"[A-Za-z]+", text)
    spaces = re.findall(r"[ \t]+", text)
    newlines = re.findall(r"\n+", text)
    digits = re.findall(r"[0-9]+", text)
    points = re.findall(r"[!-/:-@\[-`{-~]+", text)
    total = c["ascii_word"] * len(words)
    total += c["letters_beyond_4"] * sum(len(w[4:]) for w in words)
    total += c["letters_beyond_8"] * sum(len(w[8:]) for w in words)
    total += c["capitalised_word"] * sum(w[0].isupper() for w in words)
    total += c["letters_of_allcaps_word"] * sum(len(w) for w in words if len(w) > 1 and w.isupper())
    total += c["short_word"] * sum(len(w) <= 3 for w in words)
    total += c["camel_hump"] * sum(len(re.findall(r"[a-z](?=[A-Z])", w)) for w in words)
    total += c["digit_run"] * len(digits) + c["digit"] * sum(map(len, digits))
    total += c["newline_run"] * len(newlines) + c["newlines_beyond_1"] * sum(len(n) - 1 for n in newlines)
    total += c["space_run_ge2"] * sum(len(s) >= 2 for s in spaces) + c["spaces_beyond_1"] * sum(
        len(s) - 1 for s in spaces
    )
    total += c["punct_run"] * len(points) + c["punct_char"] * sum(map(len, points))
    return total + sum(c[script(ch)] for ch in text if ord(ch) > 127)


def script(char: str) -> str:
    for name, words in ESTIMATOR["features"].items():
        if span := re.fullmatch(r"U\+([0-9A-F]{4})\.\.([0-9A-F]{4})", words):
            low, high = (int(end, 16) for end in span.groups())
            if low <= ord(char) <= high:
                return str(name)
    return "other_nonascii"


@LAW
@example("aB  ABC\t\n\n\n12.5 naïve Привет 你好 안녕 かな שלום สวัสดี Ω 🙂", "new")
@given(st.text(max_size=60), st.sampled_from(FAMILIES))
def test_the_estimate_is_the_rounded_sum_of_the_features(text: str, family: Family) -> None:
    total = counted(text, family)
    assert abs(estimate_tokens(text, family) - max(total, 0.5 if text else 0.0)) <= 0.5 + 1e-9


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_nothing_and_anything_at_least_one(family: Family) -> None:
    assert estimate_tokens("", family) == 0
    for tiny in (" ", "\x00", "\x07\x08", "a", "\n"):
        assert estimate_tokens(tiny, family) == 1


WORDS = st.lists(st.sampled_from(["focus", "Hamlet", "12", "你好", "Привет", "e.g.", "JSON", "camelCase"]), min_size=1)
BLOCKS = WORDS.map(" ".join)


@LAW
@given(BLOCKS, BLOCKS, st.sampled_from(FAMILIES))
def test_blocks_joined_at_a_boundary_add_up(first: str, second: str, family: Family) -> None:
    """Two roundings and one more: never more than one token apart, as long as no run crosses the boundary."""
    second = "\n" + second
    apart = estimate_tokens(first, family) + estimate_tokens(second, family)
    assert abs(estimate_tokens(first + second, family) - apart) <= 1


@LAW
@given(BLOCKS, st.integers(2, 300), st.sampled_from(FAMILIES))
def test_repeats_of_a_block_add_up_without_drift(block: str, times: int, family: Family) -> None:
    block += "\n"
    assert abs(estimate_tokens(block * times, family) - times * counted(block, family)) <= 0.5 + 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_the_law_ends_inside_a_word(family: Family) -> None:
    assert estimate_tokens("fo", family) + estimate_tokens("cus", family) == 2
    assert estimate_tokens("focus", family) == 1


def test_newer_models_count_more_tokens() -> None:
    old, new = (estimate_tokens(RULES, family) for family in FAMILIES)
    assert 1.25 < new / old < 1.45
    assert {m.tokenizer.family for m in load().models} == set(FAMILIES)


@LAW
@given(st.text(alphabet=st.sampled_from("aB9 .\n\r\t你é"), max_size=60), st.sampled_from(FAMILIES))
def test_weighed_line_by_line_it_is_the_same(text: str, family: Family) -> None:
    weight = token_weight(text, family)
    nearly_a_half = abs(weight % 1 - 0.5) < 1e-6  # the order of a sum may round it either way
    assert abs(estimate_tokens(text, family) - max(int(bool(text)), round(weight))) <= nearly_a_half
