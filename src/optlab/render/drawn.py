"""A page drawn on a console of rich: the command line's own, or one whose lines a screen takes over."""

from typing import TYPE_CHECKING

from optlab.core.report import Report
from optlab.core.verdict import Card, CardWord
from optlab.render.batches import batch_lines
from optlab.render.cards import card_lines
from optlab.render.comparison import comparison_grid
from optlab.render.conditions import condition_lines
from optlab.render.format import line
from optlab.render.judging import judging_lines
from optlab.render.sheet import Sheet, Words
from optlab.render.tables import Grid, cost_line, title
from optlab.render.trade_off import HEADING, trade_off_grid

if TYPE_CHECKING:  # slow to import, and JSON needs none of it
    from rich.console import Console
    from rich.table import Table

_NOT_DRAWN = {"p99_open"}
"""Caveats on figures that only the JSON report has."""

_COLOURS = {
    CardWord.ADOPT: "bold black on green",
    CardWord.ROLL_BACK: "bold white on red",
    CardWord.NOISE: "bold black on bright_black",
    CardWord.NOT_YET_KNOWN: "bold black on yellow",
}


def draw_sheet(console: "Console", sheet: Sheet) -> None:
    """The page of a study."""
    from rich.text import Text

    drawn = [part for part in sheet if not (isinstance(part, Words) and not part.lines)]
    for number, part in enumerate(drawn):
        if number:
            console.print()
        if isinstance(part, Grid):
            console.print(table(part))
            continue
        if isinstance(part, Card):
            _draw_card(console, part)
            continue
        style_of = {"heading": "bold"}.get(part.how, "")
        for words in part.lines:
            text = words if part.how == "drawing" else f"· {line(words)}" if part.how == "list" else line(words)
            console.print(Text(text, style=style_of))


def table(grid: Grid, accent: bool = False) -> "Table":
    """A table as rich draws it; with `accent` its first column is bold."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for number, name in enumerate(grid.header):
        first = number == 0
        drawn.add_column(Text(line(name)), overflow="fold", no_wrap=first, style="bold" if accent and first else "")
    for row in grid.rows:
        if row:
            drawn.add_row(*(Text(line(cell)) for cell in row))
        else:
            drawn.add_section()
    return drawn


def _draw_card(console: "Console", card: Card) -> None:
    from rich.text import Text

    console.print(Text.assemble((f" {card.verdict.value} ", _COLOURS[card.verdict]), f" {card.variant}"))
    console.print(Text(line(card.reason)))
    for words in card_lines(card):
        console.print(Text(f"  {line(words)}", style="dim"))


def draw_report(console: "Console", report: Report, *, every: bool = False) -> None:
    """The report of a run; with `every` metric that has figures."""
    from rich.text import Text

    console.print(Text(title(report), style="bold"))
    for card in report.cards:
        console.print()
        _draw_card(console, card)
    if report.variants:
        console.print()
        grid = comparison_grid(report, every=every)
        console.print(table(grid, accent=True))
        for words in (*grid.notes, *condition_lines(report)):
            console.print(Text(f"  {line(words)}", style="dim"))
    if report.trade_off:
        console.print()
        console.print(Text(HEADING, style="bold"))
        console.print(table(trade_off_grid(report.trade_off)))
    if report.judging:
        console.print()
        console.print(Text("Judging, billed to the run and to no variant", style="bold"))
        for words in judging_lines(report):
            console.print(Text(f"  {line(words)}"))
    if report.batches:
        console.print()
        console.print(Text("Submitted, to see how long it waits; billed to the run and to no variant", style="bold"))
        for words in batch_lines(report):
            console.print(Text(f"  {line(words)}"))
    shown = [caveat for caveat in report.caveats if caveat.code not in _NOT_DRAWN]
    if shown:
        console.print()
        console.print(Text("Caveats", style="bold"))
        for caveat in shown:
            console.print(Text(f"  · {line(caveat.sentence)}"))
    console.print()
    console.print(Text(f"{cost_line(report)} · {report.provenance.value.upper()}"))
