"""`optlab models` and `optlab levers`: what there is to choose from. Nothing is started for them."""

import click
import msgspec

from optlab.catalogue import load
from optlab.cli.options import format_option
from optlab.cli.output import Format, write_grid, write_json
from optlab.levers import LEVERS
from optlab.render.tables import levers_grid, models_grid


@click.command()
@format_option("table", "json", "markdown")
def models(style: Format) -> None:
    """List the catalogue: prices in USD per million tokens, limits, dates."""
    catalogue = load()
    if style == "json":
        write_json({"as_of": catalogue.as_of, "models": msgspec.to_builtins(catalogue.models)})
        return
    write_grid(models_grid(catalogue.models), style)


@click.command()
@format_option("table", "json", "markdown")
def levers(style: Format) -> None:
    """List the levers in the order in which they stack, with their parameters."""
    if style == "json":
        write_json({"levers": [msgspec.to_builtins(lever.spec) for lever in LEVERS]})
        return
    write_grid(levers_grid(LEVERS), style)
