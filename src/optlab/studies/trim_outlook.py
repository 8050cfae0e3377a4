"""What a search of cuts takes, told before it: how many calls usually, and how many until a verdict can come.

There is no formula for the first: how many groups are tried depends on what earlier ones said, and Wald's test ends
where the answers let it. So the very search is played a few times, with its votes, its test of answers and its limits,
on the pieces of the prompt at hand and answers that are made up. What nobody knows beforehand is assumed: a share of
the pieces is needed, another one in each play, every sample needs one of them, and chance loses one answer in fifty.
`benchmarks/README.md` holds it against whole studies.
"""

import math
import random
from collections.abc import Sequence
from statistics import fmean

import msgspec

from optlab.core.commands import By
from optlab.core.scenario import Scenario
from optlab.cuts.pieces import Piece
from optlab.stats import NoisySearch
from optlab.studies.cut_prompts import FINER, piece_tokens, pieces_by
from optlab.studies.trim_oracle import LEAST_NOISE, Walk

PLAYS = 20
"""Searches that are played."""
MOST = 0.9
"""In so many of them a cut has to stand by then, for a budget to be one that can do."""
NEEDED = (0.05, 0.4)
"""The share of pieces that are needed is drawn from here; in the midst is a fifth, which the search begins with."""


class Ground(msgspec.Struct, frozen=True):
    """What a search works on. Tokens of every piece, and of the finer pieces of each (none: it is not looked into).

    `samples` are those of its half, `margin` the loss that a test is about, `wanted` tokens are to go (None: all that
    can), `most_calls` its limit.
    """

    sizes: tuple[float, ...]
    finer: tuple[tuple[float, ...], ...]
    samples: int
    margin: float
    wanted: float | None
    most_calls: int


def ground_of(half: Scenario, pieces: Sequence[Piece], by: By, wanted: float | None, most_calls: int) -> Ground:
    """The ground of a search for these pieces on the samples of its half."""
    inside: dict[str, list[float]] = {}
    if by == "auto":
        for piece in pieces_by(half.prompt, FINER):
            if piece.cuttable and piece.number:
                inside.setdefault(piece.segment, []).append(piece_tokens(half, piece))
    return Ground(
        sizes=tuple(float(piece_tokens(half, piece)) for piece in pieces),
        finer=tuple(tuple(inside.get(piece.segment, ())) for piece in pieces),
        samples=len(half.samples),
        margin=half.plan.quality_margin,
        wanted=wanted,
        most_calls=most_calls,
    )


class Outlook(msgspec.Struct, frozen=True):
    """Calls of a search, the original's own answers apart: all of it on average, and until it has something to verify.

    A search that is stopped after `early` calls has a cut that stands in most plays, or has found that there is none.
    """

    usual: int
    early: int


def outlook(ground: Ground, seed: int) -> Outlook:
    """What searches on this ground take, from so many that are played."""
    plays = [_Play(ground, f"{seed}:{number}") for number in range(PLAYS)]
    early = sorted(play.early for play in plays)[math.ceil(MOST * PLAYS) - 1]
    return Outlook(round(fmean(play.calls for play in plays)), early)


class _Play:
    """One search from beginning to end: the calls it took, and those after which a cut first stood (none: all)."""

    def __init__(self, ground: Ground, seed: str) -> None:
        self._ground = ground
        self._draw = random.Random(f"outlook:{seed}")
        self._share = self._draw.uniform(*NEEDED)
        self.calls = self.early = 0
        needed = self._needed(len(ground.sizes))
        asks = self._asks(needed)
        search = self._round(ground.sizes, asks, ground.wanted)
        missing = None if ground.wanted is None else ground.wanted - sum(ground.sizes[at] for at in search.gone)
        inside = [at for at in sorted(search.needed) if ground.finer[at]]
        if inside and (missing is None or missing > 0):
            self._refine(inside, asks, missing)
        self.early = self.early or self.calls

    def _needed(self, pieces: int) -> list[int]:
        """At least one of so many."""
        return [at for at in range(pieces) if self._draw.random() < self._share] or [self._draw.randrange(pieces)]

    def _asks(self, needed: Sequence[int]) -> list[int]:
        """What each sample needs."""
        return [self._draw.choice(needed) for _ in range(self._ground.samples)]

    def _refine(self, inside: Sequence[int], asks: Sequence[int], wanted: float | None) -> None:
        sizes: list[float] = []
        needed: dict[int, list[int]] = {}
        for at in inside:
            finer = self._ground.finer[at]
            needed[at] = [len(sizes) + number for number in self._needed(len(finer))]
            sizes += finer
        self._round(sizes, [self._draw.choice(needed[at]) if at in needed else -1 for at in asks], wanted)

    def _round(self, sizes: Sequence[float], asks: Sequence[int], wanted: float | None) -> NoisySearch:
        search = NoisySearch(sizes, wanted)
        steps = search.steps()
        try:
            ask = next(steps)
            while self.calls < self._ground.most_calls:
                ask = steps.send(self._good(ask.cut, asks))
                if not self.early and len(search.layers) > (0 if search.certain else 1):
                    self.early = self.calls
        except StopIteration:
            pass
        return search

    def _good(self, cut: frozenset[int], asks: Sequence[int]) -> bool:
        walk = Walk(LEAST_NOISE, self._ground.margin)
        for needs in self._draw.sample(asks, len(asks)):
            walk.add(1.0 if needs in cut or self._draw.random() < LEAST_NOISE else 0.0)
            self.calls += 1
            if walk.decided is not None or self.calls >= self._ground.most_calls:
                break
        return walk.verdict
