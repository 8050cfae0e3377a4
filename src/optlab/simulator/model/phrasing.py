"""Spelling out a template: `[a|b]` picks one alternative, `{name}` is a slot. Every choice is drawn."""

import random
import re
from collections.abc import Callable, Mapping, Sequence

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_ARTICLE = re.compile(r"\b[Aa] $")
_VOWEL = re.compile(r"(?:[aeioAEIO]|u(?!ni|se)|hon|hour|heir)(?!ne\b)")
_A_BEFORE_VOWEL = re.compile(rf"\b([Aa]) (?={_VOWEL.pattern})")

Slots = Mapping[str, str | Sequence[str] | Callable[[], str]]


def spell(template: str, rng: random.Random, slots: Slots) -> str:
    """One spelling of a template, as a sentence that starts with a capital."""
    text = template
    while found := _CHOICE.search(text):
        text = text[: found.start()] + rng.choice(found[1].split("|")) + text[found.end() :]
    text = _A_BEFORE_VOWEL.sub(lambda m: f"{m[1]}n ", text)
    filled: list[str] = []
    for at, part in enumerate(_SLOT.split(text)):
        said = part if at % 2 == 0 else _fill(slots[part], rng)
        if at % 2 and filled and _ARTICLE.search(filled[-1]) and _VOWEL.match(said):
            filled[-1] = f"{filled[-1][:-1]}n "
        filled.append(said)
    text = "".join(filled)
    return sentence_case(text)


def sentence_case(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


class Deck:
    """A shuffled deck of templates: none comes twice before all have come."""

    def __init__(self, cards: Sequence[str], rng: random.Random) -> None:
        self._cards = list(cards)
        self._rng = rng
        self._left: list[str] = []

    def draw(self) -> str:
        """The next card."""
        if not self._left:
            self._left = self._cards.copy()
            self._rng.shuffle(self._left)
        return self._left.pop()


def _fill(value: str | Sequence[str] | Callable[[], str], rng: random.Random) -> str:
    if isinstance(value, str):
        return value
    if callable(value):
        return value()
    return rng.choice(value)
