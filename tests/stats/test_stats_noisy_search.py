"""The search whose test may err: it cuts what can go and nothing needed, also with one wrong answer in twenty."""

import random
from collections.abc import Callable

import pytest

from optlab.stats import Ask, NoisySearch


def searched(
    sizes: list[float], good: Callable[[frozenset[int]], bool], wanted: float | None = None
) -> tuple[NoisySearch, list[Ask]]:
    search, asked = NoisySearch(sizes, wanted), []
    steps = search.steps()
    try:
        ask = next(steps)
        while True:
            asked.append(ask)
            ask = steps.send(good(ask.cut))
    except StopIteration:
        return search, asked


def without(needed: set[int]) -> Callable[[frozenset[int]], bool]:
    return lambda cut: not cut & needed


@pytest.mark.parametrize(
    "pieces, needed", [(16, {2, 3, 7, 11, 14}), (20, {5}), (20, set()), (5, {0, 1, 2, 3, 4}), (1, {0}), (1, set())]
)
def test_an_exact_test_finds_exactly_what_is_needed(pieces: int, needed: set[int]) -> None:
    search, asked = searched([10.0] * pieces, without(needed))
    assert search.gone == frozenset(range(pieces)) - needed
    assert search.needed == needed
    assert search.certain
    assert all(ask.tried <= ask.cut for ask in asked)


def test_what_nobody_needs_takes_a_handful_of_questions() -> None:
    search, asked = searched([10.0] * 30, without(set()))
    assert len(search.gone) == 30
    assert [ask.why for ask in asked] == ["all", "confirm", "confirm"]


def test_nothing_to_search_asks_nothing() -> None:
    search, asked = searched([], without(set()))
    assert (search.gone, asked) == (frozenset(), [])


@pytest.mark.parametrize("pieces, needed", [(16, 5), (20, 3), (20, 10)])
def test_one_wrong_answer_in_twenty_is_outvoted(pieces: int, needed: int) -> None:
    right = 0
    for seed in range(60):
        draw = random.Random(seed)
        kept = set(draw.sample(range(pieces), needed))
        search, _ = searched([10.0] * pieces, lambda cut, d=draw, k=kept: bool(cut & k) == (d.random() < 0.05))
        dead = pieces - needed
        right += not search.gone & kept and len(search.gone) >= 0.9 * dead
    assert right >= 58  # 99.5% and more by simulation; without the votes about 50 (benchmarks/README.md)


def test_a_goal_ends_the_search_and_takes_no_more_than_it_needs() -> None:
    search, asked = searched([float(size) for size in range(1, 17)], without({15}), wanted=20.0)
    tokens = sum(at + 1 for at in search.gone)
    assert 20 <= tokens < 36 and 15 not in search.gone
    assert search.certain
    assert "all" not in {ask.why for ask in asked}


def test_a_goal_out_of_reach_takes_all_that_can_go() -> None:
    search, _ = searched([10.0] * 6, without({0, 1, 2, 3}), wanted=40.0)
    assert search.gone == {4, 5}


def test_put_back_opens_the_last_cut_and_all_that_was_judged_on_top_of_it() -> None:
    search = NoisySearch([10.0, 10.0])
    steps = search.steps()
    assert next(steps).why == "all"
    first = steps.send(False)
    assert first.tried == {0}
    second = steps.send(True)
    assert (second.cut, second.tried) == ({0, 1}, {1})
    steps.send(False)
    assert (search.gone, search.needed) == ({0}, {1})
    assert search.put_back() == (0,)
    assert (search.gone, search.needed) == (frozenset(), {0})


def test_a_cut_that_is_voted_down_is_put_back_and_its_pieces_are_tried_again() -> None:
    """The first answer about everything is wrong; the votes behind it say so."""
    answers = iter([True, False, False])
    search, asked = searched([10.0] * 4, lambda cut: next(answers, not cut & {2}))
    assert search.gone == {0, 1, 3}
    assert [ask.why for ask in asked[:3]] == ["all", "confirm", "confirm"]


def test_sizes_are_finite() -> None:
    with pytest.raises(ValueError, match="sizes"):
        NoisySearch([1.0, float("inf")])
