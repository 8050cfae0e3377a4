"""From a prompt to a text: the skill that the prompt calls for answers, else one small function per shape of answer.

Lengths are log-normal around what the shape calls for, as repeats of a real call are.
"""

import random
import re
from collections.abc import Callable

from optlab.simulator.model import facts
from optlab.simulator.model.desk import Desk
from optlab.simulator.model.phrasing import sentence_case, spell
from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.reading import content_words
from optlab.simulator.model.skills import (
    calling,
    choosing,
    classifying,
    comparing,
    examples,
    expressions,
    extracting,
    judging,
    knowing,
    obeying,
    ordering,
    pointing,
    wordproblems,
    writing,
    yesno,
)
from optlab.simulator.model.skills.exhibits import case_of

_GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening))\b\W*+(?:\w++\W*+){0,2}$", re.I)
_NOD = re.compile(
    r"^\W*(?:ok(?:ay)?|yes|no|thanks|thank you|great|sure|good|fine|test|ping)\b\W*+(?:\w++\W*+){0,2}$", re.I
)
_SUM_ASKED = re.compile(
    r"\b(?:what(?:'s| is| does| are)|which|calculate|compute|evaluate|solve|how (?:much|many)|result of|sum of"
    r"|work out|count)\b|=\s*+\??\s*+$|^[\s\d.()+*/x×÷^-]+\??$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\?\s*$|^\W*(?:who|what|when|where|which|how|why)\b", re.IGNORECASE)
_TRUE_FALSE = re.compile(r"\btrue(?: or |/)false\b", re.IGNORECASE)
_SCALE = re.compile(
    r"\b(?:rate|score|rating|grade|scale|number|integer)\b[^.!?\n]{0,80}?\b(\d{1,4}) ?(?:to|and|-|–) ?(\d{1,4})\b",
    re.IGNORECASE,
)


def answer(prompt: Prompt, rng: random.Random) -> str:
    """The text the stand-in model writes. Draws come from `rng` alone."""
    if not prompt.results and _GREETING.match(prompt.question.strip()):
        return spell(
            "[hello|hi there|hello there]! [How can I help you today|What can I do for you|How may I help]?", rng, {}
        )
    if not prompt.results and not prompt.turns and _NOD.match(prompt.question.strip()):
        return spell(
            "[Understood|All right|Good]. [What would you like to do next|Is there anything else I can help with]?",
            rng,
            {},
        )
    text = _text(Desk(prompt, rng))
    if prompt.prefill:
        return " " + text.removeprefix(prompt.prefill.strip()).lstrip()
    return text


def _text(desk: Desk) -> str:
    for skill in (
        comparing.better,
        _json_verdict,
        judging.verdict,
        _json,
        ordering.done,
        choosing.choose,
        _label,
        _solved,
        _tool_results,
    ):
        text = skill(desk)
        if text is not None:
            return text
    if _is_silent(desk):
        return obeying.unknown(desk)
    if desk.ask.shape in ("word", "number"):
        return _BARE[desk.ask.shape](desk)
    return obeying.obey(_said(desk), desk)


def _is_silent(desk: Desk) -> bool:
    """Whether the prompt gives words for a text that has no answer, and its text has none."""
    return (
        obeying.gives_unknown(desk) is not None
        and not desk.prompt.results
        and obeying.lacks_answer(desk)
        and not writing.needs_no_text(desk)
        and bool(_ASKS.search(desk.ask.question))
    )


def _said(desk: Desk) -> str:
    """An answer in words: out of the text, or that it is not there, or prose."""
    if yesno.is_asked(desk) and desk.ask.shape == "open":
        decided = yesno.decide(desk, short=False)
        if decided is not None:
            return decided
    if pointing.wants_only_a_span(desk) and desk.ask.shape == "open":
        bare = pointing.point(desk) or pointing.any_span(desk)
        if bare is not None:
            return bare
    if not desk.ranked and obeying.only_from_text(desk) and not writing.needs_no_text(desk):
        return obeying.unknown(desk)
    return writing.SHAPES[desk.ask.shape](desk)


def _json_verdict(desk: Desk) -> str | None:
    """A judgement in the fields of a template, where the prompt shows one."""
    wanted = extracting.wants_json(desk) and case_of(desk.prompt) is not None
    return extracting.as_json(desk) if wanted else None


def _json(desk: Desk) -> str | None:
    if not extracting.wants_json(desk):
        return None
    text = extracting.as_json(desk)
    if text is None and desk.ask.shape == "open":
        label = _label(desk)
        return extracting.spelled({"label": label} if label else {"answer": _said(desk)}, desk)
    return text


def _label(desk: Desk) -> str | None:
    """A label, bare or in a few words as the prompt wants it."""
    if (yesno.is_asked(desk) or _claimed(desk) is not None) and not examples.lesson(desk.prompt).examples:
        return None
    label = classifying.classify(desk)
    if label is None:
        return None
    if desk.ask.shape == "word" or desk.rng.random() < 0.8 or classifying.wants_label_only(desk):
        return label
    return spell("[This is|I would label this as|The best label is] **{label}**.", desk.rng, {"label": label})


def _solved(desk: Desk) -> str | None:
    """The result of a sum, a count or a word problem."""
    if not _SUM_ASKED.search(desk.prompt.question) or desk.prompt.results or desk.prompt.failures:
        return None
    bare = desk.ask.shape in ("number", "word") or pointing.wants_only_a_span(desk)
    found = expressions.reckon(desk)
    if found is not None:
        return found if bare else spell("[The answer is|It is|That is|The result is] {n}.", desk.rng, {"n": found})
    if wordproblems.is_problem(desk) and not wordproblems.is_told(desk):
        return wordproblems.work_out(desk, short=bare)
    return None


def _tool_results(desk: Desk) -> str | None:
    """After a tool has answered: what its result says, unless a sentence of it bears on the question."""
    if desk.prompt.failures:
        return calling.report(desk)
    return None if not desk.prompt.results or desk.ranked else calling.report(desk)


def _claimed(desk: Desk) -> bool | None:
    """What the table of facts says of a claim put as true or false."""
    return facts.truth(yesno.claim(desk)) if _TRUE_FALSE.search(desk.prompt.question) else None


def _word(desk: Desk) -> str:
    if yesno.is_asked(desk) or _claimed(desk) is not None:
        words = ("True", "False") if _TRUE_FALSE.search(desk.prompt.question) else ("Yes", "No")
        decided = yesno.decide(desk, words=words, short=True)
        if decided is not None:
            return decided
    known = knowing.known(desk)
    if known:
        return sentence_case(known)
    short = pointing.point(desk) or pointing.any_word(desk, digits=False)
    if short is None and obeying.only_from_text(desk):
        return "Unknown"
    topical = [w for w in content_words(desk.ask.topic or desk.prompt.question) if len(w) > 2] or ["Unclear"]
    return sentence_case(short or desk.rng.choice(topical))


def _number(desk: Desk) -> str:
    known = knowing.known(desk)
    if known and re.search(r"\d", known):
        return str(re.findall(r"\d[\d.,]*", known)[0])
    span = pointing.point(desk)
    digits = re.search(r"\d[\d.,]*\d|\d", span) if span else None
    if digits:
        return digits[0]
    scale = _SCALE.search(f"{desk.prompt.system[-900:]}\n{desk.prompt.question[-900:]}")
    if scale and int(scale[1]) < int(scale[2]):
        low, high = int(scale[1]), int(scale[2])
        return str(round(low + (high - low) * min(max(desk.rng.gauss(0.7, 0.15), 0.0), 1.0)))
    return pointing.any_word(desk, digits=True) or str(desk.rng.randint(2, 60))


_BARE: dict[str, Callable[[Desk], str]] = {"word": _word, "number": _number}
