"""Pairs: exact distributions against enumeration and scipy, and what a failed call does to a ratio."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, wilcoxon

from optlab.stats import (
    hodges_lehmann,
    log_ratios,
    pairs_needed,
    probability_faster,
    ratio_interval,
    signed_rank_p,
    smallest_saving,
    spread,
)

LAW = settings(deadline=None, derandomize=True, max_examples=80)
INF = math.inf
TIMES = st.one_of(st.floats(0.001, 1000.0), st.just(INF))
TIED = st.lists(st.integers(-4, 4), max_size=9)


def test_log_ratios_speak_of_the_candidate() -> None:
    assert log_ratios([2.0, INF, 1.0, INF], [1.0, 1.0, INF, INF]) == [math.log(2.0), 20.0, -20.0, 0.0]


@LAW
@given(st.lists(st.tuples(TIMES, TIMES), max_size=20))
def test_swapping_the_arms_flips_exactly_the_sign(pairs: list[tuple[float, float]]) -> None:
    base, candidate = [b for b, _ in pairs], [c for _, c in pairs]
    assert log_ratios(candidate, base) == [-ratio for ratio in log_ratios(base, candidate)]


@LAW
@given(st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=20))
def test_the_unit_of_time_changes_nothing(pairs: list[tuple[float, float]]) -> None:
    seconds = log_ratios([b for b, _ in pairs], [c for _, c in pairs])
    milliseconds = log_ratios([b * 1000 for b, _ in pairs], [c * 1000 for _, c in pairs])
    assert milliseconds == pytest.approx(seconds, abs=1e-9)


@LAW
@given(TIED)
def test_signed_rank_p_counts_every_pattern_of_signs(ratios: list[int]) -> None:
    sizes = [abs(ratio) for ratio in ratios if ratio]
    doubled = [2 * sum(s < size for s in sizes) + sizes.count(size) + 1 for size in sizes]
    won = sum(rank for rank, ratio in zip(doubled, filter(None, ratios), strict=True) if ratio > 0)
    patterns = list(itertools.product((0, 1), repeat=len(sizes)))
    hits = sum(sum(itertools.compress(doubled, pattern)) >= won for pattern in patterns)
    assert signed_rank_p(ratios) == hits / len(patterns)


@pytest.mark.parametrize("n", [1, 5, 12, 30, 63, 126, 127, 200])
def test_signed_rank_p_agrees_with_scipy(n: int) -> None:
    rng = random.Random(n)
    ratios = [rng.gauss(0.1, 1.0) for _ in range(n)]
    expected = wilcoxon(ratios, alternative="greater", method="exact").pvalue
    assert signed_rank_p(ratios) == pytest.approx(float(expected), rel=1e-9)


def test_infinite_ratios_are_tied_largest() -> None:
    assert signed_rank_p([INF, -INF, 1.0]) == signed_rank_p([20.0, -20.0, 1.0]) == signed_rank_p([5, -5, 1])
    assert signed_rank_p([INF] * 10) == 2.0**-10


def test_nothing_lost_nothing_won() -> None:
    assert signed_rank_p([]) == signed_rank_p([0.0, 0.0]) == 1.0


@LAW
@given(st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=25), st.floats(-1.0, 1.0))
def test_centre_is_the_median_of_walsh_averages_and_moves_with_the_data(ratios: list[float], shift: float) -> None:
    walsh = sorted((a + b) / 2 for a, b in itertools.combinations_with_replacement(ratios, 2))
    centre = hodges_lehmann(ratios)
    assert walsh[(len(walsh) - 1) // 2] <= centre <= walsh[len(walsh) // 2]
    assert hodges_lehmann([ratio + shift for ratio in ratios]) == pytest.approx(centre + shift, abs=1e-9)


def test_centre_and_spread_survive_failures() -> None:
    assert hodges_lehmann([INF, INF, INF]) == 20.0
    assert hodges_lehmann([0.3]) == 0.3
    assert spread([0.3]) == 0.0
    assert spread([0.1, 0.2, 0.3, INF, 0.2]) == pytest.approx(1.4826 * 0.1)


@LAW
@given(st.lists(st.integers(1, 8), min_size=1, max_size=15), st.lists(st.integers(1, 8), min_size=1, max_size=15))
def test_probability_faster_is_the_scaled_u_statistic(xs: list[int], ys: list[int]) -> None:
    u = float(mannwhitneyu(xs, ys).statistic)
    assert probability_faster(xs, ys) == pytest.approx(u / (len(xs) * len(ys)), abs=1e-12)


def test_probability_faster_with_failures() -> None:
    assert probability_faster([INF], [INF]) == 0.5
    assert probability_faster([INF, 1.0], [2.0]) == 0.5
    assert probability_faster([1.0], [INF]) == 0.0


@pytest.mark.parametrize(
    ("sd", "effect", "pairs"), [(0.35, 0.1, 116), (0.35, 0.2, 26), (0.7, 0.1, 464), (0.7, 0.2, 104), (0.01, 0.5, 6)]
)
def test_planned_pairs(sd: float, effect: float, pairs: int) -> None:
    assert pairs_needed(sd, effect) == pairs


@pytest.mark.parametrize(("sd", "pairs", "saving"), [(0.35, 60, 0.136), (0.35, 120, 0.098), (0.62, 60, 0.23)])
def test_smallest_visible_saving(sd: float, pairs: int, saving: float) -> None:
    assert smallest_saving(sd, pairs) == pytest.approx(saving, abs=0.002)
    assert smallest_saving(sd, pairs, alpha=0.01) > smallest_saving(sd, pairs) > smallest_saving(sd, pairs, power=0.5)


@LAW
@given(st.floats(0.05, 2.0), st.integers(6, 2000), st.sampled_from([0.01, 0.05, 0.1]))
def test_a_saving_just_above_the_smallest_visible_one_needs_no_more_pairs(sd: float, pairs: int, alpha: float) -> None:
    saving = smallest_saving(sd, pairs, alpha)
    if 1e-6 < saving < 1 - 1e-6:
        assert pairs_needed(sd, saving * (1 + 1e-9), alpha) <= max(pairs, math.ceil(math.log2(2 / alpha)))


def test_ratio_of_bills_covers_the_truth() -> None:
    rng = random.Random(8)
    repeats, covered = 400, 0
    for _ in range(repeats):
        base = [math.exp(rng.gauss(0.0, 0.6)) for _ in range(30)]
        interval = ratio_interval(base, [b * 0.8 * math.exp(rng.gauss(-0.08, 0.4)) for b in base])
        assert interval.low is not None and interval.high is not None
        covered += interval.low <= 0.8 <= interval.high
    assert covered / repeats == pytest.approx(0.94, abs=0.04)


def test_ratio_of_bills_ignores_the_currency() -> None:
    base, candidate = [1.0, 2.0, 4.0, 3.0], [1.0, 1.5, 3.0, 3.5]
    dollars, cents = (
        ratio_interval(base, candidate),
        ratio_interval([b * 100 for b in base], [c * 100 for c in candidate]),
    )
    assert (cents.low, cents.high) == pytest.approx((dollars.low, dollars.high))
    assert ratio_interval([1.0], [0.5]).low is None
