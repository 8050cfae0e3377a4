"""Variables of a prompt: who asks for them, which sample lacks one, which ones no sample has or no text asks for."""

import re
from collections.abc import Iterator

import msgspec

from optlab.checks.judge import settings_of
from optlab.core.report import Caveat
from optlab.core.scenario import Sample, Scenario

_NAME = re.compile(r"\{([^\W\d]\w*)\}")
"""Braces around one word, which look like a variable. Other braces (JSON, code) are the prompt's own."""


class Missing(msgspec.Struct, frozen=True):
    """A variable that a text asks for, that other samples have, and this sample has not."""

    sample: str
    variable: str
    place: str

    @property
    def words(self) -> str:
        """What is wrong and what to do, without the place in the file."""
        asked = f"{self.place} asks for {{{self.variable}}}, which other samples have and {self.sample!r} has not"
        return f'{asked}; give it one ("" for nothing)'


def missing(scenario: Scenario) -> Missing | None:
    """The first variable that a sample lacks and others have, in anything that is on; None where there is none.

    Unfilled, the model would be sent the name in braces.
    """
    known = _known(scenario)
    segments = [(f"the segment {s.name!r}", s.text) for s in scenario.prompt.segments if s.on]
    for sample in scenario.samples:
        lacking = known - sample.variables.keys()
        for place, text in (*segments, *_judging(sample)) if lacking else ():
            for name in sorted(lacking):
                if f"{{{name}}}" in text:
                    return Missing(sample.id, name, place)
    return None


def unfilled(scenario: Scenario) -> tuple[str, ...]:
    """Words in braces, in anything that is on, that look like variables and that no sample has."""
    texts = [s.text for s in scenario.prompt.segments if s.on]
    texts += [text for sample in scenario.samples for _, text in _judging(sample)]
    found = dict.fromkeys(name for text in texts for name in _NAME.findall(text))
    return tuple(name for name in found if name not in _known(scenario))


def unused(scenario: Scenario) -> tuple[str, ...]:
    """Variables of samples that no segment, on or off, and no judge asks for."""
    texts = [s.text for s in scenario.prompt.segments]
    texts += [text for sample in scenario.samples for _, text in _judging(sample)]
    every = dict.fromkeys(name for sample in scenario.samples for name in sample.variables)
    return tuple(name for name in every if not any(f"{{{name}}}" in text for text in texts))


def notes(scenario: Scenario) -> tuple[str, ...]:
    """What is worth a second look before a run is paid for, each in one sentence."""
    return (*(caveat.sentence for caveat in unfilled_caveat(scenario)), *_unused_note(scenario))


def unfilled_caveat(scenario: Scenario) -> tuple[Caveat, ...]:
    """A warning where the model reads the name of a variable in the place of its value, as far as anybody can tell."""
    names = unfilled(scenario)
    if not names:
        return ()
    words = f"{_braced(names)} in the prompt is filled in by no sample, so the model reads it as it stands"
    return (Caveat("unfilled", f"{words}; if that is not meant, give every sample a value of that name"),)


def _unused_note(scenario: Scenario) -> Iterator[str]:
    names = unused(scenario)
    if names:
        yield f"nothing in the prompt asks for {_braced(names)}, which samples have"


def _braced(names: tuple[str, ...]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _known(scenario: Scenario) -> set[str]:
    return {name for sample in scenario.samples for name in sample.variables}


def _judging(sample: Sample) -> tuple[tuple[str, str], ...]:
    if sample.judge is None:
        return ()
    judge = settings_of(sample.judge.settings)
    return (("the judge's rubric", judge.rubric), ("the judge's reference", judge.reference))
