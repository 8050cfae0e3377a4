"""The Charts place: every chart of what was measured, one at a time and large; copied as text, saved as SVG."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Footer

from optlab.core.commands import ListDays
from optlab.core.errors import UsageError
from optlab.render.charts import CHARTS
from optlab.render.snapshot import Snapshot
from optlab.tui.charts.large import LargeChart
from optlab.tui.charts.names import WIDTH, ChartNames
from optlab.tui.charts.saving import OverwriteScreen, file_name, save
from optlab.tui.desk import Desk
from optlab.tui.keys import Keys
from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import BY_NAME
from optlab.tui.scene import Scene
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header

_key = Keys("charts")
LIST_FROM = 110
"""Columns from which the names are a list beside the chart."""
DAYS = "days"
"""The chart that takes what is kept of earlier runs."""


class ChartsScreen(PlaceScreen):
    """The Charts place."""

    PLACE = "charts"
    ABOUT = BY_NAME["charts"].about
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("down", "next", "Next", "The next chart", shown_as="↓"),
        _key("up", "previous", "Previous", "The chart before this one", shown_as="↑"),
        *(_key(chart.key, f"choose({chart.name!r})", chart.short, chart.title, show=False) for chart in CHARTS),
        _key("enter", "maximise", "Larger", "The chart alone, or beside the list again", shown_as="⏎"),
        _key("y", "copy", "Copy", "Copy the chart as text to the terminal's clipboard"),
        _key("S", "save", "Save SVG", "Save the chart as an SVG file in the current folder"),
        _key("escape", "escape", "Cancel", "Cancel what runs; what was paid for is kept", shown_as="esc", show=False),
    ]
    DEFAULT_CSS = f"""
    ChartsScreen {{
        ChartNames {{ width: {WIDTH + 2}; height: 1fr; padding: 1 1 0 1; }}
        &.-narrow Horizontal {{ layout: vertical; }}
        &.-narrow ChartNames {{ width: 1fr; height: 1; padding: 0 1; }}
        &.-full ChartNames {{ display: none; }}
    }}
    """

    _asked: tuple[str, ...] = ()
    _asked_of: Desk | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Banner(markup=False)
        with Horizontal(id="charts-body"):
            yield ChartNames()
            yield LargeChart(CHARTS[0])
        yield Footer(show_command_palette=True, compact=True)

    def on_resize(self, event: events.Resize) -> None:
        listed = event.size.width >= LIST_FROM
        self.set_class(not listed, "-narrow")
        self.query_one(ChartNames).listed = listed

    def action_escape(self) -> None:
        """Cancel what is under way."""
        if self.home.scene.running:
            self.home.cancel()

    @property
    def about(self) -> str:
        """What the chart that is chosen shows."""
        return self.query_one(LargeChart).chart.about

    def show(self, scene: Scene) -> None:
        """Draw what was measured; a scene that changes nothing of the chart is not drawn."""
        super().show(scene)
        view, names = self.query_one(LargeChart), self.query_one(ChartNames)
        snapshot = shown(scene)
        view.show(snapshot)
        names.ready = frozenset(chart.name for chart in CHARTS if chart.ready(snapshot))
        self._ask_days(scene)

    def _ask_days(self, scene: Scene) -> None:
        """Ask for what is kept of the scenario, once it is to be seen, and again after every run."""
        scenario, report = scene.desk.scenario, scene.results.report
        if scenario is None or scene.running or scene.dead or self.query_one(ChartNames).chosen != DAYS:
            return
        wanted = (scenario.name, scenario.source, report.run_id if report else "")
        if wanted != self._asked or scene.loaded is not self._asked_of:  # opened again, all that was heard is forgotten
            self._asked, self._asked_of = wanted, scene.loaded
            self.home.tell(ListDays(scenario.name, scenario.source))

    def action_next(self) -> None:
        """The next chart."""
        self._step(1)

    def action_previous(self) -> None:
        """The chart before this one."""
        self._step(-1)

    def _step(self, by: int) -> None:
        names = [chart.name for chart in CHARTS]
        at = names.index(self.query_one(ChartNames).chosen)
        self.action_choose(names[(at + by) % len(names)])

    def action_choose(self, name: str) -> None:
        """Another chart."""
        chart = next(chart for chart in CHARTS if chart.name == name)
        self.query_one(ChartNames).chosen = name
        self.query_one(LargeChart).choose(chart)
        self.show(self.home.scene)

    @on(ChartNames.Chosen)
    def _clicked(self, event: ChartNames.Chosen) -> None:
        self.action_choose(event.name)

    def action_maximise(self) -> None:
        """The chart alone, or with the names again."""
        self.toggle_class("-full")

    def action_copy(self) -> None:
        """Copy the chart as text."""
        view = self.query_one(LargeChart)
        if view.missing:
            self._say(view.missing)
            return
        text = view.as_text()
        self.app.copy_to_clipboard(text)
        self._say(f"Copied as text to the terminal's clipboard (OSC 52): {text.count(chr(10))} lines.")

    def action_save(self) -> None:
        """Save the chart as SVG, after a question where that file is there."""
        view, scene = self.query_one(LargeChart), self.home.scene
        if view.missing:
            self._say(view.missing)
            return
        scenario = scene.results.subject or (scene.desk.scenario.name if scene.desk.scenario else "")
        self._write(file_name(scene.results, scenario, view.chart.name), view.as_svg(), overwrite=False)

    def _write(self, name: str, text: str, *, overwrite: bool) -> None:
        def answered(sure: bool | None) -> None:
            if sure:
                self._write(name, text, overwrite=True)

        try:
            self._say(f"Saved as {save(name, text, overwrite=overwrite)}.")
        except FileExistsError:
            self.app.push_screen(OverwriteScreen(name), answered)
        except UsageError as error:
            self.app.notify(str(error), severity="error", markup=False)

    def _say(self, words: str) -> None:
        self.app.notify(words, markup=False)

    def commands(self) -> Iterable[SystemCommand]:
        """Every chart, and what can be done with the one that is shown."""
        for chart in CHARTS:
            yield SystemCommand(f"Chart: {chart.title}", chart.about, partial(self.action_choose, chart.name))
        yield SystemCommand("Chart: copy as text", "To the terminal's clipboard", self.action_copy)
        yield SystemCommand("Chart: save as SVG", "A file in the current folder", self.action_save)


def shown(scene: Scene) -> Snapshot:
    """What the charts draw of a scene: the last benchmark, with what is kept of the scenario."""
    results = scene.results
    return msgspec.structs.replace(results, days=scene.days, where=results.where or scene.stage.where)
