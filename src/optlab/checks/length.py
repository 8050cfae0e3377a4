"""Length: the answer has so many words, characters, sentences or tokens, at least or at most."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from optlab.catalogue import estimate_tokens
from optlab.checks.check import Check

Unit = Literal["words", "characters", "sentences", "tokens"]

_WORD = re.compile(r"[^\W_]+(?:['’‑-][^\W_]+)*")
_SENTENCE = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]*_]*+(?=\s|\Z)|[。！？]+|\n\s*\n")
"""What ends a sentence: its marks before white space, those of Chinese and Japanese anywhere, an empty line."""


class Length(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`min` and `max`, both counted in, of `unit`. Tokens are an offline estimate of the older tokenizer."""

    min: int | None = None
    max: int | None = None
    unit: Unit = "words"

    def __post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise ValueError("a length check needs `min` or `max`")
        low, high = self.min or 0, self.max
        if low < 0 or (high is not None and high < low):
            raise ValueError("`min` and `max` are whole numbers from 0 on, and `min` is not above `max`")


def sentences(text: str) -> int:
    """How many sentences a text has; words behind the last mark are one more."""
    count, begun = 0, 0
    for found in _SENTENCE.finditer(text):
        count += bool(_WORD.search(text, begun, found.start()))
        begun = found.end()
    return count + bool(_WORD.search(text, begun))


_COUNT: Mapping[Unit, Callable[[str], int]] = {
    "words": lambda text: sum(1 for _ in _WORD.finditer(text)),
    "characters": lambda text: len(text.strip()),
    "sentences": sentences,
    "tokens": lambda text: estimate_tokens(text, "old"),
}


def _score(answer: str, settings: Length) -> tuple[float, str]:
    count = _COUNT[settings.unit](answer)
    said = f"{count:,} {settings.unit}"
    if settings.min is not None and count < settings.min:
        return 0.0, f"{said}, fewer than {settings.min:,}"
    if settings.max is not None and count > settings.max:
        return 0.0, f"{said}, more than {settings.max:,}"
    return 1.0, said


LENGTH = Check("length", "how long the answer is", Length, _score)
