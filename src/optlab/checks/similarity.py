"""Similarity: how much of a reference the answer says, by common words in order or by edits."""

from typing import Literal

import msgspec

from optlab.checks.check import Check
from optlab.stats import rouge_l

LONGEST = 50_000
"""Characters of each text that are compared: the work grows with the product of the lengths."""


class Similarity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`reference` and `method`: rouge_l (F1 of the longest common subsequence of words, Lin 2004) or edit_ratio.

    The edit ratio is 1 - edits / characters of the longer text (Levenshtein, in code points). With `at_least` the
    answer passes or fails at that similarity; without it the similarity is the score.
    """

    reference: str
    method: Literal["rouge_l", "edit_ratio"] = "rouge_l"
    at_least: float | None = None

    def __post_init__(self) -> None:
        if not self.reference.strip():
            raise ValueError("a similarity check needs a `reference` with words in it")
        if self.at_least is not None and not 0 < self.at_least <= 1:
            raise ValueError("`at_least` is a similarity above 0 and up to 1")


def _similar(answer: str, settings: Similarity) -> float:
    reference, text = settings.reference.strip()[:LONGEST], answer.strip()[:LONGEST]
    if settings.method == "rouge_l":
        return rouge_l(reference, text)[2]
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_similarity(reference, text))


def _score(answer: str, settings: Similarity) -> tuple[float, str]:
    similar = _similar(answer, settings)
    why = f"{settings.method} {similar:.2f}"
    if settings.at_least is None:
        return similar, why
    wanted = f"{settings.at_least:g}"
    return (1.0, f"{why}, at least {wanted}") if similar >= settings.at_least else (0.0, f"{why}, below {wanted}")


SIMILARITY = Check("similarity", "how much the answer is like a reference", Similarity, _score)
