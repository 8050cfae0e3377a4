"""`optlab history` and `show`: questions to the worker that make no call."""

import click
import msgspec

from optlab.cli.conversation import ask
from optlab.cli.diagnostics import say
from optlab.cli.options import format_option, metrics_option
from optlab.cli.output import Format, write_grid, write_json, write_report, write_study
from optlab.core.commands import ListHistory, ShowRun
from optlab.core.events import HistoryListed
from optlab.core.run_events import ExperimentFinished
from optlab.core.study_events import StudyEnd
from optlab.render.tables import history_grid


@click.command()
@click.option("--limit", type=click.IntRange(1), default=50, help="How many lines at most.", show_default=True)
@click.option("--all", "unfold", is_flag=True, help="List every run of the studies instead of the studies.")
@format_option("table", "json", "markdown")
def history(limit: int, unfold: bool, style: Format) -> None:
    """List the runs and studies that were kept, newest first; a study's runs are folded into one line."""
    answer = ask(ListHistory(limit, unfold), HistoryListed)
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
    """Show the report of RUN, or what a study said at its end: an id, the beginning of one, or "last"."""
    found = ask(ShowRun(run_id), ExperimentFinished, StudyEnd)
    if isinstance(found, StudyEnd):
        write_study(found, style)
    elif isinstance(found, ExperimentFinished):
        write_report(found.report, style, every=every)
