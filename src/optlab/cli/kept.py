"""`optlab history`, `show` and `check`: questions to the worker that make no call."""

import click

from optlab.cli.conversation import ask
from optlab.cli.diagnostics import ExitCode, leave
from optlab.cli.options import format_option
from optlab.cli.output import Format, write_grid, write_json, write_report
from optlab.core.commands import CheckScenario, ListHistory, ShowRun
from optlab.core.events import ExperimentFinished, Table
from optlab.render.tables import Grid, history_grid


@click.command()
@click.option("--limit", type=click.IntRange(1), default=50, help="How many runs at most.", show_default=True)
@format_option("table", "json", "markdown")
def history(limit: int, style: Format) -> None:
    """List the runs that were kept, newest first."""
    answer = ask(ListHistory(limit))
    if isinstance(answer, ExitCode):
        leave(answer)
    assert isinstance(answer, Table)
    if style == "json":
        write_json({"runs": list(answer.rows)})
    elif answer.rows:
        write_grid(history_grid(answer.rows), style)
    else:
        click.echo("No runs yet; `optlab run hamlet --lever streaming` makes one.", err=True)


@click.command()
@click.argument("run_id", metavar="RUN")
@format_option("table", "json", "markdown")
def show(run_id: str, style: Format) -> None:
    """Show the report of RUN: an id, the beginning of one, or "last"."""
    answer = ask(ShowRun(run_id))
    if isinstance(answer, ExitCode):
        leave(answer)
    assert isinstance(answer, ExperimentFinished)
    write_report(answer.report, style)


@click.command()
@click.argument("scenario")
@format_option("table", "json", "markdown")
def check(scenario: str, style: Format) -> None:
    """Read SCENARIO and say what is in it, or what is wrong with it."""
    answer = ask(CheckScenario(scenario))
    if isinstance(answer, ExitCode):
        leave(answer)
    assert isinstance(answer, Table)
    row = answer.rows[0]
    if style == "json":
        write_json(row)
        return
    cells = ((key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)) for key, value in row.items())
    write_grid(Grid(("scenario", scenario), tuple(cells)), style)
