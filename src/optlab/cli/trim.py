"""`optlab trim`: what of a prompt can go, verified; what each piece contributes; or what can go without a call."""

from pathlib import Path

import click
from click.core import ParameterSource

from optlab.cli.conversation import ask
from optlab.cli.output import write_study
from optlab.cli.study import Terms, conduct, study_options
from optlab.core.commands import By, FindCuts, LoadScenario, MapHeat
from optlab.core.errors import UsageError
from optlab.core.events import ScenarioLoaded
from optlab.core.study_events import CutsFound

_OF_CALLS = ("goal", "by", "heat", "orders", "items", "again", "backend", "seed", "sim_speed", "budget", "yes")
FINENESS = ("segment", "paragraph", "bullet", "example", "sentence", "auto")


@click.command()
@click.argument("scenario")
@click.option("--goal", default="all-dead", show_default=True, help="all-dead, third, or the tokens to cut down to.")
@click.option(
    "--by",
    type=click.Choice(FINENESS),
    default="segment",
    show_default=True,
    help="The pieces that are tried; auto: segments, then the sentences of those that must stay.",
)
@click.option(
    "--write",
    "file",
    type=click.Path(),
    help="Write the trimmed prompt: FILE.toml a scenario, its samples beside it; FILE.py Python; FILE.diff a diff.",
)
@click.option("--wins", is_flag=True, help="List what can go without a call; --write takes all of it.")
@click.option("--heat", is_flag=True, help="Cut nothing: map what each piece contributes, and what it costs.")
@click.option(
    "--orders", type=click.IntRange(2), default=2, show_default=True, help="With --heat: orders of the pieces."
)
@click.option(
    "--items", type=click.IntRange(2), default=12, show_default=True, help="With --heat: samples asked about."
)
@click.option("--again", is_flag=True, help="With --heat: begin anew instead of going on with an earlier map.")
@study_options
def trim(
    scenario: str,
    goal: str,
    by: By,
    file: str | None,
    wins: bool,
    heat: bool,
    orders: int,
    items: int,
    again: bool,
    terms: Terms,
) -> None:
    """Find what of SCENARIO's prompt can go, and verify it on samples that the search never saw.

    The scenario needs checks. Half of its samples, drawn by the seed, are searched on, the other half is held out; the
    card is the verdict on that half alone.
    """
    if wins:
        _require_no_call()
        from optlab.cli.trim_free import list_free  # no other command looks for them

        list_free(scenario, file, terms.style)
        return
    if heat:
        if goal != "all-dead" or file is not None:
            raise UsageError("--heat maps the whole prompt and cuts nothing; leave --goal and --write out")
        conduct(MapHeat(scenario, by=by, orders=orders, items=items, again=again), terms)
    context = click.get_current_context()
    for name in ("orders", "items", "again"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"--{name} is for the heat map; give --heat with it, or leave it out")
    if file is not None and terms.style == "jsonl":
        raise UsageError("--format jsonl tells events alone; leave --write out, or take another format")
    out = None
    if file is not None:
        from optlab.cli.trim_out import Out  # no other command writes one

        out = Out(Path(file), ask(LoadScenario(scenario), ScenarioLoaded).scenario)

    def write(end: CutsFound) -> None:
        write_study(end, terms.style)
        if out is not None:
            out.write_found(end.head, end.report)

    conduct(FindCuts(scenario, goal=goal, by=by), terms, write)


def _require_no_call() -> None:
    """Raise UsageError where an option was given that only calls have a use for."""
    context = click.get_current_context()
    given = [one for one in _OF_CALLS if context.get_parameter_source(one) is ParameterSource.COMMANDLINE]
    if given:
        option = given[0].replace("_", "-")
        raise UsageError(f"--wins asks nobody and searches nothing; leave --{option} out, or leave --wins out")
