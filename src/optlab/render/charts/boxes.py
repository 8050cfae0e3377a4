"""Box plots of the two waits by variant: whiskers to the fastest and slowest run, a box from p25 to p75, and p50.

The quantiles come with the figures; every run stands as a dot below its box.
"""

import math
from collections.abc import Callable, Sequence

import msgspec

from optlab.core.metrics import BY_NAME
from optlab.core.report import Distribution, Figure
from optlab.core.scenario import MetricName
from optlab.render.canvas import Canvas, cells
from optlab.render.charts.chart import FILLS, Chart, mark, measured, number, variants
from optlab.render.charts.rows import Scale, axis
from optlab.render.format import seconds
from optlab.render.plot import headroom
from optlab.render.snapshot import Point, Snapshot
from optlab.render.styled import RGB, Lines, Palette

_METRICS: tuple[tuple[MetricName, Callable[[Point], float | None]], ...] = (
    ("first_visible", lambda point: point.first_visible_s),
    ("e2e", lambda point: point.e2e_s),
)
_FIGURE = 14
_LONGEST_NAME = 20
_BOX = 3
_DOTS = "⡀⡄⡆⡇⣇⣧⣷⣿"
"""One run to eight and more in a column."""


class _Arm(msgspec.Struct, frozen=True):
    name: str
    index: int
    times: Distribution
    runs: tuple[float, ...]
    failed: int


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    width, height = size
    canvas = Canvas(width, height)
    groups = [(metric, arms) for metric, read in _METRICS if (arms := _arms(snapshot, metric, read))]
    name = min(_LONGEST_NAME, max((len(cells(arm.name)) for _, arms in groups for arm in arms), default=0))
    rows = sum(len(arms) for _, arms in groups)
    each = (height - 2 - 2 * len(groups)) // max(1, rows)
    if each < 1:  # too low for both: the first wait alone
        groups = groups[:1]
        each = max(1, (height - 4) // max(1, sum(len(arms) for _, arms in groups)))
    right = headroom([x for _, arms in groups for arm in arms for x in (*arm.runs, *_numbers(arm.times))])
    scale = Scale(0.0, right, name + 4, max(1, width - name - 4 - _FIGURE))
    row = 0
    for metric, arms in groups:
        canvas.put(row, 1, BY_NAME[metric].title, palette.text)
        row += 1
        for arm in arms:
            _arm(canvas, row, min(each, _BOX + 2), scale, arm, palette.of(arm.index))
            row += min(each, _BOX + 2)
        row += each > 1
    axis(canvas, min(row, height - 2), scale, lambda value: seconds(value) if value else "0", palette)
    return canvas.lines()


def _arms(snapshot: Snapshot, metric: MetricName, read: Callable[[Point], float | None]) -> list[_Arm]:
    found = []
    for index, name in enumerate(variants(snapshot)):
        summary = next((one for one in snapshot.variants if one.name == name), None)
        times = summary.metrics.get(metric) if summary else None
        if times is not None:
            runs = measured(snapshot, name)
            waits = tuple(x for p in runs if (x := read(p)) is not None and math.isfinite(x))
            found.append(_Arm(name, index, times, waits, sum(point.failed for point in runs)))
    return found


def _numbers(times: Distribution) -> list[float]:
    return [found for value in (times.min, times.p50, times.max) if (found := number(value)) is not None]


def _arm(canvas: Canvas, top: int, height: int, scale: Scale, arm: _Arm, colour: RGB) -> None:
    tall = height >= _BOX
    middle = top + 1 if tall else top
    canvas.put(middle, 1, f"{mark(arm.index)} {cells(arm.name)}"[: scale.left - 2], colour)
    canvas.put(middle, scale.left + scale.columns + 1, f"p50 {seconds(arm.times.p50)}"[: _FIGURE - 1], colour)
    ends = [_place(scale, value) for value in (arm.times.min, arm.times.p25, arm.times.p75, arm.times.max)]
    _box(canvas, middle, scale, ends, _place(scale, arm.times.p50), colour, tall=tall)
    below = top + _BOX if tall else top + 1
    if below < top + height:
        _dots(canvas, below, scale, arm.runs, colour)
        if arm.failed:
            canvas.put(below, scale.left + scale.columns + 1, f"+{arm.failed} failed", colour)


def _place(scale: Scale, value: Figure) -> int | None:
    """A column; None where the value is absent or infinite."""
    found = number(value)
    return None if found is None else scale.column(found)


def _box(
    canvas: Canvas, row: int, scale: Scale, ends: Sequence[int | None], middle: int | None, colour: RGB, *, tall: bool
) -> None:
    """Whiskers and box in one row or, tall, in three; what is infinite goes on to the edge behind an arrow."""
    low, first, last, high = ends
    if low is None:
        return
    edge = scale.left + scale.columns - 1
    canvas.put(row, low, "├" + "─" * ((edge if high is None else high) - low), colour)
    canvas.put(row, edge if high is None else high, "▸" if high is None else "┤", colour)
    if first is not None:
        stop = edge if last is None else last
        inside = " " if tall else "░"
        canvas.put(row, first, "┤" + inside * (stop - first - 1), colour)
        canvas.put(row, stop, "├", colour)
        if tall:
            for at, (left, bar, right) in ((row - 1, "┌─┐"), (row + 1, "└─┘")):
                canvas.put(at, first, left + bar * (stop - first - 1), colour)
                canvas.put(at, stop, right, colour)
    if middle is not None:
        for at in (row - 1, row, row + 1) if tall and first is not None else (row,):
            canvas.put(at, middle, "┃", colour)


def _dots(canvas: Canvas, row: int, scale: Scale, runs: Sequence[float], colour: RGB) -> None:
    counts: dict[int, int] = {}
    for value in runs:
        counts[scale.column(value)] = counts.get(scale.column(value), 0) + 1
    for column, count in counts.items():
        canvas.put(row, column, _DOTS[min(count, len(_DOTS)) - 1], colour)


def _says(snapshot: Snapshot) -> str:
    counts = {v.metrics["first_visible"].n for v in snapshot.variants if "first_visible" in v.metrics}
    n = str(counts.pop()) if len(counts) == 1 else f"{min(counts)} to {max(counts)}" if counts else "0"
    return f"n = {n} runs a variant · seconds · box p25 to p75, whiskers to fastest and slowest"


def _missing(snapshot: Snapshot) -> str:
    times = [v.metrics[metric] for v in snapshot.variants for metric, _ in _METRICS if metric in v.metrics]
    if not times:
        return "No run was timed: what goes as a batch has no latency." if snapshot.variants else FILLS
    return "" if any(found.min is not None for found in times) else "This run was kept before quartiles were."


BOXES = Chart(
    "boxes",
    "b",
    "Boxes",
    "Spread of the waits",
    "A box plot a variant for each wait: the box holds the middle half of the runs.",
    _draw,
    _says,
    _missing,
)
