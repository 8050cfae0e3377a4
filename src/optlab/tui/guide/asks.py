"""What the Guide can have measured: the question of each dialog, and the command it makes of a desk. Pure."""

from collections.abc import Mapping

import msgspec

from optlab.core.commands import Advise, RunBenchmark
from optlab.core.errors import UsageError
from optlab.tui.desk import Desk
from optlab.tui.guide.exercise import CourseStudy, Exercise
from optlab.tui.trim.questions import Field, Question, dollars

_BUDGET = Field("budget", "cap $", "", "Stop before this many dollars are crossed; empty: the scenario's, or 0.50")

BASELINE = Question(
    "advice",
    "A look at the baseline",
    "Twelve answers of the prompt as it is written, and of a smaller model where checks can say who is right. The "
    "decision table then stands on them. No lever is pulled.",
    (_BUDGET,),
)


def question_of(exercise: Exercise) -> Question:
    """The dialog of an exercise."""
    about = f"{exercise.goal} A lever that is pulled alone is compared with the prompt as it is written, in pairs."
    if exercise.study is not None:
        about = exercise.goal
    return Question(exercise.kind, exercise.title, f"Goal: {about}", (_BUDGET,))


def baseline_of(values: Mapping[str, str], desk: Desk) -> CourseStudy:
    """The small measurement that the decision table stands on. Raises UsageError for a cap that is none."""
    return _on(Advise(desk.source), values, desk)


def command_of(exercise: Exercise, values: Mapping[str, str], desk: Desk) -> CourseStudy | RunBenchmark:
    """What an exercise runs on a desk. Raises UsageError for a cap that is none, or a desk that makes no run."""
    if exercise.study is not None:
        return _on(exercise.study(desk), values, desk)
    settings = msgspec.structs.replace(desk.settings, budget=values["budget"].strip())
    if problem := settings.problem_of("budget"):
        raise UsageError(problem)
    desk = msgspec.structs.replace(desk, settings=settings)
    if desk.problem:
        raise UsageError(desk.problem)
    return desk.benchmark()


def _on(study: CourseStudy, values: Mapping[str, str], desk: Desk) -> CourseStudy:
    """The study of the prompt on the desk, where its requests go, under the cap that was typed, else the desk's.

    Raises UsageError where the settings on the desk make no run.
    """
    if problem := desk.settings.problem:
        raise UsageError(problem)
    cap = dollars(values["budget"])
    return msgspec.structs.replace(
        study,
        prompt=None if desk.scenario is None or desk.prompt == desk.scenario.prompt else desk.prompt,
        budget_usd=desk.settings.budget_usd if cap is None else cap,
        yes=desk.yes,
        connection=desk.wire,
    )
