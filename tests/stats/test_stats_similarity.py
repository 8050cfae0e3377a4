"""Longest common subsequence of words, in any script."""

import pytest

from optlab.stats import rouge_l


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
