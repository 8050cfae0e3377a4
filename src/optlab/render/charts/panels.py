"""One drawing a variant, one below the other, each with a line that names it: nothing hides anything."""

from collections.abc import Sequence

import msgspec

from optlab.render.canvas import Canvas, cells
from optlab.render.charts.chart import mark
from optlab.render.styled import Palette

LOWEST = 3
"""Rows below which a panel shows nothing."""

GUTTER = 8
"""Columns left of a panel, for its greatest value."""


class Panel(msgspec.Struct, frozen=True):
    """Where the drawing of one variant lies: its rows below its title, and the columns right of the gutter."""

    index: int
    name: str
    top: int
    rows: int
    left: int
    columns: int


def panels(canvas: Canvas, names: Sequence[str], palette: Palette, *, top: int, below: int) -> list[Panel]:
    """As many panels as there is room for between `top` and the last `below` rows, their names already written.

    Where that is not all, the last row but the lowest ones says so.
    """
    room = canvas.height - top - below
    count = min(len(names), max(1, room // LOWEST))
    left_out = len(names) - count
    each = max(1, (room - (left_out > 0)) // max(1, count))
    found = [
        Panel(index, name, top + index * each + 1, each - 1, GUTTER, max(1, canvas.width - GUTTER - 1))
        for index, name in enumerate(names[:count])
    ]
    for panel in found:
        words = f"{mark(panel.index)} {cells(panel.name)}"
        canvas.put(panel.top - 1, 1, words, palette.of(panel.index))
    if left_out:
        canvas.put(canvas.height - below - 1, 1, f"{left_out} more in a larger window", palette.text)
    return found


def say(canvas: Canvas, panel: Panel, words: str, palette: Palette) -> None:
    """Say something behind the name of a panel."""
    canvas.put(panel.top - 1, 1 + 2 + len(cells(panel.name)) + 2, words, palette.text)
