"""The only door to plotext: points in, coloured lines out. Imported with the first chart, never before.

plotext only paints. Ticks are ours (it writes 2499.8 where 2500 is meant), and so is the filter for numbers that are
not finite: a single NaN ends the process inside its C++ kernel, with the terminal still in the alternate screen. So
does a line to a point far outside of the axes (it is drawn cell by cell), which is why points are held near them.
"""

import math
import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import msgspec

from optlab.render.format import line
from optlab.render.styled import RGB, Lines, Palette, Span

SMALLEST = (12, 4)
"""Columns and rows below which nothing can be read from a plot."""

LOW = 9
"""Rows below which the line of the x axis is left out, for the sake of the plot."""

NEAREST = 1e-290
"""Ends of an axis that are no further apart than this are the same."""

_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Series(msgspec.Struct, frozen=True):
    """Points of one colour, joined by lines or not."""

    points: tuple[tuple[float, float], ...]
    colour: RGB
    joined: bool = True
    marker: str = "braille"


class Axis(msgspec.Struct, frozen=True):
    """The range of one axis, and its ticks as (position, label)."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    @property
    def sane(self) -> bool:
        """Whether both ends are numbers, the upper one above the lower, and not too far apart to be taken apart."""
        return NEAREST < self.high - self.low < math.inf


def finite(points: Sequence[tuple[float | None, float | None]]) -> tuple[tuple[float, float], ...]:
    """The points of which both coordinates are finite numbers."""
    return tuple((x, y) for x, y in points if x is not None and y is not None and math.isfinite(x) and math.isfinite(y))


def ticks(low: float, high: float, count: int, *, whole: bool = False) -> tuple[float, ...]:
    """At most about `count` round positions in [low, high], a 1-2-2.5-5 step apart; with `whole` only whole numbers."""
    span = high - low
    if not NEAREST < span < math.inf or count < 1:
        return (low,)
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    steps = (k * power * more for more in (1, 10) for k in _STEPS)
    step = next(s for s in steps if s >= rough * (1 - 1e-9) and not (whole and s % 1))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(k * step for k in range(first, last + 1))


def headroom(values: Sequence[float]) -> float:
    """The upper end of an axis from 0 that shows all values without touching the frame."""
    highest = max((v for v in values if math.isfinite(v)), default=0.0)
    return highest * 1.1 if highest > 0 else 1.0


def plot(series: Sequence[Series], x: Axis, y: Axis, size: tuple[int, int], palette: Palette) -> Lines:
    """The plot as exactly `size` = (columns, rows) cells; blank lines where that is too small, or an axis is none."""
    width, height = size
    if width < SMALLEST[0] or height < SMALLEST[1] or not (x.sane and y.sane):
        return tuple((Span(" " * max(0, width)),) for _ in range(max(0, height)))
    figure = _figure(palette, width, height)
    for name, axis in (("x", x), ("y", y)):
        ruler = figure.ruler(name)
        ruler.lim(axis.low, axis.high)
        ruler.ticks([at for at, _ in axis.ticks], labels=[line(label) for _, label in axis.ticks])
    figure.ruler("y").grid(True, style="dotted")
    for one in series:
        points = thinned(_near(finite(one.points), x, y), width)
        if not points:
            continue
        signal = figure.signal([p[0] for p in points], [p[1] for p in points], marker=_marker(one))
        if one.joined and len(points) > 1:
            signal.lines(True)
        figure.draw(signal)
    return fitted(parse_sgr(figure.build().string()), width, height)


def thinned(points: Sequence[tuple[float, float]], columns: int) -> tuple[tuple[float, float], ...]:
    """The points; of more than four a column, along one line from left to right, the lowest and highest of each column.

    What is painted is the same, and painting takes a call a point.
    """
    if len(points) <= 4 * columns or any(left[0] > right[0] for left, right in pairwise(points)):
        return tuple(points)
    first, span = points[0][0], (points[-1][0] - points[0][0]) or 1.0
    kept: list[tuple[float, float]] = []
    for _, group in groupby(points, key=lambda point: int((point[0] - first) / span * columns)):
        of = list(group)
        kept += sorted({min(of, key=lambda p: p[1]), max(of, key=lambda p: p[1]), of[-1]}, key=of.index)
    return tuple(kept)


def _near(points: Sequence[tuple[float, float]], x: Axis, y: Axis) -> tuple[tuple[float, float], ...]:
    """The points, none of them further outside than the axes are long."""

    def held(value: float, axis: Axis) -> float:
        span = axis.high - axis.low
        return min(max(value, axis.low - span), axis.high + span)

    return tuple((held(px, x), held(py, y)) for px, py in points)


def _figure(palette: Palette, width: int, height: int) -> Any:
    import plotext

    plotext.terminal.limit(False, False)  # else it cuts every figure to the size of the terminal it finds
    text, grid = plotext.pixel(palette.text), plotext.pixel(palette.grid)
    plotext.add_theme("optlab", canvas="default", text=text, grid=grid, sequence=list(palette.series))
    figure = plotext.figure
    figure.clear.all()
    figure.theme("optlab")
    figure.plot_size(width, height)
    figure.axes(False, side=1)
    figure.axes(True, pixel=grid, side=0)
    if height < LOW:
        figure.axes(False, axis="x", side=0)
    return figure


def _marker(series: Series) -> Any:
    import plotext

    return plotext.marker(series.marker, plotext.pixel(series.colour))


def parse_sgr(text: str) -> Lines:
    """Lines of a text that is coloured by SGR sequences (24-bit foregrounds; every other code only resets)."""
    lines = []
    colour: RGB | None = None
    for row in text.rstrip("\n").split("\n"):
        spans = []
        at = 0
        for found in _SGR.finditer(row):
            if found.start() > at:
                spans.append(Span(line_text(row[at : found.start()]), colour))
            colour = _colour(found.group(1), colour)
            at = found.end()
        if at < len(row):
            spans.append(Span(line_text(row[at:]), colour))
        lines.append(tuple(spans))
    return tuple(lines)


def line_text(text: str) -> str:
    """What stands between two sequences, as text only."""
    return text.replace("\x1b", "␛")


def _colour(codes: str, before: RGB | None) -> RGB | None:
    numbers = [int(code or 0) for code in codes.split(";")]
    for index, number in enumerate(numbers):
        if number == 38 and numbers[index + 1 : index + 2] == [2] and len(numbers) >= index + 5:
            red, green, blue = numbers[index + 2 : index + 5]
            return (red, green, blue)
        if number in (0, 39):
            before = None
    return before


def fitted(lines: Lines, width: int, height: int) -> Lines:
    """The lines cut or filled to a size in cells. Charts hold characters of one cell only."""
    blank = (Span(" " * width),)
    return tuple(_row(row, width) for row in lines[:height]) + (blank,) * (height - len(lines))


def _row(row: tuple[Span, ...], width: int) -> tuple[Span, ...]:
    spans = []
    left = width
    for span in row:
        if left <= 0:
            break
        spans.append(Span(span.text[:left], span.colour))
        left -= len(span.text)
    return (*spans, Span(" " * left)) if left > 0 else tuple(spans)
