"""Searches for the smallest prompt that still passes, how many tests they spend, and the shares of segments."""

import itertools
import math
import random
from collections.abc import Callable, Sequence
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import Reduced, ddmin, greedy_backward, probdd, shapley

LAW = settings(deadline=None, derandomize=True, max_examples=80)
Test = Callable[[Sequence[int]], bool]
SEARCHES: dict[str, Callable[[Sequence[int], Test], Reduced[int]]] = {
    "probdd": probdd,
    "ddmin": ddmin,
    "greedy_backward": lambda items, test: greedy_backward(items, test, lambda item: item % 3),
}


class Counting:
    """A test that remembers what it was asked."""

    def __init__(self, passes: Test) -> None:
        self.passes = passes
        self.asked: list[tuple[int, ...]] = []

    def __call__(self, kept: Sequence[int]) -> bool:
        self.asked.append(tuple(kept))
        return self.passes(kept)


@pytest.mark.parametrize("name", SEARCHES)
@LAW
@given(size=st.integers(0, 18), picked=st.sets(st.integers(0, 17)))
def test_exactly_what_matters_is_kept_in_order_and_no_test_is_made_twice(
    name: str, size: int, picked: set[int]
) -> None:
    needed = {at for at in picked if at < size}
    test = Counting(lambda kept: needed <= set(kept))
    got = SEARCHES[name](list(range(size)), test)
    assert got == Reduced(tuple(sorted(needed)), len(test.asked))
    assert len(set(test.asked)) == len(test.asked)
    assert all(list(asked) == sorted(asked) for asked in test.asked)


@pytest.mark.parametrize("name", SEARCHES)
@LAW
@given(groups=st.lists(st.sets(st.integers(0, 9), min_size=1, max_size=4), max_size=4))
def test_one_of_each_group_is_enough_and_nothing_more_is_kept(name: str, groups: list[set[int]]) -> None:
    def passes(kept: Sequence[int]) -> bool:
        return all(group & set(kept) for group in groups)

    kept = SEARCHES[name](range(10), passes).kept
    assert passes(kept)
    assert not any(passes([item for item in kept if item != left_out]) for left_out in kept)


@pytest.mark.parametrize("name", ["probdd", "ddmin"])
def test_nothing_at_all_is_asked_first(name: str) -> None:
    assert SEARCHES[name]([1, 2, 3], lambda kept: True) == Reduced((), 1)


def test_equal_segments_are_told_apart_by_their_place() -> None:
    def twice(kept: Sequence[str]) -> bool:
        return list(kept).count("a") >= 2

    texts = ["a", "b", "a", "a"]
    assert len(probdd(texts, twice).kept) == len(ddmin(texts, twice).kept) == 2
    assert greedy_backward(texts, twice, len).kept == ("a", "a")


def test_greedy_backward_tries_the_dearest_first_and_each_once() -> None:
    sizes = [5, 9, 3, 9]
    test = Counting(lambda kept: 2 in kept)
    assert greedy_backward(range(4), test, sizes.__getitem__) == Reduced((2,), 4)
    assert test.asked == [(0, 2, 3), (0, 2), (2,), ()]


@pytest.mark.parametrize(("essential", "few", "many"), [(1, 10, 8), (3, 17, 41), (10, 30, 105)])
def test_searches_cost_what_the_planner_says(essential: int, few: float, many: float) -> None:
    calls: dict[str, list[int]] = {"probdd": [], "ddmin": []}
    for seed in range(60):
        needed = set(random.Random(seed).sample(range(20), essential))

        def passes(kept: Sequence[int], needed: set[int] = needed) -> bool:
            return needed <= set(kept)

        calls["probdd"].append(probdd(range(20), passes, 0.2).calls)
        calls["ddmin"].append(ddmin(range(20), passes).calls)
    assert fmean(calls["probdd"]) <= few + 1
    assert fmean(calls["ddmin"]) == pytest.approx(many, abs=3)


@pytest.mark.parametrize("prior", [1e-300, 1e-9, 0.5, 0.999999])
def test_probdd_ends_for_any_prior(prior: float) -> None:
    assert probdd(range(12), lambda kept: {2, 7} <= set(kept), prior).kept == (2, 7)


def over_all_orders(n: int, value: Callable[[frozenset[int]], float]) -> list[float]:
    """The definition: what each adds when it joins, over all n! orders."""
    gains: list[list[float]] = [[] for _ in range(n)]
    for order in itertools.permutations(range(n)):
        for at, player in enumerate(order):
            gains[player].append(value(frozenset(order[: at + 1])) - value(frozenset(order[:at])))
    return [fmean(gained) for gained in gains]


@LAW
@given(st.integers(1, 5), st.lists(st.floats(-5.0, 5.0), min_size=32, max_size=32), st.integers(1, 5))
def test_shares_are_the_definition_and_add_up(n: int, values: list[float], permutations: int) -> None:
    def value(chosen: frozenset[int]) -> float:
        return values[sum(1 << player for player in chosen)]

    assert shapley(n, value) == pytest.approx(over_all_orders(n, value), abs=1e-9)
    whole = value(frozenset(range(n))) - value(frozenset())
    assert sum(shapley(n, value)) == pytest.approx(whole, abs=1e-9)
    assert sum(shapley(n, value, permutations)) == pytest.approx(whole, abs=1e-9)


@LAW
@given(st.integers(2, 8), st.integers(0, 1000))
def test_one_order_and_its_reverse_are_exact_for_pairs_and_cheap(n: int, seed: int) -> None:
    rng = random.Random(seed)
    weights = {pair: rng.uniform(-1, 1) for pair in itertools.combinations_with_replacement(range(n), 2)}
    asked: list[frozenset[int]] = []

    def value(chosen: frozenset[int]) -> float:
        asked.append(chosen)
        return 3.0 + sum(w for (i, j), w in weights.items() if {i, j} <= chosen)

    one = shapley(n, value, permutations=1, seed=seed)
    assert len(asked) == len(set(asked)) == 2 * (n - 1) + 2, "rounded up to a pair, and each set only once"
    assert one == pytest.approx(shapley(n, value), abs=1e-9)


def test_sampled_shares_are_seeded_and_close_in_on_the_exact_ones() -> None:
    def all_or_nothing(chosen: frozenset[int]) -> float:
        return float({0, 1, 2} <= chosen)

    assert shapley(5, all_or_nothing) == pytest.approx([1 / 3] * 3 + [0.0, 0.0])
    sampled = shapley(5, all_or_nothing, permutations=400, seed=3)
    assert sampled == shapley(5, all_or_nothing, permutations=400, seed=3)
    assert sampled != shapley(5, all_or_nothing, permutations=400, seed=4)
    assert all(math.isclose(a, b, abs_tol=0.1) for a, b in zip(sampled, [1 / 3] * 3 + [0.0, 0.0], strict=True))
