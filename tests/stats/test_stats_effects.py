"""Intervals of main effects, and which interactions of two factors a design shows."""

import math
import random

import pytest

from optlab.stats import Interval, effect_intervals, fractional_design, main_effects, pair_columns

INF = math.inf


def test_the_jackknife_by_hand() -> None:
    """Two runs, three items with the differences 1, 2 and 6: mean 3, and each left out moves it."""
    design, responses = [[-1], [1]], [[0.0, 0.0, 0.0], [1.0, 2.0, 6.0]]
    (interval,) = effect_intervals(design, responses)
    error = math.sqrt(2 / 3 * ((4 - 3) ** 2 + (3.5 - 3) ** 2 + (1.5 - 3) ** 2))
    assert interval.low == pytest.approx(3 - 4.30265 * error, abs=1e-4), "t with two degrees of freedom"
    assert interval.high == pytest.approx(3 + 4.30265 * error, abs=1e-4)
    (narrow,) = effect_intervals(design, responses, 0.5)
    assert interval.low is not None and narrow.low is not None and narrow.low > interval.low


def test_one_item_bounds_nothing() -> None:
    assert effect_intervals(fractional_design(2), [[0.1], [0.2], [0.3], [0.4]]) == [Interval(None, None)] * 2


def test_what_an_effect_does_to_single_items_widens_its_interval() -> None:
    design = fractional_design(2)
    same = [[0.1 * row[0] + item for item in range(6)] for row in design]
    uneven = [[0.1 * row[0] * (item % 2) * 2 + item for item in range(6)] for row in design]
    (even, _), (wide, _) = effect_intervals(design, same), effect_intervals(design, uneven)
    assert even.low == pytest.approx(even.high)
    assert wide.low is not None and wide.high is not None and wide.high - wide.low > 0.1


@pytest.mark.parametrize(("items", "sigma"), [(4, 0.25), (6, 0.5)])
def test_coverage_with_spikes_and_uneven_items(items: int, sigma: float) -> None:
    draw, design, truth = random.Random(items), fractional_design(6), (-0.35, -0.2, -0.1, 0.0, 0.0, 0.1)
    trials, held = 60, 0
    for _ in range(trials):
        per_item = [[effect + 0.1 * draw.gauss(0, 1) for effect in truth] for _ in range(items)]
        responses = [
            [
                sum(e * x / 2 for e, x in zip(effects, row, strict=True))
                + sigma * draw.gauss(0, 1)
                + (math.log(draw.uniform(2, 6)) if draw.random() < 0.03 else 0.0)
                for effects in per_item
            ]
            for row in design
        ]
        for interval, effect in zip(effect_intervals(design, responses), truth, strict=True):
            assert interval.low is not None and interval.high is not None
            held += interval.low <= effect <= interval.high
    n = trials * len(truth)
    assert held / n >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / n)
    assert held < n, "it is not simply wide"


def test_failures_leave_the_interval_finite() -> None:
    for interval in effect_intervals(
        fractional_design(2), [[0.0, INF, 0.1], [0.1, 0.2, 0.0], [0.3, 0.1, 0.2], [0.0] * 3]
    ):
        assert interval.low is not None and math.isfinite(interval.low)


@pytest.mark.parametrize("factors", range(2, 9))
def test_every_pair_is_shown_once_and_never_as_a_main_effect(factors: int) -> None:
    design = fractional_design(factors)
    columns = [list(column) for column in zip(*design, strict=True)]
    chains = pair_columns(design)
    assert sorted(pair for pairs, _ in chains for pair in pairs) == [
        (a, b) for a in range(factors) for b in range(a + 1, factors)
    ]
    for pairs, product in chains:
        assert product not in columns and sum(product) == 0
        for a, b in pairs:
            made = [x * y for x, y in zip(columns[a], columns[b], strict=True)]
            assert made in (product, [-x for x in product])


def test_six_factors_alias_as_the_textbook_says() -> None:
    """E = ABC and F = BCD: AB with CE, AC with BE, BC with AE and DF, and so on; seven sums of fifteen pairs."""
    chains = [{frozenset(pair) for pair in pairs} for pairs, _ in pair_columns(fractional_design(6))]
    assert len(chains) == 7
    assert {frozenset((0, 1)), frozenset((2, 4))} in chains
    assert {frozenset((1, 2)), frozenset((0, 4)), frozenset((3, 5))} in chains


def test_an_interaction_is_read_from_its_column() -> None:
    design = fractional_design(3)
    responses = [[0.3 * row[0] * row[1] + item for item in range(4)] for row in design]
    chains = pair_columns(design)
    whole = [[*row, *(column[at] for _, column in chains)] for at, row in enumerate(design)]
    found = dict(zip((pairs[0] for pairs, _ in chains), main_effects(whole, responses)[3:], strict=True))
    assert found[0, 1] == pytest.approx(0.6)
    assert found[0, 2] == pytest.approx(0.0)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence"):
        effect_intervals([[-1], [1]], [[0.0, 1.0], [1.0, 2.0]], 1.0)
