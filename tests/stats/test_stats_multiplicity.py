"""Whole tables of p values and e-values: slow rules as oracles, and how often a table of nothing rings."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import benjamini_hochberg, e_bh, holm

LAW = settings(deadline=None, derandomize=True, max_examples=120)
ALPHAS = (0.001, 0.01, 0.05, 0.2, 0.7)
PS = st.lists(st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.0, 0.01, 0.04, 1.0])), max_size=12)
INF = math.inf


def holm_rejects(ps: list[float], alpha: float) -> set[int]:
    """Step down: the smallest against alpha / L, the next against alpha / (L - 1), until one fails."""
    rejected: set[int] = set()
    for at in sorted(range(len(ps)), key=ps.__getitem__):
        if (len(ps) - len(rejected)) * ps[at] > alpha:
            break
        rejected.add(at)
    return rejected


def bh_rejects(ps: list[float], alpha: float) -> set[int]:
    """Step up: everything at most the largest p with p_(k) <= alpha k / L."""
    ordered = sorted(ps)
    bars = [p for k, p in enumerate(ordered, 1) if len(ps) * p / k <= alpha]
    return {at for at, p in enumerate(ps) if bars and p <= bars[-1]}


@LAW
@given(PS)
def test_adjusted_p_values_reject_what_the_steps_reject(ps: list[float]) -> None:
    for alpha in ALPHAS:
        assert {at for at, p in enumerate(holm(ps)) if p <= alpha} == holm_rejects(ps, alpha)
        assert {at for at, p in enumerate(benjamini_hochberg(ps)) if p <= alpha} == bh_rejects(ps, alpha)


@LAW
@given(PS)
def test_the_cautious_rule_adjusts_more_and_order_does_not_matter(ps: list[float]) -> None:
    for p, discovery, family in zip(ps, benjamini_hochberg(ps), holm(ps), strict=True):
        assert p <= discovery * (1 + 1e-12) and discovery <= family * (1 + 1e-12) and family <= 1.0
    assert holm(ps[::-1]) == pytest.approx(holm(ps)[::-1])
    assert benjamini_hochberg(ps[::-1]) == pytest.approx(benjamini_hochberg(ps)[::-1])


@LAW
@given(st.lists(st.one_of(st.floats(0.0, 500.0), st.just(INF)), max_size=10), st.sampled_from([0.01, 0.05, 0.3]))
def test_e_bh_keeps_the_most_that_all_clear_their_bar(es: list[float], alpha: float) -> None:
    kept = e_bh(es, alpha)
    assert kept == sorted(kept)
    bar = len(es) / alpha
    assert all(len(kept) * es[at] >= bar * (1 - 1e-9) for at in kept)
    largest = sorted(es, reverse=True)
    assert not any(k * largest[k - 1] >= bar * (1 + 1e-9) for k in range(len(kept) + 1, len(es) + 1))


def test_e_values_that_meet_their_bar_exactly_count_and_ties_stay_together() -> None:
    assert e_bh([20.0]) == [0]
    assert e_bh([30.0, 30.0, 0.0]) == [0, 1]
    assert e_bh([30.0, 29.9, 0.0]) == [], "alone the first would need 60"
    assert e_bh([INF, 1.0]) == [0]
    assert e_bh([3 / (0.05 * 3)] * 3) == [0, 1, 2], "19.999999999999996, where 20 would do"


def test_a_table_of_nothing_rarely_rings() -> None:
    rng, runs = random.Random(61), 2_000
    tables = [[rng.random() for _ in range(6)] for _ in range(runs)]
    allowed = runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)
    assert sum(min(holm(ps)) <= 0.05 for ps in tables) <= allowed
    assert sum(min(ps) <= 0.05 for ps in tables) > 4 * allowed, "unadjusted, one in four tables rings"
