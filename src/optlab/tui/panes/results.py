"""The card first, then baseline and candidate in figures, then what is doubtful about them."""

from functools import partial

from textual.app import ComposeResult
from textual.content import Content

from optlab.render.explain import explain
from optlab.render.format import usd
from optlab.render.snapshot import Snapshot
from optlab.tui.panes.pane import Pane
from optlab.tui.results.screen import ExplanationScreen
from optlab.tui.results.sheet import sheet
from optlab.tui.results.view import ResultsView
from optlab.tui.scene import Scene


class ResultsPane(Pane):
    """What the last benchmark says, every figure with what it is. A race never changes it."""

    tab = "Results"

    def compose(self) -> ComposeResult:
        yield ResultsView()

    def on_mount(self) -> None:
        self.entitle(Content.assemble("Results", (" · enter explains a figure", "$foreground 50%")))
        self._shown: Snapshot | None = None

    def needs(self, scene: Scene) -> tuple[object, ...]:
        return (scene.results,)

    def show(self, scene: Scene, now: float) -> None:
        results = scene.results
        before, self._shown = self._shown, results
        if before is not None and _same(before, results):
            return
        view = self.query_one(ResultsView)
        view.show(partial(sheet, results), partial(explain, results))
        self.entitle(subtitle=_origin(results))
        if results.report is not None and (before is None or before.report is None):
            view.scroll_home(animate=False)

    def on_results_view_asked(self, event: ResultsView.Asked) -> None:
        """Explain a figure."""
        event.stop()
        self.app.push_screen(ExplanationScreen(event.explanation))


def _same(before: Snapshot, after: Snapshot) -> bool:
    """Whether two snapshots look the same here: while text streams in, they do."""
    return (before.phase, before.runs_done, before.variants, before.cards, before.report, before.message) == (
        after.phase,
        after.runs_done,
        after.variants,
        after.cards,
        after.report,
        after.message,
    )


def _origin(results: Snapshot) -> Content:
    if results.where is None or results.plan is None:
        return Content("")
    done = f"{results.whole_pairs} of {results.plan.pairs} pairs"
    return Content(f"{results.where.provenance.value.upper()} · {done} · {usd(results.spent_usd)}")
