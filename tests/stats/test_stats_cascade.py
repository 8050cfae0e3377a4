"""The bill of a cascade: sums, the line of Wilson's interval, cover, weights of an audit, and what is refused."""

import math
import random

import pytest

from optlab.core.verdict import Interval
from optlab.stats import (
    cascade_break_even,
    cascade_break_even_interval,
    cascade_saving,
    effective_number,
    ratio_interval,
    weighted_share,
    wilson,
)


def equal(n: int, escalated: int) -> tuple[list[float], list[float], list[bool], list[float]]:
    """Haiku 4.5 before Sonnet 4.6 at 50 and 200 tokens: .433 of the big price for every item."""
    return [0.433] * n, [1.0] * n, [i < escalated for i in range(n)], [1.0] * n


def test_twenty_of_a_hundred_as_the_line_says() -> None:
    saving, interval = cascade_saving(*equal(100, 20))
    even = 1 - 0.433
    assert saving == pytest.approx(even - 0.2)
    share = wilson(20, 100)
    assert share.low is not None and share.high is not None
    assert (interval.low, interval.high) == pytest.approx((even - share.high, even - share.low))
    assert (interval.low, interval.high) == pytest.approx((0.278, 0.434), abs=0.001)


@pytest.mark.parametrize("escalated", [0, 100])
def test_where_nothing_or_everything_escalated_the_interval_does_not_collapse(escalated: int) -> None:
    saving, interval = cascade_saving(*equal(100, escalated))
    assert saving is not None and interval.low is not None and interval.high is not None
    assert interval.high - interval.low > 0.035
    assert interval.low - 1e-12 <= saving <= interval.high + 1e-12


def test_money_adds_and_ratios_do_not() -> None:
    saving, _ = cascade_saving([0.1, 0.1, 0.1, 0.1], [10.0, 1.0, 1.0, 1.0], [True, False, False, False], [1.0] * 4)
    assert saving == pytest.approx(1 - 10.4 / 13)


def draw(rng: random.Random, n: int, rate: float) -> tuple[list[float], list[float], list[bool]]:
    """Hard items are dearer for every model, and escalate more often."""
    paid, big, went = [], [], []
    for _ in range(n):
        hard = rng.random() < 0.3
        size = rng.lognormvariate(0.5 if hard else 0.0, 0.5)
        paid.append(0.43 * size)
        big.append(size * rng.lognormvariate(0.0, 0.2))
        went.append(rng.random() < (3 * rate if hard else rate / 3))
    return paid, big, went


@pytest.mark.parametrize("n, rate", [(40, 0.05), (120, 0.2)])
def test_the_interval_covers_the_true_saving(n: int, rate: float) -> None:
    rng = random.Random(7)
    far = draw(rng, 60_000, rate)
    true, _ = cascade_saving(*far, [1.0] * 60_000)
    assert true is not None
    hit = 0
    for _ in range(400):
        _, interval = cascade_saving(*draw(rng, n, rate), [1.0] * n)
        hit += interval.low is not None and interval.high is not None and interval.low <= true <= interval.high
    assert hit >= 368  # 92% of 400; a t interval of the bills covers fewer where few items escalate


def test_an_audit_is_right_on_average_and_wider() -> None:
    rng = random.Random(3)
    paid, big, went = draw(rng, 400, 0.2)
    whole, full = cascade_saving(paid, big, went, [1.0] * 400)
    passed = [i for i in range(400) if not went[i]]
    found, widths = [], []
    for _ in range(60):
        drawn = set(rng.sample(passed, len(passed) // 4))
        weights = [1.0 if went[i] else len(passed) / len(drawn) if i in drawn else 0.0 for i in range(400)]
        saving, interval = cascade_saving(paid, big, went, weights)
        assert saving is not None and interval.low is not None and interval.high is not None
        found.append(saving)
        widths.append(interval.high - interval.low)
    assert whole is not None and full.low is not None and full.high is not None
    assert sum(found) / 60 == pytest.approx(whole, abs=0.01)
    assert sum(widths) / 60 > full.high - full.low


def test_the_break_even_and_its_interval() -> None:
    paid, big, _ = draw(random.Random(1), 50, 0.2)
    turned = cascade_break_even_interval(paid, big, [1.0] * 50)
    bills = ratio_interval(big, paid)
    assert bills.low is not None and bills.high is not None
    assert (turned.low, turned.high) == pytest.approx((1 - bills.high, 1 - bills.low))
    even = cascade_break_even(sum(paid) / 50, 0.0, sum(big) / 50)
    assert turned.low is not None and turned.high is not None and turned.low < even < turned.high
    assert cascade_break_even_interval([0.1], [1.0], [1.0]) == Interval(None, None)


def test_few_items_leave_the_interval_open_and_a_free_big_model_cannot_be_saved() -> None:
    assert cascade_saving([], [], [], []) == (None, Interval(None, None))
    assert cascade_saving([0.1], [0.0], [False], [1.0]) == (None, Interval(None, None))
    saving, interval = cascade_saving([0.1, 0.2], [1.0, 1.0], [True, False], [1.0, 1.0])
    assert (saving, interval) == (pytest.approx(0.35), Interval(None, None))
    with pytest.raises(ValueError, match="costs nothing"):
        cascade_break_even_interval([0.1, 0.1], [0.0, 0.0], [1.0, 1.0])


def test_weights_count_as_items() -> None:
    assert effective_number([1.0] * 7) == 7
    assert effective_number([]) == 0
    assert effective_number([1.0, 1.0, 4.0, 0.0]) == pytest.approx(2.0)
    assert weighted_share([True, False, True, True], [1.0] * 4) == (0.75, 3, 4)
    assert weighted_share([True, False], [1.0, 3.0]) == (0.25, 0, 2)
    assert weighted_share([], []) == (None, 0, 0)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_what_is_no_money_is_refused(bad: float) -> None:
    for paid, big, weights in (([bad], [1.0], [1.0]), ([1.0], [bad], [1.0]), ([1.0], [1.0], [bad])):
        with pytest.raises(ValueError):
            cascade_saving(paid, big, [True], weights)
        with pytest.raises(ValueError):
            cascade_break_even_interval(paid, big, weights)
    with pytest.raises(ValueError):
        weighted_share([True], [bad])
    with pytest.raises(ValueError):
        cascade_saving([1.0], [1.0, 2.0], [True], [1.0])
