"""Answers out of the given text: the sentences that bear on the question, said in full."""

import random
import re
from collections.abc import Sequence

from optlab.simulator.model.phrasing import spell
from optlab.simulator.model.reading import Sentence, bearing, content_words, sentences, stem

ENOUGH = 0.34
"""Share of the question's rare words that a sentence must hold to count as bearing on it."""

_INSTRUCTION = re.compile(
    r"^(?:you are|you're|you will|your (?:role|task|job|goal|answers?|replies|tone)|tone|style|format|answer|reply"
    r"|respond|always|never|do not|don't|be |keep|write|summari[sz]e|explain|list |use (?:the|only|a)"
    r"|if you (?:do not|don't|are))\b",
    re.IGNORECASE,
)
_LEADS = (
    "",
    "",
    "",
    "[Sure|Certainly|Happy to help]. ",
    "Here is [what applies|what the information says|the relevant part]. ",
    "According to the [information provided|text|guidelines], [this is how it stands|the answer is clear]: ",
)
_TAILS = (
    "",
    "",
    "",
    "[Let me know|Tell me] if [anything is unclear|you need more detail|something else comes up].",
    "I [hope|trust] that [helps|answers your question].",
)


def passages(text: str, *, without: str = "") -> list[Sentence]:
    """The sentences of a text that state something, without the asking sentence and without orders to the assistant."""
    return [s for s in sentences(text) if s.text not in without and len(s.stems) > 1 and not _INSTRUCTION.match(s.text)]


def relevant(question: str, known: Sequence[Sentence], rng: random.Random) -> list[Sentence]:
    """One to three sentences that bear on the question, in the order of the text; none where nothing bears on it."""
    ranked = bearing(question, known)
    if not ranked or ranked[0][0] < ENOUGH or len(content_words(question)) == 0:
        return []
    best = ranked[0][0]
    close = [s for score, s in ranked[: rng.choice((1, 2, 2, 3))] if score >= 0.6 * best]
    return sorted(close, key=known.index)


def in_sentences(found: Sequence[Sentence], rng: random.Random) -> str:
    """An answer made of these sentences, sometimes with a polite beginning or end."""
    lead = spell(rng.choice(_LEADS), rng, {})
    tail = spell(rng.choice(_TAILS), rng, {})
    body = " ".join(_closed(s.text) for s in found)
    return f"{lead}{body} {tail}".strip()


def shortest_answer(question: str, found: Sequence[Sentence], rng: random.Random, *, digits: bool) -> str | None:
    """The word of the found sentences that the question did not already contain: a number where one is wanted."""
    asked = {stem(w) for w in content_words(question)}
    for sentence in found:
        numbers = re.findall(r"\d+(?:[.,]\d+)*", sentence.text)
        if digits:
            if numbers:
                return str(numbers[0])
            continue
        fresh = [w for w in content_words(sentence.text) if stem(w) not in asked]
        named = [w for w in fresh[1:] if w[0].isupper()] or fresh
        if named:
            return rng.choice(named[:3])
    return None


def gist(known: Sequence[Sentence], count: int, rng: random.Random) -> list[str]:
    """The `count` sentences of a text that share most with all others, in the order of the text."""
    weight: dict[str, int] = {}
    for s in known:
        for st in s.stems:
            weight[st] = weight.get(st, 0) + 1
    scored = sorted(
        known,
        key=lambda s: -sum(weight[st] for st in s.stems) / (4 + len(s.stems)) * rng.uniform(0.85, 1.15),
    )
    return [_closed(s.text) for s in sorted(scored[:count], key=known.index)]


def _closed(text: str) -> str:
    return text if text[-1] in ".!?\"')" else f"{text}."
