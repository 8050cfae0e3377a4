"""The card first, then baseline and candidate in figures, then what is doubtful about them."""

from collections.abc import Iterator

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from optlab.core.report import Report
from optlab.core.verdict import Card, CardWord
from optlab.render import standing
from optlab.render.batches import batch_lines
from optlab.render.cards import card_lines
from optlab.render.format import line, usd
from optlab.render.judging import judging_lines
from optlab.render.snapshot import Snapshot
from optlab.render.tables import cost_line
from optlab.render.trade_off import HEADING, trade_off_grid
from optlab.tui.panes.pane import Pane
from optlab.tui.scene import Scene

_BADGES = {
    CardWord.ADOPT: "bold black on $success",
    CardWord.ROLL_BACK: "bold white on $error-darken-1",
    CardWord.NOISE: "bold $background on $foreground 60%",
    CardWord.NOT_YET_KNOWN: "bold black on $warning",
}
_TONES = {"plain": "$foreground", "good": "$text-success", "bad": "$text-error", "dim": "$foreground 60%"}
_NOTHING = (
    "No benchmark yet. s races baseline and candidate once, to look at; r measures them in pairs and gives a verdict."
)


class ResultsPane(Pane):
    """What the last benchmark says. A race never changes it."""

    tab = "Results"

    DEFAULT_CSS = """
    ResultsPane {
        VerticalScroll { scrollbar-size-vertical: 1; }
        #table { text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(id="card", markup=False)
            yield Static(id="table", markup=False)
            yield Static(id="evidence", markup=False)

    def on_mount(self) -> None:
        self.entitle(Content("Results"))
        self._shown: Snapshot | None = None

    def needs(self, scene: Scene) -> tuple[object, ...]:
        return (scene.results, scene.stage.where)

    def show(self, scene: Scene, now: float) -> None:
        results = scene.results
        if results is self._shown:
            return
        before, self._shown = self._shown, results
        if before is not None and _same(before, results):
            return
        self.query_one("#card", Static).update(_cards(results))
        self.query_one("#table", Static).update(_table(results))
        self.query_one("#evidence", Static).update(_evidence(results))
        self.entitle(subtitle=_origin(results))
        if results.report is not None and (before is None or before.report is None):
            self.query_one(VerticalScroll).scroll_home(animate=False)


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
    done = f"{len({p.pair for p in results.points if p.phase == 'measured'})} of {results.plan.pairs} pairs"
    return Content(f"{results.where.provenance.value.upper()} · {done} · {usd(results.spent_usd)}")


def _cards(results: Snapshot) -> Content:
    if not results.cards:
        if results.phase == "failed":
            return Content.styled("The run failed before there was anything to compare.", "$foreground 60%")
        if results.plan is None:
            return Content.styled(_NOTHING, "$foreground 60%")
        if results.phase in ("planned", "running"):
            return Content.styled("Measuring; the first verdict comes with the first pair.", "$foreground 60%")
        return Content.styled("The run ended before there was anything to compare.", "$foreground 60%")
    final = results.report is not None
    return Content("\n").join(_card(card, final=final) for card in results.cards)


def _card(card: Card, *, final: bool) -> Content:
    so_far = "" if final else " so far"
    return Content.assemble(
        (f" {card.verdict.value} ", _BADGES[card.verdict]),
        (f" {line(card.variant)}{so_far}\n", "bold"),
        (line(card.reason), "$foreground"),
    )


def _table(results: Snapshot) -> Content:
    if not results.variants:
        return Content("")
    head = standing.header(results)
    rows = standing.rows(results)
    widths = [
        max(
            [
                cell_len(title),
                *(max(cell_len(r.cells[i].value), cell_len(r.cells[i].below)) for r in rows if i < len(r.cells)),
            ]
        )
        for i, title in enumerate(head)
    ]
    lines: list[Content] = [Content(""), Content.styled(_joined(head, widths), "bold $foreground 60%")]
    for row in rows:
        lines.append(Content.assemble(*_cells(row, widths, below=False)))
        if any(cell.below for cell in row.cells):
            lines.append(Content.assemble(*_cells(row, widths, below=True)))
    return Content("\n").join(lines)


def _joined(words: tuple[str, ...], widths: list[int]) -> str:
    return " ".join(word + " " * (width - cell_len(word)) for word, width in zip(words, widths, strict=False))


def _cells(row: standing.Row, widths: list[int], *, below: bool) -> Iterator[tuple[str, str]]:
    last = len(widths) - 1
    for index, (cell, width) in enumerate(zip(row.cells, widths, strict=False)):
        word = cell.below if below else cell.value
        marked = index == 0 if below else index in (0, last) and cell.tone != "dim"
        style = (
            _TONES[cell.tone]
            if marked and (below or index)
            else "$foreground 60%"
            if below or not index
            else "$foreground"
        )
        yield word + ("" if index == last else " " * (width - cell_len(word) + 1)), style


def _trade_off(report: Report) -> Iterator[str]:
    """One line a variant: what no other beats on everything, and what is undecided."""
    if report.trade_off is not None:
        yield HEADING
        for variant, *figures, place in trade_off_grid(report.trade_off).rows:
            yield line(f"  {variant}: {' · '.join(figures)} · {place}")


def _evidence(results: Snapshot) -> Content:
    lines = [Content.styled(line(note), "$foreground 60%") for note in standing.notes(results).lines]
    lines.append(Content(""))
    for card in results.cards:
        lines += [Content.styled(line(words), "$foreground 60%") for words in card_lines(card)]
    report = results.report
    if report is not None:
        lines += [Content.styled(words, "$foreground 80%") for words in _trade_off(report)]
        lines += [Content.styled(f"judging: {line(words)}", "$foreground 60%") for words in judging_lines(report)]
        lines += [Content.styled(f"submitted: {line(words)}", "$foreground 60%") for words in batch_lines(report)]
        lines += [Content.styled(f"· {line(caveat.sentence)}", "$text-warning") for caveat in report.caveats]
        lines.append(
            Content.styled(
                f"{cost_line(report)} · {report.provenance.value.upper()} · run {line(report.run_id)}",
                "$foreground 60%",
            )
        )
    return Content("\n").join(lines)
