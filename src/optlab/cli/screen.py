"""`optlab screen`: which combination of several levers wins."""

from typing import Any

import click

from optlab.cli.study import Terms, conduct, study_options
from optlab.core.commands import RunScreen
from optlab.levers import complete, parse_choice


@click.command()
@click.argument("scenario")
@click.option(
    "--lever", "levers", multiple=True, metavar="NAME[:PARAM=VALUE,…]", help="A lever to screen; two to eight."
)
@click.option("--items", type=click.IntRange(2), help="Items every combination meets (as many as make about 64 runs).")
@click.option("--pairs", type=click.IntRange(1), help="Pairs of the confirmation at most (as the scenario plans).")
@click.option("--primary", type=click.Choice(["first_visible", "e2e", "cost_usd"]), help="The metric that decides.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Calls a minute, for the cost of caching.")
@study_options
def screen(
    scenario: str,
    levers: tuple[str, ...],
    items: int | None,
    pairs: int | None,
    primary: Any,
    rate: float | None,
    terms: Terms,
) -> None:
    """Screen several levers of SCENARIO at once, then confirm the winning combination against the baseline.

    Every combination of a fractional factorial design meets the same items, so all runs speak about every lever.
    """
    choices = tuple(parse_choice(text) for text in levers)
    for choice in choices:
        complete(choice)
    command = RunScreen(
        scenario=scenario,
        levers=choices,
        primary=primary,
        items=items,
        pairs=pairs,
        rate_per_minute=rate,
    )
    conduct(command, terms)
