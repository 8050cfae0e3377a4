"""`optlab advise`: which lever to pull first."""

import click

from optlab.cli.conversation import ask
from optlab.cli.output import write_as
from optlab.cli.study import Terms, conduct, study_options
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
@study_options
def advise(
    scenario: str | None,
    run_id: str | None,
    pairs: int | None,
    rate: float | None,
    patience: float,
    high: float,
    terms: Terms,
) -> None:
    """Hold the decision table against SCENARIO, measured a little, or against a kept run, and say what to try first."""
    if run_id is not None:
        if pairs is not None:
            raise UsageError("--run looks at what was measured; leave --pairs out")
        found = ask(AdviseOnRun(run_id, scenario, rate, patience, high), AdviceGiven).report
        write_as(terms.style, advice_object, advice_sheet, found)
        return
    if scenario is None:
        raise UsageError("name a scenario to measure, or a kept run with --run")
    command = Advise(
        scenario=scenario,
        pairs=pairs,
        rate_per_minute=rate,
        patience_s=patience,
        high_usd=high,
    )
    conduct(command, terms)
