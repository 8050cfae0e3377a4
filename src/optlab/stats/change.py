"""Did the texts change? Distances between answers of two prompts, with the prompts' own variation as the yardstick."""

import math
import random
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from statistics import fmean

from optlab.stats.arguments import require_numbers

Distances = Sequence[Sequence[float]]
"""Distance between answers i and j at row i, column j: square, symmetric, 0 on the diagonal."""

_SLACK = 1e-12
_BATCH = 1_000


def energy_statistic(distances: Distances, base: Sequence[int], candidate: Sequence[int]) -> float:
    """Energy distance between two groups of answers, in the unit of `distances` (square matrix).

    `base` and `candidate` are row numbers. 2 mean D(base, candidate) - mean D(base, base') - mean D(candidate,
    candidate') over distinct answers; a group of one has no term of its own. About 0 when nothing changed. Székely
    and Rizzo 2013.

    Raises ValueError on an empty group, a row in both groups or outside the matrix, a matrix that is not square, or a
    distance that is not finite.
    """
    _require_square(distances)
    rows = [*base, *candidate]
    if not base or not candidate:
        raise ValueError("the energy distance needs answers on both sides")
    if len(set(rows)) < len(rows) or not all(0 <= row < len(distances) for row in rows):
        raise ValueError("every answer must be a row of the matrix and stand on one side only")
    return _energy(distances, base, candidate)


def _energy(distances: Distances, base: Sequence[int], candidate: Sequence[int]) -> float:
    between = fmean(distances[i][j] for i in base for j in candidate)
    return 2.0 * between - _within(distances, base) - _within(distances, candidate)


def _within(distances: Distances, group: Sequence[int]) -> float:
    return fmean(distances[i][j] for i, j in combinations(group, 2)) if len(group) > 1 else 0.0


def energy_test(
    items: Sequence[tuple[Distances, int]], max_exact: int = 20_000, draws: int = 9_999, seed: int = 0
) -> tuple[float, float]:
    """Permutation test for "the answers changed": (sum of the energy distances over the items, p).

    An item is (distances between its answers, how many of the first rows are baseline answers). p is the share of
    relabellings within the items that reach the observed sum: all of them when there are at most `max_exact`, else
    `draws` seeded ones, as (1 + hits) / (1 + draws). Székely and Rizzo 2013; Phipson and Smyth 2010 for the added one.

    Raises ValueError without items, with fewer than two answers on a side, a matrix that is not square, a distance
    that is not finite, or draws < 1.
    """
    if not items:
        raise ValueError("a change test needs at least one item")
    if draws < 1:
        raise ValueError(f"a sample needs at least one draw, got {draws}")
    for distances, baseline in items:
        _require_square(distances)
        if baseline < 2 or len(distances) - baseline < 2:
            raise ValueError("a change test needs two answers of each prompt for every item")
    if not any(any(row) for distances, _ in items for row in distances):
        return 0.0, 1.0  # all answers are one answer: every relabelling reaches the sum
    observed = sum(_split(distances, range(baseline)) for distances, baseline in items)
    sizes = [math.comb(len(distances), baseline) for distances, baseline in items]
    if math.prod(sizes) <= max_exact:
        tables = [list(_relabellings(distances, baseline)) for distances, baseline in items]
        hits = sum(1 for labels in product(*tables) if sum(labels) >= observed - _SLACK)
        return observed, hits / math.prod(sizes)
    rng = random.Random(seed)
    sources = [_source(distances, baseline, draws, rng) for distances, baseline in items]
    hits = sum(1 for drawn in zip(*sources, strict=True) if sum(drawn) >= observed - _SLACK)
    return observed, (1 + hits) / (1 + draws)


def energy_smallest_p(answers: Sequence[int], others: Sequence[int] | None = None) -> float:
    """The smallest p that `energy_test` can give to items with so many answers a side.

    `answers` are those of the first prompt, `others` of the second (None: as many). It is the product of 2 / C(2k, k)
    over items with k on either side; with m and k it is 1 / C(m + k, k), for to swap the sides is no relabelling there.
    Above the error rate the test cannot ring, whatever the texts say. Items with fewer than two answers on a side do
    not take part; without any it is 1. Raises ValueError on a negative number of answers, or lists of two lengths.
    """
    sides = list(zip(answers, answers if others is None else others, strict=True))
    if any(min(both) < 0 for both in sides):
        raise ValueError("a number of answers must not be negative")
    return math.prod((1 + (m == k)) / math.comb(m + k, k) for m, k in sides if min(m, k) > 1)


def _split(distances: Distances, base: Sequence[int]) -> float:
    return _energy(distances, base, sorted(set(range(len(distances))).difference(base)))


def _relabellings(distances: Distances, baseline: int) -> Iterator[float]:
    return (_split(distances, base) for base in combinations(range(len(distances)), baseline))


def _source(distances: Distances, baseline: int, draws: int, rng: random.Random) -> Iterator[float]:
    """Energy distances of `draws` random relabellings; few relabellings are computed once and then looked up."""
    if math.comb(len(distances), baseline) <= draws:
        table = list(_relabellings(distances, baseline))
        return (rng.choice(table) for _ in range(draws))
    return _sampled(distances, baseline, draws, rng)


def _sampled(distances: Distances, baseline: int, draws: int, rng: random.Random) -> Iterator[float]:
    """The same for many answers. With x the 0/1 vector of the baseline rows, x'Dx is twice the sum within them."""
    import numpy as np  # comes with scipy

    size, matrix = len(distances), np.asarray(distances, dtype=float)
    candidate, both = size - baseline, matrix.sum() / 2
    for start in range(0, draws, _BATCH):
        chosen = np.zeros((min(_BATCH, draws - start), size))
        for row in chosen:
            row[rng.sample(range(size), baseline)] = 1.0
        others = 1.0 - chosen
        within = (chosen @ matrix * chosen).sum(axis=1) / 2
        without = (others @ matrix * others).sum(axis=1) / 2
        between = both - within - without
        yield from (
            2 * between / (baseline * candidate) - within / math.comb(baseline, 2) - without / math.comb(candidate, 2)
        ).tolist()


def _require_square(distances: Distances) -> None:
    for row in distances:
        require_numbers("distances", row)
        if len(row) != len(distances):
            raise ValueError(f"distances must be a square matrix, got a row of {len(row)} in {len(distances)}")
