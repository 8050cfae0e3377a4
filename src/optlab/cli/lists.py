"""`optlab scenarios`, `optlab models` and `optlab levers`: what there is to choose from."""

import click
import msgspec

from optlab.catalogue import load
from optlab.cli.conversation import ask
from optlab.cli.diagnostics import say
from optlab.cli.options import format_option
from optlab.cli.output import Format, write_grid, write_json
from optlab.core.commands import ListPrices, ListScenarios
from optlab.core.events import PricesListed, ScenariosListed
from optlab.levers import LEVERS
from optlab.render.models import models_grid
from optlab.render.tables import levers_grid, scenarios_grid


@click.command()
@format_option("table", "json", "markdown")
def models(style: Format) -> None:
    """List the catalogue: prices in USD per million tokens, limits, dates; your own prices in their place."""
    catalogue, prices = load(), ask(ListPrices(), PricesListed)
    if style == "json":
        models = msgspec.to_builtins(catalogue.models)
        write_json({"as_of": catalogue.as_of, "models": models, "own_prices": msgspec.to_builtins(prices.rates)})
        return
    write_grid(models_grid(catalogue.models, prices.rates), style)
    if prices.rates:
        say(f"Your own prices are from {prices.file}.")


@click.command()
@format_option("table", "json", "markdown")
def scenarios(style: Format) -> None:
    """List the scenarios that come with optlab, by the bare names that `run` takes."""
    found = ask(ListScenarios(), ScenariosListed).scenarios
    if style == "json":
        write_json({"scenarios": msgspec.to_builtins(found)})
        return
    write_grid(scenarios_grid(found), style)


@click.command()
@format_option("table", "json", "markdown")
def levers(style: Format) -> None:
    """List the levers in the order in which they stack, with their parameters."""
    if style == "json":
        write_json({"levers": [msgspec.to_builtins(lever.spec) for lever in LEVERS]})
        return
    write_grid(levers_grid(LEVERS), style)
