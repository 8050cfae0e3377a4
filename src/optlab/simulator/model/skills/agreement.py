"""How far an answer really agrees with the reference, the source, the rules or one's own solution; no draw.

Agreement is a share from 0 to 1, right from a half on; the nearer to a half, the harder the case.
"""

import math
import re
from collections.abc import Sequence

import msgspec

from optlab.simulator.model import facts
from optlab.simulator.model.asking import asking_sentence
from optlab.simulator.model.reading import Sentence, bearing, content_words, sentences, stems, words
from optlab.simulator.model.retrieval import ENOUGH, difficulty, passages
from optlab.simulator.model.skills import criteria, expressions, rules, wordproblems
from optlab.simulator.model.skills.exhibits import Case
from optlab.simulator.model.skills.yesno import holds
from optlab.simulator.model.spans import figure, spans
from optlab.simulator.model.strength import TRIVIAL

_SHORT_REFERENCE = 4
_ALIKE = 0.7
_CUT = re.compile(r"(?:,|\b(?:the|a|an|and|or|of|to|in|with|for|is|are|by|that|from))$", re.IGNORECASE)


class Finding(msgspec.Struct, frozen=True):
    """How far an answer agrees, the one thing that speaks most for or against it, and how hard that was to find out."""

    agreement: float
    why: str
    difficulty: float = TRIVIAL


def assess(case: Case) -> Finding:
    """How far the answer of a case agrees with what there is to hold it against; no draw."""
    candidate = case.parts["candidate"]
    if not words(candidate):
        return Finding(0.0, "There is no answer.")
    findings = [f for f in (_rules(case, candidate), _truth(case, candidate)) if f]
    if not findings:
        findings = [_plausible(case, candidate)]
    worst = min(findings, key=lambda f: f.agreement)
    if _CUT.search(candidate.rstrip()) and len(words(candidate)) > 5:
        return Finding(min(worst.agreement, 0.2), "The answer breaks off before its end.")
    return worst


def _truth(case: Case, candidate: str) -> Finding | None:
    question, reference = case.parts.get("question", ""), case.parts.get("reference", "")
    source = case.parts.get("source") or case.parts.get("instructions", "")
    if reference.strip():
        return _against_reference(reference, candidate)
    if question and (solved := _solved(question)) is not None:
        numbers = [figure(s.text) for s in spans("number", candidate)]
        said = numbers[-1] if numbers else None
        same = said is not None and math.isclose(said, solved.value, rel_tol=1e-6)
        agreement = 0.95 if same else 0.25 if any(n == solved.value for n in numbers) else 0.08
        return Finding(agreement, f"The result is {expressions.spell(solved.value)}.", solved.difficulty)
    if source.strip():
        return _against_source(source, question, candidate)
    fact = facts.asked_for(question) if question else None
    if fact is None:
        return None
    held = stems(fact.values[0]) <= stems(candidate)
    return Finding(0.94 if held else 0.06, f"The answer is {fact.values[0]}.")


def _solved(question: str) -> expressions.Sum | wordproblems.Solution | None:
    if len(question) >= 2_000:
        return None
    found = expressions.expression(question)
    if found is not None or not re.search(r"\d", question):
        return found
    return wordproblems.solve(question, asking_sentence(question))


def _against_reference(reference: str, candidate: str) -> Finding:
    """Numbers equal, a short reference contained, a long one covered."""
    wanted = [figure(s.text) for s in spans("number", reference)]
    said = [figure(s.text) for s in spans("number", candidate)]
    if len(words(reference)) <= _SHORT_REFERENCE:
        if wanted and not stems(re.sub(r"[\d.,]+", " ", reference)) - stems(candidate):
            same = bool(said) and wanted[-1] == said[-1]
            return Finding(
                0.96 if same else 0.3 if wanted[-1] in said else 0.04, f"The reference is {reference.strip()}."
            )
        held = _covered(reference, candidate)
        negated = _says_no(candidate) != _says_no(reference)
        return Finding(0.1 if negated else 0.04 + 0.92 * held, f"The reference is {reference.strip()}.")
    held = _covered(reference, candidate)
    clash = bool(wanted) and bool(said) and not set(said) <= set(wanted)
    opposed = any(
        not holds(s.text, _closest(s, sentences(reference))) for s in sentences(candidate)[:12] if sentences(reference)
    )
    agreement = min(held / 0.9, 1.0) * (0.35 if clash else 1.0) * (0.45 if opposed and not clash else 1.0)
    why = "A number differs from the reference." if clash else f"It covers {held:.0%} of the reference."
    return Finding(min(agreement, 0.97), why)


def _against_source(source: str, question: str, candidate: str) -> Finding:
    """Every claim supported by some sentence of the source, and the sentence that answers the question among them."""
    known = passages((source,)) or sentences(source)
    claims = [s for s in sentences(candidate) if s.stems] or []
    if not known or not claims:
        return Finding(0.1, "Nothing in it can be held against the text.")
    supports = [_support(claim, known) for claim in claims[:20]]
    supported = 0.5 * min(supports) + 0.5 * sum(supports) / len(supports)
    # What leads up to a question has words that the text never uses; the sentence that asks tells what it is about.
    ranked = bearing(asking_sentence(question) or question, known) if question else []
    if ranked and ranked[0][0] < ENOUGH:
        ranked = []
    answered = _answers(question, candidate, ranked[0][1]) if ranked else None
    agreement = supported if answered is None else 0.7 * answered + 0.3 * supported
    if any(_contradicts(claim, known) for claim in claims[:20]):
        agreement = min(agreement, 0.15)
    why = "The text supports it." if agreement >= 0.5 else "The text does not say so."
    hard = difficulty(ranked, len(known)) if ranked else TRIVIAL
    return Finding(min(max(agreement, 0.03), 0.97), why, hard)


def _answers(question: str, candidate: str, best: Sentence) -> float:
    """Whether an answer holds what the sentence that answers the question says beyond the question's own words."""
    telling, said = set(_numbers(best.text)) - set(_numbers(question)), set(_numbers(candidate))
    if telling and said:
        return 1.0 if telling & said else 0.0
    fresh, words_said = best.stems - stems(question), stems(candidate) - stems(question)
    if not fresh or not words_said:
        return 0.3
    # A short right answer holds few of the sentence's words, but hardly any others.
    return max(len(fresh & words_said) / len(fresh), len(fresh & words_said) / len(words_said))


def _contradicts(claim: Sentence, known: Sequence[Sentence]) -> bool:
    """Whether the text says the opposite of a claim in much the same words."""
    nearest = _closest(claim, known)
    alike = len(claim.stems & nearest.stems) / len(claim.stems) >= _ALIKE
    return alike and not holds(claim.text, nearest)


def _support(claim: Sentence, known: Sequence[Sentence]) -> float:
    """How well the sentence that is nearest to a claim carries it: its words, its numbers, its polarity."""
    nearest = _closest(claim, known)
    share = len(claim.stems & nearest.stems) / len(claim.stems)
    said, told = set(_numbers(claim.text)), set(_numbers(nearest.text))
    if said and not said <= told:
        return min(share, 0.15)
    if not holds(claim.text, nearest):
        return min(share, 0.25)
    return min(0.25 + share, 1.0)


def _rules(case: Case, candidate: str) -> Finding | None:
    text = case.parts.get("rules", "")
    stated = rules.found_in((text or case.parts.get("instructions") or case.orders)[:8_000])
    wanted = criteria.stated(text or case.orders)
    if wanted and (text or "reference" not in case.parts):
        shares = [criteria.met(c, candidate) for c in wanted]
        worst = min(range(len(wanted)), key=lambda i: shares[i])
        if shares[worst] < 0.5 or not stated:
            phrase = f"{wanted[worst].verb} {wanted[worst].what}".strip()
            said = "It meets the criterion" if shares[worst] >= 0.5 else "It does not meet the criterion"
            return Finding(min(max(shares[worst], 0.04), 0.96), f"{said}: {phrase}.")
    if not stated:
        return (
            _against_source(text, case.parts.get("question", ""), candidate)
            if text and "source" not in case.parts and ("reference" not in case.parts)
            else None
        )
    failed = rules.broken(stated, candidate)
    if failed:
        return Finding(0.08, f"It breaks a rule: {failed[0].text.strip()}.")
    return Finding(0.92, "It keeps the rules.")


def _plausible(case: Case, candidate: str) -> Finding:
    """With nothing to hold it against: whether the answer is about the question at all."""
    asked = stems(case.parts.get("question", ""))
    shared = len(asked & stems(candidate)) / len(asked) if asked else 0.5
    return Finding(
        0.4 + 0.4 * min(2 * shared, 1.0), "It speaks to the question." if shared > 0.2 else "It misses the question."
    )


def _covered(reference: str, candidate: str) -> float:
    wanted = stems(reference) or frozenset(w.lower() for w in words(reference))
    said = stems(candidate) | {w.lower() for w in words(candidate)}
    return len(wanted & said) / len(wanted) if wanted else 0.0


def _closest(claim: Sentence, known: Sequence[Sentence]) -> Sentence:
    return max(known, key=lambda s: len(s.stems & claim.stems) / math.sqrt(1 + len(s.stems)))


def _numbers(text: str) -> list[float]:
    return [n for n in (figure(s.text) for s in spans("number", text)) if n is not None]


def _says_no(text: str) -> bool:
    opening = content_words(text)[:1] and words(text)[0].lower()
    return opening in ("no", "not", "false", "never") or bool(re.match(r"\W*(?:no|not|false)\b", text, re.IGNORECASE))
