"""The interval of a mean over items and repetitions: known values, its two spreads, and what it refuses."""

import math
import random

import pytest

from optlab.stats import crossed_mean_interval, truncation_bound


def test_one_row_is_the_t_interval_over_the_items() -> None:
    found = crossed_mean_interval([[0.0, 0.5, 0.5, 1.0]])
    half = 3.182446305284263 * math.sqrt((1 / 6) / 4)  # t(0.975, 3), the variance of the four values
    assert (found.low, found.high) == (pytest.approx(0.5 - half), 1.0)


def test_rows_that_differ_widen_it() -> None:
    same = crossed_mean_interval([[0.1, 0.3] * 6] * 2)
    apart = crossed_mean_interval([[0.0, 0.2] * 6, [0.2, 0.4] * 6])
    assert same.low is not None and apart.low is not None and apart.low < same.low


def test_items_that_all_agree_bound_it_as_no_loss_in_so_many_does() -> None:
    bound = truncation_bound(12, 0)
    found = crossed_mean_interval([[0.0] * 12, [0.0] * 12])
    assert (found.low, found.high) == (-bound, bound)


def test_items_that_all_agree_bound_it_also_where_rows_differ() -> None:
    bound = truncation_bound(12, 0)
    found = crossed_mean_interval([[0.0] * 12] * 9 + [[0.1] * 12])
    assert found.low is not None and found.high is not None
    assert found.low < 0.01 - bound and found.high > 0.01 + bound


def test_two_rows_say_little_of_how_rows_differ() -> None:
    """As many degrees of freedom as Satterthwaite's sum has: nearly 1 where the items hardly differ."""
    draw, held = random.Random(1), 0
    for _ in range(400):
        items, rows = [draw.gauss(0.1, 0.05) for _ in range(12)], [draw.gauss(0.0, 0.2) for _ in range(2)]
        found = crossed_mean_interval([[max(-1.0, min(1.0, i + r + draw.gauss(0, 0.1))) for i in items] for r in rows])
        held += found.low is not None and found.high is not None and found.low <= 0.1 <= found.high
    assert held / 400 >= 0.85


@pytest.mark.parametrize("hit", [0.5, 1.0])
def test_where_an_item_was_hit_it_is_not_narrower_than_where_none_was(hit: float) -> None:
    none, one = (crossed_mean_interval([[first] + [0.0] * 11]) for first in (0.0, hit))
    assert none.low is not None and none.high is not None and one.low is not None and one.high is not None
    assert one.high - one.low >= none.high - none.low


def test_one_item_leaves_it_open() -> None:
    assert crossed_mean_interval([[0.3], [0.4]]).low is None


def test_it_covers_the_truth() -> None:
    draw, held = random.Random(5), 0
    for _ in range(400):
        items = [draw.gauss(0.1, 0.2) for _ in range(12)]
        rows = [draw.gauss(0.0, 0.05) for _ in range(3)]
        table = [[max(-1.0, min(1.0, i + r + draw.gauss(0, 0.1))) for i in items] for r in rows]
        found = crossed_mean_interval(table)
        held += found.low is not None and found.high is not None and found.low <= 0.1 <= found.high
    assert held / 400 >= 0.92


@pytest.mark.parametrize("table", [[], [[]], [[0.1], [0.1, 0.2]], [[math.nan, 0.0]]])
def test_what_is_no_table_is_refused(table: list[list[float]]) -> None:
    with pytest.raises(ValueError):
        crossed_mean_interval(table)
