"""Numbers as people write them, and tolerances around them."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optlab.checks import BY_KIND
from optlab.checks.numeric import close, numbers


def score(answer: str, **settings: Any) -> tuple[float, str]:
    result = BY_KIND["numeric"].judge(answer, settings)
    return result.score, result.why


@pytest.mark.parametrize(
    "text, expected",
    [
        ("The answer is $1,234.50.", [1234.5]),
        ("1,234,567", [1234567.0]),
        ("1_000 and 1'000 and 1\u202f000", [1000.0, 1000.0, 1000.0]),
        ("1,2,3", [1.0, 2.0, 3.0]),
        ("-5, −6, –7", [-5.0, -6.0, -7.0]),
        ("5-3", [5.0, 3.0]),
        ("- 5 apples", [5.0]),
        ("10 – 20", [10.0, 20.0]),
        ("€ -5 and $-6 and -$7", [-5.0, -6.0, -7.0]),
        ("USD5, EUR 7", [5.0, 7.0]),
        ("1e5, 3.2E-3, 4e−2", [1e5, 3.2e-3, 4e-2]),
        ("7 %", [7.0]),
        ("A17, v1.5.2, H2O, 3rd", [3.0]),
        ("2024-05-06", [2024.0, 5.0, 6.0]),
        ("**42**", [42.0]),
        (".5", [0.5]),
        ("٣", [3.0]),
        ("twelve", []),
        ("", []),
    ],
)
def test_numbers_of_a_text(text: str, expected: list[float]) -> None:
    assert list(numbers(text)) == expected


def test_numbers_with_a_decimal_comma() -> None:
    assert list(numbers("1.234,50 and 3,5", ",")) == [1234.5, 3.5]


def test_a_percentage_as_a_share() -> None:
    assert score("It rose by 25%.", value=0.25, percent="share")[0] == 1.0
    assert score("It rose by 25%.", value=25)[0] == 1.0
    assert score("It rose by 25%.", value=0.25)[0] == 0.0


@pytest.mark.parametrize(
    "settings, answer, expected",
    [
        ({"value": 3.15, "tolerance": 0.01}, "3.14", 1.0),
        ({"value": 3.15, "tolerance": 0.01}, "3.139", 0.0),
        ({"value": -200, "relative": 0.1}, "-219", 1.0),
        ({"value": -200, "relative": 0.1}, "-221", 0.0),
        ({"value": 10, "tolerance": 3, "relative": 0.1}, "13", 1.0),
        ({"value": 1_000_000_000}, "1000000001", 0.0),
        ({"value": 0.3}, "0.30000000000000004", 1.0),
        ({"value": 0}, "0", 1.0),
        ({"value": 2}, "1, then 2", 1.0),
        ({"value": 1}, "1, then 2", 0.0),
        ({"value": 1, "which": "first"}, "1, then 2", 1.0),
        ({"value": 1, "which": "any"}, "0, 1, 2", 1.0),
        ({"value": 3, "which": "any"}, "0, 1, 2", 0.0),
        ({"value": 2, "which": "only"}, "2", 1.0),
        ({"value": 2, "which": "only"}, "2 and 2", 0.0),
        ({"value": 5}, "no number", 0.0),
        ({"value": 5}, "9" * 400, 0.0),
    ],
)
def test_numeric(settings: dict[str, Any], answer: str, expected: float) -> None:
    assert score(answer, **settings)[0] == expected


def test_numeric_says_why() -> None:
    assert score("x", value=4) == (0.0, "has no number")
    assert score("5", value=4) == (0.0, "is 5, not 4")
    assert score("4", value=4) == (1.0, "is 4")
    assert score("4 4", value=4, which="only") == (0.0, "has more than one number")
    assert score("5", value=4, which="any") == (0.0, "no number is 4")


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"value": math.nan}, "finite"),
        ({"value": math.inf}, "finite"),
        ({"value": 1.0, "tolerance": -1.0}, "`tolerance` is a number from 0 on"),
        ({"value": 1.0, "relative": math.nan}, "`relative` is a number from 0 on"),
        ({"value": "4"}, "Expected `float`"),
        ({"value": 1.0, "which": "second"}, "Invalid enum value 'second'"),
    ],
)
def test_broken_settings(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        BY_KIND["numeric"].parse(settings)


@given(st.floats(-1e15, 1e15), st.sampled_from(["{:,.3f}", "${:,.3f}", "about {:.3e} of them", "**{:.3f}**."]))
def test_a_number_that_is_written_is_read_again(value: float, form: str) -> None:
    written = form.format(value)
    (found,) = numbers(written)
    assert close(value, found, 0.001, 0.001)
