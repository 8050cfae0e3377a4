"""Labelled examples in a prompt, in the forms people write them: pairs, arrows, tags, lists, earlier turns."""

import re
from functools import lru_cache

import msgspec

from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.skills.tags import Tagged, tagged

_MOST_EXAMPLES = 400
_LONGEST_LABEL = 40

_ITEM_KEYS = (
    r"(?:text|input|q|question|message|review|email|ticket|comment|sentence|example|utterance|query|tweet|request"
    r"|item|user|customer|title|description|post|word|name|phrase|statement|headline|product|transaction|animal|x)"
)
_LABEL_KEYS = (
    r"(?:label|output|a|answer|category|class|sentiment|intent|topic|tag|type|result|assistant|department|priority"
    r"|classification|response|group|team|code|kind|tone|genre|language|emotion|decision|verdict|y)"
)
_PAIR = re.compile(
    rf"^[ \t>*\-\d.]{{0,6}}{_ITEM_KEYS}[ \t*]{{0,3}}:[ \t*]{{0,3}}(?P<item>[^\n]{{1,2000}}?)[ \t]*"
    rf"(?:\n|[|/;][ \t]*"
    rf"|[ \t]+)[ \t>*\-]{{0,4}}{_LABEL_KEYS}[ \t*]{{0,3}}:[ \t*]{{0,3}}(?P<label>[^\n]{{1,60}}?)[ \t*]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ARROW = re.compile(
    r"^[ \t*\-\d.)]{0,6}[\"“']?(?P<item>[^\n]{2,1000}?)[\"”']?[ \t]*(?:->|=>|→|⇒|==>"
    r"|-->)[ \t]*[\"“'*]{0,2}(?P<label>[^\n\"”'*]{1,40}?)[\"”'*.]{0,3}[ \t]*$",
    re.MULTILINE,
)
_LISTED = re.compile(
    r"^[ \t]*[-*•][ \t]+[\"“](?P<item>[^\n\"”]{2,1000})[\"”][ \t]*[:(][ \t]*(?P<label>[\w /&-]{1,40}?)\)?[ \t]*$",
    re.MULTILINE,
)
_LISTED_PLAIN = re.compile(
    r"^[ \t]*[-*•][ \t]+(?P<item>[^\n:]{12,1000}):[ \t]*(?P<label>[\w/&-]{1,24}(?: [\w/&-]{1,24})?)[ \t]*$",
    re.MULTILINE,
)
_FORMS = (_PAIR, _ARROW, _LISTED, _LISTED_PLAIN)

_DEFINED = re.compile(
    r"^[ \t]*(?:[-*•]"
    r"|\d{1,2}[.)])[ \t]+[`\"“*]{0,3}(?P<label>[\w/&-]{2,30}(?:[ ][\w/&-]{1,20}){0,2})[`\"”*]{0,3}[ \t]*(?::|–|—"
    r"| - )[ \t*]{0,3}(?P<text>[^\n]{4,600})$",
    re.MULTILINE,
)
_OPEN_PAIR = re.compile(
    rf"(?:^|\n)[ \t>*\-\d.]{{0,6}}(?P<key>{_ITEM_KEYS})[ \t*]{{0,3}}:[ \t*]{{0,3}}(?P<item>[^\n]{{1,4000}}?)[ \t]*"
    rf"(?:\n[ \t>*]{{0,4}}{_LABEL_KEYS}[ \t*]{{0,3}}:[ \t*]*)?\s*$",
    re.IGNORECASE,
)
_OPEN_ARROW = re.compile(r"(?:^|\n)[\"“']?(?P<item>[^\n]{2,4000}?)[\"”']?[ \t]*(?:->|=>|→|⇒)[ \t]*$")
_ITEM_TAGS = frozenset(("input", "text", "message", "item", "query", "ticket", "review", "email", "document"))
_QUOTED = re.compile(r"[\"“](?P<item>[^\"“”]{8,4000})[\"”]\s*$")


class Example(msgspec.Struct, frozen=True):
    """A text and the label it was given."""

    text: str
    label: str


class Lesson(msgspec.Struct, frozen=True):
    """What a prompt teaches about labels: its examples and what it says of each label."""

    examples: tuple[Example, ...]
    definitions: tuple[Example, ...]

    @property
    def labels(self) -> list[str]:
        """The labels in the order in which they first come."""
        return list(dict.fromkeys(e.label for e in (*self.definitions, *self.examples)))


def lesson(prompt: Prompt) -> Lesson:
    """The examples and definitions of a whole prompt."""
    taught = [_taught(part) for part in (prompt.system, prompt.question)]
    asked = [t.text for t in prompt.turns if t.role == "user"]
    pairs: list[Example] = []
    for before, turn in zip(prompt.turns, prompt.turns[1:], strict=False):
        if before.role == "user" and turn.role == "assistant" and 0 < len(turn.text.strip()) <= _LONGEST_LABEL:
            pairs.append(Example(item_of(before.text), turn.text.strip(" .\n\"'")))
    earlier = [_taught(text) for text in asked]
    examples = [e for found in (*taught, *earlier) for e in found.examples] + pairs
    definitions = [d for found in (*taught, *earlier) for d in found.definitions]
    examples = _one_spelling(examples[:_MOST_EXAMPLES])
    return Lesson(tuple(examples), tuple(definitions[:_MOST_EXAMPLES]))


def item_of(text: str) -> str:
    """The text to be labelled: an open pair at the end, an open tag, a last quotation, else all but the order."""
    for pattern in (_OPEN_PAIR, _OPEN_ARROW):
        found = pattern.search(text)
        if found:
            return found["item"].strip()
    tags = [t.text for t in tagged(text) if t.tag in _ITEM_TAGS]
    if tags:
        return tags[-1]
    found = _QUOTED.search(text)
    if found:
        return found["item"].strip()
    paragraphs = [p for p in re.split(r"\n\s*\n", text) if p.strip()]
    plain = [p for p in paragraphs if not _taught(p).examples and not _taught(p).definitions]
    told = [s for s in re.split(r"(?<=[.!?:])\s+|\n+", "\n".join(plain or paragraphs)) if s.strip()]
    kept = [s for s in told if not _ORDER.search(s)]
    return " ".join(kept or told).strip()


_ORDER = re.compile(
    r"\b(?:classify|categori[sz]e|label (?:the|this)|one of|(?:answer|reply|respond) (?:with|only|in|by)"
    r"|which (?:category|label|intent|topic|class)"
    r"|what is the (?:sentiment|intent|category|topic|label)|is (?:this|the (?:following|review|message"
    r"|text))\b.{0,120}?\bor\b|sentiment of|as (?:either )?\w+ or \w+\b)"
    r"|^\s*(?:categories|labels|options|classes|examples?)\b[^\n]{0,20}:",
    re.IGNORECASE,
)  # fmt: skip


@lru_cache(maxsize=256)
def _taught(text: str) -> Lesson:
    defined = tuple(Example(m["text"].strip(), m["label"].strip()) for m in _DEFINED.finditer(text))
    definitions = defined if len(defined) > 1 else ()
    shown = _in_tags(text)
    if shown:
        return Lesson(tuple(shown), definitions)
    for form in _FORMS:
        found = [_example(m["item"], m["label"]) for m in form.finditer(text)]
        found = [e for e in found if e.text and 0 < len(e.label) <= _LONGEST_LABEL and _is_label(e.label)]
        if found and (form is not _LISTED_PLAIN or _repeats(found)):
            return Lesson(tuple(found), () if form in (_LISTED, _LISTED_PLAIN) else definitions)
    return Lesson((), definitions)


def _in_tags(text: str) -> list[Example]:
    """`<example>` with an item and a label, each in a tag of its own."""
    pairs = [tagged(t.text) for t in _examples_in(text)]
    shown = [_example(pair[0].text, pair[-1].text) for pair in pairs if len(pair) > 1]
    return [e for e in shown if e.text and 0 < len(e.label) <= _LONGEST_LABEL]


def _examples_in(text: str) -> list[Tagged]:
    outer = tagged(text)
    inner = [t for o in outer if o.tag == "examples" for t in tagged(o.text)]
    return [t for t in (*outer, *inner) if t.tag == "example"]


def _example(item: str, label: str) -> Example:
    try:
        value = msgspec.json.decode(label) if label.lstrip().startswith("{") else None
    except msgspec.DecodeError:
        value = None
    if isinstance(value, dict) and len(value) == 1 and isinstance(only := next(iter(value.values())), str):
        label = only
    return Example(item.strip(" \"'“”"), label.strip(" \"'“”.`"))


def _is_label(text: str) -> bool:
    return len(text.split()) <= 4 and not text.endswith("?")


def _repeats(found: list[Example]) -> bool:
    return len(found) >= 3 and len({e.label.lower() for e in found}) < len(found)


def _one_spelling(examples: list[Example]) -> list[Example]:
    first: dict[str, str] = {}
    return [Example(e.text, first.setdefault(e.label.lower(), e.label)) for e in examples]
