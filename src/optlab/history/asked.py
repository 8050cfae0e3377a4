"""What a run or a study was about, in the words in which it was asked: kept beside it, so that a list can tell it."""

import msgspec

from optlab.core import commands
from optlab.core.commands import FindCuts, MapHeat, MeasureCache, RunScreen, Study, StudyCascade, TestCut
from optlab.core.experiment import Experiment
from optlab.core.report import Report


class _Levered(msgspec.Struct):
    name: str


class _Experiment(msgspec.Struct):
    variants: tuple[_Levered, ...]


class _Card(msgspec.Struct):
    verdict: str


class _Report(msgspec.Struct):
    cards: tuple[_Card, ...]


def asked_of_experiment(experiment: Experiment) -> str:
    """The candidates by name, as a JSON list."""
    return _json([variant.name for variant in experiment.candidates])


def verdicts_of(report: Report) -> str:
    """The words of the cards in their order, as a JSON list."""
    return _json([card.verdict.value for card in report.cards])


def asked_of_study(command: Study) -> str:
    """What was chosen of all that the study could have been asked, as a JSON list."""
    match command:
        case FindCuts():
            words = [command.goal, f"by {command.by}", *(lever.label() for lever in command.levers)]
        case MapHeat():
            words = [f"by {command.by}", *(lever.label() for lever in command.levers)]
        case TestCut() | RunScreen():
            words = [lever.label() for lever in command.levers]
        case StudyCascade():
            words = [command.lever.label()]
        case MeasureCache(ttl=ttl):
            words = [] if ttl is None else [ttl]
        case _:
            words = []
    return _json(words)


def asked_before(experiment: str) -> str:
    """The same from a kept experiment; empty where that cannot be read."""
    try:
        kept = msgspec.json.decode(experiment, type=_Experiment)
    except msgspec.DecodeError:
        return ""
    return _json([variant.name for variant in kept.variants[1:]])


def verdicts_before(report: str | None) -> str:
    """The same from a kept report; empty where there is none, or none that can be read."""
    try:
        kept = None if report is None else msgspec.json.decode(report, type=_Report)
    except msgspec.DecodeError:
        return ""
    return "" if kept is None else _json([card.verdict for card in kept.cards])


def study_asked_before(command: str | None) -> str:
    """The same from a kept command; empty where there is none, or none that this optlab knows."""
    try:
        kept = None if command is None else commands.decode(command.encode())
    except msgspec.DecodeError:
        return ""
    return asked_of_study(kept) if isinstance(kept, Study) else ""


def _json(words: list[str]) -> str:
    return msgspec.json.encode(words).decode()
