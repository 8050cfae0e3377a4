"""What the real worker told of every exercise, on the simulator at speed 200: the ends of its runs, recorded."""

from pathlib import Path

import msgspec

from optlab.core import commands, events
from optlab.core.answer_events import AdviceGiven
from optlab.core.events import Event
from optlab.core.experiment import LeverChoice
from optlab.core.report import Report
from optlab.core.run_events import ExperimentFinished
from optlab.core.study_events import AdviceMeasured, StageFinished, StudyEnd
from optlab.tui.bridge import Heard
from optlab.tui.guide.course import Course, attend

RECORDED = Path(__file__).parent / "data" / "guide.jsonl"


def recorded() -> list[Event]:
    """All of it, in the order of the course."""
    return [events.decode(line) for line in RECORDED.read_bytes().splitlines()]


def benchmark(lever: str) -> ExperimentFinished:
    """The benchmark of one lever alone."""
    return next(
        event
        for event in recorded()
        if isinstance(event, ExperimentFinished) and event.report.variants[1].levers[0].split(":")[0] == lever
    )


def end(kind: str) -> StudyEnd:
    """The end of a study of one kind."""
    return next(event for event in recorded() if isinstance(event, StudyEnd) and event.head.kind == kind)


def advice() -> AdviceMeasured:
    """The decision table on the baseline of Hamlet."""
    found = end("advice")
    assert isinstance(found, AdviceMeasured)
    return found


def given() -> AdviceGiven:
    """The same, read off the kept run."""
    report = advice().report
    assert report is not None
    return AdviceGiven(report)


def heard(event: Event, command: commands.Command | None = None) -> Heard:
    """The event with the command it answers."""
    return Heard(event, command or command_of(event), 0.0)


def command_of(event: Event) -> commands.Command:
    """The command that leads to such an event."""
    if isinstance(event, ExperimentFinished):
        lever = event.report.variants[1].levers[0].split(":")[0]
        return commands.RunBenchmark(event.report.source, levers=(LeverChoice(lever),))
    if isinstance(event, AdviceMeasured | StageFinished):
        return commands.Advise("hamlet")
    assert isinstance(event, StudyEnd)
    return {
        "cascade": commands.StudyCascade(event.head.source),
        "trim": commands.FindCuts(event.head.source, goal="third"),
        "ceiling": commands.MeasureCeiling(event.head.source),
    }[event.head.kind]


def after(*told: Event, course: Course | None = None) -> Course:
    """The course after these events."""
    course = course or Course()
    for event in told:
        course = attend(course, heard(event))
    return course


def with_card(found: ExperimentFinished, **changes: object) -> ExperimentFinished:
    """The benchmark with something else on its only card."""
    report: Report = found.report
    card = msgspec.structs.replace(report.cards[0], **changes)
    return ExperimentFinished(msgspec.structs.replace(report, cards=(card,)))
