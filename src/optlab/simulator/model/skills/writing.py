"""Free writing: sentences, bullets, paragraphs and words in the number asked for, from the text where it has some."""

import itertools
import math
import re
from collections.abc import Callable

from optlab.simulator.model import retrieval
from optlab.simulator.model.asking import Shape, is_how_to
from optlab.simulator.model.desk import Desk
from optlab.simulator.model.phrasing import spell
from optlab.simulator.model.reading import content_words, words
from optlab.simulator.model.skills import knowing
from optlab.simulator.model.works import Work

_ESSAY_WORDS_A_PARAGRAPH = 84
_WORDS_A_BULLET = 32
_WORDS_OF_ADVICE = 85
_FEWEST_WORDS_A_PARAGRAPH = 62
_MOST_WORDS = 12_000
_WRONG_COUNT = 0.03
_NUMBERED = re.compile(r"\bnumbered\b|\bas numbers 1\b", re.IGNORECASE)
_CREATIVE = re.compile(r"\b(?:write|compose|draft|story|poem|essay|summar\w+|brainstorm|ideas?)\b", re.IGNORECASE)


def needs_no_text(desk: Desk) -> bool:
    """Whether the request can be met without a text that bears on it: free writing, a summary, a known work."""
    return bool(desk.work or desk.ask.summary or _CREATIVE.search(desk.ask.question))


def _sentences(desk: Desk) -> str:
    return " ".join(_material(desk, min(desk.ask.count, 1_000)))


def _bullets(desk: Desk) -> str:
    rng, count = desk.rng, desk.ask.count
    if rng.random() < _WRONG_COUNT and count > 2:
        count += rng.choice((-1, 1))
    count = min(count, 60)
    texts = _points(desk, count)
    labelled = not desk.work and rng.random() < 0.6
    numbered = bool(_NUMBERED.search(desk.prompt.question[-900:]))
    marks = [f"{i}." if numbered else "-" for i in range(1, len(texts) + 1)]
    lines = [
        f"{m} **{desk.writer.label()}**: {t}" if labelled else f"{m} {t}" for m, t in zip(marks, texts, strict=True)
    ]
    lead = rng.random()
    topic = desk.work.title if desk.work else desk.ask.topic
    if lead < 0.25 and topic:
        return f"{spell('[Here are|These are] the [main|key] points about', rng, {})} {topic}:\n\n" + "\n".join(lines)
    return "\n".join(lines)


def _points(desk: Desk, count: int) -> list[str]:
    if desk.work:
        return _plot(desk.work, count, desk)
    given = _given(desk, count)
    each = _WORDS_A_BULLET * desk.scale()
    return [*given, *(desk.writer.point(round(each)) for _ in range(count - len(given)))]


def _paragraphs(desk: Desk) -> str:
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


def _words(desk: Desk) -> str:
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


def _open(desk: Desk) -> str:
    if desk.ask.summary and len(desk.known) > 4 and not desk.work:
        return " ".join(retrieval.gist(desk.known, 4, desk.rng))
    known = None if desk.found else knowing.known(desk)
    if known:
        return spell("[The answer is|It is|That is] {known}.", desk.rng, {"known": known})
    if desk.found:
        return retrieval.in_sentences(desk.found, desk.rng)
    if desk.work:
        return " ".join(_plot(desk.work, len(desk.work.events), desk))
    if is_how_to(desk.ask.question):
        return desk.writer.advice(round(_WORDS_OF_ADVICE * desk.scale()))
    return "\n\n".join(desk.writer.essay(desk.rng.choice((2, 2, 3)), 62 * desk.scale()))


def _open_paragraph(desk: Desk, word_count: float) -> str:
    text: list[str] = []
    for sentence in _material(desk, 12):
        text.append(sentence)
        if sum(len(words(s)) for s in text) >= word_count - 8:
            break
    return " ".join(text)


def _material(desk: Desk, count: int) -> list[str]:
    """So many sentences: what the text or the table of works gives first, then prose."""
    given = _plot(desk.work, min(count, len(desk.work.events)), desk) if desk.work else _given(desk, count)
    places = ["opening", *("development", "example", "development", "contrast") * count]
    return [*given, *(desk.writer.sentence(p) for p in places[: count - len(given)])]


def _given(desk: Desk, count: int) -> list[str]:
    if desk.ask.summary and len(desk.known) > min(count, 2):
        return retrieval.gist(desk.known, count, desk.rng)
    return [s.text for s in desk.found][:count]


def _plot(work: Work, parts: int, desk: Desk) -> list[str]:
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


SHAPES: dict[Shape, Callable[[Desk], str]] = {
    "sentences": _sentences,
    "bullets": _bullets,
    "paragraphs": _paragraphs,
    "words": _words,
    "open": _open,
}
