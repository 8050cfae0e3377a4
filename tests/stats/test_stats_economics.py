"""Caps, their guarantees, and payback."""

import math
import random

import pytest

from optlab.stats import cache_hit_rate_poisson, ceiling_rank, payback_calls, truncation_bound


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
    ("gap_min", "five_minutes", "hour"), [(1, 0.108, 0.100), (10, 0.798, 0.105), (60, 1.158, 0.799)]
)
def test_hit_rate_gives_the_known_price_multipliers(gap_min: float, five_minutes: float, hour: float) -> None:
    for ttl, write, multiplier in ((5.0, 1.25, five_minutes), (60.0, 2.0, hour)):
        hits = cache_hit_rate_poisson(1 / gap_min, ttl)
        assert 0.1 * hits + write * (1 - hits) == pytest.approx(multiplier, abs=0.0006)
    assert cache_hit_rate_poisson(0.0, 5.0) == 0.0
