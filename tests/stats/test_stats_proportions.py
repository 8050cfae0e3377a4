"""Shares: statsmodels values as literals, laws of the paired intervals, and tables with nothing in them."""

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import clopper_pearson, mcnemar_exact, mcnemar_midp, newcombe_paired, tango_interval, wilson

LAW = settings(deadline=None, derandomize=True, max_examples=60)
COUNT = st.integers(0, 25)

FROM_STATSMODELS = [
    ((0, 10, 0.95), (0.0, 0.2775327998628892), (0.0, 0.3084971078187607)),
    ((9, 30, 0.95), (0.16664748268243793, 0.47875787458714947), (0.1473451847547011, 0.4939590414625536)),
    ((3, 17, 0.9), (0.07281446654706442, 0.36896697806902595), (0.049898154557422976, 0.39564143344482106)),
    ((59, 60, 0.99), (0.8723745885123942, 0.9980402085162111), (0.8825926973986813, 0.9999164611258403)),
    ((250, 1000, 0.95), (0.2241530989836914, 0.27776028025908617), (0.2234304062646804, 0.27805000622375553)),
]


@pytest.mark.parametrize(("arguments", "score", "exact"), FROM_STATSMODELS)
def test_share_intervals_agree_with_statsmodels(
    arguments: tuple[int, int, float], score: tuple[float, float], exact: tuple[float, float]
) -> None:
    for interval, expected in ((wilson(*arguments), score), (clopper_pearson(*arguments), exact)):
        assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("b", "c", "p"), [(1, 7, 0.0703125), (3, 12, 0.03515625), (20, 9, 0.06142834573984146), (6, 6, 1)]
)
def test_mcnemar_agrees_with_statsmodels(b: int, c: int, p: float) -> None:
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b) == pytest.approx(p, abs=1e-12)


@LAW
@given(COUNT, COUNT)
def test_mid_p_is_half_of_what_is_as_likely_and_all_of_what_is_rarer(b: int, c: int) -> None:
    n = b + c
    chances = [math.comb(n, k) / 2**n for k in range(n + 1)]
    as_likely = sum(chances[k] for k in {b, c})
    # of both tails the observed split counts half; where b = c it is one split, the likeliest
    expected = 1.0 if n == 0 else sum(chances[k] for k in range(n + 1) if abs(2 * k - n) > abs(b - c)) + as_likely / 2
    assert mcnemar_midp(b, c) == mcnemar_midp(c, b) == pytest.approx(expected, abs=1e-12)
    assert mcnemar_midp(b, c) <= mcnemar_exact(b, c)


@LAW
@given(COUNT, COUNT, COUNT, COUNT)
def test_paired_intervals_hold_the_difference_and_mirror(both: int, first: int, second: int, neither: int) -> None:
    n = both + first + second + neither
    difference = (first - second) / n if n else 0.0
    for interval, mirrored in (
        (newcombe_paired(both, first, second, neither), newcombe_paired(both, second, first, neither)),
        (tango_interval(first, second, n), tango_interval(second, first, n)),
    ):
        assert interval.low is not None and interval.high is not None
        assert -1.0 <= interval.low <= difference + 1e-12 and difference - 1e-12 <= interval.high <= 1.0
        assert (mirrored.low, mirrored.high) == pytest.approx((-interval.high, -interval.low), abs=1e-9)


@LAW
@given(COUNT, COUNT, COUNT)
def test_tango_ends_solve_the_score_equation(b: int, c: int, concordant: int) -> None:
    n = b + c + concordant
    if n == 0:
        return
    interval = tango_interval(b, c, n, 0.9)
    for end, z in ((interval.low, NormalDist().inv_cdf(0.95)), (interval.high, -NormalDist().inv_cdf(0.95))):
        assert end is not None
        if abs(end) == 1.0:
            continue
        linear = -b - c + (2 * n - b + c) * end
        q = (math.sqrt(linear**2 + 8 * n * c * end * (1 - end)) - linear) / (4 * n)
        assert (b - c - n * end) / math.sqrt(n * (2 * q + end * (1 - end))) == pytest.approx(z, abs=1e-5)


def test_tango_without_discordant_items_has_a_closed_form() -> None:
    z2 = NormalDist().inv_cdf(0.975) ** 2
    for n in (1, 10, 35, 500):
        interval = tango_interval(0, 0, n)
        assert (interval.low, interval.high) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), abs=1e-12)


def test_tables_at_the_corners() -> None:
    assert (tango_interval(10, 0, 10).high, tango_interval(0, 10, 10).low) == (1.0, -1.0)
    assert newcombe_paired(0, 10, 0, 0).high == 1.0
    for interval in (wilson(0, 0), clopper_pearson(0, 0)):
        assert (interval.low, interval.high) == (0.0, 1.0)
    for interval in (newcombe_paired(0, 0, 0, 0), tango_interval(0, 0, 0)):
        assert (interval.low, interval.high) == (-1.0, 1.0)
    assert mcnemar_exact(0, 0) == 1.0


def test_clopper_pearson_never_covers_less_than_it_says() -> None:
    n = 25
    intervals = [clopper_pearson(k, n) for k in range(n + 1)]
    for share in (0.05, 0.3, 0.5, 0.82):
        weights = [math.comb(n, hits) * share**hits * (1 - share) ** (n - hits) for hits in range(n + 1)]
        covered = sum(w for w, i in zip(weights, intervals, strict=True) if (i.low or 0.0) <= share <= (i.high or 0.0))
        assert covered >= 0.95
