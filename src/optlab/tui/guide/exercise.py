"""What an exercise is: a text, a scenario, what is run, a goal that events reach, and what the figures teach. Pure."""

from collections.abc import Callable
from typing import Literal

import msgspec

from optlab.core.commands import Advise, FindCuts, MeasureCeiling, StudyCascade
from optlab.core.record import Provenance
from optlab.core.report import Report
from optlab.core.study import StudyKind
from optlab.core.study_events import StudyEnd
from optlab.core.verdict import Card
from optlab.tui.desk import Desk


class RolledBack(msgspec.Struct, frozen=True):
    """A setup that was judged and then taken back: its report, and what the desk went back to."""

    report: Report
    to: Literal["the last adopted state", "the scenario as loaded"]


CourseStudy = Advise | StudyCascade | FindCuts | MeasureCeiling
"""What an exercise can run beside the benchmark of the desk."""


class BaselineLook(msgspec.Struct, frozen=True):
    """A look at the baseline alone: what was measured of it."""

    report: Report


Moment = Report | StudyEnd | BaselineLook | RolledBack
"""What a goal is judged by: the report of a benchmark, the end of a study, a look at the baseline, a roll back."""


class Look(msgspec.Struct, frozen=True):
    """What one measurement says of a goal. `missing` is what it lacks, in a sentence; empty where the goal is reached.

    `at` is when the measurement began (ISO), `figures` what was found, a sentence each.
    """

    run_id: str
    scenario: str
    at: str
    provenance: Provenance
    sim_speed: float
    figures: tuple[str, ...]
    missing: str = ""


class Exercise(msgspec.Struct, frozen=True):
    """One exercise of the course.

    `scenario` is the bundled one it is about, `levers` what is pulled there, alone. `study` makes what is run on the
    desk; None: the benchmark of the desk. `rule` is the rule of thumb it puts to the test, `lessons` what is to be
    learnt, from the catalogue as it is. `look` is what a moment says of the goal, None where that is about something
    else.
    """

    name: str
    title: str
    scenario: str
    todo: tuple[str, ...]
    goal: str
    rule: str
    lessons: Callable[[], tuple[str, ...]]
    look: Callable[[Moment], Look | None]
    levers: tuple[str, ...] = ()
    study: Callable[[Desk], CourseStudy] | None = None
    kind: Literal["benchmark", StudyKind] = "benchmark"


def of_report(report: Report, figures: tuple[str, ...], missing: str = "") -> Look:
    """What a report says of a goal."""
    return Look(
        report.run_id, report.scenario, report.started_at, report.provenance, report.sim_speed, figures, missing
    )


def of_study(end: StudyEnd, figures: tuple[str, ...], missing: str = "") -> Look:
    """What the end of a study says of a goal."""
    head = end.head
    return Look(head.study_id, head.scenario, head.started_at, head.provenance, head.sim_speed, figures, missing)


def levers_of(report: Report) -> tuple[str, ...] | None:
    """The levers of the only candidate of a report, by name; None where it has not exactly one."""
    if len(report.variants) != 2 or report.variants[0].levers:
        return None
    return tuple(label.split(":", 1)[0] for label in report.variants[1].levers)


def card_alone(moment: Moment, lever: str = "") -> tuple[Report, Card] | None:
    """Report and card of a benchmark of one lever alone (`lever`: of this one), where the moment is one."""
    if not isinstance(moment, Report) or len(moment.cards) != 1:
        return None
    names = levers_of(moment)
    if names is None or len(names) != 1 or (lever and names[0] != lever):
        return None
    return moment, moment.cards[0]


def verdict(card: Card) -> str:
    """A card in a sentence."""
    return f"{card.verdict.value}: {card.reason}"
