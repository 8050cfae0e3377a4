"""A text as a row of pieces that can be cut one by one: paragraphs, bullets, examples, sentences.

The pieces of a text are a partition of it: joined, they give it back byte for byte. What lies between two pieces (line
ends, blank lines, spaces) belongs to the one before. Nothing is split inside a code fence, and a line that is nothing
but an XML tag is a piece that cannot be cut: what it opens would stay open.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

By = Literal["paragraph", "bullet", "example", "sentence"]
"""How fine: whole paragraphs; list items apart; examples whole and the rest by paragraphs; sentences and list items."""

PieceKind = Literal["paragraph", "bullet", "example", "sentence", "fence", "tag"]

_BULLET = re.compile(r"[ \t]*(?:[-*+•–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])[ \t]+\S")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*(\S?)")
"""A line that opens a fence; it closes one that is no longer where nothing stands behind it (CommonMark 4.5)."""
_TAG = re.compile(r"[ \t]*</?[A-Za-z][\w.-]*(?:\s[^<>\n]*)?/?>[ \t]*\r?\n?\Z")
_EXAMPLE_TAG = re.compile(r"[ \t]*<(example|sample|shot)\b[^<>]*>", re.IGNORECASE)
_EXAMPLE_HEAD = re.compile(r"[ \t]*(?:#+[ \t]*|\*\*)?(?:example|sample|shot)\b[ \t]*#?\d*[^\n]{0,40}$", re.IGNORECASE)
_KEY = re.compile(r"[ \t]*([A-Za-z][\w ]{0,20}?)[ \t]*:(?=\s|$)")
_ARROW = re.compile(r"\S[^\n]*?\s(?:->|=>|→)\s+\S")
_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)|[。！？][”’」』）]*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:e\.g|i\.e|etc|vs|cf|approx|no|nos|fig|eq|sec|ch|vol|pp?|mr|mrs|ms|dr|prof|st|inc|ltd|co|jan|feb"
    r"|mar|apr|jun|jul|aug|sept?|oct|nov|dec|a\.m|p\.m|[A-Z])\.$",
    re.IGNORECASE,
)


class Span(msgspec.Struct, frozen=True):
    """A piece of a text from `start` to `end` (characters)."""

    start: int
    end: int
    kind: PieceKind
    cuttable: bool = True


@lru_cache(maxsize=256)
def split(text: str, by: By) -> tuple[Span, ...]:
    """The pieces of a text, in order, without gaps; none for an empty text."""
    units = list(_units(text))
    if by == "example":
        return tuple(_with_examples(text, units))
    if by == "paragraph":
        return tuple(_paragraphs(text, units))
    pieces = [piece for unit in units for piece in (_sentences(text, unit) if by == "sentence" else (unit,))]
    return tuple(pieces)


def _units(text: str) -> Iterator[Span]:
    """Fences, tag lines, list items, and prose between them; blank lines end a unit and belong to it."""
    start = at = 0
    kind: PieceKind | None = None
    fence = ""
    blank = False
    for line in text.splitlines(keepends=True):
        opened = _FENCE.match(line)
        if fence:
            at += len(line)
            if opened and opened.group(1).startswith(fence) and not opened.group(2):
                fence, blank = "", True  # whatever follows is a unit of its own
            continue
        empty = not line.strip()
        fresh = _kind(line)
        if kind is None:
            kind = fresh
        elif not empty and (blank or fresh != "paragraph" or kind in ("fence", "tag")):
            yield Span(start, at, kind, kind != "tag")
            start, kind, blank = at, fresh, False
        blank = blank or empty
        fence = opened.group(1) if opened else ""
        at += len(line)
    if kind is not None:
        yield Span(start, at, kind, kind != "tag")


def _kind(line: str) -> PieceKind:
    if _FENCE.match(line):
        return "fence"
    if _TAG.match(line):
        return "tag"
    return "bullet" if _BULLET.match(line) else "paragraph"


def _paragraphs(text: str, units: Sequence[Span]) -> Iterator[Span]:
    """Units with no blank line between them, together; fences and tag lines stay apart."""
    together: list[Span] = []
    for unit in units:
        alone = unit.kind in ("fence", "tag")
        if together and (alone or _ends_blank(text, together[-1])):
            yield _joined(together)
            together = []
        if alone:
            yield unit
        else:
            together.append(unit)
    if together:
        yield _joined(together)


def _joined(units: Sequence[Span]) -> Span:
    kind: PieceKind = units[0].kind if len(units) == 1 else "paragraph"
    return Span(units[0].start, units[-1].end, kind)


def _ends_blank(text: str, unit: Span) -> bool:
    tail = text[unit.start : unit.end]
    return tail[len(tail.rstrip()) :].count("\n") > 1


def _sentences(text: str, unit: Span) -> Iterator[Span]:
    if unit.kind != "paragraph":
        yield unit
        return
    start = unit.start
    for end in _END.finditer(text, unit.start, unit.end):
        after = end.end()
        if _ABBREVIATION.search(text, max(unit.start, end.start() - 12), end.start() + 1):
            continue
        while after < unit.end and text[after].isspace():
            after += 1
        if after < unit.end and text[after].islower():
            continue
        yield Span(start, after, "sentence")
        start = after
    if start < unit.end:
        yield Span(start, unit.end, "sentence")


def _with_examples(text: str, units: Sequence[Span]) -> Iterator[Span]:
    """Examples whole, everything else by paragraphs."""
    rest: list[Span] = []
    for piece in _marked(text, units):
        if piece.kind == "example":
            yield from _paragraphs(text, rest)
            rest = []
            yield piece
        else:
            rest.append(piece)
    yield from _paragraphs(text, rest)


def _marked(text: str, units: Sequence[Span]) -> Iterator[Span]:
    """The units, with those that make up an example taken together."""
    keys = [_keys(text[unit.start : unit.end]) for unit in units]
    repeated = {key for key, count in Counter(keys).items() if len(key) > 1 and count > 1}
    pointed = any(arrow in text for arrow in ("->", "=>", "→"))
    arrows = (
        pointed and sum(bool(_ARROW.search(text, unit.start, unit.end)) for unit in units if unit.kind == "bullet") > 1
    )
    index = 0
    while index < len(units):
        unit = units[index]
        until = index + 1
        tag = _EXAMPLE_TAG.match(text, unit.start) if unit.kind == "tag" else None
        if tag:
            until = _closing(text, units, index, tag.group(1))
        elif unit.kind == "paragraph" and _EXAMPLE_HEAD.match(text[unit.start : unit.end].split("\n", 1)[0].strip()):
            until = (
                _next_head(text, units, index)
                if _ends_blank(text, unit) and "\n" not in text[unit.start : unit.end].strip()
                else until
            )
        elif not (
            keys[index] in repeated or (arrows and unit.kind == "bullet" and _ARROW.search(text, unit.start, unit.end))
        ):
            yield unit
            index += 1
            continue
        yield Span(unit.start, units[until - 1].end, "example")
        index = until


def _keys(body: str) -> tuple[str, ...]:
    """The words before the colons that begin lines: `Q`, `A`."""
    return tuple(found.group(1).casefold() for line in body.splitlines() if (found := _KEY.match(line)))


def _closing(text: str, units: Sequence[Span], index: int, name: str) -> int:
    """One past the unit that closes the tag which opens at `index`; just past `index` where none does."""
    for at in range(index, len(units)):
        if re.search(rf"</{re.escape(name)}\s*>", text[units[at].start : units[at].end], re.IGNORECASE):
            return at + 1
    return index + 1


def _next_head(text: str, units: Sequence[Span], index: int) -> int:
    """One past the last unit under the heading at `index`: an example's body is the block that follows."""
    for at in range(index + 1, len(units)):
        if units[at].kind == "tag" or _ends_blank(text, units[at]):
            return at + (units[at].kind != "tag")
    return len(units)
