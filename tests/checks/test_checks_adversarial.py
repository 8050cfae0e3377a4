"""Answers and patterns made to break a check: nothing may raise, hang, or leave the unit interval."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.checks import BY_KIND, CHECKS
from optlab.checks.searching import searched

SETTINGS: dict[str, list[dict[str, Any]]] = {
    "contains": [{"all": ["x"]}],
    "equals": [{"value": "x"}],
    "regex": [{"pattern": "x$"}],
    "numeric": [{"value": 1.0}, {"value": 1.0, "which": "any", "decimal": ","}],
    "json_schema": [{"schema": {"type": "array", "uniqueItems": True, "items": {"pattern": "^a"}}}],
    "fields": [{"expected": {"a": 1, "b.0": "x"}}, {"expected": {"a": 1}, "score": "f1"}],
    "similarity": [{"reference": "x y"}, {"reference": "x y", "method": "edit_ratio"}],
    "length": [{"max": 1, "unit": unit} for unit in ("words", "characters", "sentences", "tokens")],
}
CASES = [pytest.param(kind, given, id=f"{kind}{i}") for kind, all_ in SETTINGS.items() for i, given in enumerate(all_)]

LONG = 200_000
"""Far beyond any answer; what grows with the square of the length would take minutes to hours."""

HUGE = {
    "ten megabytes of one letter": "a" * 10_000_000,
    "ten megabytes of digits": "1" * 10_000_000,
    "thousands": "1,111" * (LONG // 5),
    "dots and a letter": "." * LONG + "x",
    "dots and spaces": ". " * (LONG // 2),
    "quotes behind a dot": "." + '"' * LONG + "x",
    "line ends": "\n" * LONG,
    "fences": "```json\n" * (LONG // 8),
    "minus signs": "-" * LONG,
    "control characters": "\x00\x1b\x7f" * (LONG // 3),
}


def test_every_kind_is_tried() -> None:
    assert set(SETTINGS) == {check.kind for check in CHECKS}


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.one_of(
    st.text(),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Nd", "No"])),
    st.from_regex(r"[-−+$€ .,'0-9eE%()]{0,40}", fullmatch=True),
    JSONS.map(json.dumps),
    JSONS.map(lambda value: "```json\n" + json.dumps(value) + "\n```"),
)


@pytest.mark.parametrize("kind, given_settings", CASES)
@settings(deadline=None, derandomize=True, max_examples=120)
@given(answer=ANSWERS)
def test_any_answer(kind: str, given_settings: dict[str, Any], answer: str) -> None:
    result = BY_KIND[kind].judge(answer, given_settings)
    assert 0.0 <= result.score <= 1.0
    assert result.why and len(result.why) < 400
    assert BY_KIND[kind].judge(answer, given_settings) == result


@pytest.mark.parametrize("name", HUGE)
def test_much_on_a_line(name: str) -> None:
    for kind, every in SETTINGS.items():
        for given_settings in every:
            result = BY_KIND[kind].judge(HUGE[name], given_settings)
            assert 0.0 <= result.score <= 1.0


def test_a_list_whose_items_cannot_be_sorted_is_compared_in_linear_time() -> None:
    answer = "[" + ",".join(f'{{"a":{i}}},"{i}"' for i in range(30_000)) + "]"
    given_settings = {"schema": {"type": "array", "uniqueItems": True}}
    assert BY_KIND["json_schema"].judge(answer, given_settings).score == 1.0


@pytest.mark.parametrize("pattern", [r"(a|b|ab)*c", r"^(a?){40}a{40}$", r"(x+x+)+y", r"(\w+\s?)*\$$"])
def test_catastrophic_patterns_end(pattern: str) -> None:
    for answer in ("ab" * 20_000, "a" * 39, "x" * 30_000, "aaaa " * 8_000 + "!"):  # one of them runs into the limit
        result = BY_KIND["regex"].judge(answer, {"pattern": pattern})
        assert result.score == 0.0 and result.why


def test_the_time_limit_is_told() -> None:
    with pytest.raises(TimeoutError, match=r"took longer than 0\.01 s"):
        searched(r"(x+x+)+y", "x" * 30_000, time_limit_s=0.01)


def test_a_pattern_only_re_understands_is_still_searched() -> None:
    assert searched(r"(?a:\w)(?P<n>x)", "ax")
    assert searched(r"[[:alpha:]]", "a:]"), "to re this is a set and a bracket"
