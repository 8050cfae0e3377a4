"""What each piece of a prompt contributes to quality, and what it costs.

Shapley values over antithetic orders: pieces join the prompt one by one, and what a piece adds is averaged
over the orders; leaving out one piece at a time would miss twins of which either will do. Every set of pieces meets the
same samples, and each answer is noted as it comes: a map that was stopped goes on where it stood and pays for nothing
twice.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from statistics import fmean

import msgspec

from optlab.core.commands import MapHeat
from optlab.core.errors import BadRequestError, UsageError
from optlab.core.experiment import Experiment, Variant
from optlab.core.prompt import Prompt
from optlab.core.report import Caveat
from optlab.core.scenario import Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import HeatMapped, HeatProgress
from optlab.core.trim_report import HeatReport, HeatRow
from optlab.cuts.pieces import without
from optlab.engine.assess import Block
from optlab.levers import complete, stacked
from optlab.stats import antithetic_orders, crossed_mean_interval
from optlab.studies.cut_prompts import (
    asked_model,
    checked,
    drawn,
    first_words,
    piece_tokens,
    pieces_by,
    require_cuttable,
    sendable,
    whole_tokens,
)
from optlab.studies.study import Lab

Members = frozenset[int]


class HeatStudy:
    """A heat map: sets of pieces in the order in which they are asked about, and what was answered."""

    kind: StudyKind = "heat"

    def __init__(self, command: MapHeat, scenario: Scenario) -> None:
        """Raises UsageError where numbers, samples or pieces make no map."""
        if command.orders < 2 or command.items < 2:
            raise UsageError("a heat map takes at least 2 orders and 2 samples")
        if command.by == "auto":
            raise UsageError("a heat map is as fine as you say: segment, paragraph, bullet, example or sentence")
        scenario = checked(scenario)
        samples = drawn(scenario, command.connection.seed, "heat")
        self._command = command
        self._scenario = msgspec.structs.replace(scenario, samples=samples[: command.items])
        self._levers = stacked(complete(choice, scenario) for choice in command.levers)
        self._pieces = tuple(piece for piece in pieces_by(scenario.prompt, command.by) if piece.cuttable)
        require_cuttable(self._scenario, self._pieces)
        self._orders = list(antithetic_orders(len(self._pieces), command.orders, command.connection.seed))
        self._scores: dict[Members, dict[str, float]] = {}
        self._recalled = 0

    @property
    def _sets(self) -> list[Members]:
        """Every set of the orders, once: all pieces first, then those of an order before those of the next."""
        joined = (members for order in self._orders for members in _joined(order))
        return list(dict.fromkeys((self._all, *joined)))

    @property
    def _all(self) -> Members:
        return frozenset(range(len(self._pieces)))

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """One a set that makes a request."""
        prompts = ((members, self._prompt(members)) for members in self._sets)
        samples = self._scenario.samples
        return tuple(self._asking(*one) for one in prompts if sendable(self._scenario, one[1], samples))

    def _prompt(self, members: Members) -> Prompt:
        cut = [piece for at, piece in enumerate(self._pieces) if at not in members]
        return without(self._scenario.prompt, cut)

    def _asking(self, members: Members, prompt: Prompt) -> Experiment:
        known = self._scores.get(members, {})
        missing = tuple(sample for sample in self._scenario.samples if sample.id not in known)
        return Experiment(
            scenario=msgspec.structs.replace(self._scenario, samples=missing),
            variants=(Variant(f"with {len(members)} of {len(self._pieces)} pieces", self._levers, prompt=prompt),),
            primary="cost_usd",
            primary_reason="no verdict is asked for",
            pairs=len(missing),
            alpha=self._scenario.plan.alpha,
            seed=self._command.connection.seed,
            warm_up=False,
            in_order=True,
        )

    async def carry_out(self, lab: Lab) -> HeatMapped:
        """Every set on every sample, as far as budget and user let."""
        key = self._key(lab)
        self._recall(lab, key)
        sets = self._sets
        for number, members in enumerate(sets, 1):
            if not await self._evaluate(lab, key, members):
                break
            if not any(self._scores[self._all].values()):
                return HeatMapped(head=lab.head((_nothing_right(len(self._samples)),)), report=None)
            lab.tell(HeatProgress(number, len(sets), self._recalled, self._rows(lab), lab.spent_usd))
        rows = self._rows(lab)
        report = None
        if rows:
            report = HeatReport(
                rows=rows,
                items=len(self._scenario.samples),
                orders=2 * len(self._pairs()),
                planned=len(sets),
                evaluated=sum(self._whole(members) for members in sets),
                recalled=self._recalled,
                quality_all=self._mean(self._all),
                quality_none=self._mean(frozenset()),
            )
        return HeatMapped(head=lab.head(), report=report)

    async def _evaluate(self, lab: Lab, key: str, members: Members) -> bool:
        """Ask about one set where it is not known; False where that was cut short."""
        prompt, scores = self._prompt(members), self._scores.setdefault(members, {})
        if not self._whole(members) and not sendable(self._scenario, prompt, self._scenario.samples):
            scores.update(dict.fromkeys(self._samples, 0.0))
        if self._whole(members):
            return True

        def note(block: Block) -> bool:
            for run in block.values():
                if run.score is not None:
                    scores[run.sample] = run.score
                    if lab.notes is not None:
                        lab.notes.add(key, [sorted(members), self._marks[run.sample], run.score])
            return False

        title = f"{len(members)} of {len(self._pieces)} pieces"
        try:
            await lab.run(self._asking(members, prompt), title, enough=note)
        except BadRequestError:  # a prompt that the API refuses answers nothing, as one that makes no request
            if len(members) == len(self._pieces):
                raise  # nothing is cut, so it is no cut that it refuses
            scores.update(dict.fromkeys(set(self._samples) - scores.keys(), 0.0))
        return self._whole(members)

    @property
    def _samples(self) -> list[str]:
        return [sample.id for sample in self._scenario.samples]

    def _whole(self, members: Members) -> bool:
        return len(self._scores.get(members, {})) == len(self._scenario.samples)

    def _recall(self, lab: Lab, key: str) -> None:
        if lab.notes is None:
            return
        if self._command.again:
            lab.notes.forget(key)
        known = {mark: sample for sample, mark in self._marks.items()}
        for members, mark, score in lab.notes.read(key):
            if mark in known:
                self._scores.setdefault(frozenset(members), {})[known[mark]] = score
        self._recalled = sum(self._whole(members) for members in self._sets)

    def _key(self, lab: Lab) -> str:
        """What a map is about: prompt, pieces, model, seed, whose answers. More orders or samples go on with fewer."""
        where = lab.info.server if lab.info.charges else ""
        scenario, seed = self._scenario, self._command.connection.seed
        pieces = [(piece.segment, piece.start, piece.end) for piece in self._pieces]
        told = (scenario.model, scenario.max_tokens, scenario.prompt, self._levers, pieces, seed)
        return f"heat-{_digest((told, lab.info.provenance.value, where))}"

    @cached_property
    def _marks(self) -> dict[str, str]:
        """What a note calls a sample, by its id: another mark as soon as its values or its checks are others."""
        return {sample.id: _digest(sample) for sample in self._scenario.samples}

    def _pairs(self) -> list[tuple[list[int], list[int]]]:
        """The orders, each with its reverse, all of whose sets are known."""
        pairs = list(zip(self._orders[::2], self._orders[1::2], strict=True))
        return [pair for pair in pairs if all(self._whole(members) for order in pair for members in _joined(order))]

    def _mean(self, members: Members) -> float | None:
        return fmean(self._scores[members].values()) if self._whole(members) else None

    def _rows(self, lab: Lab) -> tuple[HeatRow, ...]:
        """The pieces as they stand; none before the first pair of orders is whole."""
        pairs = self._pairs()
        if not pairs:
            return ()
        tables: list[list[list[float]]] = [[] for _ in self._pieces]
        for pair in pairs:
            gained = [self._gains(order) for order in pair]
            for at, table in enumerate(tables):
                table.append([fmean(gains) for gains in zip(*(one[at] for one in gained), strict=True)])
        model = asked_model(self._scenario, self._levers)
        tokens = [piece_tokens(self._scenario, piece, model) for piece in self._pieces]
        whole = whole_tokens(self._scenario, model)
        price = lab.pricer.rates(model, whole).input
        rows = []
        for piece, table, size in zip(self._pieces, tables, tokens, strict=True):
            points, usd = fmean(map(fmean, table)), 1000 * size * price / 1e6
            rows.append(
                HeatRow(
                    name=piece.name,
                    kind=piece.kind,
                    tokens=size,
                    share=size / whole if whole else 0.0,
                    usd_per_1000=usd,
                    points=points,
                    interval=crossed_mean_interval(table),
                    words=first_words(piece),
                    usd_per_point=usd / (100 * points) if points > 0 else None,
                )
            )
        return tuple(sorted(rows, key=_first_to_go))

    def _gains(self, order: Sequence[int]) -> dict[int, list[float]]:
        """What every piece added in one order, sample by sample."""
        gains = {}
        for piece, (before, after) in zip(order, pairwise(_joined(order)), strict=True):
            gains[piece] = [self._scores[after][sample] - self._scores[before][sample] for sample in self._samples]
        return gains


def _digest(value: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=12).hexdigest()


def _nothing_right(samples: int) -> Caveat:
    return Caveat(
        "nothing_right",
        f"the original passes 0 of {samples} samples, so no piece has anything to lose: mend the prompt or its checks "
        "first",
    )


def _joined(order: Sequence[int]) -> Iterable[Members]:
    """Nothing, the first piece, the first two, .., all."""
    return [frozenset(order[:size]) for size in range(len(order) + 1)]


def _first_to_go(row: HeatRow) -> tuple[bool, float, float]:
    """Nothing seen at risk first, then most dollars a point; the dearer first among equals."""
    return row.usd_per_point is not None, -(row.usd_per_point or 0.0), -row.usd_per_1000
