"""Judging an answer: PASS or FAIL by how far it agrees, and how sure of that, where a prompt asks for it.

A wrong draw turns the verdict round, so that false PASS and false FAIL exist, fall with strength and cluster on the
same items. The draw also tells by how much the judge was right or wrong: who was nearly wrong is less sure.
"""

import math
import re

import msgspec

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.reading import words
from optlab.simulator.model.skills.agreement import Finding, assess
from optlab.simulator.model.skills.exhibits import Case, case_of

_BASE, _PER_DOUBT, _PER_LENGTH = -3.4, 3.6, 0.45
"""Difficulty [assumed]: rises with doubt, and with every tenfold of the words to be read beyond 50."""

_REASONS = re.compile(r"\b(?:explain|reason|because|why|justif\w+|rationale|brief(?:ly)? comment)\b", re.IGNORECASE)
_NO_REASONS = re.compile(
    r"\b(?:only|just|nothing else|no explanation|without explanation|single word|one word)\b", re.IGNORECASE
)
_RANGE = r"\b0 ?(?:to|and|-|–) ?100\b"
_SURE = r"\b(?:sure|certain|confident|confidence|certainty|sureness|probability)\b"
_SURENESS = re.compile(rf"{_SURE}[^\n]{{0,60}}?{_RANGE}|{_RANGE}[^\n]{{0,40}}?{_SURE}", re.IGNORECASE)

_HABIT, _WANDERING = 90.0, 12.0
"""What a judge says that does not know how sure it is, and how far it wanders from what it knows [assumed]."""
_KNOWS, _KNOWS_PER_STRENGTH = 0.35, 0.4
"""How much of its own margin Haiku 4.5 knows, and what a unit of strength adds [assumed; language models say that they
are sure more than they are, stronger ones less so (Kadavath et al., arXiv 2207.05221; Xiong et al., 2306.13063)]."""
_LEAST, _MOST = 50, 99


class Verdict(msgspec.Struct, frozen=True):
    """The verdict word or score, whether it speaks for the answer, the reason for it, and the case it is about.

    `margin` is by how much the judge was right (above 0) or wrong, in logits.
    """

    word: str
    good: bool
    why: str
    case: Case
    margin: float


def verdict(desk: Desk) -> str | None:
    """The verdict word or score a prompt asks for, with sureness and a reason if it wants them, else None."""
    judged = judge(desk)
    if judged is None:
        return None
    orders = judged.case.orders
    wants_sureness = judged.case.scale is None and _SURENESS.search(orders)
    word = f"{judged.word} {_sure(judged.margin, desk)}" if wants_sureness else judged.word
    reasoned = _REASONS.search(orders) and not _NO_REASONS.search(orders)
    return f"{word}. {judged.why}" if reasoned else word


def judge(desk: Desk) -> Verdict | None:
    """The judgement that this call makes; None where the prompt asks for none."""
    case = case_of(desk.prompt)
    if case is None:
        return None
    found = assess(case)
    item = f"{case.parts.get('question', '')} {case.parts['candidate']}"
    read = len(words(" ".join(case.parts.values())[:40_000]))
    doubt = 1.0 - 2.0 * abs(found.agreement - 0.5)
    doubtful = _BASE + _PER_DOUBT * doubt + _PER_LENGTH * max(math.log10(max(read, 1) / 50), 0.0)
    margin = desk.margin(max(doubtful, found.difficulty), item)
    right = margin > 0.0
    good = (found.agreement >= 0.5) == right
    return Verdict(_word(case, found, right, desk), good, found.why if right else _shallow(good=good), case, margin)


def _sure(margin: float, desk: Desk) -> int:
    """How sure a judge says it is, from how nearly its verdict was another; the weaker, the more it says by habit."""
    knows = min(max(_KNOWS + _KNOWS_PER_STRENGTH * desk.prompt.strength, 0.1), 0.95)
    honest = 100.0 / (1.0 + math.exp(-min(abs(margin), 50.0)))
    said = knows * honest + (1.0 - knows) * desk.rng.gauss(_HABIT, _WANDERING)
    return min(max(round(said), _LEAST), _MOST)


def _word(case: Case, found: Finding, right: bool, desk: Desk) -> str:
    if case.scale is not None:
        low, high = case.scale
        score = low + (high - low) * found.agreement
        if not right:
            score += desk.rng.choice((-1, 1)) * max((high - low) * 0.35, 1.0)
        return str(min(max(round(score), low), high))
    return case.good if (found.agreement >= 0.5) == right else case.bad


def _shallow(*, good: bool) -> str:
    return "It reads as a complete answer." if good else "It does not seem to answer what was asked."
