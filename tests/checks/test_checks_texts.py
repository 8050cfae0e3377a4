"""How like a reference an answer is, and how long."""

from typing import Any

import msgspec
import pytest

from optlab.checks import BY_KIND
from optlab.checks.length import sentences


def score(kind: str, answer: str, **settings: Any) -> tuple[float, str]:
    result = BY_KIND[kind].judge(answer, settings)
    return result.score, result.why


def test_rouge_l_by_hand() -> None:
    """Five words of six in order, out of six: precision and recall 5/6."""
    found = score("similarity", "the cat lay on the mat", reference="The cat sat on the mat.")
    assert found == (pytest.approx(5 / 6), "rouge_l 0.83")


def test_edit_ratio_by_hand() -> None:
    found = score("similarity", "kitten", reference="sitting", method="edit_ratio")
    assert found == (pytest.approx(1 - 3 / 7), "edit_ratio 0.57")


def test_a_threshold_makes_it_pass_or_fail() -> None:
    settings = {"reference": "sitting", "method": "edit_ratio"}
    assert score("similarity", "kitten", **settings, at_least=0.57) == (1.0, "edit_ratio 0.57, at least 0.57")
    assert score("similarity", "kitten", **settings, at_least=0.58) == (0.0, "edit_ratio 0.57, below 0.58")


@pytest.mark.parametrize("method", ["rouge_l", "edit_ratio"])
def test_the_ends_of_the_scale(method: str) -> None:
    assert score("similarity", " a b\n", reference="a b", method=method)[0] == 1.0
    assert score("similarity", "", reference="a b", method=method)[0] == 0.0
    assert score("similarity", "xyz", reference="a b", method=method)[0] == 0.0


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", 0),
        ("...", 0),
        ("One", 1),
        ("One. Two! Three? Four", 4),
        ("It costs 3.50 euros. Yes.", 2),
        ('He said "no." Then he left...', 2),
        ("一。二！三", 3),
        ("A heading\n\nA paragraph", 2),
        ("a line\nits end", 1),
    ],
)
def test_sentences(text: str, expected: int) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "settings, answer, expected",
    [
        ({"max": 3}, "one two three", 1.0),
        ({"max": 3}, "one two three four", 0.0),
        ({"min": 2}, "don't re-enter", 1.0),
        ({"min": 3}, "don't re-enter", 0.0),
        ({"min": 2, "max": 2, "unit": "characters"}, " ab\n", 1.0),
        ({"max": 1, "unit": "sentences"}, "One. Two.", 0.0),
        ({"max": 4, "unit": "tokens"}, "one two three", 1.0),
        ({"max": 4, "unit": "tokens"}, "one two three " * 9, 0.0),
        ({"max": 0}, "", 1.0),
    ],
)
def test_length(settings: dict[str, Any], answer: str, expected: float) -> None:
    assert score("length", answer, **settings)[0] == expected


def test_length_says_how_long() -> None:
    assert score("length", "a b c", max=2) == (0.0, "3 words, more than 2")
    assert score("length", "a", min=2) == (0.0, "1 words, fewer than 2")
    assert score("length", "a b", max=2) == (1.0, "2 words")


@pytest.mark.parametrize(
    "kind, settings, words",
    [
        ("similarity", {"reference": " "}, "needs a `reference`"),
        ("similarity", {"reference": "a", "at_least": 0}, "`at_least` is a similarity above 0"),
        ("similarity", {"reference": "a", "at_least": 1.5}, "`at_least` is a similarity above 0"),
        ("similarity", {"reference": "a", "method": "bleu"}, "Invalid enum value 'bleu'"),
        ("length", {}, "needs `min` or `max`"),
        ("length", {"min": 3, "max": 2}, "`min` is not above `max`"),
        ("length", {"min": -1}, "from 0 on"),
        ("length", {"max": 2, "unit": "pages"}, "Invalid enum value 'pages'"),
    ],
)
def test_broken_settings(kind: str, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        BY_KIND[kind].parse(settings)
