"""Which words of a text nobody may reword: code, quotations, documents and examples in tags, variables, data.

What is protected is found once a text and painted over with a character that no prompt holds, so that every search
below can be a plain one on a text of the same length.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from optlab.cuts.splitting import split

PAINT = "\uffff"
"""No character of Unicode, so no word of a prompt."""

_TAG = re.compile(r"<(/?)([A-Za-z][\w.-]*)(?:\s[^<>\n]*)?(/?)>")
_INSTRUCTING = frozenset(
    {
        "instruction", "instructions", "rule", "rules", "guideline", "guidelines", "task", "tasks", "role", "persona",
        "system", "prompt", "tone", "style", "constraint", "constraints", "requirement", "requirements", "step",
        "steps", "process", "output_format", "format", "notes", "important", "goal", "goals", "objective", "objectives",
        "behavior", "behaviour"
    }
)  # fmt: skip
"""Tags whose content tells the model what to do. Any other pair of tags holds a document, an example, data."""

_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!`)`+[^`]+`+",
        r"\"(?:[^\"\n]|\n(?!\s*\n))*\"",
        r"“[^“”]*”|«[^«»]*»|„[^„“”]*[“”]|‘[^‘’\n]*’(?!\w)|(?<!\w)'[^'\n]+'(?!\w)",
        r"\{[^{}\n]*\}",
    )
)
_LINES = re.compile(r"^[ \t]*(?:>|\||\.\. \S|[\[{]\s*$|[\]}],?\s*$|\"[^\"\n]+\"\s*:).*$", re.MULTILINE)
"""Lines of quotations, tables, directives and JSON."""

_VERBATIM = re.compile(
    r"\b(?:says?|saying|reply|replies|respond|answer|write|writing|begin|start|end|close|closing|sign|phrases?|wording"
    r"|words|template|greeting|message|text|sentences?|lines?|e-?mail|letter|for example|e\.g\.|example|such as"
    r"|questions?|subject)\b[^:.!?\n]{0,60}$",
    re.IGNORECASE,
)
_FARTHEST = 90
"""Characters in front of a colon that are looked at."""
_ADDRESS = re.compile(r"\S+://\S+")
_LETTER = re.compile(
    r"^[ \t]*(?:dear\b|hi \{|hello \{|(?:kind|best|warm) regards|(?:yours )?sincerely|best wishes)",
    re.IGNORECASE | re.MULTILINE,
)


@lru_cache(maxsize=256)
def painted(text: str) -> str:
    """The text, of the same length, with everything that may not be reworded painted over; line ends stay."""
    spans = sorted(_protected(text))
    kept, at = [], 0
    for start, end in spans:
        if end <= at:
            continue
        start = max(start, at)
        kept += [text[at:start], _over(text[start:end])]
        at = end
    return "".join([*kept, text[at:]])


def is_letter(text: str) -> bool:
    """Whether a text is a letter to somebody: its politeness is its content."""
    return _LETTER.search(text) is not None


def _over(words: str) -> str:
    return "\n".join(PAINT * len(line) for line in words.split("\n"))


def _protected(text: str) -> Iterator[tuple[int, int]]:
    for span in split(text, "example"):
        if span.kind == "example":
            yield span.start, span.end
    yield from fences(text)
    yield from in_tags(text)
    for pattern in (*_MARKS, _LINES):
        yield from (found.span() for found in pattern.finditer(text))
    if "://" in text:
        yield from (found.span() for found in _ADDRESS.finditer(text))
    yield from _said(text)


def _said(text: str) -> Iterator[tuple[int, int]]:
    """What is to be said as it stands: the rest of a line behind `reply with:` and its like."""
    at = text.find(":")
    while at >= 0:
        end = text.find("\n", at)
        end = end if end >= 0 else len(text)
        if text[at + 1 : end].strip() and _VERBATIM.search(text[max(0, at - _FARTHEST) : at]):
            yield at + 1, end
            at = end - 1
        at = text.find(":", at + 1)


def fences(text: str) -> list[tuple[int, int]]:
    """From where to where a text is code."""
    if "```" not in text and "~~~" not in text:
        return []
    return [(span.start, span.end) for span in split(text, "paragraph") if span.kind == "fence"]


def in_tags(text: str) -> list[tuple[int, int]]:
    """From where to where a text lies in tags that hold no instructions, the outermost ones, tags included."""
    opened: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for tag in _TAG.finditer(text):
        closing, name, empty = tag.groups()
        if empty:
            continue
        if not closing:
            opened.append((name, tag.start()))
            continue
        for at in range(len(opened) - 1, -1, -1):
            if opened[at][0] == name:
                if name.casefold() not in _INSTRUCTING:
                    while found and found[-1][0] > opened[at][1]:
                        found.pop()
                    found.append((opened[at][1], tag.end()))
                del opened[at:]
                break
    return found
