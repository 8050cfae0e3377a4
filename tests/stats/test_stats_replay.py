"""A cache replayed over a log: the rules one by one, the books in balance, and the formula for random arrivals."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import Replay, cache_hit_rate_poisson, cache_multiplier, replay_cache

LAW = settings(deadline=None, derandomize=True, max_examples=80)
Request = dict[str, Any]


def request(t: float, *blocks: tuple[str, int]) -> Request:
    return {"t": t, "blocks": [list(block) for block in blocks]}


def lettered(t: float, letters: str, tokens: int = 1000) -> Request:
    return request(t, *((letter, tokens) for letter in letters))


def rows(requests: list[Request], breakpoints: list[int], **options: Any) -> list[tuple[int, int, int]]:
    return list(replay_cache(requests, breakpoints, **{"min_tokens": 0, **options}).rows)


DOCUMENTS = [
    request(t, ("tools", 1000), ("rules", 3000), (document, 5000), (f"user {t}", 50))
    for t, document in ((0, "A"), (60, "A"), (120, "B"), (180, "B"), (600, "A"))
]


@pytest.mark.parametrize(
    ("breakpoints", "cost"), [([2], 35_800), ([1, 2], 31_200), ([3], 56_562.5), ([], 45_250), ([0], 45_250)]
)
def test_where_the_breakpoint_stands_decides(breakpoints: list[int], cost: float) -> None:
    assert replay_cache(DOCUMENTS, breakpoints).cost == pytest.approx(cost)


def test_positions_from_the_end_and_positions_there_are_not() -> None:
    assert replay_cache(DOCUMENTS, [-2]) == replay_cache(DOCUMENTS, [2])
    assert replay_cache(DOCUMENTS, [1, 2, 9, -9]) == replay_cache(DOCUMENTS, [2, 1])
    assert replay_cache(DOCUMENTS, [4]) == replay_cache(DOCUMENTS, [])


def test_an_entry_exactly_as_old_as_its_lifetime_is_gone() -> None:
    assert rows([lettered(0, "a"), lettered(300, "a")], [0]) == [(0, 1000, 0), (0, 1000, 0)]
    assert rows([lettered(0, "a"), lettered(299.9, "a")], [0])[1] == (1000, 0, 0)
    assert rows([lettered(0, "a"), lettered(3000, "a")], [0], ttl_s=3600.0)[1] == (1000, 0, 0)


def test_a_read_renews_the_entry() -> None:
    assert [r for r, _, _ in rows([lettered(t, "a") for t in (0, 200, 400, 600, 900)], [0])] == [0, 1000, 1000, 1000, 0]


def test_an_entry_can_be_read_once_its_first_token_came() -> None:
    at_once = [lettered(t, "a") for t in (0.0, 0.4, 0.5, 0.6)]
    assert rows(at_once, [0], first_token_s=0.5) == [(0, 1000, 0), (0, 1000, 0), (1000, 0, 0), (1000, 0, 0)]
    ten_at_once = replay_cache([lettered(0.0, "a")] * 10, [0], min_tokens=0, first_token_s=1.0)
    assert ten_at_once.cost == pytest.approx(10 * 1250)
    one_first = replay_cache([lettered(0.0, "a"), *[lettered(1.0, "a")] * 9], [0], min_tokens=0, first_token_s=1.0)
    assert one_first.cost == pytest.approx(10 * 1000 * 0.215)


def test_below_the_floor_nothing_is_cached() -> None:
    assert rows([lettered(0, "ab")] * 2, [0, 1], min_tokens=2000) == [(0, 2000, 0), (2000, 0, 0)]
    assert rows([lettered(0, "ab")] * 2, [0], min_tokens=1001) == [(0, 0, 2000), (0, 0, 2000)]


def test_the_longest_entry_within_reach_is_read() -> None:
    grows = [lettered(0, "abc"), lettered(1, "abcdefgh")]
    assert rows(grows, [-1]) == [(0, 3000, 0), (3000, 5000, 0)]
    assert rows(grows, [-1], lookback=6)[1] == (3000, 5000, 0), "the sixth block back, the breakpoint counted"
    assert rows(grows, [-1], lookback=5)[1] == (0, 8000, 0)
    assert rows(grows, [2, -1], lookback=1)[1] == (3000, 5000, 0), "each breakpoint looks back from itself"
    assert rows([lettered(0, "a"), lettered(1, "abc"), lettered(2, "abcd")], [-1])[2] == (3000, 1000, 0)


def test_another_block_in_front_is_another_text() -> None:
    assert rows([lettered(0, "abc"), lettered(1, "xbc")], [-1])[1] == (0, 3000, 0)


def test_reading_a_long_entry_renews_the_short_ones_on_its_path_if_asked() -> None:
    log = [lettered(0, "ab"), lettered(200, "ab"), lettered(400, "ax")]
    assert rows(log, [0, 1])[2] == (1000, 1000, 0)
    assert rows(log, [0, 1], refresh_path=False)[2] == (0, 2000, 0)


def test_a_living_entry_is_not_written_again() -> None:
    log = [lettered(0.0, "a"), lettered(0.5, "a"), lettered(1.2, "a")]
    assert rows(log, [0], ttl_s=1.1, first_token_s=1.0)[2] == (0, 1000, 0), "the first one died, the second never was"


def test_the_log_is_put_in_order_of_time() -> None:
    log = [lettered(10, "ab"), lettered(0, "a")]
    assert rows(log, [-1]) == [(0, 1000, 0), (1000, 1000, 0)]


@LAW
@given(
    st.lists(st.tuples(st.floats(0.0, 2000.0), st.text("abc", max_size=6)), max_size=12),
    st.lists(st.integers(-7, 7), max_size=4),
    st.sampled_from([0, 1500, 10_000]),
)
def test_read_written_and_plain_make_the_prompt_and_the_bill(
    log: list[tuple[float, str]], breakpoints: list[int], floor: int
) -> None:
    ordered = sorted(log, key=lambda entry: entry[0])
    got = replay_cache([lettered(t, letters, 700) for t, letters in ordered], breakpoints, min_tokens=floor)
    assert [sum(row) for row in got.rows] == [700 * len(letters) for _, letters in ordered]
    assert all(part >= 0 for row in got.rows for part in row)
    assert got.cost == pytest.approx(sum(0.1 * r + 1.25 * w + plain for r, w, plain in got.rows))
    free = replay_cache([lettered(t, letters, 700) for t, letters in ordered], [])
    assert free == Replay(700.0 * sum(len(letters) for _, letters in log), free.rows)


@pytest.mark.parametrize(("gap_min", "ttl_min", "write"), [(10.0, 5.0, 1.25), (60.0, 60.0, 2.0)])
def test_random_arrivals_pay_the_multiplier(gap_min: float, ttl_min: float, write: float) -> None:
    rng, t, log = random.Random(81), 0.0, []
    for _ in range(20_000):
        t += rng.expovariate(1.0 / (60.0 * gap_min))
        log.append(request(t, ("prompt", 10_000)))
    paid = replay_cache(log, [0], ttl_s=60.0 * ttl_min, write=write).cost / (20_000 * 10_000)
    formula = cache_multiplier(cache_hit_rate_poisson(1.0 / gap_min, ttl_min), write, 0.1)
    assert paid == pytest.approx(formula, rel=0.02)
