"""Screening designs, their three properties, and effects found through noise, outliers and failures."""

import itertools
import math
import random

import pytest

from optlab.stats import fractional_design, main_effects

INF = math.inf


@pytest.mark.parametrize(
    ("factors", "runs"), [(1, 2), (2, 4), (3, 8), (4, 8), (5, 16), (6, 16), (8, 16), (9, 32), (16, 32)]
)
def test_design_is_small_balanced_orthogonal_and_clear_of_pairs(factors: int, runs: int) -> None:
    design = fractional_design(factors)
    columns = list(zip(*design, strict=True))
    assert (len(design), len(columns)) == (runs, factors)
    assert {level for row in design for level in row} == {-1, 1}
    assert all(sum(column) == 0 for column in columns)
    for size in (2, 3):
        for some in itertools.combinations(columns, size):
            assert sum(map(math.prod, zip(*some, strict=True))) == 0


def test_six_factors_use_the_generators_of_the_textbook() -> None:
    for a, b, c, d, e, f in fractional_design(6):
        assert (e, f) == (a * b * c, b * c * d)
    assert [row[:4] for row in fractional_design(6)] == [list(row) for row in itertools.product((-1, 1), repeat=4)]


def test_effects_without_noise_are_exact_whatever_the_items_cost() -> None:
    effects, items = [-0.35, -0.2, -0.1, 0.0, 0.0, 0.1], [0.0, 2.0, -1.5]
    design = fractional_design(6)
    responses = [[item + sum(e * x / 2 for e, x in zip(effects, row, strict=True)) for item in items] for row in design]
    # cutting a tenth of symmetric values at both ends moves nothing far
    assert main_effects(design, responses) == pytest.approx(effects, abs=0.03)
    moved = [[value + shift for value, shift in zip(row, (5.0, -7.0, 0.3), strict=True)] for row in responses]
    assert main_effects(design, moved) == pytest.approx(main_effects(design, responses), abs=1e-12)
    mirrored = [[-level for level in row] for row in design]
    assert main_effects(mirrored, responses) == pytest.approx([-e for e in main_effects(design, responses)])


def test_a_number_a_run_is_one_item() -> None:
    design, ys = fractional_design(3), [0.31, 0.1, 0.42, 0.05, 0.27, 0.11, 0.38, 0.02]
    assert main_effects(design, ys) == main_effects(design, [[y] for y in ys])


def test_a_tenth_of_the_values_may_be_wild() -> None:
    design = fractional_design(2)
    quiet = [[row[0] * 0.1 + item / 100 for item in range(10)] for row in design]
    wild = [list(row) for row in quiet]
    wild[0][3], wild[3][5] = 50.0, INF
    assert main_effects(design, wild)[0] == pytest.approx(0.2, abs=0.02)


def test_failed_runs_count_as_far_from_their_item() -> None:
    design = fractional_design(1)
    assert main_effects(design, [0.0, INF]) == [20.0], "the median of one good and one bad run failed, too"
    assert main_effects(design, [[0.0, 0.1], [INF, INF]]) == [20.0]
    assert main_effects(design, [[INF], [INF]]) == [0.0]


def test_signs_of_large_effects_are_found_through_noise() -> None:
    rng, design = random.Random(71), fractional_design(6)
    truth, found = [-0.35, -0.2, -0.1, 0.0, 0.0, 0.1], 0
    for _ in range(100):
        responses = [
            [sum(e * x / 2 for e, x in zip(truth, row, strict=True)) + rng.gauss(0.0, 0.25) for _ in range(8)]
            for row in design
        ]
        got = main_effects(design, responses)
        found += all(got[at] * truth[at] > 0 for at in (0, 1, 2, 5))
    assert found >= 90
