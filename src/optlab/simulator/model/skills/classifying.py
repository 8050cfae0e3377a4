"""Putting a text under one of some labels: by the examples shown, what is said of each label, and its own words.

Labels are compared by naive Bayes over stems, with additive smoothing and a prior by how often a label is shown
(Domingos and Pazzani 1997); a definition counts as one more example, and a label's own words and a short list of cues
speak for it too. The likeliest label is the right answer, the runner-up the wrong one, and the closer the two the
harder the item: without examples there is little to go by, and accuracy falls.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.facts import cues, kinds_of
from optlab.simulator.model.reading import STOP_WORDS, stem, stems
from optlab.simulator.model.skills.examples import Lesson, item_of, lesson

_MOST_LABELS = 200
_SMOOTHING = 0.3
_CLEAR = 1.6
"""Log-odds at which the runner-up has lost two thirds of its pull [assumed]."""

_BASE, _PER_CLOSENESS, _PER_LABELS, _PER_FAINTNESS = -2.8, 2.7, 0.12, 0.8
"""Difficulty [assumed]: rises as the runner-up comes close, with every doubling of the labels, and where few words of
the text are known from what the prompt shows."""

_CLASSIFY = re.compile(
    r"\b(?:classif|categori[sz]|label|sentiment|intent|which (?:of (?:these|the following)|category|class|topic"
    r"|department|team)"
    r"|one of|route (?:this|the)|triage|assign|(?:which|what|into|to) (?:\w+ )?group)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:one of(?: these| the following)?(?: \w+)?|labels?(?: are)?|categories(?: are)?|classes(?: are)?"
    r"|options(?: are)?|intents?(?: are)?"
    r"|topics?(?: are)?|departments?(?: are)?|as(?: either)?|either|into|is (?:this|it|the (?:\w+ )?(?:review"
    r"|message|text|email|comment)))[:\s]+[\[(]?"
    r"((?:[\w'\"`/&-]+(?: [\w'\"`/&-]+){0,2}\s*,\s*(?:or |and )?){1,30}(?:or |and )?[\w'\"`/&-]+"
    r"|[\w'\"`-]+ or [\w'\"`-]+)",
    re.IGNORECASE,
)
_HEADED = re.compile(
    r"\b(?:labels?|categor(?:y|ies)|class(?:es)?|intents?|options|topics|departments|tags|(?:allowed|possible) values"
    r"|one of(?: the following| these)?)\b[^:\n]{0,60}:[ \t]*(?P<line>[^\n]{0,400})"
    r"(?P<below>(?:\n[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+[^\n]{1,600}){0,60})",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just|nothing else|exactly one|single word|one word|no (?:explanation|other text))\b", re.IGNORECASE
)
_EITHER = ((r"\byes(?: or |/)no\b", ("Yes", "No")), (r"\btrue(?: or |/)false\b", ("True", "False")))


_SENTIMENT = re.compile(r"\bsentiment\b(?! (?:analysis|of the (?:market|public|time))\b)", re.IGNORECASE)
_SENTIMENTS = ("Positive", "Negative")


class Judged(msgspec.Struct, frozen=True):
    """Labels from nearest to farthest, and how hard it is to tell the first from the second."""

    order: tuple[str, ...]
    difficulty: float


def labels_offered(desk: Desk, taught: Lesson) -> list[str]:
    """The labels to choose from: those that are listed, else those the examples carry; empty where none are."""
    prompt = desk.prompt
    text = f"{prompt.system[:900]}\n{prompt.system[-900:]}\n{prompt.question[:900]}\n{prompt.question[-900:]}"
    sorts = bool(_CLASSIFY.search(text))
    offered = options(text)
    if offered and (sorts or not taught.examples):
        shown = {label.lower() for label in taught.labels}
        return offered if len(offered) > 1 or not shown else taught.labels
    shown_labels = list(dict.fromkeys(e.label for e in taught.examples))
    repeated = len(shown_labels) < len(taught.examples)
    if (
        len(shown_labels) > 1
        and (sorts or repeated)
        and ((sorts and repeated) or not all(re.search(r"\d", s) for s in shown_labels))
    ):
        return list(dict.fromkeys([*(d.label for d in taught.definitions), *shown_labels])) if sorts else shown_labels
    if sorts and len(taught.definitions) > 1:
        return list(dict.fromkeys(d.label for d in taught.definitions))
    # A sentiment needs no list of labels: everybody knows them.
    return list(_SENTIMENTS) if _SENTIMENT.search(text) and not taught.examples else []


def options(text: str) -> list[str]:
    """The labels a sentence lists: `yes or no`, `one of: a, b, c`, `as positive or negative`."""
    for pattern, pair in _EITHER:
        if re.search(pattern, text, re.IGNORECASE):
            return list(pair)
    for found in _HEADED.finditer(text):
        below = re.findall(
            r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+([^\n:–—(]{1,60}?)[ \t]*(?:[:–—(].*| - .*)?$", found["below"], re.M
        )
        line = re.split(r"\.\s|\.$", found["line"])[0]
        for parts in (re.split(r"\s*[,;|]\s*(?:or |and )?|\s+(?:or|and)\s+", line), below):
            named = [p.strip(" '\"`()[].*") for p in parts]
            if len(named) > 1 and all(0 < len(p) <= 40 and len(p.split()) <= 3 for p in named):
                return list(dict.fromkeys(named))
    for found in _OFFER.finditer(text):
        parts = re.split(r",\s*(?:or |and )?|\s+(?:or|and)\s+", found[1])
        named = [p.strip(" '\"`()[]") for p in parts]
        named = [p for p in named if p and p.lower() not in STOP_WORDS]
        if len(named) > 1:
            return list(dict.fromkeys(named))
    return []


def classify(desk: Desk) -> str | None:
    """The label of the text in question; None where the prompt offers no labels."""
    taught = lesson(desk.prompt)
    labels = labels_offered(desk, taught)
    if len(labels) < 2:
        return None
    item = item_of(desk.prompt.question)
    return choose(item, labels, taught, desk)


def wants_label_only(desk: Desk) -> bool:
    """Whether the prompt wants the label and no other word, as examples show it or in so many words."""
    ends = f"{desk.prompt.system[-900:]}\n{desk.prompt.question[:900]}\n{desk.prompt.question[-900:]}"
    return bool(_ONLY.search(ends)) or len(lesson(desk.prompt).examples) > 1


def choose(item: str, labels: Sequence[str], taught: Lesson, desk: Desk) -> str:
    """The label this model gives a text: the nearest one, or the runner-up where the draw is wrong."""
    judged = judge(item, labels, taught)
    if not judged.order:
        return desk.rng.choice(list(labels))
    if desk.right(judged.difficulty, item) or len(judged.order) == 1:
        return judged.order[0]
    return judged.order[1]


def judge(item: str, labels: Sequence[str], taught: Lesson) -> Judged:
    """Labels by how likely they make the words of a text. Empty where nothing speaks for any of them."""
    counts = _words_by_label(labels, taught)
    known = {s for counted in counts.values() for s in counted}
    text = _stems_of(item) & known
    if not text:
        return Judged((), 0.0)
    telling = {s: 1.0 - (sum(s in c for c in counts.values()) - 1) / len(labels) for s in text}
    shown = Counter(e.label.lower() for e in taught.examples)
    odds = {
        label: _log_likelihood(telling, counted, len(known)) + math.log(1 + shown[label.lower()])
        for label, counted in counts.items()
    }
    order = sorted(counts, key=lambda label: -odds[label])
    margin = odds[order[0]] - odds[order[1]] if len(order) > 1 else _CLEAR
    difficulty = (
        _BASE
        + _PER_CLOSENESS * math.exp(-margin / _CLEAR)
        + _PER_LABELS * math.log2(len(order))
        + _PER_FAINTNESS / sum(telling.values())
    )
    return Judged(tuple(order), difficulty)


def _log_likelihood(telling: Mapping[str, float], counted: Mapping[str, float], vocabulary: int) -> float:
    """A word that stands under many labels tells little (Rennie et al. 2003 weight words so for naive Bayes)."""
    total = sum(counted.values()) + _SMOOTHING * vocabulary
    return sum(w * math.log((counted.get(s, 0.0) + _SMOOTHING) / total) for s, w in telling.items())


def _words_by_label(labels: Sequence[str], taught: Lesson) -> dict[str, Counter[str]]:
    """How often each stem stands in what speaks for a label: its examples, its definition, its own words and cues."""
    counts = {label: Counter({stem(w): 1 for w in cues(label)}) for label in labels[:_MOST_LABELS]}
    spelled = {label.lower(): counts[label] for label in counts}
    for example in (*taught.examples, *taught.definitions):
        counted = spelled.get(example.label.lower())
        if counted is not None:
            counted.update(_stems_of(example.text))
    return counts


@lru_cache(maxsize=4096)
def _stems_of(example: str) -> frozenset[str]:
    """The stems of a text; a thing of few words also counts as what it is a kind of."""
    return stems(example) | kinds_of(example)
