"""How long answers were: a histogram a variant in bins that all share, with its cap as a line."""

import math
from collections.abc import Sequence

from optlab.render.canvas import Canvas
from optlab.render.charts.chart import Chart, measured, no_runs, variants
from optlab.render.charts.panels import GUTTER, Panel, panels, say
from optlab.render.charts.rows import Scale, axis
from optlab.render.plot import ticks
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_COLUMNS_A_BIN = 3
_FAR = 3.0
"""A cap so many times the longest answer lies outside of the picture."""


def bins(longest: float, count: int) -> tuple[float, ...]:
    """The edges of at most about `count` bins of one round width, from 0 to past the longest."""
    edges = ticks(0.0, max(1.0, longest), max(1, count), whole=True)
    width = edges[1] - edges[0] if len(edges) > 1 else max(1.0, longest)
    steps = math.floor(longest / width) + 1
    return tuple(width * step for step in range(steps + 1))


def counts(values: Sequence[int], edges: Sequence[float]) -> tuple[int, ...]:
    """How many values lie in each bin (edge, next edge], so that what a cap cut lies left of it."""
    width = edges[1] - edges[0]
    found = [0] * (len(edges) - 1)
    for value in values:
        found[min(len(found) - 1, max(0, math.ceil(value / width) - 1))] += 1
    return tuple(found)


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    canvas = Canvas(*size)
    names = variants(snapshot)
    lengths = {name: [p.answer_tokens for p in measured(snapshot, name) if p.answer_tokens] for name in names}
    caps = _caps(snapshot)
    longest = max((value for of in lengths.values() for value in of), default=1)
    near = [cap for cap in caps.values() if cap <= _FAR * longest]
    edges = bins(max([longest, *near]), max(2, (size[0] - GUTTER) // _COLUMNS_A_BIN))
    found = {name: counts(of, edges) for name, of in lengths.items()}
    highest = max((count for of in found.values() for count in of), default=1) or 1
    placed = panels(canvas, names, palette, top=0, below=2)
    scale = Scale(0.0, edges[-1], GUTTER, max(1, size[0] - GUTTER - 1))
    for panel in placed:
        _bars(canvas, panel, found[panel.name], edges, scale, highest, palette)
        cut = sum(p.cut for p in measured(snapshot, panel.name))
        _cap(canvas, panel, caps.get(panel.name), cut, scale, palette)
    axis(canvas, size[1] - 2, scale, lambda value: f"{value:,.0f}", palette)
    return canvas.lines()


def _caps(snapshot: Snapshot) -> dict[str, int]:
    plan = snapshot.plan
    return dict(zip(plan.variants, plan.caps, strict=False)) if plan else {}


def _bars(
    canvas: Canvas,
    panel: Panel,
    found: Sequence[int],
    edges: Sequence[float],
    scale: Scale,
    highest: int,
    palette: Palette,
) -> None:
    if panel.rows > 0:
        canvas.put(panel.top, 0, f"{highest}".rjust(panel.left - 1), palette.text)
    for number, count in enumerate(found):
        first, last = scale.column(edges[number]), scale.column(edges[number + 1])
        width = max(1, last - first - (last - first > 2))
        eighths = max(1, round(8 * panel.rows * count / highest)) if count else 0
        for row in range(panel.rows):
            part = min(8, max(0, eighths - 8 * row))
            if part:
                canvas.put(panel.top + panel.rows - 1 - row, first, _EIGHTHS[part] * width, palette.of(panel.index))


def _cap(canvas: Canvas, panel: Panel, cap: int | None, cut: int, scale: Scale, palette: Palette) -> None:
    """The cap as an upright line, where it is in the picture, and in words."""
    if cap is None:
        say(canvas, panel, "its cap is not known", palette)
        return
    far = cap > scale.high
    say(canvas, panel, f"cap {cap:,} tokens{', far to the right' if far else ' (┊)'}, {cut} cut", palette)
    if not far:
        for row in range(panel.top, panel.top + panel.rows):
            canvas.put(row, scale.column(cap), "┊", palette.text)


def _says(snapshot: Snapshot) -> str:
    answers = sum(point.answer_tokens > 0 for point in measured(snapshot))
    return f"n = {answers} answers · runs by output tokens, thinking included"


def _missing(snapshot: Snapshot) -> str:
    if any(p.answer_tokens for p in measured(snapshot)):
        return ""
    return no_runs(snapshot) or "No answer came."


OUTPUT = Chart(
    "output",
    "o",
    "Output",
    "Length of the answers",
    "How many answers were how long; the broken line is where max_tokens cuts.",
    _draw,
    _says,
    _missing,
)
