"""General knowledge, read from `texts/facts.txt`: what any model of this kind would know by heart, and cue words.

A heading of the file holds the words that ask for a relation, a line a subject and its values. A question is known
where it holds a word of the heading and all words of a subject; the other values of a relation are plausible mistakes.
"""

import re
from functools import cache, lru_cache

import msgspec

from optlab.simulator.model.reading import stem, words
from optlab.simulator.model.texts import sections, word_list

_MOST_READ = 600
"""Characters of a question or a claim that are compared with the table."""

_ASKS_FOR_A_YEAR = re.compile(r"\b(?:what|which) year\b|\bwhen\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|never|no)\b|n't\b", re.IGNORECASE)
_CLAIMS = re.compile(r"^\W*(?:is|are|was|were|do|does|did|can|could|true or false)\b", re.IGNORECASE)


class Fact(msgspec.Struct, frozen=True):
    """One line of the table: the words that ask for it, its subject, what holds of it and what holds of others."""

    relation: frozenset[str]
    subject: frozenset[str]
    values: tuple[str, ...]
    others: tuple[str, ...]


def cues(label: str) -> list[str]:
    """Words of a text that speak for a label: the label's own, and for common labels a short list."""
    own = re.findall(r"\w+", label.lower())
    return own + [word for o in own for word in _cues().get(o, ())]


def recall(question: str) -> str | None:
    """The short answer to a question of general knowledge; None where it is not known."""
    fact = asked_for(question)
    return None if fact is None else fact.values[0]


@lru_cache(maxsize=4096)
def kinds_of(thing: str) -> frozenset[str]:
    """The stems of what a thing of one to three words is a kind of; empty where the table does not have it."""
    named = _stems(thing) if len(thing) < 60 and len(thing.split()) < 4 else frozenset()
    found = [v for f in _table() if f.relation == {"kind"} and f.subject <= named for v in f.values]
    return frozenset(s for v in found for s in _stems(v))


@lru_cache(maxsize=256)
def asked_for(question: str) -> Fact | None:
    """The fact a question asks for, the one with most words in common; None where the table has none."""
    asked = _stems(question[:_MOST_READ])
    if _ASKS_FOR_A_YEAR.search(question):
        asked |= {stem("year")}
    fitting = [f for f in _table() if f.relation & asked and f.subject <= asked and len(f.values) == 1]
    return max(fitting, key=lambda f: len(f.subject), default=None)


@lru_cache(maxsize=256)
def truth(claim: str) -> bool | None:
    """Whether a claim or a question of yes or no holds; None where the table says nothing on it."""
    asked = _stems(claim[:_MOST_READ])
    named = [f for f in _table() if f.subject <= asked]
    for fact in sorted(named, key=lambda f: -len(f.subject)):
        said = [v for v in dict.fromkeys((*fact.values, *fact.others)) if _stems(v) <= asked - fact.subject]
        if said or (fact.relation & asked - {"can"} and len(fact.values) == 1 and _CLAIMS.match(claim)):
            return any(v in fact.values for v in said) != bool(_NEGATED.search(claim))
    return None


@cache
def _table() -> tuple[Fact, ...]:
    found: list[Fact] = []
    for heading, lines in sections("facts.txt"):
        rows = [(_stems(line.split(":")[0]), _listed(line.split(":")[1])) for line in lines]
        every = tuple(dict.fromkeys(v for _, values in rows for v in values))
        for subject, values in rows:
            found.append(Fact(_stems(heading), subject, values, tuple(v for v in every if v not in values)))
    return tuple(found)


@cache
def _cues() -> dict[str, tuple[str, ...]]:
    return {
        name.removeprefix("cues for "): word_list(name)
        for name, _ in sections("words.txt")
        if name.startswith("cues for ")
    }


def _listed(text: str) -> tuple[str, ...]:
    parts = text.split(", ") if not text.strip().endswith("D.C.") else [text]
    return tuple(p.strip() for p in parts)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(w.lower()) for w in words(text))
