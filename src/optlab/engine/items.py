"""What is the sample where money or quality is judged: repeats of one item are a cluster, not evidence of their own."""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Protocol, TypeVar

from optlab.core.experiment import Experiment


class _Final(Protocol):
    @property
    def final(self) -> bool: ...


D = TypeVar("D", bound=_Final)
Row = tuple[float, float]


def decided(
    experiment: Experiment,
    samples: Sequence[str],
    rows: list[Row],
    planned_items: int,
    complete: bool,
    decide_on: Callable[[list[Row], int], D],
    decide_once: Callable[[list[Row]], D],
) -> tuple[list[Row], D]:
    """What is the sample where money or quality is judged, and the decision on it.

    With one item, repeats are the sample. With several, repeats of one are a cluster: on the way only the first row of
    each item counts, for evidence that was looked at must not change; when all pairs are in, repeats are averaged
    inside the item and looked at once, by `decide_once`. An earlier final decision is kept. Of the error rate of each
    claim half is spent on the way and half at the end: the averages are not bet on from their first item once more.
    """
    if len(experiment.scenario.samples) == 1:
        return rows, decide_on(rows, experiment.pairs)
    planned = min(experiment.pairs, planned_items)
    grouped: dict[str, list[Row]] = {}
    for sample, row in zip(samples, rows, strict=True):
        grouped.setdefault(sample, []).append(row)
    first = [group[0] for group in grouped.values()]
    repeated = len(rows) > len(first)
    if not repeated:
        # Every row is its item's first: the way and the last look are one path.
        return first, decide_on(first, min(planned, len(first)) if complete else planned + 1)
    found = decide_on(first, planned + 1)
    if found.final or not complete:
        return first, found
    averages = [(fmean(b for b, _ in group), fmean(c for _, c in group)) for group in grouped.values()]
    return averages, decide_once(averages)
