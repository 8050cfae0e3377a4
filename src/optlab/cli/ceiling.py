"""`optlab ceiling`: which max_tokens the lengths of answers support."""

import sys

import click

from optlab.cli.conversation import Conversation, ask
from optlab.cli.diagnostics import leave
from optlab.cli.options import absolute, connection, connection_options, finite_budget, format_option
from optlab.cli.output import Format, write_json, write_sheet
from optlab.core.answer_events import CeilingFound
from optlab.core.ceiling_report import CeilingReport
from optlab.core.commands import FindCeiling, MeasureCeiling
from optlab.core.errors import UsageError
from optlab.core.study import StudyHead
from optlab.core.study_events import CeilingMeasured
from optlab.render.ceiling import ceiling_object, ceiling_sheet


@click.command()
@click.argument("scenario", required=False)
@click.option("--lengths", type=click.Path(), help="Read answer lengths from this JSON Lines file; no call is made.")
@click.option("--model", help="With --lengths: the model whose output price counts (the scenario's, if one is given).")
@click.option("--epsilon", type=float, default=0.05, show_default=True, help="The share of answers a cap may cut.")
@click.option("--answers", type=click.IntRange(1), help="Answers to measure (as few as can prove a cap: 59 for 0.05).")
@connection_options
@format_option("table", "json", "jsonl", "markdown")
def ceiling(
    scenario: str | None,
    lengths: str | None,
    model: str | None,
    epsilon: float,
    answers: int | None,
    backend: str,
    seed: int,
    sim_speed: float,
    budget: float | None,
    yes: bool,
    style: Format,
) -> None:
    """Find a max_tokens for SCENARIO, or for the answers in a file, with the risk that the sample proves.

    A line of the file is a number of output tokens, or {"output_tokens": 400, "stop_reason": "max_tokens"}.
    """
    if lengths is not None:
        command = FindCeiling(absolute(lengths), lengths, scenario, model, epsilon)
        _write(ask(command, CeilingFound).report, None, "json" if style == "jsonl" else style)
        return
    if scenario is None:
        raise UsageError("name a scenario to measure, or a file of lengths with --lengths")
    if model is not None:
        raise UsageError("--model is for --lengths; a scenario is measured with its own model")
    study = MeasureCeiling(
        scenario=scenario,
        budget_usd=finite_budget(budget),
        yes=yes,
        connection=connection(backend, seed, sim_speed),
        epsilon=epsilon,
        answers=answers,
    )

    def write(end: CeilingMeasured) -> None:
        _write(end.report, end.head, style)

    leave(Conversation(style, sys.stderr.isatty(), write).carry_out(study))


def _write(report: CeilingReport | None, head: StudyHead | None, style: Format) -> None:
    if style == "json":
        write_json(ceiling_object(report, head))
    else:
        write_sheet(ceiling_sheet(report, head), style)
