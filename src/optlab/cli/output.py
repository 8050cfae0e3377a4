"""stdout: data only, as a table for people or in a format for programs."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any, Literal, TypeVarTuple

from optlab.core.events import Event, encode
from optlab.core.report import Report
from optlab.core.study_events import StudyEnd
from optlab.core.verdict import Card, CardWord
from optlab.render import tables
from optlab.render.batches import batch_lines
from optlab.render.cards import card_lines
from optlab.render.comparison import comparison_grid
from optlab.render.conditions import condition_lines
from optlab.render.ends import end_object, end_sheet
from optlab.render.format import line
from optlab.render.judging import judging_lines
from optlab.render.report_json import report_object
from optlab.render.sheet import Sheet, Words, sheet_markdown
from optlab.render.trade_off import HEADING, trade_off_grid

Ts = TypeVarTuple("Ts")

ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Format = Literal["table", "json", "jsonl", "markdown"]

_NOT_DRAWN = {"p99_open"}
"""Caveats on figures that only the JSON report has."""

UNFOLDED = 1000
"""A width that no line of ours reaches."""

_COLOURS = {
    CardWord.ADOPT: "bold black on green",
    CardWord.ROLL_BACK: "bold white on red",
    CardWord.NOISE: "bold black on bright_black",
    CardWord.NOT_YET_KNOWN: "bold black on yellow",
}


def write_event(event: Event) -> None:
    """One event as a line of JSON on stdout, with what a terminal might obey escaped."""
    sys.stdout.write(ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", encode(event).decode()))
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """One JSON object on stdout, in ASCII: a terminal may be what reads it."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_as(style: Format, as_object: Callable[[*Ts], Any], as_sheet: Callable[[*Ts], Sheet], *facts: *Ts) -> None:
    """The same facts as one JSON object, or as a sheet in the style asked for."""
    if style in ("json", "jsonl"):
        write_json(as_object(*facts))
    else:
        write_sheet(as_sheet(*facts), style)


def write_report(report: Report, style: Format, *, every: bool = False) -> None:
    """A report as a table, one JSON object (which always has every metric), or Markdown."""
    if style == "json":
        write_json(report_object(report))
    elif style == "markdown":
        sys.stdout.write(_markdown(report, every=every))
    else:
        _draw(report, every=every)


def write_grid(grid: tables.Grid, style: Format) -> None:
    """A plain list as a table or Markdown."""
    if style == "markdown":
        sys.stdout.write(tables.markdown(grid) + "\n")
    else:
        _console().print(_rich(grid))


def write_sheet(sheet: Sheet, style: Format) -> None:
    """The page of a study, drawn or as Markdown."""
    if style == "markdown":
        sys.stdout.write(sheet_markdown(sheet))
        return
    from rich.text import Text

    console = _console()
    drawn = [part for part in sheet if not (isinstance(part, Words) and not part.lines)]
    for number, part in enumerate(drawn):
        if number:
            console.print()
        if isinstance(part, tables.Grid):
            console.print(_rich(part))
            continue
        if isinstance(part, Card):
            _draw_card(console, part)
            continue
        style_of = {"heading": "bold"}.get(part.how, "")
        for words in part.lines:
            text = words if part.how == "drawing" else f"· {line(words)}" if part.how == "list" else line(words)
            console.print(Text(text, style=style_of))


def write_study(end: StudyEnd, style: Format) -> None:
    """The end of a study as its page, or as one JSON object."""
    write_as(style, end_object, end_sheet, end)


def _console() -> Any:
    from rich.console import Console

    # Behind a pipe there is no width to fit; folded lines would be of no use to a program.
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNFOLDED)


def _rich(grid: tables.Grid, accent: bool = False) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for number, name in enumerate(grid.header):
        first = number == 0
        table.add_column(Text(line(name)), overflow="fold", no_wrap=first, style="bold" if accent and first else "")
    for row in grid.rows:
        if row:
            table.add_row(*(Text(line(cell)) for cell in row))
        else:
            table.add_section()
    return table


def _draw_card(console: Any, card: Card) -> None:
    from rich.text import Text

    console.print(Text.assemble((f" {card.verdict.value} ", _COLOURS[card.verdict]), f" {card.variant}"))
    console.print(Text(line(card.reason)))
    for words in card_lines(card):
        console.print(Text(f"  {line(words)}", style="dim"))


def _draw(report: Report, *, every: bool) -> None:
    from rich.text import Text

    console = _console()
    console.print(Text(tables.title(report), style="bold"))
    for card in report.cards:
        console.print()
        _draw_card(console, card)
    if report.variants:
        console.print()
        grid = comparison_grid(report, every=every)
        console.print(_rich(grid, accent=True))
        for words in (*grid.notes, *condition_lines(report)):
            console.print(Text(f"  {line(words)}", style="dim"))
    if report.trade_off:
        console.print()
        console.print(Text(HEADING, style="bold"))
        console.print(_rich(trade_off_grid(report.trade_off)))
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
    console.print(Text(f"{tables.cost_line(report)} · {report.provenance.value.upper()}"))


def _markdown(report: Report, *, every: bool) -> str:
    parts = [f"# {tables.title(report)}", ""]
    for card in report.cards:
        parts += [f"**{card.verdict.value}** {line(card.variant)}: {line(card.reason)}", ""]
        parts += [f"- {line(words)}" for words in card_lines(card)] + [""]
    parts += [tables.markdown(comparison_grid(report, every=every)), ""]
    parts += [*(f"- {words}" for words in condition_lines(report)), ""]
    if report.trade_off:
        parts += [f"## {HEADING}", "", tables.markdown(trade_off_grid(report.trade_off)), ""]
    parts += [f"- judging: {line(words)}" for words in judging_lines(report)]
    parts += [f"- submitted: {line(words)}" for words in batch_lines(report)]
    parts += [f"- {line(caveat.sentence)}" for caveat in report.caveats]
    return "\n".join([*parts, "", tables.cost_line(report), ""])
