"""`optlab ceiling`: which max_tokens the lengths of answers support."""

import click

from optlab.cli.conversation import ask
from optlab.cli.options import absolute
from optlab.cli.output import write_as
from optlab.cli.study import Terms, conduct, study_options
from optlab.core.answer_events import CeilingFound
from optlab.core.commands import FindCeiling, MeasureCeiling
from optlab.core.errors import UsageError
from optlab.render.ceiling import ceiling_object, ceiling_sheet


@click.command()
@click.argument("scenario", required=False)
@click.option("--lengths", type=click.Path(), help="Read answer lengths from this JSON Lines file; no call is made.")
@click.option("--model", help="With --lengths: the model whose output price counts (the scenario's, if one is given).")
@click.option("--epsilon", type=float, default=0.05, show_default=True, help="The share of answers a cap may cut.")
@click.option("--answers", type=click.IntRange(1), help="Answers to measure (as few as can prove a cap: 59 for 0.05).")
@study_options
def ceiling(
    scenario: str | None,
    lengths: str | None,
    model: str | None,
    epsilon: float,
    answers: int | None,
    terms: Terms,
) -> None:
    """Find a max_tokens for SCENARIO, or for the answers in a file, with the risk that the sample proves.

    A line of the file is a number of output tokens, or {"output_tokens": 400, "stop_reason": "max_tokens"}.
    """
    if lengths is not None:
        command = FindCeiling(absolute(lengths), lengths, scenario, model, epsilon)
        write_as(terms.style, ceiling_object, ceiling_sheet, ask(command, CeilingFound).report)
        return
    if scenario is None:
        raise UsageError("name a scenario to measure, or a file of lengths with --lengths")
    if model is not None:
        raise UsageError("--model is for --lengths; a scenario is measured with its own model")
    study = MeasureCeiling(
        scenario=scenario,
        epsilon=epsilon,
        answers=answers,
    )
    conduct(study, terms)
