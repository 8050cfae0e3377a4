"""What is written over a plot, at a place of its axes: names at the ends of lines, marks, intervals as brackets."""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from optlab.render.canvas import Canvas, cells
from optlab.render.plot import Axis
from optlab.render.styled import RGB, Lines


class Label(msgspec.Struct, frozen=True):
    """Words beside a point: left or right of it, where there is room in its row or in one of its neighbours'.

    Where there is none, the `short` ones.
    """

    x: float
    y: float
    text: str
    colour: RGB
    side: Literal["left", "right"] = "right"
    short: str = ""


class Bracket(msgspec.Struct, frozen=True):
    """An interval along x, so many rows below `y`; an open side (None) goes on to the edge. `at` is its estimate."""

    low: float | None
    high: float | None
    at: float | None
    y: float
    colour: RGB
    mark: str
    below: int = 0


class _Ground:
    """Where on a plot its axes lie: the column behind the y axis, and the rows above the x axis."""

    def __init__(self, canvas: Canvas, x: Axis, y: Axis) -> None:
        self.x, self.y = x, y
        first = canvas.text(0) if canvas.height else ""
        self.left = max(first.find("│"), first.find("┼")) + 1
        corner = next((row for row in range(canvas.height) if canvas.text(row)[self.left - 1 : self.left] == "└"), None)
        self.rows = canvas.height - 1 if corner is None else corner
        self.columns = canvas.width - self.left

    def column(self, value: float) -> int:
        """The column of a position, held inside of the plot."""
        return self.left + _cell(value, self.x.low, self.x.high, self.columns)

    def row(self, value: float) -> int:
        """The row of a position, held inside of the plot."""
        return self.rows - 1 - _cell(value, self.y.low, self.y.high, self.rows)


def _cell(value: float, low: float, high: float, count: int) -> int:
    if not (math.isfinite(value) and high > low):
        return 0
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return math.floor(share * max(0, count - 1) + 0.5)  # as plotext does


def annotate(
    lines: Lines,
    size: tuple[int, int],
    x: Axis,
    y: Axis,
    labels: Sequence[Label] = (),
    brackets: Sequence[Bracket] = (),
) -> Lines:
    """A plot of these axes with brackets and labels on it; as it is where it has no axes for want of room."""
    canvas = Canvas.of(lines, *size)
    ground = _Ground(canvas, x, y)
    if ground.left <= 0 or ground.rows <= 0:
        return lines
    for bracket in brackets:
        _bracket(canvas, ground, bracket)
    for label in labels:
        _label(canvas, ground, label)
    return canvas.lines()


def _bracket(canvas: Canvas, ground: _Ground, bracket: Bracket) -> None:
    if bracket.low is None and bracket.high is None:
        return
    row = ground.row(bracket.y) + bracket.below
    if not 0 <= row < ground.rows:
        return
    first = ground.left if bracket.low is None else ground.column(bracket.low)
    last = ground.left + ground.columns - 1 if bracket.high is None else ground.column(bracket.high)
    ends = ("◂" if bracket.low is None else "├", "▸" if bracket.high is None else "┤")
    body = ends[0] + "─" * (last - first - 1) + ends[1] if last > first else "┼"
    canvas.put(row, first, body, bracket.colour)
    if bracket.at is not None and math.isfinite(bracket.at):
        canvas.put(row, ground.column(bracket.at), bracket.mark, bracket.colour)


def _label(canvas: Canvas, ground: _Ground, label: Label) -> None:
    if not (math.isfinite(label.x) and math.isfinite(label.y)):
        return
    for text in filter(None, (label.text, label.short)):
        if _placed(canvas, ground, label, cells(text)):
            return


def _placed(canvas: Canvas, ground: _Ground, label: Label, words: str) -> bool:
    """Write words beside their point where there is room, and say whether there was."""
    row, column = ground.row(label.y), ground.column(label.x)
    sides = {"right": column + 2, "left": column - 1 - len(words)}
    order = sorted(sides, key=lambda side: side != label.side)
    for below in (0, -1, 1, -2, 2):
        for side in order:
            inside = 0 <= row + below < ground.rows and sides[side] >= ground.left
            if inside and canvas.free(row + below, sides[side], len(words)):
                canvas.put(row + below, sides[side], words, label.colour)
                return True
    return False
