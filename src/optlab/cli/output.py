"""stdout: data only, as a table for people or in a format for programs."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any, Literal, TypeVarTuple

from optlab.core.events import Event, encode
from optlab.core.report import Report
from optlab.core.study_events import StudyEnd
from optlab.render import tables
from optlab.render.batches import batch_lines
from optlab.render.cards import card_lines
from optlab.render.comparison import comparison_grid
from optlab.render.conditions import condition_lines
from optlab.render.drawn import draw_report, draw_sheet, table
from optlab.render.ends import end_object, end_sheet
from optlab.render.format import line
from optlab.render.judging import judging_lines
from optlab.render.report_json import report_object
from optlab.render.sheet import Sheet, sheet_markdown
from optlab.render.trade_off import HEADING, trade_off_grid

Ts = TypeVarTuple("Ts")

ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Format = Literal["table", "json", "jsonl", "markdown"]

UNFOLDED = 1000
"""A width that no line of ours reaches."""


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
        draw_report(_console(), report, every=every)


def write_grid(grid: tables.Grid, style: Format) -> None:
    """A plain list as a table or Markdown."""
    if style == "markdown":
        sys.stdout.write(tables.markdown(grid) + "\n")
    else:
        _console().print(table(grid))


def write_sheet(sheet: Sheet, style: Format) -> None:
    """The page of a study, drawn or as Markdown."""
    if style == "markdown":
        sys.stdout.write(sheet_markdown(sheet))
        return
    draw_sheet(_console(), sheet)


def write_study(end: StudyEnd, style: Format) -> None:
    """The end of a study as its page, or as one JSON object."""
    write_as(style, end_object, end_sheet, end)


def _console() -> Any:
    from rich.console import Console

    # Behind a pipe there is no width to fit; folded lines would be of no use to a program.
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNFOLDED)


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
