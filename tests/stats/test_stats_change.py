"""The change test: its distribution against plain enumeration, its silence when nothing changed, its smallest p."""

import itertools
import math
import random

import pytest

from optlab.stats import energy_smallest_p, energy_statistic, energy_test

Matrix = list[list[float]]


def distances(points: list[float]) -> Matrix:
    return [[abs(a - b) for b in points] for a in points]


def item(rng: random.Random, k: int, shift: float = 0.0) -> tuple[Matrix, int]:
    return distances([rng.gauss(0.0, 1.0) for _ in range(k)] + [rng.gauss(shift, 1.0) for _ in range(k)]), k


def test_statistic_is_twice_between_minus_within() -> None:
    matrix = distances([0.0, 1.0, 4.0, 6.0])
    assert energy_statistic(matrix, [0, 1], [2, 3]) == pytest.approx(2 * (4 + 6 + 3 + 5) / 4 - 1 - 2)
    assert energy_statistic(matrix, [0], [2, 3]) == pytest.approx(2 * 5 - 2), "a group of one has no term of its own"


def test_exact_p_counts_every_relabelling() -> None:
    rng = random.Random(4)
    items = [item(rng, 2, 0.5), item(rng, 3, 0.5)]
    observed, p = energy_test(items)
    tables = []
    for matrix, k in items:
        rows = range(2 * k)
        splits = [(base, [row for row in rows if row not in base]) for base in itertools.combinations(rows, k)]
        tables.append([energy_statistic(matrix, base, rest) for base, rest in splits])
    sums = [sum(values) for values in itertools.product(*tables)]
    assert p == sum(value >= observed - 1e-12 for value in sums) / (6 * 20)


@pytest.mark.parametrize(("k", "items", "p"), [(2, 3, 1 / 27), (3, 2, 1 / 100), (2, 2, 1 / 9)])
def test_smallest_p_there_is(k: int, items: int, p: float) -> None:
    apart = distances([0.0] * k + [1.0] * k)
    assert energy_test([(apart, k)] * items) == (pytest.approx(2.0 * items), pytest.approx(p))
    assert energy_smallest_p([k] * items) == energy_smallest_p([1, *[k] * items, 0]) == pytest.approx(p)


def test_without_two_answers_of_any_item_the_smallest_p_is_one() -> None:
    assert energy_smallest_p([]) == energy_smallest_p([1, 1, 0]) == 1.0
    with pytest.raises(ValueError, match="negative"):
        energy_smallest_p([2, -1])


def test_sampled_p_is_seeded_and_near_the_exact_one() -> None:
    rng = random.Random(9)
    items = [item(rng, 3, 0.8), item(rng, 3, 0.8)]
    _, exact = energy_test(items)
    sampled = energy_test(items, max_exact=1, draws=2000, seed=5)
    assert sampled == energy_test(items, max_exact=1, draws=2000, seed=5)
    assert sampled[1] == pytest.approx(exact, abs=0.03)
    rarely_tabled = energy_test(items, max_exact=1, draws=19, seed=5)
    assert 1 / 20 <= rarely_tabled[1] <= 1.0


def test_unchanged_answers_rarely_ring() -> None:
    rng, runs = random.Random(12), 200
    rings = sum(energy_test([item(rng, 2) for _ in range(4)])[1] <= 0.05 for _ in range(runs))
    assert rings <= runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)


def test_identical_answers_never_ring() -> None:
    assert energy_test([(distances([1.0] * 6), 3)] * 3) == (0.0, 1.0)


@pytest.mark.parametrize("base, candidate", [(2, 2), (2, 3), (2, 5), (4, 2), (3, 3)])
def test_the_smallest_p_is_that_of_texts_that_share_nothing(base: int, candidate: int) -> None:
    size = base + candidate
    apart = [[float((one < base) != (two < base)) for two in range(size)] for one in range(size)]
    assert energy_test([(apart, base)] * 2)[1] == pytest.approx(energy_smallest_p([base] * 2, [candidate] * 2))
