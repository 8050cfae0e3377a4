"""Answers out of the given text: the sentences that bear on the question, said in full."""

import math
import random
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from optlab.simulator.model.phrasing import spell
from optlab.simulator.model.reading import Sentence, bearing, content_words, sentences, stems

ENOUGH = 0.34
"""Share of the question's rare words that a sentence must hold to count as bearing on it."""

_PRONOUN = re.compile(
    r"^(?:it|its|he|his|she|her|they|their|this|these|both)\b(?! (?:is"
    r"|was) (?:not )?(?:possible|necessary))",
    re.I,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|may|must|should|does|do|did"
    r"|(?!need|speed|seed|bed|red)[a-z]{3,}(?:ed|es))\b"
)
_SHORTEN = re.compile(r"^(?:please )?(?:summari[sz]e|condense|shorten|tl;?dr)\b[^:]{0,80}:\s+(?=\S)", re.IGNORECASE)
_SHORT = 8
"""Characters of an asking sentence below which it may stand in other sentences by chance."""

Right = Callable[[float, str], bool]
"""One draw of whether an item of so much difficulty is got right."""

_BASE, _PER_CLOSENESS, _PER_DISTRACTOR, _PER_LENGTH = -3.7, 2.1, 0.45, 0.55
"""Difficulty of finding the sentence [assumed]: what it rises by as the second best comes close, with every doubling of
the sentences that share the question's words, and with every tenfold of what has to be read beyond ten sentences."""

_INSTRUCTION = re.compile(
    r"^(?:you are|you're|you will|your (?:role|task|job|goal|answers?|replies|tone)|tone|style|format|answer|reply"
    r"|respond|always|never|do not|don't|be |keep|write|summari[sz]e|explain|assign|classify|pick|choose|extract"
    r"|translate|grade|rate|compare|identify|think|solve|route|here is (?:a|the|some) (?:text|document|context)|list "
    r"|use (?:the|only|a)"
    r"|(?:end|start|begin|finish) (?:every|each|your|with)|if you (?:do not|don't|are))\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[*_`|]+")
_LEADS = (
    "",
    "",
    "",
    "[Sure|Certainly|Happy to help]. ",
    "Here is [what applies|what the information says|the relevant part]. ",
    "According to the [information provided|text], [this is how it stands|the answer is clear]: ",
)
_TAILS = (
    "",
    "",
    "",
    "[Let me know|Tell me] if [anything is unclear|you need more detail|something else comes up].",
    "I [hope|trust] that [helps|answers your question].",
)


def passages(parts: Sequence[str], *, without: str = "") -> tuple[Sentence, ...]:
    """The sentences of some texts that state something, without the asking one and without orders to the assistant."""
    distinct = {s.text: s for part in parts for s in _statements(part)}
    asked = _PLAIN.sub("", without).strip()
    return tuple(s for s in distinct.values() if s.text not in asked and not (asked and s.text.endswith(asked)))


@lru_cache(maxsize=64)
def _statements(text: str) -> tuple[Sentence, ...]:
    told = [s for s in _referred(sentences(text)) if len(s.stems) > 1 and not _INSTRUCTION.match(s.text)]
    return tuple(told)


def _given(s: Sentence) -> Sentence:
    """A sentence without the order to shorten that stands before its colon."""
    order = _SHORTEN.match(s.text)
    return Sentence(s.text[order.end() :], stems(s.text[order.end() :])) if order else s


def _referred(told: Sequence[Sentence]) -> list[Sentence]:
    """The sentences, where one that begins with a pronoun also bears the subject of the one before."""
    found: list[Sentence] = []
    subject: frozenset[str] = frozenset()
    for s in map(_given, told):
        pronoun = bool(_PRONOUN.match(s.text))
        if pronoun and subject:
            found.append(Sentence(s.text, s.stems | subject))
            continue
        found.append(s)
        verb = _VERB.search(s.text[:200])
        subject = stems(s.text[: verb.start()]) if verb else stems(" ".join(s.text.split()[:3]))
    return found


def difficulty(ranked: Sequence[tuple[float, Sentence]], read: int) -> float:
    """How hard it is to pick the first of these ranked sentences out of `read` ones."""
    best = ranked[0][0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    distractors = sum(score >= 0.5 * best for score, _ in ranked[1:])
    return (
        _BASE
        + _PER_CLOSENESS * second / best
        + _PER_DISTRACTOR * math.log2(1 + distractors)
        + _PER_LENGTH * max(math.log10(read / 10), 0.0)
    )


def rank(question: str, known: Sequence[Sentence], right: Right) -> list[Sentence]:
    """Sentences that bear on the question, the one taken for the answer first; a wrong draw prefers the next best.

    Empty where nothing bears on it.
    """
    ranked = bearing(question, known)
    if not ranked or ranked[0][0] < ENOUGH or not content_words(question):
        return []
    close = [s for score, s in ranked if score >= 0.3 * ranked[0][0]][:8]
    if right(difficulty(ranked, len(known)), question) or len(close) == 1:
        return close
    return close[1:]


def kept(question: str, ranked: Sequence[Sentence], known: Sequence[Sentence], rng: random.Random) -> list[Sentence]:
    """The first one to three of the ranked sentences, as many as bear on the question about alike, in text order."""
    if not ranked:
        return []
    scores = {s: score for score, s in bearing(question, ranked)}
    best = scores.get(ranked[0], 0.0)
    some = [s for s in ranked[: rng.choice((1, 2, 2, 3))] if s is ranked[0] or scores.get(s, 0.0) >= 0.75 * best]
    return sorted(some, key=known.index)


def in_sentences(found: Sequence[Sentence], rng: random.Random) -> str:
    """An answer made of these sentences, sometimes with a polite beginning or end."""
    lead = spell(rng.choice(_LEADS), rng, {})
    tail = spell(rng.choice(_TAILS), rng, {})
    body = " ".join(closed(s.text) for s in found)
    return f"{lead}{body} {tail}".strip()


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
    return [closed(s.text) for s in sorted(scored[:count], key=known.index)]


def closed(text: str) -> str:
    """A sentence with a mark at its end."""
    return text if text[-1] in ".!?\"')" else f"{text}."
