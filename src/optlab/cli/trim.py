"""`optlab trim`: what of a prompt can go, verified; or what each piece contributes."""

import sys

import click

from optlab.cli.conversation import Conversation
from optlab.cli.diagnostics import leave
from optlab.cli.options import connection, connection_options, finite_budget, format_option
from optlab.cli.output import Format, write_json, write_sheet
from optlab.core.commands import By, FindCuts, MapHeat
from optlab.core.errors import UsageError
from optlab.core.events import CutsFound, HeatMapped
from optlab.render.trim import heat_object, heat_sheet, trim_object, trim_sheet

FINENESS = ("segment", "paragraph", "bullet", "example", "sentence", "auto")


@click.command()
@click.argument("scenario")
@click.option("--goal", default="all-dead", show_default=True, help="all-dead, third, or the tokens to cut down to.")
@click.option(
    "--by",
    type=click.Choice(FINENESS),
    default="segment",
    show_default=True,
    help="The pieces that are tried; auto: segments, then the sentences of those that must stay.",
)
@click.option("--heat", is_flag=True, help="Cut nothing: map what each piece contributes, and what it costs.")
@click.option(
    "--orders", type=click.IntRange(2), default=2, show_default=True, help="With --heat: orders of the pieces."
)
@click.option(
    "--items", type=click.IntRange(2), default=12, show_default=True, help="With --heat: samples asked about."
)
@click.option("--again", is_flag=True, help="With --heat: begin anew instead of going on with an earlier map.")
@connection_options
@format_option("table", "json", "jsonl", "markdown")
def trim(
    scenario: str,
    goal: str,
    by: By,
    heat: bool,
    orders: int,
    items: int,
    again: bool,
    backend: str,
    seed: int,
    sim_speed: float,
    budget: float | None,
    yes: bool,
    style: Format,
) -> None:
    """Find what of SCENARIO's prompt can go, and verify it on samples that the search never saw.

    The scenario needs checks. Half of its samples, drawn by the seed, are searched on, the other half is held out; the
    card is the verdict on that half alone.
    """
    where, most = connection(backend, seed, sim_speed), finite_budget(budget)
    if heat:
        if goal != "all-dead":
            raise UsageError("--heat maps the whole prompt; leave --goal out")
        mapping = MapHeat(scenario, None, most, yes, connection=where, by=by, orders=orders, items=items, again=again)
        leave(Conversation(style, sys.stderr.isatty(), lambda end: _write_heat(end, style)).carry_out(mapping))
    finding = FindCuts(scenario, None, most, yes, connection=where, goal=goal, by=by)
    leave(Conversation(style, sys.stderr.isatty(), lambda end: _write_cuts(end, style)).carry_out(finding))


def _write_cuts(end: CutsFound, style: Format) -> None:
    if style == "json":
        write_json(trim_object(end.head, end.report))
    else:
        write_sheet(trim_sheet(end.head, end.report), style)


def _write_heat(end: HeatMapped, style: Format) -> None:
    if style == "json":
        write_json(heat_object(end.head, end.report))
    else:
        write_sheet(heat_sheet(end.head, end.report), style)
