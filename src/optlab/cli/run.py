"""`optlab run`: baseline against candidates."""

import sys
from typing import Any

import click

from optlab.cli.conversation import Conversation
from optlab.cli.diagnostics import leave
from optlab.cli.options import connection, connection_options, finite_budget, format_option, metrics_option
from optlab.cli.output import Format
from optlab.core.commands import RunBenchmark
from optlab.levers import complete, parse_choice


@click.command()
@click.argument("scenario")
@click.option("--lever", "levers", multiple=True, metavar="NAME[:PARAM=VALUE,…]", help="A lever to pull; repeatable.")
@click.option("--each", is_flag=True, help="One candidate a lever instead of one candidate with all of them.")
@click.option("--aa", is_flag=True, help="Compare the baseline with itself: what is believable here and now?")
@click.option("--pairs", type=click.IntRange(1), help="Pairs to measure (12, or what the scenario says).")
@click.option("--primary", type=click.Choice(["first_visible", "e2e", "cost_usd"]), help="The metric that decides.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Calls a minute, for the cost of caching.")
@click.option("--early-stop", is_flag=True, help="Stop as soon as the verdict cannot change any more.")
@connection_options
@metrics_option
@format_option("table", "json", "jsonl", "markdown")
def run(
    scenario: str,
    levers: tuple[str, ...],
    each: bool,
    aa: bool,
    pairs: int | None,
    primary: Any,
    rate: float | None,
    early_stop: bool,
    backend: str,
    seed: int,
    sim_speed: float,
    budget: float | None,
    yes: bool,
    every: bool,
    style: Format,
) -> None:
    """Measure SCENARIO with and without levers, in randomised pairs, and give a verdict.

    SCENARIO is a TOML file, or the bare name of one that comes with optlab: `optlab scenarios` lists them, and
    `optlab levers` what can be pulled. Without a credential everything runs against the simulator, and every figure
    says so.
    """
    choices = tuple(parse_choice(text) for text in levers)
    for choice in choices:
        complete(choice)
    command = RunBenchmark(
        scenario=scenario,
        levers=choices,
        each=each,
        aa=aa,
        pairs=pairs,
        primary=primary,
        rate_per_minute=rate,
        budget_usd=finite_budget(budget),
        early_stop=early_stop,
        yes=yes,
        live=style == "jsonl",
        connection=connection(backend, seed, sim_speed),
    )
    leave(Conversation(style, sys.stderr.isatty(), every=every).carry_out(command))
