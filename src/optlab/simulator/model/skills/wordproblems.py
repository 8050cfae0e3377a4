"""Word problems of one to five steps: quantities are combined as their words say, step by step.

Rates meet what they are counted by, comparisons make new quantities, gains and losses run, and the question decides
what is read off. A problem that does not fit these forms is not understood, and the answer is some number of the text.
"""

import re

import msgspec

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.reading import stem, stems
from optlab.simulator.model.skills.combining import Bench, Step, apply
from optlab.simulator.model.skills.expressions import slip, spell
from optlab.simulator.model.skills.number_words import simplify
from optlab.simulator.model.skills.quantities import quantities

_BASE, _PER_STEP, _PER_FIGURE = -2.75, 0.55, 0.12
"""Difficulty of a problem [assumed]: rises with its steps and with the figures of its numbers beyond two each."""

_UNSOLVED = 1.2
_ASKS = re.compile(
    r"\bhow (?:many|much|far|long|old|fast|tall)\b|\bat what (?:average )?speed\b"
    r"|\bwhat (?:is|was|will be|are) (?:the |his "
    r"|her |their |its |[a-z]+'s )?(?:speed|total|cost|price"
    r"|change|average|difference|sum|amount|number|profit|distance|area|sale|final)\b|\bcalculate\b|\bfind the\b",
    re.IGNORECASE,
)


_UNIT_ASKED = re.compile(r"\bhow many (\w+)\b", re.IGNORECASE)
_RECKONS = re.compile(
    r"\b(?:left|remain\w*|altogether|total|in all|together|more|fewer|less|each|now|still|after|need|both|per"
    r"|will)\b",
    re.I,
)


_COMPARES = re.compile(r"\d times (?:as|[A-Z])|\d (?:\w+ )?(?:more|fewer|less|older|younger) (?:\w+ )?than\b")


class Solution(msgspec.Struct, frozen=True):
    """The steps that were understood and what they come to."""

    value: float
    steps: tuple[Step, ...]
    difficulty: float


def is_problem(desk: Desk) -> bool:
    """Whether the question asks for a quantity and tells at least two."""
    question = desk.prompt.question
    return (
        len(question) < 2_000
        and bool(_ASKS.search(desk.ask.question))
        and len(_told(question)) >= 2
        and not _TEXT_GIVEN.search(question)
        and not _stands_there(desk)
    )


_TEXT_GIVEN = re.compile(
    r"^[ \t]*(?:#{1,4} ?|\*\*)?(?:context|text|document|article|passage|source|transcript)\b[^:\n]{0,20}:|</\w+>",
    re.IGNORECASE | re.MULTILINE,
)
_RELATED = re.compile(
    r"\b(?:more|fewer|less|times|twice|half|each|every|per|than|another|rest|an? (?:hour|day|week|month))\b|%",
    re.IGNORECASE,
)


def _stands_there(desk: Desk) -> bool:
    """Whether one plain sentence of the text says what is asked: it holds all the question's words and one number."""
    asked = stems(desk.ask.question)
    return len(asked) > 1 and any(
        asked <= s.stems and len(_told(s.text)) == 1 and not _RELATED.search(s.text) for s in desk.known
    )


def is_told(desk: Desk) -> bool:
    """Whether the text states what is asked: one sentence alone has its unit, and words of the question.

    `Returns within 30 days. Free above 50 euros. How many days do I have to return it?` needs reading, not reckoning.
    """
    unit = _UNIT_ASKED.search(desk.ask.question)
    if unit is None or _RECKONS.search(desk.ask.question):
        return False
    wanted = stem(unit[1].lower())
    if _COMPARES.search(simplify(desk.prompt.question)):
        return False
    told = [s for s in desk.known if wanted in s.stems and re.search(r"\d", simplify(s.text))]
    if len(told) != 1 or len(re.findall(r"(?<![\w.])\d", simplify(told[0].text))) != 1:
        return False
    return bool(stems(desk.ask.question) & told[0].stems - {wanted})


def solve(text: str, question: str) -> Solution | None:
    """What a problem comes to; None where its words are not understood. Pure: no draw."""
    found = quantities(text, question)
    if len(found) < 2:
        return None
    bench = Bench(simplify(question).lower(), question)
    value = bench.run(found)
    if value is None or not bench.steps or abs(value) >= 1e15:
        return None
    figures = sum(len(spell(abs(q.value)).replace(".", "")) for q in found)
    difficulty = _BASE + _PER_STEP * len(bench.steps) + _PER_FIGURE * max(figures - 2 * len(found), 0)
    return Solution(value, tuple(bench.steps), difficulty)


def work_out(desk: Desk, *, short: bool) -> str | None:
    """The answer to a word problem, with a slip in one step where the draw is wrong."""
    text, rng = desk.prompt.question, desk.rng
    solution = solve(text, desk.ask.question)
    if solution is None:
        if not desk.right(_UNSOLVED, text):
            return spell(rng.choice(_told(text)))
        return None
    steps, value = list(solution.steps), solution.value
    if not desk.right(solution.difficulty, text):
        steps, value = _slipped(steps, desk)
    if short:
        return spell(value)
    lines = "; ".join(s.written() for s in steps[:-1])
    lead = f"{lines}; " if lines else ""
    money = (
        "$"
        if re.search(r"\$", text) and re.search(r"\bmuch|cost|price|change|money|earn|spend|pay", desk.ask.question)
        else ""
    )
    closing = rng.choice(("The answer is", "So the answer is", "Answer:"))
    return f"{lead}{steps[-1].written()}. {closing} {money}{spell(value)}."


def _slipped(steps: list[Step], desk: Desk) -> tuple[list[Step], float]:
    """A slip in one step, carried through those that used its result; or the last step forgotten."""
    if len(steps) > 1 and desk.rng.random() < 0.3:
        return steps[:-1], steps[-2].value
    at = desk.rng.randrange(len(steps))
    wrong = slip(steps[at].value, desk)
    changed = {steps[at].value: wrong}
    kept = [*steps[:at], msgspec.structs.replace(steps[at], value=wrong)]
    for step in steps[at + 1 :]:
        left, right = changed.get(step.left, step.left), changed.get(step.right, step.right)
        result = apply(left, step.sign, right) if (left, right) != (step.left, step.right) else step.value
        changed[step.value] = result
        kept.append(Step(left, step.sign, right, result))
    return kept, kept[-1].value


def _told(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"(?<![\w.])\d{1,15}(?:\.\d{1,9})?(?!\d)", simplify(text))]
