"""Yes or no out of the text: whether the sentences that bear on a question support it, by negation and by numbers."""

import re

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.reading import Sentence, bearing, sentences, stem, stems
from optlab.simulator.model.retrieval import ENOUGH, closed, passages
from optlab.simulator.model.skills import knowing
from optlab.simulator.model.spans import figure, spans
from optlab.simulator.model.texts import word_list

_ASKED = re.compile(
    r"^\W*(?:(?:so|and|then|but|also),? )?(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has"
    r"|have|had|am)\b"
    r"(?! not\b).{3,}",
    re.IGNORECASE,
)
_TRUE_FALSE = re.compile(r"\btrue(?: or |/)false\b", re.IGNORECASE)
_OR = re.compile(r"\b(\w+) or (\w+)\b")
_NOT = re.compile(
    r"\b(?:not|no|never|none|cannot|can't|don't|doesn't|isn't|aren't|won't|wasn't|weren't|didn't|hasn't|haven't"
    r"|nobody|nothing"
    r"|without|neither|nor|except|excluded|excludes|unable|impossible|forbidden|prohibited|refused?|rejected"
    r"|closed|unavailable"
    r"|lacks?|fails?|failed|hardly|n't)\b",
    re.IGNORECASE,
)
_NEGATING = frozenset(stem(w) for w in word_list("words that deny by themselves"))
_HARMLESS = re.compile(r"\bno (?:more|less) than\b|\bnot (?:only|exceed)\b", re.IGNORECASE)
_MOST = re.compile(
    r"\b(?:at most|up to|no more than|maximum|max|within|less than|under|below|not exceed|until|limit\w*)\b",
    re.IGNORECASE,
)
_LEAST = re.compile(r"\b(?:at least|no less than|minimum|more than|over|above|from)\b", re.IGNORECASE)


def is_asked(desk: Desk) -> bool:
    """Whether the question is one of yes or no, and no choice between two things."""
    question = desk.ask.question
    offered = _OR.search(question)
    return (
        bool(_ASKED.match(question))
        and question.rstrip().endswith("?")
        and (offered is None or offered[0].lower() in ("yes or no", "true or false"))
    )


def decide(desk: Desk, *, words: tuple[str, str] = ("Yes", "No"), short: bool) -> str | None:
    """Yes or no with its reason; None where the text says nothing on it and a sentence is wanted."""
    ranked = desk.ranked
    if not ranked:
        known = knowing.holds(claim(desk), desk)
        if known is not None:
            return words[0] if known else words[1]
        # What neither text nor table says no model knows: all guess alike.
        return desk.rng.choice(words) if short else None
    yes = holds(desk.ask.question, ranked[0])
    verdict = words[0] if yes else words[1]
    return verdict if short else f"{verdict}. {closed(ranked[0].text)}"


def claim(desk: Desk) -> str:
    """What is asked or claimed: the asking sentence, or the one beside `True or false?`."""
    text = re.sub(
        r"\b(?:(?:answer|reply|respond)(?: only)?(?: with)? )?(?:true(?: or |/)false|yes(?: or |/)no)\b[:?.]?",
        " ",
        desk.prompt.question[-600:] if _TRUE_FALSE.search(desk.prompt.question) else desk.ask.question,
        flags=re.IGNORECASE,
    )
    return text.strip()


def supported(claim: str, text: str) -> bool | None:
    """Whether a text supports a claim; None where no sentence bears on it."""
    ranked = bearing(claim, passages((text,))) or bearing(claim, sentences(text))
    return holds(claim, ranked[0][1]) if ranked and ranked[0][0] >= ENOUGH else None


def holds(claim: str, sentence: Sentence) -> bool:
    """Whether a sentence says what a claim or question says: same polarity, and no number against it."""
    against = _numbers_disagree(claim, sentence.text)
    negations = _count_negations(sentence, claim) + _count_negations_of(claim)
    return not against and negations % 2 == 0


def _count_negations(sentence: Sentence, claim: str) -> int:
    """Negations in the clause of the sentence that shares most words with the claim."""
    asked = stems(claim)
    clauses = [c for c in re.split(r"[,;:]|\bbut\b|\balthough\b|\bunless\b", sentence.text) if c.strip()]
    best = max(clauses, key=lambda c: len(stems(c) & asked), default=sentence.text)
    if _NEGATING & asked & sentence.stems:
        return 0
    harmless = {m.start() for m in _HARMLESS.finditer(best)}
    return len({m.start() for m in _NOT.finditer(best)} - harmless)


def _count_negations_of(claim: str) -> int:
    return len(re.findall(r"\b(?:not|never|no|cannot)\b|n't\b", claim, re.IGNORECASE))


def _numbers_disagree(claim: str, text: str) -> bool:
    asked = [n for n in (figure(s.text) for s in spans("number", claim)) if n is not None]
    told = [n for n in (figure(s.text) for s in spans("number", text)) if n is not None]
    if not asked or not told:
        return False
    if _MOST.search(text) and not _MOST.search(claim):
        return asked[0] > max(told)
    if _LEAST.search(text) and not _LEAST.search(claim):
        return asked[0] < min(told)
    return not set(asked) & set(told)
