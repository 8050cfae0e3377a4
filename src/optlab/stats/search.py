"""What of a prompt is needed: smaller lists of segments that still pass a test, and the share each segment has.

A test of a list costs calls, so each search counts the tests it made and never makes one twice. The whole list is
taken to pass; a test with chance in it can mislead a search, so verify the result on items it has not seen.
"""

import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from statistics import fmean
from typing import Generic, TypeVar

import msgspec

from optlab.stats.arguments import require_numbers, require_rate

T = TypeVar("T")

_SLACK = 1e-12
"""Groups that promise the same may differ by rounding; of those the smallest is tried, which takes fewer tests."""


class Reduced(msgspec.Struct, Generic[T], frozen=True):
    """What a search kept, in the original order, and how many tests that took."""

    kept: tuple[T, ...]
    calls: int


class _Asking(Generic[T]):
    """Tests of sets of positions, each made once."""

    def __init__(self, items: Sequence[T], test: Callable[[Sequence[T]], bool]) -> None:
        self._items = items
        self._test = test
        self._answers: dict[tuple[int, ...], bool] = {}

    def passes(self, positions: Iterable[int]) -> bool:
        asked = tuple(positions)
        if asked not in self._answers:
            self._answers[asked] = bool(self._test([self._items[at] for at in asked]))
        return self._answers[asked]

    def reduced(self, positions: Iterable[int]) -> Reduced[T]:
        return Reduced(tuple(self._items[at] for at in positions), len(self._answers))


def probdd(items: Sequence[T], test: Callable[[Sequence[T]], bool], prior: float = 0.1) -> Reduced[T]:
    """A list that passes and from which no segment can be taken, cheap where few segments matter.

    `test` gets a list of segments in their order and says whether it is still good; `prior` is the chance that a
    segment matters. After asking whether nothing at all passes: sort by chance, try to do without the first k that
    maximise k * P(none matters). Passed: they are gone. Failed: one segment alone matters for sure, the chance of a
    group rises to p / P(one matters). Probabilistic delta debugging: Wang et al., ESEC/FSE 2021.

    Raises ValueError when prior is outside (0, 1).
    """
    require_rate("prior", prior)
    asking = _Asking(items, test)
    if not items or asking.passes(()):
        return asking.reduced(())
    chances = dict.fromkeys(range(len(items)), prior)
    while group := most_promising(chances):
        if asking.passes(at for at in chances if at not in group):
            for at in group:
                del chances[at]
        else:
            blame(chances, group)
    return asking.reduced(chances)


def blame(chances: dict[int, float], group: Sequence[int]) -> None:
    """Raise the chances of a group without which a test failed: one of it matters, one alone for certain."""
    if len(group) == 1:
        chances[group[0]] = 1.0
        return
    # 1 - product (1 - p), to full precision also where every p is tiny
    some_matter = -math.expm1(math.fsum(math.log1p(-chances[at]) for at in group))
    for at in group:
        chances[at] /= some_matter


def most_promising(chances: dict[int, float]) -> list[int]:
    """The positions whose removal drops the most segments to be expected; none once all are known to matter."""
    unsure = sorted((at for at, chance in chances.items() if chance < 1.0), key=chances.__getitem__)
    best, most, none_matters = 0, 0.0, 1.0
    for k, at in enumerate(unsure, 1):
        none_matters *= 1.0 - chances[at]
        if k * none_matters > most * (1.0 + _SLACK):
            best, most = k, k * none_matters
    return unsure[:best]


def ddmin(items: Sequence[T], test: Callable[[Sequence[T]], bool]) -> Reduced[T]:
    """A list that passes and from which no single segment can be taken; many tests, so only for cheap exact ones.

    `test` gets a list of segments in their order. After asking whether nothing at all passes: ever smaller pieces are
    tried alone, then left out. Delta debugging: Zeller and Hildebrandt, IEEE TSE 2002.
    """
    asking = _Asking(items, test)
    if not items or asking.passes(()):
        return asking.reduced(())
    kept, pieces = list(range(len(items))), 2
    while len(kept) > 1:
        cuts = [len(kept) * piece // pieces for piece in range(pieces + 1)]
        parts = [kept[start:end] for start, end in pairwise(cuts)]
        rests = [kept[:start] + kept[end:] for start, end in pairwise(cuts)]
        if (part := next(filter(asking.passes, parts), None)) is not None:
            kept, pieces = part, 2
        elif (rest := next(filter(asking.passes, rests), None)) is not None:
            kept, pieces = rest, max(pieces - 1, 2)
        elif pieces < len(kept):
            pieces = 2 * pieces
        else:
            break
        pieces = min(pieces, len(kept))
    return asking.reduced(kept)


def greedy_backward(items: Sequence[T], test: Callable[[Sequence[T]], bool], size: Callable[[T], float]) -> Reduced[T]:
    """What is left when each segment is tried once, the dearest first, and dropped if the list passes without it.

    `test` gets a list of segments in their order; `size` is a segment's tokens, equal ones go in their order. One
    test a segment, and each test differs from a good list by one segment only, which a test with chance in it bears
    best. Backward elimination.

    Raises ValueError when a size is not finite.
    """
    sizes = [size(item) for item in items]
    require_numbers("sizes", sizes)
    asking = _Asking(items, test)
    kept = list(range(len(items)))
    for candidate in sorted(kept, key=sizes.__getitem__, reverse=True):
        rest = [at for at in kept if at != candidate]
        if asking.passes(rest):
            kept = rest
    return asking.reduced(kept)


def shapley(
    n: int, value: Callable[[frozenset[int]], float], permutations: int | None = None, seed: int = 0
) -> list[float]:
    """Each of `n` segments' share of value(all) - value(none), in the unit of `value`; the shares add up to it.

    A segment's share is what it adds, averaged over all orders in which segments can join. Without `permutations` over
    all 2^n sets (n up to about 12); with it over that many seeded orders, rounded up to even, each used together with
    its reverse. One such pair, 2 n evaluations, is exact where segments interact at most in pairs. Each set is
    evaluated once. n = 0 gives []. Shapley 1953; sampling: Castro, Gómez, Tejada 2009.

    Raises ValueError when n < 0, permutations < 1, or a value is not finite.
    """
    if n < 0:
        raise ValueError(f"n must not be negative, got {n}")
    if permutations is not None and permutations < 1:
        raise ValueError(f"a sample needs at least one order, got {permutations}")
    if n == 0:
        return []
    known: dict[frozenset[int], float] = {}

    def worth(chosen: Collection[int]) -> float:
        members = frozenset(chosen)
        if members not in known:
            known[members] = value(members)
            require_numbers("values", [known[members]])
        return known[members]

    if permutations is None:
        return [_over_all_sets(n, player, worth) for player in range(n)]
    gains: list[list[float]] = [[] for _ in range(n)]
    for order in antithetic_orders(n, permutations, seed):
        for joined, player in enumerate(order):
            gains[player].append(worth(order[: joined + 1]) - worth(order[:joined]))
    return [fmean(gained) for gained in gains]


def _over_all_sets(n: int, player: int, worth: Callable[[Collection[int]], float]) -> float:
    others = [other for other in range(n) if other != player]
    return math.fsum(
        (worth({*chosen, player}) - worth(chosen)) / (n * math.comb(n - 1, size))
        for size in range(n)
        for chosen in combinations(others, size)
    )


def antithetic_orders(n: int, permutations: int, seed: int) -> Iterator[list[int]]:
    """So many seeded orders of 0 .. n - 1, rounded up to even, each followed by its reverse."""
    rng = random.Random(seed)
    for _ in range((permutations + 1) // 2):
        order = rng.sample(range(n), n)
        yield order
        yield order[::-1]
