"""From a prompt to a text: one small function per shape of answer.

Lengths are log-normal around what the shape calls for, as repeats of a real call are.
"""

import itertools
import math
import random
import re
from collections.abc import Callable, Sequence

from optlab.simulator.model import facts, retrieval
from optlab.simulator.model.asking import Ask, Shape, is_how_to, understand
from optlab.simulator.model.phrasing import sentence_case, spell
from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.prose import Writer
from optlab.simulator.model.reading import Sentence, content_words, words
from optlab.simulator.model.works import Work, find_work

SPREAD = 0.18
"""Sigma of the log-normal length of an answer [assumed; repeats of one prompt at temperature 1]."""

_ESSAY_WORDS_A_PARAGRAPH = 84
_WORDS_A_BULLET = 32
_WORDS_OF_ADVICE = 85
_FEWEST_WORDS_A_PARAGRAPH = 62
_MOST_WORDS = 12_000
_WRONG_COUNT = 0.03
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening))\b\W*(?:\w+\W*){0,2}$", re.I)
_NOD = re.compile(
    r"^\W*(?:ok(?:ay)?|yes|no|thanks|thank you|great|sure|good|fine|test|ping)\b\W*(?:\w+\W*){0,2}$", re.I
)


class _Desk:
    """Everything one answer is written from."""

    def __init__(self, prompt: Prompt, rng: random.Random) -> None:
        self.prompt = prompt
        self.rng = rng
        self.ask: Ask = understand(prompt)
        self.work: Work | None = find_work(prompt.question)
        self.known: list[Sentence] = retrieval.passages(
            f"{prompt.system}\n{prompt.earlier}\n{prompt.question}", without=self.ask.question
        )
        self.found = retrieval.relevant(self.ask.question, self.known, rng)
        self.writer = Writer(self.ask.topic, self.ask.question, rng)

    def scale(self) -> float:
        """One draw of the length factor."""
        return math.exp(self.rng.gauss(0.0, SPREAD))


def answer(prompt: Prompt, rng: random.Random) -> str:
    """The text the stand-in model writes. Draws come from `rng` alone."""
    if _GREETING.match(prompt.question.strip()):
        return spell(
            "[hello|hi there|hello there]! [How can I help you today|What can I do for you|How may I help]?", rng, {}
        )
    if _NOD.match(prompt.question.strip()):
        return spell(
            "[Understood|All right|Good]. [What would you like to do next|Is there anything else I can help with]?",
            rng,
            {},
        )
    desk = _Desk(prompt, rng)
    text = _SHAPES[desk.ask.shape](desk)
    if prompt.prefill:
        return " " + text.removeprefix(prompt.prefill.strip()).lstrip()
    return text


def _word(desk: _Desk) -> str:
    question, rng = desk.prompt.question, desk.rng
    known = facts.recall(question)
    if known:
        return known
    options = _options(f"{desk.prompt.system[-900:]}\n{question[:900]}\n{question[-900:]}")
    if options:
        return _choose(options, desk)
    short = retrieval.shortest_answer(desk.ask.question, desk.found, rng, digits=False)
    topical = [w for w in content_words(desk.ask.topic or question) if len(w) > 2] or ["Unclear"]
    return sentence_case(short or rng.choice(topical))


def _number(desk: _Desk) -> str:
    text = f"{desk.prompt.system[-900:]}\n{desk.prompt.question[-900:]}"
    known = facts.recall(desk.prompt.question)
    if known:
        return known
    found = re.search(r"\b(?:from|of|between|scale)? ?(\d{1,4}) ?(?:to|and|-|–) ?(\d{1,4})\b", text)
    if found and int(found[1]) < int(found[2]):
        low, high = int(found[1]), int(found[2])
        return str(round(low + (high - low) * min(max(desk.rng.gauss(0.7, 0.15), 0.0), 1.0)))
    short = retrieval.shortest_answer(desk.ask.question, desk.found, desk.rng, digits=True)
    return short or str(desk.rng.randint(2, 60))


def _sentences(desk: _Desk) -> str:
    return " ".join(_material(desk, desk.ask.count))


def _bullets(desk: _Desk) -> str:
    rng, count = desk.rng, desk.ask.count
    if rng.random() < _WRONG_COUNT and count > 2:
        count += rng.choice((-1, 1))
    count = min(count, 60)
    texts = _points(desk, count)
    labelled = not desk.work and rng.random() < 0.6
    lines = [f"- **{desk.writer.label()}**: {t}" if labelled else f"- {t}" for t in texts]
    lead = rng.random()
    topic = desk.work.title if desk.work else desk.ask.topic
    if lead < 0.25 and topic:
        return f"{spell('[Here are|These are] the [main|key] points about', rng, {})} {topic}:\n\n" + "\n".join(lines)
    return "\n".join(lines)


def _points(desk: _Desk, count: int) -> list[str]:
    if desk.work:
        return _plot(desk.work, count, desk)
    given = _given(desk, count)
    each = _WORDS_A_BULLET * desk.scale()
    return [*given, *(desk.writer.point(round(each)) for _ in range(count - len(given)))]


def _paragraphs(desk: _Desk) -> str:
    each = max(_ESSAY_WORDS_A_PARAGRAPH * desk.scale(), _FEWEST_WORDS_A_PARAGRAPH)
    count = min(desk.ask.count, int(_MOST_WORDS / each))
    if desk.ask.count == 1:
        return _open_paragraph(desk, each)
    paragraphs = desk.writer.essay(count, each)
    if desk.work:
        events = _plot(desk.work, count, desk)
        paragraphs = [f"{event} {p}" for event, p in zip(events, paragraphs, strict=True)]
    elif desk.found:
        paragraphs[0] += " " + " ".join(s.text for s in desk.found)
    return "\n\n".join(paragraphs)


def _words(desk: _Desk) -> str:
    wanted = min(desk.ask.count, _MOST_WORDS) * math.exp(desk.rng.gauss(-0.03, 0.06))
    if wanted > 220:
        count = max(round(wanted / 90), 2)
        return "\n\n".join(desk.writer.essay(count, wanted / count))
    if wanted < 10:
        return " ".join(
            (content_words(desk.ask.topic) or words(desk.ask.question) or ["Unclear"])[: max(round(wanted), 1)]
        )
    text: list[str] = []
    for sentence in _material(desk, 40):
        if text and sum(len(words(s)) for s in text) + len(words(sentence)) / 2 > wanted:
            break
        text.append(sentence)
    return " ".join(text)


def _open(desk: _Desk) -> str:
    if desk.ask.summary and len(desk.known) > 4 and not desk.work:
        return " ".join(retrieval.gist(desk.known, 4, desk.rng))
    known = None if desk.found else facts.recall(desk.ask.question)
    if known:
        return spell("[The answer is|It is|That is] {known}.", desk.rng, {"known": known})
    if desk.found:
        return retrieval.in_sentences(desk.found, desk.rng)
    if desk.work:
        return " ".join(_plot(desk.work, len(desk.work.events), desk))
    if is_how_to(desk.ask.question):
        return desk.writer.advice(round(_WORDS_OF_ADVICE * desk.scale()))
    return "\n\n".join(desk.writer.essay(desk.rng.choice((2, 2, 3)), 62 * desk.scale()))


def _open_paragraph(desk: _Desk, word_count: float) -> str:
    text: list[str] = []
    for sentence in _material(desk, 12):
        text.append(sentence)
        if sum(len(words(s)) for s in text) >= word_count - 8:
            break
    return " ".join(text)


def _material(desk: _Desk, count: int) -> list[str]:
    """So many sentences: what the text or the table of works gives first, then prose."""
    given = _plot(desk.work, min(count, len(desk.work.events)), desk) if desk.work else _given(desk, count)
    places = ["opening", *("development", "example", "development", "contrast") * count]
    return [*given, *(desk.writer.sentence(p) for p in places[: count - len(given)])]


def _given(desk: _Desk, count: int) -> list[str]:
    if desk.ask.summary and len(desk.known) >= 3:
        return retrieval.gist(desk.known, count, desk.rng)
    return [s.text for s in desk.found][:count]


def _plot(work: Work, parts: int, desk: _Desk) -> list[str]:
    """The plot in so many parts of one to three sentences each; an event may be left out where parts are few."""
    events = list(work.events)
    if parts * 2 <= len(events) and desk.rng.random() < 0.35:
        events.pop(desk.rng.randrange(1, len(events) - 1))
    told = [spell(e, desk.rng, {}) + "." for e in events]
    if parts > len(told):
        more = (
            spell("[the|its] {kind} also turns on {theme}.", desk.rng, {"kind": work.kind, "theme": t})
            for t in work.themes
        )
        told += list(more)
        told += [desk.writer.sentence("development") for _ in range(parts - len(told))]
    edges = [round(i * len(told) / parts) for i in range(parts + 1)]
    return [" ".join(told[a:b]) for a, b in itertools.pairwise(edges)]


def _options(text: str) -> list[str]:
    """The labels that the prompt offers to choose from: `yes or no`, `one of: a, b, c`, `as positive or negative`."""
    if re.search(r"\byes(?: or |/)no\b", text, re.I):
        return ["Yes", "No"]
    if re.search(r"\btrue(?: or |/)false\b", text, re.I):
        return ["True", "False"]
    found = re.search(
        r"\b(?:one of(?: these| the following)?(?: \w+)?|labels?|categories|classes|options|as(?: either)?|either)"
        r"[:\s]+"
        r"((?:[\w'\"-]+(?: [\w'\"-]+)?\s*,\s*(?:or |and )?)+(?:or |and )?[\w'\"-]+|[\w'\"-]+ or [\w'\"-]+)",
        text,
        re.I,
    )
    if not found:
        return []
    parts = re.split(r",\s*(?:or |and )?|\s+(?:or|and)\s+", found[1])
    return [p.strip(" '\"") for p in parts if p.strip(" '\"")]


def _choose(options: Sequence[str], desk: _Desk) -> str:
    """The option whose words bear most on the text; the draw decides between equals."""
    asked = set(words(desk.ask.question.lower()))
    text = [w for w in words(desk.prompt.question.lower()) if w not in asked]
    scored = [(sum(text.count(w) for w in facts.cues(o)), desk.rng.random(), o) for o in options]
    return max(scored)[2]


_SHAPES: dict[Shape, Callable[[_Desk], str]] = {
    "word": _word,
    "number": _number,
    "sentences": _sentences,
    "bullets": _bullets,
    "paragraphs": _paragraphs,
    "words": _words,
    "open": _open,
}
