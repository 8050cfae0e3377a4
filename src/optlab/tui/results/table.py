"""The table of results in the room there is: intervals behind their figures, else below them, else only where asked."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from rich.cells import cell_len, set_cell_size

from optlab.render.standing import Cell
from optlab.render.standing import Row as Line
from optlab.tui.results.rows import Part, Row, Stop, Tone

WIDEST = 18
"""Cells that a column is given for words; what is longer is cut, and whole where it is explained."""
GAP = 2

Place = Literal["behind", "below", "none"]
"""Where an interval stands."""


class _Figure(msgspec.Struct, frozen=True):
    """A cell as it is set."""

    value: str
    tone: Tone
    behind: str = ""
    below: str = ""

    @property
    def wide(self) -> int:
        """Cells that it would like."""
        return max(cell_len(self.value) + (cell_len(self.behind) + 1 if self.behind else 0), cell_len(self.below))


def table(head: Sequence[str], lines: Sequence[Line], width: int, room: int) -> Iterator[Row]:
    """The rows of a table in so many columns and lines; where nothing fits, the narrowest setting of it.

    The interval of a saving, by which a verdict is known, always stands beside it.
    """
    places: tuple[tuple[Place, Place], ...] = (("behind", "behind"), ("below", "below"), ("none", "behind"))
    for figure, saving in places:
        last = len(head) - 1 if head and head[-1] == "saving" else -1
        rows = [
            [_set(cell, column, saving if column == last else figure) for column, cell in enumerate(line.cells)]
            for line in lines
        ]
        widths = _widths(head, rows)
        high = 1 + len(rows) + sum(any(cell.below for cell in row) for row in rows)
        if (sum(widths) + GAP * (len(widths) - 1) <= width and high <= room) or figure == "none":
            break
    if lines:
        titles = (set_cell_size(_cut(title, size), size) for title, size in zip(head, widths, strict=True))
        yield Row((((" " * GAP).join(titles).rstrip(), "faint"),))
    for line, row in zip(lines, rows, strict=True):
        yield from _lines(line.key, row, widths)


def _set(cell: Cell, column: int, place: Place) -> _Figure:
    """One cell. What stands below a title is the verdict, which is never set behind it."""
    if column == 0:
        return _Figure(cell.value, "dim", below=cell.below if place == "below" else "")
    behind, below = (cell.below if place == where else "" for where in ("behind", "below"))
    return _Figure(cell.value, cell.tone, behind, below)


def _widths(head: Sequence[str], rows: Sequence[Sequence[_Figure]]) -> list[int]:
    return [
        max(min(WIDEST, cell_len(title)), *(_wanted(row[column]) for row in rows if column < len(row)), 0)
        for column, title in enumerate(head)
    ]


def _wanted(cell: _Figure) -> int:
    return cell.wide if cell.behind or cell.below else min(WIDEST, cell.wide)


def _lines(key: str, row: Sequence[_Figure], widths: Sequence[int]) -> Iterator[Row]:
    parts: list[Part] = []
    below: list[Part] = []
    stops: list[Stop] = []
    start = 0
    for column, (cell, width) in enumerate(zip(row, widths, strict=False)):
        value = _cut(cell.value, width)
        behind = _cut(f" {cell.behind}", width - cell_len(value)) if cell.behind else ""
        rest = " " * (width - cell_len(value + behind) + GAP)
        parts += [(value, cell.tone), (behind, "dim"), (rest, "plain")]
        below.append((set_cell_size(_cut(cell.below, width), width + GAP), "dim"))
        stops.append(Stop(start, start + max(1, cell_len(value)), key, column))
        start += width + GAP
    yield Row(tuple(part for part in parts if part[0]), tuple(stops))
    if any(cell.below for cell in row):
        yield Row(tuple(below))


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)) + "…"
