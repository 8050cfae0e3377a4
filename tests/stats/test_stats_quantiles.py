"""Quantiles: numpy as oracle, exact coverage, and infinity as an ordinary largest value."""

import math
import random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import min_runs, quantile, quantile_interval, quantile_ranks

LAW = settings(deadline=None, derandomize=True, max_examples=80)
TIMES = st.floats(min_value=0.001, max_value=1000.0)
INF = math.inf


@LAW
@given(st.lists(TIMES, min_size=1, max_size=40), st.floats(0.0, 1.0))
def test_quantile_agrees_with_numpy(xs: list[float], p: float) -> None:
    assert quantile(xs, p) == pytest.approx(float(numpy.quantile(xs, p)), rel=1e-9)


@LAW
@given(st.lists(TIMES, min_size=1, max_size=40), st.floats(0.0, 1.0))
def test_a_failed_call_never_lowers_a_quantile(xs: list[float], p: float) -> None:
    assert quantile([*xs, INF], p) >= quantile(xs, p) * (1 - 1e-9)


@LAW
@given(st.lists(TIMES, min_size=1, max_size=40), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_quantile_rises_with_p_and_stays_inside_the_data(xs: list[float], p: float, q: float) -> None:
    low, high = sorted((quantile(xs, p), quantile(xs, q)))
    assert (quantile(xs, min(p, q)), quantile(xs, max(p, q))) == (low, high)
    assert min(xs) <= low <= high <= max(xs)


@pytest.mark.parametrize(
    ("xs", "p", "expected"),
    [
        ([1, 2, INF], 0.5, 2.0),
        ([1, 2, INF], 0.51, INF),
        ([1, INF], 0.5, INF),
        ([INF, INF], 0.9, INF),
        ([*range(8), *[INF] * 93], 0.07, 7.0),
        ([7], 0.99, 7.0),
        ([3, 3, 3], 0.9, 3.0),
        ([2, 1], 0, 1.0),
        ([2, 1], 1, 2.0),
    ],
)
def test_quantile_at_the_edges(xs: list[float], p: float, expected: float) -> None:
    assert quantile(xs, p) == expected


@pytest.mark.parametrize(("p", "two", "one"), [(0.5, 6, 5), (0.9, 36, 29), (0.95, 72, 59), (0.99, 368, 299)])
def test_minimum_runs_table(p: float, two: int, one: int) -> None:
    assert (min_runs(p), min_runs(p, sides=1)) == (two, one)
    assert None not in quantile_ranks(two, p)
    assert None in quantile_ranks(two - 1, p)


@LAW
@given(st.integers(1, 300), st.floats(0.01, 0.99))
def test_ranks_mirror_when_the_order_is_reversed(n: int, p: float) -> None:
    low, high = quantile_ranks(n, p)
    mirrored = tuple(None if rank is None else n + 1 - rank for rank in (high, low))
    assert quantile_ranks(n, 1 - p) == mirrored


@pytest.mark.parametrize("shape", ["log-normal", "bimodal", "tied"])
@pytest.mark.parametrize(("n", "p"), [(20, 0.5), (50, 0.9)])
def test_interval_covers_the_quantile(shape: str, n: int, p: float) -> None:
    rng = random.Random(11)
    draw = {
        "log-normal": lambda: math.exp(rng.gauss(0.0, 0.5)),
        "bimodal": lambda: rng.gauss(1.0, 0.1) if rng.random() < 0.7 else rng.gauss(5.0, 0.5),
        "tied": lambda: float(round(math.exp(rng.gauss(0.0, 0.5)))),
    }[shape]
    truth = quantile([draw() for _ in range(40_000)], p)
    repeats = 400
    covered = 0
    for _ in range(repeats):
        interval = quantile_interval([draw() for _ in range(n)], p)
        covered += (interval.low is None or interval.low <= truth) and (interval.high is None or truth <= interval.high)
    assert covered >= repeats * 0.95 - 3 * math.sqrt(repeats * 0.95 * 0.05)


def test_interval_is_open_where_the_rank_is_missing_or_failed() -> None:
    assert quantile_interval([], 0.5).low is quantile_interval([], 0.5).high is None
    failed = quantile_interval([1.0] * 8 + [INF] * 2, 0.5)
    assert (failed.low, failed.high) == (1.0, None)
    lost = quantile_interval([INF] * 10, 0.5)
    assert (lost.low, lost.high) == (None, None)
    assert quantile_ranks(0, 0.5) == (None, None)
