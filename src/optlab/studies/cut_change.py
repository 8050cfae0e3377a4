"""Did a cut change the answers? Distances between answers of two prompts, and the pairs that differ most."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from statistics import fmean

from optlab.core.record import RunRecord
from optlab.core.trim_report import AnswerPair, Change
from optlab.stats import energy_smallest_p, energy_test, rouge_l

SHOWN_PAIRS = 20
LONGEST_SHOWN = 4_000
"""Characters of an answer that goes into a report."""

Answers = tuple[list[str], list[str]]
"""Answers of the original and of the trimmed prompt to one sample."""


def by_sample(runs: Sequence[RunRecord], original: str, trimmed: str) -> dict[str, Answers]:
    """The answers that came, by sample; `original` and `trimmed` are the variants' names."""
    found: dict[str, Answers] = {}
    for run in runs:
        if run.answered and run.variant in (original, trimmed):
            found.setdefault(run.sample, ([], []))[run.variant == trimmed].append(run.answer)
    return found


def change(answers: Mapping[str, Answers], alpha: float, seed: int) -> Change:
    """The change test over these samples; a sample with fewer than two answers on a side takes no part in it."""
    tested = {sample: both for sample, both in answers.items() if min(map(len, both)) > 1}
    each = [min(map(len, both)) for both in tested.values()]
    apart = {sample: _apart(both) for sample, both in answers.items() if all(both)}
    smallest = energy_smallest_p(*([len(both[side]) for both in tested.values()] for side in (0, 1)))
    p = None
    if tested:
        _, p = energy_test(
            [(_matrix(tested[sample], apart[sample]), len(tested[sample][0])) for sample in tested], seed=seed
        )
    rang = p is not None and p <= alpha
    return Change(
        verdict="cannot ring" if smallest > alpha else "changed" if rang else "not proven",
        p=p,
        items=len(tested),
        answers=min(each, default=0),
        within_original=_within(tested, apart, 0),
        within_trimmed=_within(tested, apart, 1),
        across=_mean([apart[sample][one, two] for sample, both in tested.items() for one, two in product(*both)]),
        smallest_p=smallest,
        differing=_differing(answers, apart),
    )


Apart = Mapping[tuple[str, str], float]


def _apart(both: Answers) -> Apart:
    # Short answers repeat word for word: each two texts are compared once, equal ones never.
    texts = list(dict.fromkeys((*both[0], *both[1])))
    apart = {(text, text): 0.0 for text in texts}
    for one, two in combinations(texts, 2):
        apart[one, two] = apart[two, one] = 1 - rouge_l(one, two)[2]
    return apart


def _matrix(both: Answers, apart: Apart) -> list[list[float]]:
    every = [*both[0], *both[1]]
    return [[apart[one, two] for two in every] for one in every]


def _within(tested: Mapping[str, Answers], apart: Mapping[str, Apart], side: int) -> float | None:
    return _mean([apart[s][one, two] for s, both in tested.items() for one, two in combinations(both[side], 2)])


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _differing(answers: Mapping[str, Answers], apart: Mapping[str, Apart]) -> tuple[AnswerPair, ...]:
    """The most different pair of every sample whose answers differ, the most different first."""
    found = []
    for sample, distances in apart.items():
        one, two = max(product(*answers[sample]), key=distances.__getitem__)
        if one != two:
            found.append(AnswerPair(sample, one[:LONGEST_SHOWN], two[:LONGEST_SHOWN], distances[one, two]))
    return tuple(sorted(found, key=lambda pair: -pair.distance)[:SHOWN_PAIRS])
