"""Which pieces of a list can go, where the test of a list may err: what decides is asked again until votes agree.

A test answers "still good?" for the list without some pieces. Group after group is left out on top of what is gone
already, so a later good answer speaks for every earlier cut as well; only the last cut stands on its own votes, and is
put back where they turn against it. Every answer that settles something needs a lead of three votes: with one wrong
answer in twenty that is wrong once in 6,860 times (Wald's sequential test of a coin: odds of 19 to 1 a vote).
"""

from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from optlab.stats.arguments import require_numbers
from optlab.stats.search import blame, most_promising

LEAD = 3
PRIOR = 0.2
SUREST = 0.99
"""Chances that a piece is needed: before anything is known, and after however many answers that may be wrong."""
PARTS_OF_FIRST_LOOK = 4
FEW = 0.5
"""Up to this expected share of needed pieces they are tried in groups, above it one by one (by simulation)."""

Why = Literal["all", "first look", "search", "confirm", "second chance"]


class Ask(msgspec.Struct, frozen=True):
    """A question: is the list still good without `cut`? `tried` is the part of it that is not gone yet.

    `why`: everything at once; one of the first parts; the search; what is gone already, once more; a piece that was
    found needed by fewer votes than settle it, once more.
    """

    cut: frozenset[int]
    tried: frozenset[int]
    why: Why


class Layer(msgspec.Struct):
    """Pieces that were cut together, and by how many votes good answers lead."""

    pieces: tuple[int, ...]
    lead: int


Votes = Generator[Ask, bool, None]
"""Yields a question, is sent the answer."""


class NoisySearch:
    """A search under way. `layers` are the cuts that stand, `needed` the pieces that must stay, by votes so far.

    `sizes` are tokens; `wanted` (None: all that can go) is how many tokens are to go, after which nothing more is
    tried. Positions of pieces count from 0.
    """

    def __init__(self, sizes: Sequence[float], wanted: float | None = None) -> None:
        """Raises ValueError when a size is not finite."""
        require_numbers("sizes", sizes)
        self.layers: list[Layer] = []
        self._sizes = sizes
        self._wanted = wanted
        self._chances = dict.fromkeys(range(len(sizes)), PRIOR)
        self._votes: dict[int, list[tuple[int, int]]] = {}
        """Votes on a piece alone: how many layers were cut then, and +1 for good without it, -1 for not."""

    @property
    def gone(self) -> frozenset[int]:
        """Every piece that is cut."""
        return frozenset(at for layer in self.layers for at in layer.pieces)

    @property
    def needed(self) -> frozenset[int]:
        """The pieces that were found needed, if only by one vote."""
        return frozenset(at for at in self._votes if self._net(at) < 0) - self.gone

    @property
    def certain(self) -> bool:
        """Whether the cut as it stands leads by as many votes as it takes."""
        return not self.layers or self.layers[-1].lead >= LEAD

    def steps(self) -> Votes:
        """The whole search. Between two questions `layers` and `needed` say how it stands."""
        if self._sizes and self._wanted is None:
            yield from self._try(range(len(self._sizes)), "all")
            yield from self._confirm()
        yield from self._first_look()
        while True:
            yield from self._search()
            yield from self._confirm()
            if not self._open:
                before = self.gone
                yield from self._second_chances()
                if self.gone == before:
                    return

    @property
    def _open(self) -> list[int]:
        """Pieces nothing has been found out about alone; none once as much is gone as was wanted."""
        if self._wanted is not None and self._missing <= 0:
            return []
        return [at for at in range(len(self._sizes)) if at not in self.gone and not self._votes.get(at)]

    @property
    def _missing(self) -> float:
        assert self._wanted is not None
        return self._wanted - sum(self._sizes[at] for at in self.gone)

    def _net(self, at: int) -> int:
        return sum(vote for _, vote in self._votes.get(at, ()))

    def _ask(self, tried: Sequence[int], why: Why) -> Generator[Ask, bool, bool]:
        return (yield Ask(self.gone | frozenset(tried), frozenset(tried), why))

    def _try(self, group: Sequence[int], why: Why) -> Generator[Ask, bool, bool]:
        """Cut a group where the list is good without it."""
        group = self._no_more_than_wanted(group)
        good = yield from self._ask(group, why)
        if good:
            self.layers.append(Layer(tuple(group), 1))
        elif len(group) == 1:
            self._votes.setdefault(group[0], []).append((len(self.layers), -1))
        return good

    def _no_more_than_wanted(self, group: Sequence[int]) -> Sequence[int]:
        if self._wanted is None:
            return group
        missing, taken = self._missing, 0
        while missing > 0 and taken < len(group):
            missing -= self._sizes[group[taken]]
            taken += 1
        return group[:taken]

    def _first_look(self) -> Votes:
        """A few large parts, each tried once. What fails is cheap to find out, and tells how much is needed."""
        order = self._open
        if self._wanted is not None:
            order.sort(key=lambda at: -self._sizes[at])
        if not order:
            return
        count = min(PARTS_OF_FIRST_LOOK, len(order))
        bounds = [len(order) * part // count for part in range(count + 1)]
        failed = []
        for start, end in pairwise(bounds):
            if not self._open:
                return
            part = order[start:end]
            if not (yield from self._try(part, "first look")):
                failed.append(part)
        # The share of failed parts is 1 - (1 - p)^size; half a part is added so that p stays inside (0, 1).
        share = (len(failed) + 0.5) / (count + 1)
        prior = 1.0 - (1.0 - share) ** (count / len(order))
        self._chances = dict.fromkeys(range(len(self._sizes)), prior)
        for part in failed:
            self._blame(part)

    def _search(self) -> Votes:
        """Groups by probabilistic delta debugging where few pieces are needed, else the dearest first, one by one."""
        while pieces := self._open:
            chances = {at: self._chances[at] for at in pieces}
            few = sum(chances.values()) <= FEW * len(chances)
            group = most_promising(chances) if few else [max(pieces, key=self._sizes.__getitem__)]
            group.sort(key=lambda at: -self._sizes[at])
            group = list(self._no_more_than_wanted(group))
            if not (yield from self._try(group, "search")):
                self._blame(group)

    def _blame(self, group: Sequence[int]) -> None:
        if len(group) > 1:  # what one piece alone is blamed for is told by votes
            blame(self._chances, group)
            for at in group:
                self._chances[at] = min(self._chances[at], SUREST)

    def _confirm(self) -> Votes:
        """Vote on the cut as it stands; where the votes turn, the last layer is put back, and so on downwards."""
        while self.layers and self.layers[-1].lead < LEAD:
            last = self.layers[-1]
            last.lead += 1 if (yield from self._ask((), "confirm")) else -1
            if last.lead < 0:
                self.put_back()

    def put_back(self) -> tuple[int, ...]:
        """Put back what was cut last, with all that was found needed only since then open again; gives its pieces."""
        last = self.layers.pop()
        depth = len(self.layers)
        for at, votes in self._votes.items():
            self._votes[at] = [vote for vote in votes if vote[0] <= depth]
        if len(last.pieces) == 1:
            self._votes[last.pieces[0]] = [(depth, -1)]
        self._blame(last.pieces)
        return last.pieces

    def _second_chances(self) -> Votes:
        """Ask again about every piece that too few votes keep, the dearest first, until one side leads enough."""
        for at in sorted(self.needed, key=lambda at: -self._sizes[at]):
            if self._wanted is not None and self._missing <= 0:
                return
            while abs(self._net(at)) < LEAD:
                good = yield from self._ask((at,), "second chance")
                self._votes[at].append((len(self.layers), 1 if good else -1))
            if self._net(at) >= LEAD:
                self.layers.append(Layer((at,), LEAD))
