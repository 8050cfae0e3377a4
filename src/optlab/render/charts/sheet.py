"""A chart as it leaves the lab: its title above, n, unit, provenance and what it is for below."""

import textwrap

from optlab.render.canvas import Canvas, cells
from optlab.render.charts.chart import Chart
from optlab.render.plot import fitted
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette, plain
from optlab.render.svg import svg


def drawn(chart: Chart, snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    """The chart in exactly this size, or where it has no data the sentence that says what is missing."""
    width, height = size
    missing = chart.missing(snapshot)
    if not missing:
        return chart.draw(snapshot, size, palette)
    canvas = Canvas(width, height)
    words = textwrap.wrap(missing, max(1, width - 4))
    for row, text in enumerate(words, max(0, (height - len(words)) // 2)):
        canvas.put(row, max(0, (width - len(text)) // 2), text, palette.text)
    return canvas.lines()


def sheet(chart: Chart, snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    """The chart of this size between its title and its words, which take their own rows."""
    width, height = size
    head = f"{chart.title} – {cells(subject)}" if (subject := snapshot.subject) else chart.title
    words = (head, "", *textwrap.wrap(cells(chart.caption(snapshot)), width), *textwrap.wrap(chart.about, width))
    canvas = Canvas(width, len(words))
    for row, text in enumerate(words):
        canvas.put(row, 0, text, palette.text)
    title, gap, *below = canvas.lines()
    return (title, gap, *fitted(drawn(chart, snapshot, size, palette), width, height), gap, *below)


def text_of(chart: Chart, snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> str:
    """The sheet as text, a line end after every line."""
    return "".join(f"{row.rstrip()}\n" for row in plain(sheet(chart, snapshot, size, palette)).split("\n"))


def svg_of(chart: Chart, snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> str:
    """The sheet as an SVG document that needs nothing from outside."""
    return svg(sheet(chart, snapshot, size, palette), palette, chart.title, chart.caption(snapshot))
