"""The names of the charts: a list where there is room beside the chart, else one row above it."""

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from optlab.render.charts import CHARTS
from optlab.render.charts.chart import Chart

WIDTH = 34
"""Columns of the list."""


class ChartNames(Widget):
    """Every chart with its letter; the chosen one stands out, those without data are dim."""

    class Chosen(Message):
        """A name was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    chosen: reactive[str] = reactive(CHARTS[0].name)
    """The name of the chart that is shown."""

    ready: reactive[frozenset[str]] = reactive(frozenset())
    """The names of charts that have data."""

    listed: reactive[bool] = reactive(True)
    """Whether the names stand one below the other."""

    def on_mount(self) -> None:
        self.tooltip = "Click a chart, or press its letter; ↑ and ↓ go through them"

    def render(self) -> RenderResult:
        if self.listed:
            rows = [self._part(chart, f" {chart.key} {chart.title}".ljust(WIDTH)) for chart in CHARTS]
            return Content("\n").join(rows)
        return Content("").join([self._part(chart, f" {chart.short} ") for chart in CHARTS])

    def _part(self, chart: Chart, words: str) -> Content:
        if chart.name == self.chosen:
            style = "reverse bold"
        else:
            style = "$foreground" if chart.name in self.ready else "$foreground 45%"
        at = words.lower().index(chart.key)
        part = Content.styled(words, style)
        return part if self.listed and chart.name == self.chosen else part.stylize("bold underline", at, at + 1)

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        at = event.get_content_offset(self)
        if at is None:
            return
        if self.listed:
            if at.y < len(CHARTS):
                self.post_message(self.Chosen(CHARTS[at.y].name))
            return
        left = 0
        for chart in CHARTS:
            right = left + cell_len(chart.short) + 2
            if left <= at.x < right:
                self.post_message(self.Chosen(chart.name))
                return
            left = right
