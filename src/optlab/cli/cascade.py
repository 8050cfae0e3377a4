"""`optlab cascade`: does a small model with a judge before the big one pay?"""

from functools import partial

import click
from click.core import ParameterSource

from optlab.cli.conversation import ask
from optlab.cli.options import absolute
from optlab.cli.output import write_as
from optlab.cli.study import Terms, conduct, study_options
from optlab.core.answer_events import OutcomesRead
from optlab.core.commands import ReadOutcomes, StudyCascade
from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.scenario import ParamValue
from optlab.levers import complete
from optlab.render.cascade import figures_object, outcomes_sheet

MARGIN = 0.05
OF_OUTCOMES = ("outcomes", "margin", "style")
"""The parameters that mean something where stored outcomes are read."""


@click.command()
@click.argument("scenario", required=False)
@click.option("--outcomes", type=click.Path(), help="Read stored outcomes from this JSON Lines file; no call is made.")
@click.option("--small", help="The model that drafts (as the scenario says, else Haiku 4.5).")
@click.option("--judge", help="The model that judges the drafts (as the scenario says, else Haiku 4.5).")
@click.option("--big", help="The model that answers the rest (the scenario's own).")
@click.option("--judge-prompt", help="What the judge is asked of a draft (whether it is right).")
@click.option("--threshold", type=int, help="The judge's score, 0 to 100, below which the big model answers (50).")
@click.option(
    "--audit", type=float, default=1.0, show_default=True, help="Share of passed drafts the big model answers."
)
@click.option("--margin", type=float, help="Loss of accuracy that must be excluded (as the scenario plans, else 0.05).")
@study_options
def cascade(
    scenario: str | None,
    outcomes: str | None,
    small: str | None,
    judge: str | None,
    big: str | None,
    judge_prompt: str | None,
    threshold: int | None,
    audit: float,
    margin: float | None,
    terms: Terms,
) -> None:
    """Study a cascade on SCENARIO: escalation, break-even, the judge's errors, thresholds, waiting, and a verdict.

    With --outcomes the same from a file, an object a line: {"id", "small_right": bool, "big_right": bool,
    "judge_pass": bool, "small_usd", "judge_usd", "big_usd"}, and "judge_score", 0 to 100, for a curve.
    """
    if (scenario is None) == (outcomes is None):
        raise UsageError("name a scenario to study, or a file of stored outcomes with --outcomes, not both")
    if outcomes is not None:
        _refuse_calls()
        read = ask(ReadOutcomes(absolute(outcomes), MARGIN if margin is None else margin), OutcomesRead)
        write_as(terms.style, figures_object, partial(outcomes_sheet, outcomes), read.report)
        return
    assert scenario is not None
    given: dict[str, ParamValue | None] = {"small": small, "judge": judge, "big": big, "judge_prompt": judge_prompt}
    params = {name: value for name, value in {**given, "threshold": threshold}.items() if value is not None}
    lever = LeverChoice("cascade", params)
    complete(lever)
    command = StudyCascade(
        scenario=scenario,
        lever=lever,
        audit=audit,
        margin=margin,
    )
    conduct(command, terms)


def _refuse_calls() -> None:
    """Raise UsageError where an option says how to make calls: stored outcomes make none, and would hide that."""
    context = click.get_current_context()
    for option in context.command.params:
        given = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if given and option.name not in OF_OUTCOMES:
            raise UsageError(f"{option.opts[0]} is for a study of a scenario; --outcomes makes no call: leave it out")
