"""Caps and their guarantees, payback, cascades, and the arithmetic of caching."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import (
    cache_break_even_calls,
    cache_break_even_hit_rate,
    cache_hit_rate_poisson,
    cache_multiplier,
    cascade_break_even,
    cascade_cost,
    cascade_quality,
    ceiling_rank,
    economics,
    payback_calls,
    truncation_bound,
)

LAW = settings(deadline=None, derandomize=True, max_examples=80)
PRICE = st.floats(0.001, 10.0)


@pytest.mark.parametrize(
    ("n", "epsilon", "rank"),
    [
        (58, 0.05, None),
        (59, 0.05, 59),
        (100, 0.05, 99),
        (200, 0.05, 196),
        (28, 0.1, None),
        (29, 0.1, 29),
        (100, 0.1, 96),
        (298, 0.01, None),
        (299, 0.01, 299),
        (0, 0.05, None),
    ],
)
def test_cap_rule(n: int, epsilon: float, rank: int | None) -> None:
    assert ceiling_rank(n, epsilon) == rank


@pytest.mark.parametrize(
    ("n", "bound"), [(10, 0.259), (20, 0.139), (30, 0.095), (59, 0.050), (100, 0.030), (299, 0.010), (0, 1.0)]
)
def test_what_no_case_at_all_still_allows(n: int, bound: float) -> None:
    assert truncation_bound(n, 0) == pytest.approx(bound, abs=0.0006)


def test_bound_of_some_and_of_all() -> None:
    assert truncation_bound(100, 2) == pytest.approx(0.062, abs=0.0005)
    assert truncation_bound(10, 10) == 1.0


def test_the_cap_cuts_more_than_promised_in_few_samples() -> None:
    rng, runs, n, epsilon = random.Random(6), 1000, 100, 0.05
    rank = ceiling_rank(n, epsilon)
    assert rank is not None
    broken = sum(sorted(rng.random() for _ in range(n))[rank - 1] < 1 - epsilon for _ in range(runs))
    assert broken <= runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)


def test_payback() -> None:
    assert payback_calls(2.0, 0.5) == 4.0
    assert payback_calls(0.0, 0.5) == 0.0
    assert payback_calls(2.0, 0.0) == payback_calls(2.0, -1.0) == math.inf


@pytest.mark.parametrize(
    ("gap_min", "five_minutes", "hour"), [(1, 0.108, 0.100), (10, 0.798, 0.105), (30, 1.073, 0.357), (60, 1.158, 0.799)]
)
def test_hit_rate_gives_the_known_price_multipliers(gap_min: float, five_minutes: float, hour: float) -> None:
    for ttl, write, multiplier in ((5.0, 1.25, five_minutes), (60.0, 2.0, hour)):
        hits = cache_hit_rate_poisson(1 / gap_min, ttl)
        assert cache_multiplier(hits, write, 0.1) == pytest.approx(multiplier, abs=0.0006)
    assert cache_hit_rate_poisson(0.0, 5.0) == 0.0


@LAW
@given(PRICE, PRICE, PRICE, st.floats(0.0, 1.0))
def test_a_cascade_saves_what_is_left_below_its_break_even(
    small: float, judge: float, big: float, escalation: float
) -> None:
    even = cascade_break_even(small, judge, big)
    if 0.0 <= even <= 1.0:
        assert cascade_cost(small, judge, big, even) == pytest.approx(big)
    saving = 1.0 - cascade_cost(small, judge, big, escalation) / big
    assert saving == pytest.approx(even - escalation, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("small", "judge", "even", "saving"), [(1 / 3, 0.1, 0.567, 0.367), (0.05, 0.015, 0.935, 0.735)]
)
def test_two_pairs_of_models(small: float, judge: float, even: float, saving: float) -> None:
    assert cascade_break_even(small, judge, 1.0) == pytest.approx(even, abs=5e-4)
    assert 1.0 - cascade_cost(small, judge, 1.0, 0.2) == pytest.approx(saving, abs=5e-4)
    assert cascade_break_even(0.6, 0.6, 1.0) < 0.0, "never pays"


@pytest.mark.parametrize(("false_pass", "points"), [(0.05, 0.031), (0.5, -0.027), (0.9, -0.079)])
def test_false_passes_decide_the_quality_of_a_cascade(false_pass: float, points: float) -> None:
    assert cascade_quality(0.78, 0.04, 0.13, 0.05, 0.95, false_pass)[2] == pytest.approx(points, abs=6e-4)


def test_quality_of_a_cascade_is_that_of_its_queries() -> None:
    rng, queries = random.Random(7), 40_000
    cells, passes = [(1, 1), (1, 0), (0, 1), (0, 0)], (0.3, 0.8)
    escalated = right = right_big = 0
    for small, big in rng.choices(cells, weights=(0.5, 0.1, 0.25, 0.15), k=queries):
        kept = rng.random() < passes[small]
        escalated += not kept
        right += small if kept else big
        right_big += big
    got = cascade_quality(0.5, 0.1, 0.25, 0.15, passes[1], passes[0])
    assert got == pytest.approx((escalated / queries, right / queries, (right - right_big) / queries), abs=0.01)


@LAW
@given(st.floats(1.0, 4.0), st.floats(0.0, 0.9))
def test_the_multiplier_is_one_at_the_break_even_hit_rate(write: float, read: float) -> None:
    assert cache_multiplier(cache_break_even_hit_rate(write, read), write, read) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("write", "hit_rate", "gap_min", "ttl_min"), [(1.25, 0.2174, 20.4, 5), (2.0, 0.5263, 80.3, 60)]
)
def test_break_even_of_both_lifetimes(write: float, hit_rate: float, gap_min: float, ttl_min: float) -> None:
    assert cache_break_even_hit_rate(write, 0.1) == pytest.approx(hit_rate, abs=5e-5)
    assert cache_hit_rate_poisson(1 / gap_min, ttl_min) == pytest.approx(hit_rate, abs=5e-4)


@pytest.mark.parametrize(
    ("write", "read", "calls"),
    [(1.25, 0.1, 2), (2.0, 0.1, 3), (1.9, 0.1, 3), (0.5, 0.1, 1), (1.0, 0.1, 2), (1.5, 0.95, 12)],
)
def test_fewest_calls_that_pay(write: float, read: float, calls: int) -> None:
    assert cache_break_even_calls(write, read) == calls
    assert write + read * (calls - 1) < calls
    assert calls == 1 or write + read * (calls - 2) >= calls - 1 - 1e-9


def test_everything_about_money_is_offered_in_one_place() -> None:
    assert all(callable(getattr(economics, name)) for name in economics.__all__)
