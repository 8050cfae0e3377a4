"""Bets on the mean of bounded values: the formula, its fairness, and non-inferiority as one case of it."""

import itertools
import math
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import bounded_mean_log_e_path, noninferiority_log_e_path

LAW = settings(deadline=None, derandomize=True, max_examples=60)
CLOSE = 1e-9


@LAW
@given(st.lists(st.floats(0.0, 1.0), max_size=30), st.floats(0.1, 0.9), st.sampled_from([1, -1]))
def test_bounded_mean_path_is_the_formula_in_any_unit(xs: list[float], mean0: float, side: int) -> None:
    expected = []
    for n in range(1, len(xs) + 1):
        products = []
        for share in (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9):
            ys, m = (xs, mean0) if side == 1 else ([1 - x for x in xs], 1 - mean0)
            products.append(math.prod(1 + share * (y - m) / m for y in ys[:n]))
        expected.append(math.log(fmean(products)))
    assert bounded_mean_log_e_path(xs, mean0, 0.0, 1.0, side) == pytest.approx(expected, abs=CLOSE)
    cents = bounded_mean_log_e_path([100 * x - 7 for x in xs], 100 * mean0 - 7, -7.0, 93.0, side)
    assert cents == pytest.approx(expected, abs=1e-6)


def test_bounded_mean_bet_is_fair() -> None:
    paths = [bounded_mean_log_e_path(list(xs), 0.25, 0.0, 1.0) for xs in itertools.product((0, 0, 0, 1), repeat=5)]
    assert fmean(math.exp(path[-1]) for path in paths) == pytest.approx(1.0)


def test_noninferiority_is_the_bet_against_minus_the_margin() -> None:
    differences = [0.0, 1.0, -1.0, 0.5, -0.25]
    assert noninferiority_log_e_path(differences, 0.1) == bounded_mean_log_e_path(differences, -0.1, -1.0, 1.0)
