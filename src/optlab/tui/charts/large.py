"""One chart as large as there is room: its title in the border, and below it n, unit and provenance."""

import textwrap

from textual.content import Content

from optlab.render.canvas import cells
from optlab.render.charts.chart import Chart
from optlab.render.charts.sheet import drawn, svg_of, text_of
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Span
from optlab.tui.widgets.chart_view import ChartView, strips

LOWEST = 8
"""Rows from which there is room for n, unit and provenance."""
SMALLEST = (80, 20)
"""Columns and rows of a chart that leaves the lab, whatever the window."""


class LargeChart(ChartView):
    """A chart that can become another one."""

    def needs(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What any chart draws, and what its caption says."""
        seen = (snapshot.points, snapshot.variants, snapshot.plan, snapshot.looks, snapshot.report, snapshot.days)
        return (*map(id, seen), snapshot.where)

    @property
    def chart(self) -> Chart:
        """The chart that is shown."""
        return self._chart

    @property
    def missing(self) -> str:
        """What is not there yet to draw it, in a sentence; empty where nothing is."""
        return self._chart.missing(self._snapshot)

    def choose(self, chart: Chart) -> None:
        """Show another chart, at once."""
        self._chart = chart
        self.tooltip = chart.about
        self._draw()

    def as_text(self) -> str:
        """The chart with its words as text, as large as it is here."""
        return text_of(self._chart, self._snapshot, self._out_size, self.palette)

    def as_svg(self) -> str:
        """The same as an SVG document."""
        return svg_of(self._chart, self._snapshot, self._out_size, self.palette)

    @property
    def _out_size(self) -> tuple[int, int]:
        return max(SMALLEST[0], self.size.width), max(SMALLEST[1], self.size.height)

    def _draw(self) -> None:
        self.border_title = Content(self._chart.title)
        width, height = self.size
        words = textwrap.wrap(cells(self._chart.caption(self._snapshot)), max(1, width - 1)) if height >= LOWEST else []
        lines = drawn(self._chart, self._snapshot, (width, height - len(words)), self.palette)
        self._strips = strips((*lines, *((Span(text, self.palette.text),) for text in words)))
        self.refresh()
