"""The charts of the table CHARTS: the first one wide, the others side by side below it."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from optlab.render.charts import SMALL, mark, variants
from optlab.render.format import line
from optlab.tui.panes.pane import Pane
from optlab.tui.scene import Scene
from optlab.tui.widgets.chart_view import SERIES, ChartView


class ChartsPane(Pane):
    """Charts of the last benchmark; they fill as pairs arrive."""

    tab = "Charts"

    def compose(self) -> ComposeResult:
        yield ChartView(SMALL[0])
        with Horizontal():
            for chart in SMALL[1:]:
                yield ChartView(chart)

    def needs(self, scene: Scene) -> tuple[object, ...]:
        return (scene.results,)

    def show(self, scene: Scene, now: float) -> None:
        for view in self.query(ChartView):
            view.show(scene.results)
        names = variants(scene.results)
        legend = [
            part
            for index, name in enumerate(names)
            for part in ((f" {mark(index)} ", f"${SERIES[index % len(SERIES)]}"), (line(name), "$foreground 60%"))
        ]
        self.query(ChartView).first().border_subtitle = Content.assemble(*legend) if legend else Content("")
