"""A prompt read as an editor reads it: its sentences and list items, each with what it stands under.

A rule under a heading holds for what the heading names, and a sentence that leans on the one before it means nothing
alone: both decide whether words that look the same say the same.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

import msgspec

from optlab.catalogue import estimate_tokens, load
from optlab.catalogue.models import TokenizerFamily
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Scenario
from optlab.cuts.splitting import PieceKind, Span, split
from optlab.cuts.wins.place import Place, indent_of, is_heading
from optlab.cuts.wins.protected import PAINT, painted

MARKER = re.compile(r"[ \t]*(?:[-*+•–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])[ \t]+")
"""What a list item begins with."""

_LEANS = re.compile(
    r"(?:this|that|these|those|it|they|he|she|then|otherwise|else|also|so|such|if so|if not|in that case|afterwards"
    r"|instead|however|but|and|or|the same|do so|both|neither|either|here|there)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"(?:if|when|whenever|where|unless|in case|for|once|should|otherwise|else|only)\b", re.IGNORECASE
)
_MOST_OF_A_LINE = 70
"""Characters; a line as long as this and longer may have been broken because it was full."""
_WINDOW = 12


class Unit(msgspec.Struct, frozen=True):
    """A sentence or heading: characters `start` to `end` of a segment's text, white space around it apart.

    Of kind `bullet` are the sentences of list items; the first of an item has its marker, and stands over the others.
    `scope` is what it stands under, outermost first. One that `leans` says nothing without the unit before it.
    """

    segment: Segment
    start: int
    end: int
    kind: PieceKind
    heading: bool
    scope: tuple[str, ...]
    leans: bool

    @property
    def text(self) -> str:
        """Its words."""
        return self.segment.text[self.start : self.end]

    @property
    def words_start(self) -> int:
        """Where its words begin, behind the marker of a list item."""
        found = MARKER.match(self.segment.text, self.start, self.end)
        return found.end() if found else self.start


class Ground:
    """What every kind of win reads: the scenario and, made once, what its prompt consists of."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        model = load().find(scenario.model)
        self.family: TokenizerFamily = model.tokenizer.family if model else "new"

    @property
    def prompt(self) -> Prompt:
        """The prompt in which wins are looked for."""
        return self.scenario.prompt

    @cached_property
    def instructing(self) -> tuple[Segment, ...]:
        """Segments whose words are the prompt's own: of the system text and the user's turn, in that order."""
        return (*self.prompt.active("system"), *self.prompt.active("user"))

    @cached_property
    def masks(self) -> dict[str, str]:
        """By name of segment its text with everything protected painted over."""
        return {segment.name: painted(segment.text) for segment in self.instructing}

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All sentences, list items and headings that are not protected as a whole, in order."""
        return tuple(unit for segment in self.instructing for unit in _units(segment, self.masks[segment.name]))

    @cached_property
    def starts(self) -> dict[str, list[int]]:
        """By name of segment where its units begin; `first` finds the first of them among all."""
        found: dict[str, list[int]] = {}
        for unit in self.units:
            found.setdefault(unit.segment.name, []).append(unit.start)
        return found

    @cached_property
    def _first(self) -> dict[str, int]:
        first: dict[str, int] = {}
        for index, unit in enumerate(self.units):
            first.setdefault(unit.segment.name, index)
        return first

    def unit_at(self, segment: str, at: int) -> int | None:
        """The index of the unit that holds a character; None where none does."""
        starts = self.starts.get(segment, [])
        place = bisect_right(starts, at) - 1
        if place < 0:
            return None
        index = self._first[segment] + place
        return index if at < self.units[index].end else None

    def tokens(self, text: str) -> int:
        """Estimated tokens."""
        return estimate_tokens(text, self.family)

    def saved(self, text: str, start: int, end: int, after: str) -> int:
        """Estimated tokens that a change of `start` to `end` saves; looks at what differs and a little around it."""
        gone = text[start:end]
        same = _in_common(gone, after)
        tail = _in_common(gone[same:][::-1], after[same:][::-1])
        start, end, after = start + same, end - tail, after[same : len(after) - tail]
        left, right = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
        return self.tokens(left + text[start:end] + right) - self.tokens(left + after + right)


def _units(segment: Segment, mask: str) -> Iterator[Unit]:
    """The units of one segment."""
    text, place, before, until = segment.text, Place(), "", 0
    for start, end, kind in sentences(text):
        words = text[start:end]
        fresh = text.count("\n", until, start) > 1
        inner = kind == "bullet" and MARKER.match(words) is None
        bullet = MARKER.match(words) if kind == "bullet" else None
        heading = kind != "bullet" and is_heading(words)
        if inner:
            scope = place.over()
        else:
            scope = place.of(words, indent_of(text, start) if bullet else None, fresh=fresh, heading=heading)
        leans = _LEANS.match(words, bullet.end() if bullet else 0) is not None
        if not bullet and not fresh and _CONDITION.match(before):
            leans = True
        before, until = ("" if heading else words), end
        if kind not in ("fence", "tag") and mask[start:end].strip(PAINT + " \t\r\n"):
            yield Unit(segment, start, end, kind, heading, scope, leans)


def sentences(text: str) -> Iterator[tuple[int, int, PieceKind]]:
    """Sentences and list items without the white space around them, and lines that are sentences of their own."""
    for span in split(text, "sentence"):
        start, kind = span.start, span.kind
        if kind == "bullet":
            yield from _of_item(text, span)
            continue
        if kind not in ("fence", "tag"):
            for found in re.finditer("\n", text[span.start : span.end].rstrip()):
                at = span.start + found.start()
                line = text[max(start, text.rfind("\n", 0, at) + 1) : at]
                rest = text[at + 1 : span.end].lstrip(" \t")
                if is_heading(line) or (len(line) < _MOST_OF_A_LINE and (rest[:1].isupper() or rest[:1] == "{")):
                    yield from _stripped(text, start, at, kind)
                    start = at + 1
        yield from _stripped(text, start, span.end, kind)


def _of_item(text: str, item: Span) -> Iterator[tuple[int, int, PieceKind]]:
    """The sentences of a list item, its marker with the first."""
    marker = MARKER.match(text, item.start, item.end)
    body = marker.end() if marker else item.start
    start = item.start
    for span in split(text[body : item.end], "sentence"):
        yield from _stripped(text, start, body + span.end, "bullet")
        start = body + span.end


def _stripped(text: str, start: int, end: int, kind: PieceKind) -> Iterator[tuple[int, int, PieceKind]]:
    words = text[start:end]
    if words.strip():
        yield start + len(words) - len(words.lstrip()), start + len(words.rstrip()), kind


def _in_common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def cut_span(text: str, start: int, end: int) -> tuple[int, int]:
    """What to take out so that the words from `start` to `end` are gone and the stronger break around them stays."""
    left = start
    while left and text[left - 1].isspace():
        left -= 1
    right = end
    while right < len(text) and text[right].isspace():
        right += 1
    if left == 0 and right < len(text):
        return 0, right
    if right == len(text) or text.count("\n", end, right) > text.count("\n", left, start):
        return left, end
    return start, right
