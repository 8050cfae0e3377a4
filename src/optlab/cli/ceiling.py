"""`optlab ceiling`: which max_tokens the lengths of answers support."""

from pathlib import Path

import click

from optlab.cli.conversation import ask
from optlab.cli.options import format_option
from optlab.cli.output import Format, write_json, write_sheet
from optlab.core.commands import FindCeiling
from optlab.core.errors import UsageError
from optlab.core.events import CeilingFound
from optlab.render.ceiling import ceiling_object, ceiling_sheet


@click.command()
@click.argument("scenario", required=False)
@click.option("--lengths", type=click.Path(), help="Read answer lengths from this JSON Lines file; no call is made.")
@click.option("--model", help="With --lengths: the model whose output price counts (the scenario's, if one is given).")
@click.option("--epsilon", type=float, default=0.05, show_default=True, help="The share of answers a cap may cut.")
@format_option("table", "json", "markdown")
def ceiling(scenario: str | None, lengths: str | None, model: str | None, epsilon: float, style: Format) -> None:
    """Find a max_tokens for SCENARIO, or for the answers in a file, with the risk that the sample proves.

    A line of the file is a number of output tokens, or {"output_tokens": 400, "stop_reason": "max_tokens"}.
    """
    if lengths is None:
        raise UsageError("name a file of lengths with --lengths")
    command = FindCeiling(str(Path(lengths).resolve()), lengths, scenario, model, epsilon)
    report = ask(command, CeilingFound).report
    if style == "json":
        write_json(ceiling_object(report))
    else:
        write_sheet(ceiling_sheet(report), style)
