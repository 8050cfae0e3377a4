"""Words in common, characters in common, edits: slow rules as oracles, and texts in any script."""

from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import chrf, levenshtein, rouge_l

LAW = settings(deadline=None, derandomize=True, max_examples=120)
TEXT = st.text("ab é日\n", max_size=9)


def edits(a: str, b: str) -> int:
    """The definition."""

    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        return min(between(i - 1, j) + 1, between(i, j - 1) + 1, between(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return between(len(a), len(b))


def f_of_grams(reference: str, hypothesis: str) -> float:
    """chrF step by step, as sacrebleu writes it: effective orders, precision and recall averaged before F."""
    texts = ["".join(text.split()) for text in (hypothesis, reference)]
    precisions, recalls = [], []
    for order in range(1, 7):
        given, expected = (Counter(text[at : at + order] for at in range(len(text) - order + 1)) for text in texts)
        if given and expected:
            hits = sum(min(count, expected[gram]) for gram, count in given.items())
            precisions.append(hits / given.total())
            recalls.append(hits / expected.total())
    precision, recall = (sum(parts) / len(parts) if parts else 0.0 for parts in (precisions, recalls))
    return 100 * 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0


@LAW
@given(TEXT, TEXT, TEXT)
def test_edits_are_a_distance(a: str, b: str, c: str) -> None:
    assert levenshtein(a, b) == edits(a, b) == levenshtein(b, a)
    assert (levenshtein(a, b) == 0) == (a == b)
    assert levenshtein(a, c) <= levenshtein(a, b) + levenshtein(b, c)


def test_edits_count_code_points() -> None:
    assert levenshtein("naïve", "naive") == 1
    assert levenshtein("👩‍🔬", "👩") == 2
    assert levenshtein("kitten", "sitting") == 3


@LAW
@given(TEXT, TEXT)
def test_chrf_is_the_formula_but_for_identical_texts(reference: str, hypothesis: str) -> None:
    expected = 100.0 if reference == hypothesis else f_of_grams(reference, hypothesis)
    assert chrf(reference, hypothesis) == pytest.approx(expected, abs=1e-9)
    assert 0.0 <= chrf(reference, hypothesis) <= 100.0 + 1e-9


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [("", "", 100.0), (" ", " ", 100.0), (" ", "", 0.0), ("a", "", 0.0), ("a b", "ab", 100.0), ("A", "a", 0.0)],
)
def test_chrf_at_the_edges(reference: str, hypothesis: str, expected: float) -> None:
    assert chrf(reference, hypothesis) == pytest.approx(expected)


def test_chrf_weighs_what_is_missing_more_than_what_is_too_much() -> None:
    assert chrf("abcdefgh", "abcd") < chrf("abcd", "abcdefgh")


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("a b c d", "a c", (1.0, 0.5, 2 / 3)),
        ("a c", "a b c d", (0.5, 1.0, 2 / 3)),
        ("one two", "three", (0.0, 0.0, 0.0)),
        ("The CAT, sat!", "the cat sat", (1.0, 1.0, 1.0)),
        ("snake_case", "snake case", (1.0, 1.0, 1.0)),
        ("ответ: да", "Ответ — да!", (1.0, 1.0, 1.0)),
        ("日本 語", "日本", (1.0, 0.5, 2 / 3)),
        ("", "", (1.0, 1.0, 1.0)),
        ("?!", "?!", (1.0, 1.0, 1.0)),
        ("?!", "!?", (0.0, 0.0, 0.0)),
        ("word", "", (0.0, 0.0, 0.0)),
    ],
)
def test_rouge_l(reference: str, hypothesis: str, expected: tuple[float, float, float]) -> None:
    assert rouge_l(reference, hypothesis) == pytest.approx(expected)
