"""Rows of a drawing by hand along one axis: where a value lies, and the axis below with its ticks."""

from collections.abc import Callable

import msgspec

from optlab.render.canvas import Canvas, cells
from optlab.render.plot import ticks
from optlab.render.styled import Palette


class Scale(msgspec.Struct, frozen=True):
    """Values from `low` to `high` on so many columns from `left` on."""

    low: float
    high: float
    left: int
    columns: int

    def column(self, value: float) -> int:
        """The column of a value, held inside."""
        if not self.high > self.low:
            return self.left
        share = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return self.left + round(share * max(0, self.columns - 1))


def interval(canvas: Canvas, row: int, scale: Scale, low: float | None, high: float | None) -> tuple[int, int, str]:
    """The first and last column of an interval on a scale, and the characters that draw it; open sides have arrows."""
    first = scale.left if low is None else scale.column(low)
    last = scale.left + scale.columns - 1 if high is None else scale.column(high)
    ends = ("◂" if low is None else "├", "▸" if high is None else "┤")
    return first, last, (ends[0] + "─" * (last - first - 1) + ends[1] if last > first else "┼")


def axis(canvas: Canvas, row: int, scale: Scale, spell: Callable[[float], str], palette: Palette) -> None:
    """The line of an axis with round ticks, and their labels in the row below it."""
    canvas.put(row, scale.left, "─" * scale.columns, palette.grid)
    end = -1
    for value in ticks(scale.low, scale.high, max(2, scale.columns // 10)):
        column = scale.column(value)
        canvas.put(row, column, "┬", palette.grid)
        words = cells(spell(value))
        start = min(max(0, column - len(words) // 2), canvas.width - len(words))
        if start > end:
            canvas.put(row + 1, start, words, palette.text)
            end = start + len(words)
