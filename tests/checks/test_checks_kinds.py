"""Every kind of check on answers that pass, fail, and tempt it; and the table as a contract."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.checks import BY_KIND, CHECKS, Check, examine
from optlab.core.record import CheckResult
from optlab.core.scenario import CheckSpec

GOOD: dict[str, dict[str, Any]] = {
    "contains": {"all": ["Orders page"]},
    "equals": {"value": "42"},
    "regex": {"pattern": r"\d+ minutes"},
    "numeric": {"value": 42.0},
    "json_schema": {"schema": {"type": "object"}},
    "fields": {"expected": {"a": 1}},
    "similarity": {"reference": "the Orders page"},
    "length": {"max": 3},
}


def score(kind: str, answer: str, **settings: Any) -> tuple[float, str]:
    result = BY_KIND[kind].judge(answer, settings)
    assert result.kind == kind
    return result.score, result.why


def test_the_table() -> None:
    assert [check.kind for check in CHECKS] == list(GOOD)
    assert list(BY_KIND.values()) == list(CHECKS)
    assert set(GOOD) == set(BY_KIND)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.kind)
class TestEveryKind:
    def test_says_what_it_is(self, check: Check[Any]) -> None:
        assert re.fullmatch(r"[a-z][a-z_]*", check.kind)
        assert check.about and not check.about.endswith(".")

    def test_refuses_settings_it_does_not_know(self, check: Check[Any]) -> None:
        with pytest.raises(msgspec.ValidationError, match="unknown field `alll`"):
            check.parse(GOOD[check.kind] | {"alll": ["x"]})

    def test_refuses_to_check_nothing(self, check: Check[Any]) -> None:
        with pytest.raises(msgspec.ValidationError):
            check.parse({})

    @settings(deadline=None, derandomize=True, max_examples=60)
    @given(answer=st.text())
    def test_scores_any_answer_in_the_unit_interval(self, check: Check[Any], answer: str) -> None:
        result = check.judge(answer, GOOD[check.kind])
        assert 0.0 <= result.score <= 1.0
        assert result.why
        assert check.judge(answer, GOOD[check.kind]) == result


@pytest.mark.parametrize(
    "settings, answer, expected",
    [
        ({"all": ["Orders page", "30 minutes"]}, "On the orders page, within 30 MINUTES.", 1.0),
        ({"all": ["Orders page", "30 minutes"]}, "On the orders page.", 0.0),
        ({"all": ["Orders"], "case": True}, "orders", 0.0),
        ({"all": ["Orders"], "case": True}, "Orders", 1.0),
        ({"any": ["yes", "sure"]}, "Sure thing", 1.0),
        ({"any": ["yes", "sure"]}, "no", 0.0),
        ({"none": ["sorry"]}, "Gladly", 1.0),
        ({"none": ["sorry"]}, "I am SORRY", 0.0),
        ({"none": ["sorry"]}, "", 1.0),
        ({"all": ["a"], "any": ["b", "c"], "none": ["d"]}, "a c", 1.0),
        ({"all": ["a"], "any": ["b", "c"], "none": ["d"]}, "a", 0.0),
        ({"all": ["a"], "any": ["b", "c"], "none": ["d"]}, "a c d", 0.0),
        ({"all": ["STRASSE"]}, "In der Straße", 1.0),
        ({"all": ["x"]}, "", 0.0),
    ],
)
def test_contains(settings: dict[str, Any], answer: str, expected: float) -> None:
    assert score("contains", answer, **settings)[0] == expected


def test_contains_says_which_word() -> None:
    assert score("contains", "a", all=["a", "b", "c"]) == (0.0, "lacks 'b'")
    assert score("contains", "a", any=["b", "c"]) == (0.0, "has none of 'b', 'c'")
    assert score("contains", "a b", none=["x", "b"]) == (0.0, "says 'b'")
    assert score("contains", "a", all=["a"]) == (1.0, "has what it must")


@pytest.mark.parametrize(
    "settings, answer, expected",
    [
        ({"value": "42"}, "42", 1.0),
        ({"value": "42"}, "  42\n", 1.0),
        ({"value": "42"}, "42.", 0.0),
        ({"value": "Yes"}, "YES", 1.0),
        ({"value": "Yes", "case": True}, "YES", 0.0),
        ({"value": "Yes", "case": True}, " Yes ", 1.0),
        ({"one_of": ["a", "b"]}, "B", 1.0),
        ({"one_of": ["a", "b"]}, "ab", 0.0),
        ({"value": "a", "one_of": ["b"]}, "a", 1.0),
        ({"value": "a", "one_of": ["b"]}, "b", 1.0),
        ({"value": ""}, " \n", 1.0),
    ],
)
def test_equals(settings: dict[str, Any], answer: str, expected: float) -> None:
    assert score("equals", answer, **settings)[0] == expected


def test_equals_says_what_was_expected() -> None:
    assert score("equals", "x", value="a", one_of=["b"]) == (0.0, "is not 'a' or 'b'")
    assert score("equals", "a", value="a") == (1.0, "is as expected")


@pytest.mark.parametrize(
    "settings, answer, expected",
    [
        ({"pattern": "30 minutes"}, "within 30 MINUTES", 1.0),
        ({"pattern": "30 minutes", "case": True}, "within 30 MINUTES", 0.0),
        ({"pattern": "a.c"}, "a\nc", 1.0),
        ({"pattern": "^two$"}, "one\ntwo\nthree", 1.0),
        ({"pattern": r"\Aone\Z"}, "one\ntwo", 0.0),
        ({"pattern": r"(\d)\1"}, "1224", 1.0),
        ({"pattern": "x"}, "", 0.0),
        ({"pattern": "x*"}, "", 1.0),
    ],
)
def test_regex(settings: dict[str, Any], answer: str, expected: float) -> None:
    assert score("regex", answer, **settings)[0] == expected


def test_regex_says_what_did_not_match() -> None:
    assert score("regex", "a", pattern="b") == (0.0, "nothing matches 'b'")
    assert score("regex", "b", pattern="b") == (1.0, "matches")


@pytest.mark.parametrize("pattern", ["(", "[a", "a**", "(?P<n>a)(?P<n>b)", r"\9"])
def test_a_broken_pattern_is_refused_with_its_place(pattern: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"`pattern` is no regular expression: .* at position"):
        BY_KIND["regex"].parse({"pattern": pattern})


def test_a_pattern_with_a_monstrous_count_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="no regular expression"):
        BY_KIND["regex"].parse({"pattern": "a{99999999999999999999}"})


@pytest.mark.parametrize(
    "kind, settings, words",
    [
        ("contains", {"case": True}, "a contains check needs `all`, `any` or `none`"),
        ("contains", {"all": "one text"}, "Expected `array`, got `str`"),
        ("contains", {"all": [1]}, "Expected `str`, got `int`"),
        ("equals", {"case": True}, "an equals check needs `value` or `one_of`"),
        ("equals", {"value": 42}, "Expected `str"),
        ("regex", {"case": True}, "missing required field `pattern`"),
    ],
)
def test_broken_settings_are_refused(kind: str, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        BY_KIND[kind].parse(settings)


def test_examine_gives_every_result_in_order() -> None:
    specs = [CheckSpec("regex", {"pattern": "b"}), CheckSpec("contains", {"all": ["a"]})]
    assert examine("a", specs) == (
        CheckResult("regex", 0.0, "nothing matches 'b'"),
        CheckResult("contains", 1.0, "has what it must"),
    )
    assert examine("a", []) == ()
