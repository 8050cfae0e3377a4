"""Putting a text under one of some labels: by the examples shown, what is said of each label, and its own words.

Each label is scored by its nearest examples (k nearest neighbours, Cover and Hart 1967; cosine of words weighted by
rarity) and by its definition. The best label is the right answer, the runner-up the wrong one, and the smaller the
margin between them the harder the item: without examples there is little to go by, and accuracy falls.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.facts import cues
from optlab.simulator.model.reading import STOP_WORDS, stem, stems, words
from optlab.simulator.model.skills.examples import Lesson, item_of, lesson

_NEAREST = 3
_OF_DEFINITION, _OF_CUES = 0.6, 0.5
_BASE, _PER_CLOSENESS, _PER_LABELS, _PER_FAINTNESS = -3.2, 2.3, 0.12, 0.9
"""Difficulty [assumed]: rises as the runner-up comes close, with every doubling of the labels, and as even the best
label's examples share few words with the text."""

_FAINT = 0.25
_CLASSIFY = re.compile(
    r"\b(?:classif|categori[sz]|label|sentiment|intent|which (?:of (?:these|the following)|category|class|topic|department|team)"
    r"|one of|route (?:this|the)|triage|assign)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:one of(?: these| the following)?(?: \w+)?|labels?(?: are)?|categories(?: are)?|classes(?: are)?|options(?: are)?|intents?(?: are)?"
    r"|topics?(?: are)?|departments?(?: are)?|as(?: either)?|either|into|is (?:this|it|the (?:\w+ )?(?:review|message|text|email|comment)))[:\s]+[\[(]?"
    r"((?:[\w'\"`/&-]+(?: [\w'\"`/&-]+){0,2}\s*,\s*(?:or |and )?){1,30}(?:or |and )?[\w'\"`/&-]+|[\w'\"`-]+ or [\w'\"`-]+)",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just|nothing else|exactly one|single word|one word|no (?:explanation|other text))\b", re.IGNORECASE
)
_EITHER = ((r"\byes(?: or |/)no\b", ("Yes", "No")), (r"\btrue(?: or |/)false\b", ("True", "False")))


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
    if len(shown_labels) > 1 and (sorts or repeated) and not all(re.search(r"\d", s) for s in shown_labels):
        return list(dict.fromkeys([*(d.label for d in taught.definitions), *shown_labels])) if sorts else shown_labels
    if sorts and len(taught.definitions) > 1:
        return [d.label for d in taught.definitions]
    return []


def options(text: str) -> list[str]:
    """The labels a sentence lists: `yes or no`, `one of: a, b, c`, `as positive or negative`."""
    for pattern, pair in _EITHER:
        if re.search(pattern, text, re.IGNORECASE):
            return list(pair)
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
    """Labels by how near they are to a text. Empty where nothing speaks for any of them."""
    rarity = _rarity([e.text for e in (*taught.examples, *taught.definitions)])
    text = _weights(item, rarity)
    scores = {label: _score(label, item, text, taught, rarity) for label in labels}
    order = sorted(labels, key=lambda label: -scores[label])
    best, second = scores[order[0]], scores[order[1]] if len(order) > 1 else 0.0
    if best <= 0.0:
        return Judged((), 0.0)
    difficulty = (
        _BASE
        + _PER_CLOSENESS * second / best
        + _PER_LABELS * math.log2(len(order))
        + _PER_FAINTNESS * max(1.0 - best / _FAINT, 0.0)
    )
    return Judged(tuple(order), difficulty)


def _score(label: str, item: str, text: Mapping[str, float], taught: Lesson, rarity: Mapping[str, float]) -> float:
    same = label.lower()
    near = sorted(
        (_cosine(text, _weights(e.text, rarity)) for e in taught.examples if e.label.lower() == same), reverse=True
    )[:_NEAREST]
    shown = sum(n / (i + 1) for i, n in enumerate(near))
    said = max(
        (_cosine(text, _weights(d.text, rarity)) for d in taught.definitions if d.label.lower() == same), default=0.0
    )
    own = {stem(w) for w in cues(label)}
    cued = sum(stem(w) in own for w in words(item.lower()))
    return shown + _OF_DEFINITION * said + _OF_CUES * cued / (3 + cued)


def _rarity(texts: Sequence[str]) -> dict[str, float]:
    counted = Counter(s for text in texts for s in stems(text))
    return {s: math.log(1.0 + len(texts) / n) for s, n in counted.items()}


def _weights(text: str, rarity: Mapping[str, float]) -> dict[str, float]:
    """Weights of the stems of a text. A word that stands nowhere else in the prompt says little about likeness."""
    return {s: rarity.get(s, 0.5) for s in stems(text)}


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    shared = sum(w * b[s] for s, w in a.items() if s in b)
    if not shared:
        return 0.0
    return shared / math.sqrt(sum(w * w for w in a.values()) * sum(w * w for w in b.values()))
