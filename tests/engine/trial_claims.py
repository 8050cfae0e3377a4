"""What must come of whole experiments in a world of known truth: how often each verdict may or must be given.

Every claim is a share or a mean over experiments that differ in their seed alone. `make test` holds a few seeded
experiments against each, `make soak` hundreds.
"""

import math
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import fmean
from typing import Literal

import msgspec
from engine_builders import SMALLER, bills, experiment, scored
from engine_builders import scenario as item_scenario
from trial_bed import (
    BASE,
    BUSY,
    CHEAP,
    DRIFT,
    OTHER,
    PUBLIC,
    QUIET,
    Arm,
    Noise,
    Shape,
    World,
    against,
    against_itself,
    carry_out,
    scenario,
    true_quantile,
)

from optlab.core.scenario import MetricName
from optlab.core.verdict import CardWord, Interval
from optlab.engine.answers import quality
from optlab.engine.compare_cost import compare_cost
from optlab.engine.planning import HEADROOM
from optlab.stats import pairs_needed

ALPHA = 0.05
PAIRS = 60
PLANNED = math.ceil(HEADROOM * pairs_needed(0.6, 0.3))
"""What the planner says for a saving of 30% and the spread of pairs in public noise: 38."""

ESCALATING = Arm(tokens=100, escalating=0.2, escalated=600)
"""Mostly cheap, now and then dear: 200 tokens on average."""

Findings = Mapping[str, float]
"""What one experiment contributes to each claim made about its kind: 0 or 1, or a number."""


class Claim(msgspec.Struct, frozen=True):
    """A bound on the mean of one finding.

    "at most" allows three standard deviations of a share above the level, "at least" as many below: the experiments
    are a sample. "above" and "below" are meant as they are.
    """

    finding: str
    kind: Literal["at most", "at least", "above", "below"]
    level: float

    def bound(self, experiments: int) -> float:
        """What the mean over that many experiments is held against."""
        slack = 3 * math.sqrt(self.level * (1 - self.level) / experiments) if self.kind.startswith("at") else 0.0
        return self.level - slack if self.kind == "at least" else self.level + slack

    def measured(self, found: Sequence[Findings]) -> float:
        """The mean over the experiments."""
        return fmean(findings[self.finding] for findings in found)

    def holds(self, found: Sequence[Findings]) -> bool:
        """Whether the mean keeps the bound."""
        measured, bound = self.measured(found), self.bound(len(found))
        return {
            "at most": measured <= bound,
            "at least": measured >= bound,
            "above": measured > bound,
            "below": measured < bound,
        }[self.kind]


class Study(msgspec.Struct, frozen=True):
    """Experiments of one kind: `once` runs the one of a seed, `short` and `full` say how many make a test (0: none)
    or a soak."""

    name: str
    once: Callable[[int], Awaitable[Findings]]
    claims: tuple[Claim, ...]
    short: int
    full: int


def _is(value: object, *words: object) -> dict[str, float]:
    return {str(word): float(value == word) for word in words}


# Nothing was changed.


def _same(noise: Noise, pairs: int = PAIRS, primary: MetricName = "e2e") -> Callable[[int], Awaitable[Findings]]:
    async def once(seed: int) -> Findings:
        experiment = against_itself(scenario(), seed, primary=primary, pairs=pairs)
        trial = await carry_out(experiment, World(seed, {BASE: ESCALATING}, noise))
        return _is(trial.primary.verdict, "better", "worse")

    return once


async def _break_even(seed: int) -> Findings:
    """The candidate is cheaper four times in five and so dear the fifth time that the bill is the same."""
    arms = {BASE: Arm(tokens=200), OTHER: ESCALATING}
    trial = await carry_out(against(scenario(), seed, primary="cost_usd", pairs=PAIRS), World(seed, arms))
    return _is(trial.primary.verdict, "better", "worse") | {
        "typical call cheaper": float(trial.primary.won > PAIRS / 2)
    }


def _answers(base: float, candidate: float, items: int, margin: float) -> Callable[[int], Awaitable[Findings]]:
    async def once(seed: int) -> Findings:
        of = scenario(items=items, checked=True, quality_margin=margin)
        arms = {BASE: Arm(right=base), OTHER: Arm(right=candidate)}
        card = (await carry_out(against(of, seed, pairs=items), World(seed, arms))).card
        found = _is(card.quality.verdict, "better", "worse", "non-inferior")
        return found | {"as good": found["better"] + found["non-inferior"]}

    return once


# Items that repeat: bets on each item's first row, one look at the averages, alpha for both together.


def _repeated_bills(items: int, repeats: int) -> Callable[[int], Awaitable[Findings]]:
    """The same bill for both, dear on some items and cheap on others, mostly at the price's own limit."""

    async def once(seed: int) -> Findings:
        rng = random.Random(seed)
        dear = [rng.random() for _ in range(items)]
        base, candidate = (
            [1.0 if rng.random() < dear[i % items] else 0.3 for i in range(items * repeats)] for _ in range(2)
        )
        made = experiment(SMALLER, pairs=items * repeats, of=item_scenario(items=items))
        found = compare_cost(made, SMALLER, bills(SMALLER, base, candidate, items=items), _AT_MOST_ONE)
        return _is(found.verdict, "better", "worse")

    return once


def _repeated_answers(items: int, repeats: int, wavering: float, loss: float) -> Callable[[int], Awaitable[Findings]]:
    """Some items are lost for good and some waver, so that averages are now 0 or 1 and now between."""

    async def once(seed: int) -> Findings:
        rng = random.Random(seed)
        right = [0.5 if rng.random() < wavering else 1.0 for _ in range(items)]
        lost = [rng.random() < loss for _ in range(items)]
        base, candidate = (
            [float(rng.random() < right[i % items] and not (gone and lost[i % items])) for i in range(items * repeats)]
            for gone in (False, True)
        )
        of = item_scenario(items=items, checked=True, quality_margin=loss)
        made = experiment(SMALLER, pairs=items * repeats, of=of)
        found = quality(made, SMALLER, scored(SMALLER, base, candidate, items=items), over=True)
        return {"as good": float(found.verdict in ("better", "non-inferior"))}

    return once


# Something was changed.


def _faster(saving: float, noise: Noise, pairs: int) -> Callable[[int], Awaitable[Findings]]:
    async def once(seed: int) -> Findings:
        arms = {BASE: Arm(), OTHER: Arm(seconds=2.0 * (1 - saving))}
        trial = await carry_out(against(scenario(), seed, pairs=pairs), World(seed, arms, noise))
        return _is(trial.primary.verdict, "better") | {"pairs": float(trial.primary.pairs)}

    return once


async def _stopped_early(seed: int) -> Findings:
    arms = {BASE: Arm(), OTHER: Arm(seconds=1.0)}
    experiment = against(scenario(), seed, pairs=PAIRS, early_stop=True)
    trial = await carry_out(experiment, World(seed, arms, PUBLIC))
    return {
        "better": float(trial.primary.verdict == "better"),
        "pairs": float(trial.report.pairs),
        "ended when it was settled": float(
            trial.report.status == "decided" and trial.report.pairs == trial.primary.pairs
        ),
    }


# Intervals.


def _covered(shape: Shape) -> Callable[[int], Awaitable[Findings]]:
    """The interval of the saving at every look at once, and those of p50 and p90, hold the truth."""
    noise = Noise(0.4, drift=0.0, spikes=0.0, shape=shape)

    async def once(seed: int) -> Findings:
        arms = {BASE: Arm(), OTHER: Arm(seconds=1.0)}
        trial = await carry_out(against(scenario(), seed, pairs=PAIRS), World(seed, arms, noise))
        looks = [c.interval for update in trial.updates for c in update.comparisons if c.metric == "e2e"]
        figures = trial.candidate.metrics["e2e"]
        return {
            "saving, at every look": float(all(_holds(interval, 0.5) for interval in looks)),
            "p50": float(_holds(figures.p50_interval, true_quantile(noise, 0.5))),
            "p90": float(_holds(figures.p90_interval, true_quantile(noise, 0.9))),
        }

    return once


def _holds(interval: Interval, truth: float) -> bool:
    slack = 1e-9  # an end that is the truth itself, computed another way
    return (interval.low is None or interval.low <= truth + slack) and (
        interval.high is None or truth <= interval.high + slack
    )


# Cards.


_GOOD, _FAILING = Arm(right=0.99), Arm(right=0.99, failing=0.2)


def _card(model: str, candidate: Arm, *words: CardWord) -> Callable[[int], Awaitable[Findings]]:
    """How often the card of a candidate on `model`, decided by the bill, says one of the words."""

    async def once(seed: int) -> Findings:
        of = scenario(items=100, checked=True, quality_margin=0.1)
        experiment = against(of, seed, model=model, primary="cost_usd", pairs=100)
        trial = await carry_out(experiment, World(seed, {BASE: _GOOD, model: candidate}))
        return {"said": float(trial.card.verdict in words)}

    return once


_AT_MOST_ONE = {"baseline": 1.0, SMALLER.name: 1.0}
_NOT_AS_GOOD = (Claim("as good", "at most", ALPHA),)
_RARE = (Claim("better", "at most", ALPHA), Claim("worse", "at most", ALPHA))
_COVER = tuple(Claim(name, "at least", 1 - ALPHA) for name in ("saving, at every look", "p50", "p90"))
_SAID = (Claim("said", "above", 0.9),)
_EARLY = (
    Claim("pairs", "below", 20),
    Claim("better", "above", 0.95),
    Claim("ended when it was settled", "above", 0.999),
)
_NOTHING = (CardWord.NOISE, CardWord.NOT_YET_KNOWN)

STUDIES: tuple[Study, ...] = (
    Study("A/A, sigma 0.5, 30 pairs", _same(BUSY, 30), _RARE, 80, 400),
    Study("A/A, sigma 0.25", _same(QUIET), _RARE, 0, 400),
    Study("A/A, sigma 0.5", _same(BUSY), _RARE, 0, 400),
    Study("A/A, sigma 0.42, thrice the drift", _same(Noise(0.42, drift=3 * DRIFT)), _RARE, 0, 400),
    Study("A/A, the bill", _same(QUIET, PAIRS, "cost_usd"), _RARE, 20, 400),
    Study("A/A, the bill, 12 pairs", _same(QUIET, 12, "cost_usd"), _RARE, 0, 400),
    Study("as dear, by other calls", _break_even, (*_RARE, Claim("typical call cheaper", "above", 0.9)), 12, 400),
    Study("answers equally good", _answers(0.9, 0.9, 60, 0.05), _RARE, 16, 400),
    Study("answers worse by the margin", _answers(0.95, 0.85, 60, 0.1), _NOT_AS_GOOD, 16, 400),
    Study("A/A, the bill, 12 items twice", _repeated_bills(12, 2), _RARE, 60, 4000),
    Study("A/A, the bill, 60 items four times", _repeated_bills(60, 4), _RARE, 0, 2000),
    Study("worse by the margin, 60 items twice", _repeated_answers(60, 2, 0.01, 0.1), _NOT_AS_GOOD, 40, 4000),
    Study("the same, a third of them wavering", _repeated_answers(60, 4, 0.3, 0.1), _NOT_AS_GOOD, 20, 2000),
    Study("30% faster, public noise", _faster(0.3, PUBLIC, PAIRS), (Claim("better", "above", 0.9),), 24, 200),
    Study(
        "30% faster, as many pairs as planned", _faster(0.3, PUBLIC, PLANNED), (Claim("better", "above", 0.8),), 0, 200
    ),
    Study("50% faster, stopping early", _stopped_early, _EARLY, 12, 100),
    Study("intervals, log-normal", _covered("lognormal"), _COVER, 12, 200),
    Study("intervals, bimodal", _covered("bimodal"), _COVER, 12, 200),
    Study("intervals, tied", _covered("tied"), _COVER, 12, 200),
    Study("cheaper and as good: ADOPT", _card(CHEAP, _GOOD, CardWord.ADOPT), _SAID, 3, 50),
    Study("cheaper but worse: ROLL BACK", _card(CHEAP, Arm(right=0.7), CardWord.ROLL_BACK), _SAID, 3, 50),
    Study("cheaper but failing: ROLL BACK", _card(CHEAP, _FAILING, CardWord.ROLL_BACK), _SAID, 3, 50),
    Study("no change: NOISE or NOT YET KNOWN", _card(OTHER, _GOOD, *_NOTHING), _SAID, 3, 50),
)
