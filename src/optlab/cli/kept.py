"""`optlab history` and `show`: questions to the worker that make no call."""

import click
import msgspec

from optlab.cli.conversation import ask
from optlab.cli.diagnostics import say
from optlab.cli.options import format_option, metrics_option
from optlab.cli.output import Format, write_grid, write_json, write_report
from optlab.core.commands import ListHistory, ShowRun
from optlab.core.events import HistoryListed
from optlab.core.run_events import ExperimentFinished
from optlab.render.tables import history_grid


@click.command()
@click.option("--limit", type=click.IntRange(1), default=50, help="How many runs at most.", show_default=True)
@format_option("table", "json", "markdown")
def history(limit: int, style: Format) -> None:
    """List the runs that were kept, newest first."""
    answer = ask(ListHistory(limit), HistoryListed)
    if style == "json":
        write_json({"runs": msgspec.to_builtins(answer.runs)})
    elif answer.runs:
        write_grid(history_grid(answer.runs), style)
    else:
        say("No runs yet; `optlab run hamlet --lever streaming` makes one.")


@click.command()
@click.argument("run_id", metavar="RUN")
@metrics_option
@format_option("table", "json", "markdown")
def show(run_id: str, every: bool, style: Format) -> None:
    """Show the report of RUN: an id, the beginning of one, or "last"."""
    write_report(ask(ShowRun(run_id), ExperimentFinished).report, style, every=every)
