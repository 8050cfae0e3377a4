"""The interval of a bill that may be looked at after every pair."""

import random

import pytest

from optlab.stats import cost_sequence, decide_cost, ratio_interval

TRUE = 0.8


def bills(seed: int, n: int, true: float = TRUE) -> tuple[list[float], list[float]]:
    """Costs below 4 whose sums stand in the ratio `true`."""
    draw = random.Random(seed)
    base = [min(4.0, draw.lognormvariate(0.0, 0.5)) for _ in range(n)]
    other = [min(4.0, draw.lognormvariate(0.0, 0.5)) for _ in range(n)]
    return base, [true * cost for cost in other]


def test_it_excludes_even_bills_exactly_where_a_verdict_is_reached_on_the_way() -> None:
    base, candidate = bills(1, 120, 0.4)
    at = decide_cost(base, candidate, 4.0, 4.0, 1_000).pairs
    assert 10 < at < 120
    before = cost_sequence(base[: at - 1], candidate[: at - 1], 4.0, 4.0)
    after = cost_sequence(base[:at], candidate[:at], 4.0, 4.0)
    assert before.high is not None and after.high is not None
    assert before.high >= 1 > after.high
    mirrored = cost_sequence(candidate[:at], base[:at], 4.0, 4.0)
    assert mirrored.low is not None and mirrored.low > 1


def test_it_holds_at_every_look_and_one_look_intervals_do_not() -> None:
    """40 experiments looked at on the way to 20 pairs: t intervals miss somewhere in far more than one in twenty."""
    missed = one_look = 0
    for seed in range(40):
        base, candidate = bills(seed, 20)
        looks = [cost_sequence(base[:n], candidate[:n], 4.0, 4.0) for n in (5, 10, 15, 20)]
        missed += any(found.low is None or found.high is None or not found.low <= TRUE <= found.high for found in looks)
        short = [ratio_interval(base[:n], candidate[:n]) for n in range(2, 21)]
        one_look += any(s.low is None or s.high is None or not s.low <= TRUE <= s.high for s in short)
    assert missed <= 2
    assert one_look > 8


def test_it_is_wider_than_an_interval_for_one_look_and_narrows() -> None:
    base, candidate = bills(3, 60)
    wide, narrow = cost_sequence(base[:20], candidate[:20], 4.0, 4.0), cost_sequence(base, candidate, 4.0, 4.0)
    once = ratio_interval(base, candidate)
    assert None not in (wide.low, wide.high, narrow.low, narrow.high, once.low, once.high)
    assert wide.low <= narrow.low <= once.low and once.high <= narrow.high <= wide.high  # type: ignore[operator]


def test_the_currency_changes_nothing() -> None:
    base, candidate = bills(4, 30)
    cents = cost_sequence([100 * b for b in base], [100 * c for c in candidate], 400.0, 400.0)
    dollars = cost_sequence(base, candidate, 4.0, 4.0)
    assert (cents.low, cents.high) == (pytest.approx(dollars.low), pytest.approx(dollars.high))
