"""Many easy questions: how many a small model gets right, and what asking it first would cost."""

from collections.abc import Sequence

from optlab.core.advice_report import AdviceRow, Quantity
from optlab.core.record import RunRecord
from optlab.levers.hidden_judge import ASKED_TOKENS, REPLIED_TOKENS
from optlab.stats import cascade_break_even, cascade_cost, clopper_pearson, decide_quality_once
from optlab.studies.evidence import Evidence, passed
from optlab.studies.symptoms.row import lacks_checks, run_command, with_

ASSUMED_ESCALATION = 0.2


def easy_questions(evidence: Evidence) -> AdviceRow:
    """Many easy questions: how many a small model gets right, and what a cascade over it would cost."""
    row = AdviceRow("easy questions", "not measured", "", "cascade", blocked=lacks_checks(evidence))
    model = evidence.small_model
    if model is None:
        return with_(row, holds="no", why="there is no cheaper model to ask first", blocked="")
    big = evidence.cost_usd
    right, judged = passed(evidence.small)
    small = _mean_cost(evidence.small) if evidence.small else _small_cost(evidence, model)
    judge = _judge_cost(evidence, model)
    if big == 0 or not judged:
        why = "no check says which questions are easy" if evidence.small or not evidence.scenario.has_checks else ""
        return _cascade(
            with_(row, why=why or "the small model was not asked here"), evidence, small, judge, ASSUMED_ESCALATION
        )
    sure, asked = passed(evidence.runs)
    if _as_good(evidence):
        return with_(
            row,
            holds="yes",
            lever="smaller_model",
            why="the small model passes {right} of {judged}, this one {sure} of {asked}: a loss of {margin} or more is "
            "excluded",
            quantities=(
                *_shares(right, judged, sure, asked),
                Quantity("margin", evidence.scenario.plan.quality_margin, "share"),
                Quantity("small", small, "usd"),
                Quantity("big", big, "usd"),
            ),
            formula="{big} - {small}",
            saving_usd=big - small,
            command=run_command(evidence, f"--lever smaller_model:model={model}"),
        )
    found = _cascade(row, evidence, small, judge, 1 - right / judged)
    at_most = clopper_pearson(judged - right, judged).high
    assert at_most is not None
    return with_(
        found,
        holds="yes" if (found.saving_usd or 0.0) > evidence.scenario.plan.delta_min * big else "no",
        why="the small model passes {right} of {judged}, this one {sure} of {asked}: up to {at_most} of questions may "
        "be too hard for it; the judge is assumed never to err",
        quantities=(*found.quantities, *_shares(right, judged, sure, asked), Quantity("at_most", at_most, "share")),
    )


def _as_good(evidence: Evidence) -> bool:
    """Whether the answers at hand exclude that the small model alone loses the margin or more, item by item."""
    scores = ({run.sample: run.score for run in runs} for runs in (evidence.runs, evidence.small))
    big, small = ({sample: score for sample, score in of.items() if score is not None} for of in scores)
    pairs = [(big[sample], small[sample]) for sample in big if sample in small]
    plan = evidence.scenario.plan
    return bool(pairs) and decide_quality_once(pairs, plan.quality_margin, plan.alpha).verdict in (
        "non-inferior",
        "better",
    )


def _shares(right: int, judged: int, sure: int, asked: int) -> tuple[Quantity, ...]:
    names = ("right", "judged", "sure", "asked")
    return tuple(
        Quantity(name, value, "count") for name, value in zip(names, (right, judged, sure, asked), strict=True)
    )


def _cascade(row: AdviceRow, evidence: Evidence, small: float, judge: float, escalation: float) -> AdviceRow:
    """The row with the bill of a cascade at this escalation rate, and its break-even."""
    big, measured = evidence.cost_usd, bool(evidence.small)
    if big == 0:
        return row
    return with_(
        row,
        quantities=(
            Quantity("small", small, "usd", assumed=not measured),
            Quantity("judge", judge, "usd", assumed=True),
            Quantity("big", big, "usd"),
            Quantity("escalated", escalation, "share", assumed=not passed(evidence.small)[1]),
            Quantity("break_even", cascade_break_even(small, judge, big), "share", assumed=True),
        ),
        formula="{big} - ({small} + {judge} + {escalated} x {big}), break-even at {break_even} escalated",
        saving_usd=big - cascade_cost(small, judge, big, escalation),
        command=run_command(evidence, f"--lever cascade:small={evidence.small_model},judge={evidence.small_model}"),
    )


def _mean_cost(runs: Sequence[RunRecord]) -> float:
    return sum(run.cost.total_usd for run in runs) / len(runs)


def _small_cost(evidence: Evidence, model: str) -> float:
    """USD of the same tokens at the small model's prices."""
    rates = evidence.pricer.rates(model, round(evidence.prompt_tokens))
    return (evidence.prompt_tokens * rates.input + evidence.output_tokens * rates.output) / 1e6


def _judge_cost(evidence: Evidence, model: str) -> float:
    """USD of a judge on the small model that reads instructions, question and answer, and replies in a word."""
    read = evidence.prompt_tokens + evidence.output_tokens + ASKED_TOKENS
    rates = evidence.pricer.rates(model, round(read))
    return (read * rates.input + REPLIED_TOKENS * rates.output) / 1e6
