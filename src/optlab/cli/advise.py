"""`optlab advise`: which lever to pull first."""

import sys

import click

from optlab.cli.conversation import Conversation, ask
from optlab.cli.diagnostics import leave
from optlab.cli.options import connection, connection_options, finite_budget, format_option
from optlab.cli.output import Format, write_json, write_sheet
from optlab.core.answer_events import AdviceGiven
from optlab.core.commands import Advise, AdviseOnRun
from optlab.core.errors import UsageError
from optlab.render.advice import advice_object, advice_sheet

_ABOVE_ZERO = click.FloatRange(0, min_open=True)


@click.command()
@click.argument("scenario", required=False)
@click.option("--run", "run_id", metavar="RUN", help='Look at this kept run ("last": the newest); nothing is sent.')
@click.option("--pairs", type=click.IntRange(1), help="How often the baseline is measured (12).")
@click.option("--rate", type=_ABOVE_ZERO, help="Calls a minute, for what caching saves.")
@click.option("--patience", type=_ABOVE_ZERO, default=10.0, show_default=True, help="Seconds an answer may take.")
@click.option("--high", type=_ABOVE_ZERO, default=1.0, show_default=True, help="Dollars that 1,000 calls may cost.")
@connection_options
@format_option("table", "json", "jsonl", "markdown")
def advise(
    scenario: str | None,
    run_id: str | None,
    pairs: int | None,
    rate: float | None,
    patience: float,
    high: float,
    backend: str,
    seed: int,
    sim_speed: float,
    budget: float | None,
    yes: bool,
    style: Format,
) -> None:
    """Hold the decision table against SCENARIO, measured a little, or against a kept run, and say what to try first."""
    if run_id is not None:
        if pairs is not None:
            raise UsageError("--run looks at what was measured; leave --pairs out")
        found = ask(AdviseOnRun(run_id, scenario, rate, patience, high), AdviceGiven).report
        if style in ("json", "jsonl"):
            write_json(advice_object(found))
        else:
            write_sheet(advice_sheet(found), style)
        return
    if scenario is None:
        raise UsageError("name a scenario to measure, or a kept run with --run")
    command = Advise(
        scenario=scenario,
        budget_usd=finite_budget(budget),
        yes=yes,
        connection=connection(backend, seed, sim_speed),
        pairs=pairs,
        rate_per_minute=rate,
        patience_s=patience,
        high_usd=high,
    )
    leave(Conversation(style, sys.stderr.isatty()).carry_out(command))
