"""What a judge is shown of a scenario, and how what it said enters pairs. No call is made here."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from optlab.checks.judge import Exhibit, Judge, settings_of
from optlab.core.prompt import fill
from optlab.core.record import CheckResult, Judgement, RunRecord
from optlab.core.scenario import Sample, Scenario


class Case(msgspec.Struct, frozen=True):
    """A judge, by its number in the scenario, with what it is shown of one sample."""

    number: int
    judge: Judge
    exhibit: Exhibit
    sample: str


def judges_of(scenario: Scenario) -> list[tuple[Judge, Sample]]:
    """The different judges of a scenario, each with the first sample it judges."""
    found: dict[bytes, tuple[Judge, Sample]] = {}
    for sample in scenario.samples:
        if sample.judge is not None:
            found.setdefault(_key(sample), (settings_of(sample.judge.settings), sample))
    return list(found.values())


def case_of(scenario: Scenario, sample: Sample, numbers: Mapping[bytes, int]) -> Case | None:
    """What the judge of a sample is shown; None where no model judges it."""
    if sample.judge is None:
        return None
    judge = settings_of(sample.judge.settings)
    asked = "\n\n".join(segment.text for segment in scenario.prompt.filled(sample.variables).active("user"))
    rubric, reference = (fill(text, sample.variables) for text in (judge.rubric, judge.reference))
    return Case(numbers[_key(sample)], judge, Exhibit(rubric, asked, reference), sample.id)


def numbered(scenario: Scenario) -> dict[bytes, int]:
    """The judges of a scenario by their settings, numbered in order of their first sample."""
    return {_key(sample): number for number, (_, sample) in enumerate(judges_of(scenario))}


def _key(sample: Sample) -> bytes:
    assert sample.judge is not None
    return msgspec.json.encode(sample.judge.settings, order="deterministic")


def opposed(base: RunRecord, candidate: RunRecord) -> tuple[RunRecord, RunRecord]:
    """A pair in which the baseline has the scores that pairwise checks of the candidate gave it."""
    scores = tuple(CheckResult(c.kind, c.baseline, c.why) for c in candidate.checks if c.baseline is not None)
    return (msgspec.structs.replace(base, checks=(*base.checks, *scores)) if scores else base), candidate


def lent(sample: Sample, first: Sample) -> Sample:
    """A sample as another sample's judge sees it."""
    assert first.judge is not None
    return msgspec.structs.replace(sample, checks=(first.judge,))


def outcomes(judgements: Sequence[Judgement], number: int, *purposes: str) -> Iterator[Judgement]:
    """The judgements of one judge that were made for these purposes and came to something."""
    return (j for j in judgements if j.judge == number and j.purpose in purposes and j.outcome is not None)
