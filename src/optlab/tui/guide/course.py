"""What the Guide knows, folded from what the worker tells: ticks, the newest look at each goal, advice. Pure."""

from collections.abc import Mapping

import msgspec

from optlab.core.advice_report import AdviceReport
from optlab.core.answer_events import AdviceGiven
from optlab.core.commands import Advise, AdviseOnRun, RunBenchmark
from optlab.core.events import Failed
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt
from optlab.core.record import Provenance
from optlab.core.report import Report
from optlab.core.run_events import ExperimentFinished
from optlab.core.study_events import AdviceMeasured, StageFinished, StudyEnd
from optlab.tui.bridge import Heard
from optlab.tui.desk import Desk
from optlab.tui.guide.exercise import BaselineLook, Look, Moment, RolledBack
from optlab.tui.guide.exercises import EXERCISES

_WORTH: Mapping[Provenance, int] = {Provenance.SIMULATED: 0, Provenance.REPLAYED: 1, Provenance.MEASURED: 2}

Setup = tuple[Prompt | None, tuple[LeverChoice, ...]]
"""A prompt (None: the scenario's own) and the levers on it, as a command says them."""


class Course(msgspec.Struct, frozen=True):
    """How far one has come.

    `ticks` are the goals that were reached, by the name of the exercise; `looks` the newest measurement of this sitting
    that says something of a goal, and `moments` what it said it on. `advice` is the decision table on `advice_of`, the
    source of a scenario; `stale`: a newer run is kept. `advice_problem` says why there is none. `judged` is the last
    setup that a card was about, with its report.
    """

    ticks: dict[str, Look] = {}
    looks: dict[str, Look] = {}
    moments: dict[str, Moment] = {}
    advice: AdviceReport | None = None
    advice_of: str = ""
    advice_problem: str = ""
    stale: bool = False
    judged: tuple[Setup, Report] | None = None

    def advice_on(self, desk: Desk) -> AdviceReport | None:
        """The decision table on the scenario of a desk; None where there is none."""
        return self.advice if self.advice_of == desk.source else None

    def problem_on(self, desk: Desk) -> str:
        """Why there is none."""
        return self.advice_problem if self.advice_of == desk.source else ""

    def due(self, desk: Desk) -> bool:
        """Whether the newest kept run of a scenario has not been looked at yet."""
        return self.stale or self.advice_of != desk.source


def attend(course: Course, heard: Heard) -> Course:
    """The course after one more event."""
    change = msgspec.structs.replace
    event, command = heard.event, heard.command
    match event:
        case AdviceGiven(report=report) if isinstance(command, AdviseOnRun):
            return change(course, advice=report, advice_of=command.scenario or "", advice_problem="", stale=False)
        case Failed() if isinstance(command, AdviseOnRun):
            return change(
                course, advice=None, advice_of=command.scenario or "", advice_problem=event.sentence, stale=False
            )
        case ExperimentFinished(report=report) if isinstance(command, RunBenchmark):
            course = change(course, stale=True, judged=((command.prompt, command.levers), report))
            return witness(course, report)
        case StageFinished(report=report) if isinstance(command, Advise):
            return witness(course, BaselineLook(report))
        case AdviceMeasured(report=report) if isinstance(command, Advise):
            if report is not None:
                course = change(course, advice=report, advice_of=command.scenario, advice_problem="", stale=False)
            return _kept(course, "baseline", event)
        case StudyEnd():
            return witness(course, event)
    return course


def taken_back(course: Course, before: Desk, after: Desk, *, to_adopted: bool) -> Course:
    """The course after a roll back of the desk: a goal where exactly what was judged was taken back."""
    if course.judged is None or before.same_setup(after) or before.scenario is None or before.problem:
        return course
    setup, report = course.judged
    command = before.benchmark()
    if (command.prompt, command.levers) != setup or report.scenario != before.scenario.name:
        return course
    return witness(course, RolledBack(report, "the last adopted state" if to_adopted else "the scenario as loaded"))


def witness(course: Course, moment: Moment) -> Course:
    """The course after a moment, whatever goals it says something of."""
    for exercise in EXERCISES:
        look = exercise.look(moment)
        if look is None:
            continue
        course = _kept(course, exercise.name, moment)
        course = msgspec.structs.replace(course, looks={**course.looks, exercise.name: look})
        if not look.missing:
            course = msgspec.structs.replace(course, ticks=better(course.ticks, {exercise.name: look}))
    return course


def better(ticks: Mapping[str, Look], others: Mapping[str, Look]) -> dict[str, Look]:
    """Both; of a goal that is in both the first tick, but what the real API measured goes before a simulation."""
    found = dict(ticks)
    for name, look in others.items():
        old = found.get(name)
        if old is None or _WORTH[look.provenance] > _WORTH[old.provenance]:
            found[name] = look
    return found


def _kept(course: Course, name: str, moment: Moment) -> Course:
    return msgspec.structs.replace(course, moments={**course.moments, name: moment})
