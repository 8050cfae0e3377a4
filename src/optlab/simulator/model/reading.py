"""Reading text: sentences, words, stems, and which sentences bear on a question.

Bearing is word overlap weighted by rarity (inverse document frequency over the sentences at hand; Sparck Jones 1972).
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from optlab.simulator.model.texts import word_list

MAX_CHARACTERS = 400_000
"""How much of a very long text is read: its beginning and its end."""

_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]+[\"')\]]*|[^.!?\n]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_MARKUP = re.compile(r"^[\s#>*\-•|]+|[*_`|]+")

STOP_WORDS = frozenset(word_list("stop words"))


class Sentence(msgspec.Struct, frozen=True):
    """One sentence of a text and the stems of its content words."""

    text: str
    stems: frozenset[str]


@lru_cache(maxsize=64)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The distinct sentences of a text, in order. Line breaks end a sentence, markup at its edges is dropped.

    Kept for the texts read last: a system prompt comes with every question.
    """
    if len(text) > MAX_CHARACTERS:
        text = text[: MAX_CHARACTERS // 2] + "\n" + text[-MAX_CHARACTERS // 2 :]
    seen: dict[str, None] = {}
    for found in _SENTENCE.finditer(text):
        plain = _MARKUP.sub("", found[0]).strip()
        if len(plain) > 1:
            seen.setdefault(plain)
    return tuple(Sentence(s, stems(s)) for s in seen)


def stems(text: str) -> frozenset[str]:
    """The stems of the content words of a text."""
    return frozenset(stem(w) for w in content_words(text))


def words(text: str) -> list[str]:
    """The words of a text as written."""
    return _WORD.findall(text)


def content_words(text: str) -> list[str]:
    """The words that carry meaning, in order and as written."""
    return [w for w in words(text) if w.lower() not in STOP_WORDS and (len(w) > 1 or w.isdigit())]


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """A crude stem: enough that `orders`, `ordered` and `order` meet."""
    w = word.lower().replace("’", "'").removesuffix("'s")
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "s", "e", "y", "ly"):
        if w.endswith(ending) and len(w) - len(ending) >= 3:
            w = w[: -len(ending)]
            break
    return w[:-1] if len(w) > 4 and w[-1] == w[-2] else w


def bearing(question: str, passages: Sequence[Sentence]) -> list[tuple[float, Sentence]]:
    """Sentences that share content words with the question, best first, scored from 0 to 1.

    Score = rarity of the shared stems / rarity of all stems of the question that occur anywhere in the text.
    """
    asked = stems(question)
    frequency = {s: sum(s in p.stems for p in passages) for s in asked}
    rarity = {s: math.log(1.0 + len(passages) / (0.5 + n)) for s, n in frequency.items() if n}
    whole = sum(rarity.values())
    if not whole:
        return []
    missing = sum(1 for s in asked if not frequency[s])
    # A word of the question that the text never uses is a sign that the text is about something else.
    whole += missing * math.log(2.0 + len(passages)) * 0.5
    scored = [(sum(r for s, r in rarity.items() if s in p.stems) / whole, p) for p in passages]
    return sorted((pair for pair in scored if pair[0] > 0.0), key=lambda pair: -pair[0])
