"""What the Guide's text says of a row of the decision table, or of an exercise, as parts of a page. Pure."""

from collections.abc import Iterator

from optlab.core.advice_report import AdviceReport, AdviceRow, Symptom
from optlab.core.study_events import StudyEnd
from optlab.render import format as spell
from optlab.render.advice import ASSUMED, filled, saving
from optlab.render.comparison import comparison_grid
from optlab.render.ends import end_sheet
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.tables import cost_line, title
from optlab.tui.desk import Desk
from optlab.tui.guide.course import Course
from optlab.tui.guide.exercise import BaselineLook, Exercise, Look, Moment, RolledBack
from optlab.tui.guide.facts import as_of
from optlab.tui.guide.symptoms import ROLL_BACK, WITHOUT, row_of
from optlab.tui.guide.symptoms import title as lever_title

HOLDS = {"yes": "applies here", "no": "does not apply here", "not measured": "not known here"}


def symptom_sheet(symptom: Symptom, course: Course, desk: Desk) -> Sheet:
    """One row of the decision table, with the figures it stands on."""
    without, report = WITHOUT[symptom], course.advice_on(desk)
    row = row_of(report, symptom)
    lever = row.lever if row is not None else without.lever
    head = heading(f"{_capital(symptom)} → {lever_title(lever)}")
    deed = "rolls prompt and levers back" if lever == ROLL_BACK else f"pulls {lever_title(lever)} alone"
    then = Words((f"⏎ {deed} and goes to the lab.",))
    if report is None or row is None:
        nothing = course.problem_on(desk).split("; ")[0] or "nothing was looked at yet"  # the rest is for a shell
        return (
            head,
            Words((f"What is looked at: {without.looks_at}",)),
            Words(
                (f"Not measured here: {nothing}.", "r measures a small baseline, after it has told what that takes.")
            ),
            then,
        )
    return (
        head,
        Words((_holds(row, report),)),
        Words(tuple(_figures(row, report)), "list"),
        then,
        _origin(report, desk),
    )


def _holds(row: AdviceRow, report: AdviceReport) -> str:
    first = " This row comes first." if row.symptom == report.first else ""
    return f"{_capital(HOLDS[row.holds])}: {filled(row.why, row)}.{first}"


def _figures(row: AdviceRow, report: AdviceReport) -> Iterator[str]:
    if row.formula:
        yield f"expected saving a call: {saving(row, report) or '–'} = {filled(row.formula, row)}"
    if row.blocked:
        yield row.blocked
    if row.command:
        yield f"on the command line: {row.command}"
    if any(quantity.assumed for quantity in row.quantities):
        yield f"{ASSUMED} assumed, not measured here"


def _origin(report: AdviceReport, desk: Desk) -> Words:
    """Whose figures these are, and from how many answers."""
    where = spell.provenance(report.provenance, report.sim_speed)
    answers = f"{report.runs} {'answer' if report.runs == 1 else 'answers'}"
    of = f"{where} · n = {answers} of the baseline of {spell.line(report.scenario)} · run {report.run_id}"
    edited = desk.scenario is not None and desk.prompt != desk.scenario.prompt
    note = "The prompt on the desk is edited; this is about the prompt of that run."
    return Words((of, *((note,) if edited else ())))


def exercise_sheet(exercise: Exercise, course: Course) -> Sheet:
    """An exercise: what to do, its goal, what was found, what to learn, and the last result in full."""
    look, tick = course.looks.get(exercise.name), course.ticks.get(exercise.name)
    moment = course.moments.get(exercise.name)
    shown, where = look or tick, exercise.scenario
    return (
        heading(exercise.title),
        Words(exercise.todo),
        Words((f"Goal: {exercise.goal}", _standing(tick, look))),
        Words((f"r measures on {where}, d on what is on the desk; ⏎ opens {where} in the lab.",)),
        *((heading("What was found"), Words((*shown.figures, *_other(shown, tick)), "list")) if shown else ()),
        heading("What to learn"),
        Words((f"Rule of thumb: {exercise.rule}",)),
        Words(exercise.lessons(), "list"),
        Words((f"Figures of models by the catalogue of {as_of()}.",)),
        *(_result(moment) if moment is not None else ()),
    )


def _standing(tick: Look | None, look: Look | None) -> str:
    if tick is not None:
        return f"✓ Reached · {_source(tick)}"
    return f"○ Not reached yet. {look.missing}" if look is not None else "○ Not reached yet."


def _other(shown: Look, tick: Look | None) -> tuple[str, ...]:
    """Whose figures those are, where they are not the ticked ones."""
    return () if shown == tick else (_source(shown),)


def _source(look: Look) -> str:
    where = spell.provenance(look.provenance, look.sim_speed)
    return f"{where} · {spell.line(look.scenario)} · {look.at[:10]} · run {spell.line(look.run_id)}"


def _result(moment: Moment) -> Sheet:
    """The last result in full, as the command line shows it."""
    if isinstance(moment, StudyEnd):
        return end_sheet(moment)
    report = moment.report if isinstance(moment, RolledBack | BaselineLook) else moment
    return (heading(title(report)), *report.cards, comparison_grid(report), Words((cost_line(report),)))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
