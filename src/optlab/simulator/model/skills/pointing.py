"""Short factual answers: the kind of thing a question asks for, picked out of the sentence that bears on it."""

import re

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.phrasing import sentence_case
from optlab.simulator.model.reading import Sentence, content_words, stem, stems
from optlab.simulator.model.spans import Span, Type, spans

_ASKING: tuple[tuple[str, tuple[Type, ...]], ...] = (
    (r"\b(?:what|which) year\b", ("year",)),
    (r"\bhow long\b|\bhow (?:soon|quickly|old)\b|\bwhat (?:period|duration)\b", ("duration",)),
    (r"\bhow many (?:\w+ )?(?:seconds|minutes|hours|days|weeks|months|years)\b", ("duration", "number")),
    (
        r"\bhow (?:much|expensive)\b[^?]*\b(?:weigh|heavy)|\bhow (?:heavy|tall|far|high|wide|deep"
        r"|fast)\b",
        ("measure",),
    ),
    (
        r"\bhow much\b|\b(?:what|which)\b[^?]{0,30}\b(?:price|cost|fee|amount|salary"
        r"|rent)\b",
        ("money", "measure", "percent"),
    ),
    (r"\b(?:what|which) (?:percent|percentage|share|rate)\b|\bhow many percent\b", ("percent",)),
    (r"\bhow many\b|\bwhat number\b", ("number",)),
    (r"\bwhat time\b|\bat what time\b", ("time",)),
    (r"\b(?:what|which) (?:date|day)\b|\bwhen\b", ("date", "year", "time", "duration")),
    (r"\be-?mail\b", ("email",)),
    (r"\b(?:phone|telephone)\b", ("phone",)),
    (r"\b(?:url|website|link|web address)\b", ("url",)),
    (r"\b(?:order|invoice|tracking|reference|serial|account) (?:number|id|code)\b", ("code", "number")),
    (r"\bwho(?:se|m)?\b|\bwhat is the name\b|\bname of\b", ("name",)),
    (r"\bwhere\b|\b(?:what|which) (?:city|country|town|place)\b", ("place", "name")),
)
_WANTED = tuple((re.compile(pattern, re.IGNORECASE), kinds) for pattern, kinds in _ASKING)
_ONLY = re.compile(
    r"\b(?:only|just)\b[^.!?\n]{0,24}\b(?:year|date|name|number|amount|price|duration|time|place|city|value|answer"
    r"|phrase|figure|percentage)\b|\b(?:as )?(?:short(?:ly)?|brief(?:ly)?) as possible\b"
    r"|\b(?:in|with) (?:a few|as few|at most (?:two|three|four|five|\d)|one to three|1-3|1 to 3) words\b"
    r"|\bshort answer\b|\bno (?:full sentence|other text|explanation)\b|\bnothing else\b",
    re.IGNORECASE,
)
_GENERAL: tuple[Type, ...] = ("money", "percent", "measure", "duration", "date", "name", "number")


def wanted_types(question: str) -> tuple[Type, ...]:
    """The types of thing a question asks for, most likely first; empty where its words do not say."""
    return next((kinds for pattern, kinds in _WANTED if pattern.search(question)), ())


def wants_only_a_span(desk: Desk) -> bool:
    """Whether the prompt asks for the bare thing and no sentence."""
    return bool(_ONLY.search(desk.prompt.question[-500:]) or _ONLY.search(desk.prompt.system[-500:]))


def point(desk: Desk) -> str | None:
    """The bare answer to a factual question out of the text; None where no sentence bears on it or holds the type."""
    kinds = wanted_types(desk.ask.question)
    for sentence in desk.ranked:
        for kind in kinds:
            found = _fresh(kind, sentence, desk.ask.question)
            if found:
                return _bare(found.text, kind, desk.ask.question)
    return None


def any_word(desk: Desk, *, digits: bool) -> str | None:
    """A word of the bearing sentences that the question did not already hold: a number where one is wanted."""
    for sentence in desk.ranked:
        if digits:
            numbers = _all_fresh("number", sentence, desk.ask.question)
            if numbers:
                return numbers[0].text
            continue
        asked = stems(desk.ask.question)
        fresh = [w for w in content_words(sentence.text) if stem(w) not in asked]
        named = [w for w in fresh[1:] if w[0].isupper()] or fresh
        if named:
            return desk.rng.choice(named[:2])
    return None


def any_span(desk: Desk) -> str | None:
    """The most telling stretch of the best sentence, where the question's words name no type."""
    for sentence in desk.ranked:
        for kind in _GENERAL:
            found = _fresh(kind, sentence, desk.ask.question)
            if found:
                return found.text
    return None


def _fresh(kind: Type, sentence: Sentence, question: str) -> Span | None:
    """The stretch of a type that stands nearest to the question's words."""
    found = _all_fresh(kind, sentence, question)[:200]
    if not found:
        return None
    asked = stems(question)
    at = [m.start() for m in re.finditer(r"\w+", sentence.text) if stem(m[0]) in asked][:200]
    return min(found, key=lambda s: (min((abs(s.start - a) for a in at), default=0), s.start))


def _all_fresh(kind: Type, sentence: Sentence, question: str) -> list[Span]:
    lowered = question.lower()
    return [s for s in spans(kind, sentence.text) if s.text.lower() not in lowered]


def _bare(text: str, kind: Type, question: str) -> str:
    if kind == "duration" and re.search(r"\bhow many\b", question, re.IGNORECASE):
        return spans("number", text)[0].text if spans("number", text) else text
    return sentence_case(text) if kind in ("name", "place") else text
