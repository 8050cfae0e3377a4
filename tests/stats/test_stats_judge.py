"""A judge that errs: its pass rate corrected, and an interval that knows how few labels there were."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import judge_interval, true_rate_from_judge

LAW = settings(deadline=None, derandomize=True, max_examples=80)
GOOD = st.floats(0.55, 1.0)


@LAW
@given(st.integers(0, 100), GOOD, GOOD)
def test_correction_undoes_the_errors_of_the_judge(right: int, sensitivity: float, specificity: float) -> None:
    passed = right / 100 * sensitivity + (1 - right / 100) * (1 - specificity)
    tenthousandths = round(passed * 10_000)
    error = 0.5e-4 / (sensitivity + specificity - 1)
    got = true_rate_from_judge(passed=tenthousandths, n=10_000, sensitivity=sensitivity, specificity=specificity)
    assert got == pytest.approx(right / 100, abs=error + 1e-12)


def test_a_rate_no_true_rate_explains_is_clipped() -> None:
    assert true_rate_from_judge(10, 10, 0.9, 0.9) == 1.0
    assert true_rate_from_judge(0, 10, 0.9, 0.9) == 0.0
    assert true_rate_from_judge(7, 10, 1.0, 1.0) == 0.7


def test_interval_of_a_weak_judge() -> None:
    interval = judge_interval(p=0.8, specificity=0.6, sensitivity=0.95, n=200, m0=50, m1=50)
    assert (interval.low, interval.high) == pytest.approx((0.58, 0.89), abs=0.005)


@LAW
@given(st.floats(0.0, 1.0), GOOD, GOOD, st.integers(10, 300), st.integers(10, 300), st.integers(10, 300))
def test_calling_right_wrong_mirrors_the_interval(
    p: float, specificity: float, sensitivity: float, n: int, m0: int, m1: int
) -> None:
    one = judge_interval(p, specificity, sensitivity, n, m0, m1)
    other = judge_interval(1 - p, sensitivity, specificity, n, m1, m0)
    assert one.low is not None and one.high is not None and other.low is not None and other.high is not None
    assert (other.low, other.high) == pytest.approx((1 - one.high, 1 - one.low), abs=1e-9)
    assert 0.0 <= one.low <= one.high <= 1.0
    wider = judge_interval(p, specificity, sensitivity, n, m0, m1, 0.99)
    assert wider.low is not None and wider.high is not None
    assert wider.low <= one.low + 1e-12 and one.high <= wider.high + 1e-12


def test_labels_not_volume_narrow_the_interval_of_a_weak_judge() -> None:
    def width(n: int, labels: int) -> float:
        interval = judge_interval(0.7, 0.6, 0.9, n, labels, labels)
        assert interval.low is not None and interval.high is not None
        return interval.high - interval.low

    assert width(200, 500) < 0.7 * width(200, 50)
    assert width(2_000, 50) > 0.75 * width(200, 50)
    assert width(1_000_000, 50) > width(200, 500), "no number of answers makes up for labels"


def test_interval_covers_the_truth() -> None:
    rng, runs, n, labels = random.Random(51), 500, 100, 40
    right, sensitivity, specificity = 0.75, 0.9, 0.8

    def share(tries: int, chance: float) -> float:
        return sum(rng.random() < chance for _ in range(tries)) / tries

    covered = 0
    for _ in range(runs):
        p = share(n, right * sensitivity + (1 - right) * (1 - specificity))
        interval = judge_interval(p, share(labels, specificity), share(labels, sensitivity), n, labels, labels)
        covered += (interval.low or 0.0) <= right <= (1.0 if interval.high is None else interval.high)
    assert covered >= runs * (0.95 - 3 * (0.05 * 0.95 / runs) ** 0.5)
