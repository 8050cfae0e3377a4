"""Cap max_tokens: which limit the answers prove, and what it saves."""

from optlab.core.commands import MeasureCeiling
from optlab.core.study_events import CeilingMeasured
from optlab.levers import BY_NAME as LEVERS
from optlab.render.ceiling import sentence
from optlab.render.format import asked_percent, fine_percent
from optlab.tui.desk import Desk
from optlab.tui.guide.exercise import Exercise, Look, Moment, of_study
from optlab.tui.guide.facts import answers_for, thinkers, without_effort

EPSILON = 0.05
"""The share of answers that a limit may cut."""


def _study(desk: Desk) -> MeasureCeiling:
    return MeasureCeiling(desk.source, epsilon=EPSILON)


def _look(moment: Moment) -> Look | None:
    if not isinstance(moment, CeilingMeasured):
        return None
    report = moment.report
    if report is None:
        return of_study(moment, (), "No answer came.")
    figures = [f"{report.answers} answers, the median {report.median:g}, the longest {report.largest} tokens."]
    proven, present = report.row("proven"), report.present_cap
    figures.append(sentence(report))
    if proven is not None and present is not None:
        figures.append(
            f"In force: {present:,}; proven: {proven.cap:,}, which saves {fine_percent(proven.saved_share)} of the "
            "output."
        )
    missing = "" if report.recommended is not None else "So few answers prove no limit."
    return of_study(moment, tuple(figures), missing)


def _lessons() -> tuple[str, ...]:
    return (
        "max_tokens is a limit and no instruction: the model does not write shorter, its answer is cut. Halving it "
        "saves nothing unless answers are cut; all the “saving” is text that is missing.",
        f"To prove that a limit cuts at most {asked_percent(EPSILON)} of answers takes {answers_for(EPSILON)} of them, "
        f"for 1% {answers_for(0.01)}. The longest of ten says little.",
        f"Where a model thinks, the limit counts its thinking too. Unasked think: {thinkers()}.",
        "What shortens thinking is effort, a lever of its own; of the current models it is refused "
        f"by {without_effort() or 'none'}.",
        "What shortens answers is the prompt: “in three sentences”. And cut JSON is no JSON: try "
        f"{LEVERS['max_tokens'].spec.title} on this scenario in the lab.",
    )


CAP = Exercise(
    name="cap",
    title="Cap max_tokens",
    scenario="invoices",
    todo=(
        "Five fields of an invoice as JSON: short answers of nearly one length, under a limit that is far above them.",
        "Guess first: how low can the limit be, and what does that save?",
        "Then measure: the lengths of as many answers as prove a limit. No lever is pulled.",
        "Look at the row “proven” beside the rule of thumb 1.2 x p90, and at the column of what is saved.",
    ),
    goal=f"Measured answers prove a limit that cuts at most {asked_percent(EPSILON)} of them, at 95%.",
    rule="“A smaller max_tokens is faster and cheaper; take 1.2 x p90.”",
    lessons=_lessons,
    look=_look,
    study=_study,
    kind="ceiling",
)
