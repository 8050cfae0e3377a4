"""White space that says nothing: spaces at line ends, blank lines in a row, runs of spaces inside a line.

Code fences, tags that hold documents, indentation and columns that are lined up with spaces stay as they are, and so
does one line end at the end of a segment: it parts it from the next. All of a segment is one offer, also of one that
must stay: no word of it changes.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from optlab.cuts.wins.protected import fences, in_tags
from optlab.cuts.wins.reading import Ground
from optlab.cuts.wins.win import Edit, FreeWin

_RUN = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)")
_LINED_UP = re.compile(r"(?<=[^\s.!?:;,])(?:[ ]{2,}|[ ]*\t[ \t]*)(?=\S)")


def whitespace(ground: Ground) -> Iterator[FreeWin]:
    """One offer for every segment with white space that says nothing."""
    for segment in ground.instructing:
        edits = tuple(Edit.of(segment, start, end, after) for start, end, after in _changes(segment.text))
        removed = "".join(edit.before for edit in edits)
        if len(removed) > 1 or "\n" in removed:
            places = "one place" if len(edits) == 1 else f"{len(edits)} places"
            saved = _saved(ground, edits)
            yield FreeWin("white space", f"blank lines and spaces that say nothing, in {places}", saved, edits)


def _saved(ground: Ground, edits: Sequence[Edit]) -> int:
    """Estimated tokens, of all edits at once: most of them save a fraction of one."""
    before = "".join(f"{edit.lead[-1:]}{edit.before}{edit.trail[:1]}" for edit in edits)
    after = "".join(f"{edit.lead[-1:]}{edit.after}{edit.trail[:1]}" for edit in edits)
    return max(0, ground.tokens(before) - ground.tokens(after))


class _Line(msgspec.Struct, frozen=True):
    start: int
    body: str
    """Without its line end."""
    kept: bool
    """It lies where white space is part of what is said."""

    @property
    def blank(self) -> bool:
        return not self.kept and not self.body.strip()


def _changes(text: str) -> Iterator[tuple[int, int, str]]:
    """Stretches of white space and what should stand there, in order, none of which overlap."""
    lines = list(_lines(text))
    columns = _columns(lines)
    core = len(text.rstrip())
    blank: list[_Line] = []
    begun = False
    for line in lines:
        if line.blank:
            blank.append(line)
            continue
        yield from _before(blank, line, begun=begun)
        blank, begun = [], True
        if not line.kept and line.start not in columns:
            for found in _RUN.finditer(line.body):
                yield line.start + found.start(), line.start + found.end(), " "
        end = len(line.body.rstrip())
        if not line.kept and end < len(line.body) and line.start + end < core:
            yield line.start + end, line.start + len(line.body), ""
    yield from _at_the_end(text, lines)


def _before(blank: list[_Line], line: _Line, *, begun: bool) -> Iterator[tuple[int, int, str]]:
    """What goes of blank lines in front of a line with words."""
    if blank and not begun:
        yield blank[0].start, line.start, ""
    elif len(blank) > 1:
        yield blank[1].start, line.start, ""
    if blank and begun and blank[0].body:
        yield blank[0].start, blank[0].start + len(blank[0].body), ""


def _at_the_end(text: str, lines: list[_Line]) -> Iterator[tuple[int, int, str]]:
    """All but one line end at the end of the text."""
    core = len(text.rstrip())
    tail = text[core:]
    wanted = "" if "\n" not in tail else "\r\n" if tail.lstrip(" \t").startswith("\r\n") else "\n"
    if core and tail != wanted and not lines[-1].kept:
        yield core, len(text), wanted


def _lines(text: str) -> Iterator[_Line]:
    kept = sorted(fences(text) + in_tags(text))
    until, start = 0, 0
    following = 0
    for whole in text.split("\n"):
        end = start + len(whole)
        while following < len(kept) and kept[following][0] < max(end, start + 1):
            until = max(until, kept[following][1])
            following += 1
        yield _Line(start, whole.removesuffix("\r"), start < until)
        start = end + 1


def _columns(lines: list[_Line]) -> set[int]:
    """Where the lines begin that are columns: two in a row with a wide gap, or a table's bars."""
    gaps = [_LINED_UP.search(line.body) is not None for line in lines]
    found = {line.start for line in lines if line.body.count("|") > 1}
    for number in range(1, len(lines)):
        if gaps[number] and gaps[number - 1]:
            found |= {lines[number - 1].start, lines[number].start}
    return found
