"""The pieces of a prompt, by name, and the prompt without some of them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from optlab.core.prompt import Prompt, Segment
from optlab.cuts.splitting import By, split

_TAG = re.compile(r"<(/?)([A-Za-z][\w.-]*)(?:\s[^<>\n]*)?(/?)>")
Range = tuple[int, int]
"""Characters of a text, from and up to."""


class Piece(msgspec.Struct, frozen=True):
    """A part of a segment, or all of it. `number` counts the parts of one segment from 1; 0: the whole of it.

    `start` and `end` are characters of the segment's text. A piece that is not `cuttable` must stay: the scenario says
    so of its segment, or what it opens would stay open.
    """

    segment: str
    number: int
    kind: str
    text: str
    start: int
    end: int
    cuttable: bool

    @property
    def name(self) -> str:
        """`rules`, or `rules#3` for its third part."""
        return f"{self.segment}#{self.number}" if self.number else self.segment


def pieces(prompt: Prompt, by: Mapping[str, By] | None = None) -> tuple[Piece, ...]:
    """The pieces of every segment that is on, in order: as fine as `by` says of a segment's name, else whole."""
    return tuple(
        piece for segment in prompt.segments if segment.on for piece in _parts(segment, (by or {}).get(segment.name))
    )


def _parts(segment: Segment, by: By | None) -> Iterator[Piece]:
    text, may = segment.text, segment.trimmable
    # A tool is JSON and a turn of the conversation an answer to the turn before: neither can lose a part of itself.
    spans = split(text, by) if by is not None and segment.where in ("system", "user") else ()
    if len(spans) < 2:
        yield Piece(segment.name, 0, "segment", text, 0, len(text), may)
        return
    for number, span in enumerate(spans, 1):
        words = text[span.start : span.end]
        yield Piece(segment.name, number, span.kind, words, span.start, span.end, may and span.cuttable)


def without(prompt: Prompt, cut: Collection[Piece]) -> Prompt:
    """The prompt without these pieces of it, and without tags all of whose content goes.

    A segment of which nothing is left is switched off.
    Raises ValueError for a piece that is not of this prompt.
    """
    by_segment: dict[str, list[Piece]] = {}
    for piece in cut:
        by_segment.setdefault(piece.segment, []).append(piece)
    unknown = by_segment.keys() - {segment.name for segment in prompt.segments}
    if unknown:
        raise ValueError(f"the prompt has no segment {min(unknown)!r}")
    return Prompt(tuple(_less(segment, by_segment.get(segment.name, [])) for segment in prompt.segments))


def _less(segment: Segment, cut: list[Piece]) -> Segment:
    if not cut:
        return segment
    if any(piece.text != segment.text[piece.start : piece.end] for piece in cut):
        raise ValueError(f"a piece of the segment {segment.name!r} is not in its text")
    kept, at = "", 0
    gone = list(_together((piece.start, piece.end) for piece in cut))
    for start, end in _together((*gone, *husks(segment.text, gone))):
        kept += segment.text[at:start]
        # Of the breaks in front of the cut and behind it the stronger stays: a list item begins its line all the same.
        behind = _space_behind(segment.text[start:end])
        if kept.strip() and behind.count("\n") > _space_behind(kept).count("\n"):
            kept = kept.rstrip() + behind
        at = end
    text = kept + segment.text[at:]
    if not text.strip():
        return msgspec.structs.replace(segment, on=False)
    # What followed the last piece before is what follows the last piece now.
    return msgspec.structs.replace(segment, text=text.rstrip() + _space_behind(segment.text))


def husks(text: str, gone: Sequence[Range]) -> tuple[Range, ...]:
    """Pairs of XML tags of a text that held something of which nothing is left without `gone`, each with what it held.

    White space in front of such a pair on its line, and behind it, goes along.
    """
    opened: list[re.Match[str]] = []
    found: list[Range] = []
    for tag in _TAG.finditer(text) if gone else ():
        if tag.group(3):
            continue
        if not tag.group(1):
            opened.append(tag)
            continue
        at = next((at for at in range(len(opened) - 1, -1, -1) if opened[at].group(2) == tag.group(2)), None)
        if at is None:
            continue
        begun = opened[at]
        del opened[at:]
        inside = (begun.end(), tag.start())
        if text[slice(*inside)].strip() and not _left(text, inside, (*gone, *found)).strip():
            start, line = begun.start(), text.rfind("\n", 0, begun.start()) + 1
            end = len(text) - len(text[tag.end() :].lstrip())
            found.append((start if text[line:start].strip() else line, end))
    return tuple(found)


def _left(text: str, inside: Range, gone: Sequence[Range]) -> str:
    """What of a part of a text is left without some ranges."""
    at, end = inside
    kept = ""
    for start, until in _together(gone):
        kept += text[at : max(at, min(start, end))]
        at = max(at, min(until, end))
    return kept + text[at:end]


def _together(ranges: Iterable[Range]) -> Iterator[Range]:
    """From where to where something is cut, ranges that touch as one."""
    start = end = -1
    for first, last in sorted(ranges):
        if first > end and end >= 0:
            yield start, end
        start = first if first > end else start
        end = max(end, last)
    yield start, end


def _space_behind(text: str) -> str:
    return text[len(text.rstrip()) :]
