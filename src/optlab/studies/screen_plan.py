"""What a screening runs: which levers may be screened together, its combinations, and what is left to confirm on."""

import random
from collections.abc import Sequence

import msgspec

from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.scenario import Sample, Scenario
from optlab.levers import BY_NAME, complete, examine, stacked
from optlab.stats import fractional_design
from optlab.studies.benchmark import BASELINE

FEWEST, MOST = 2, 8
RUNS = 64
"""Measured calls of a screening where nobody says otherwise: at least four items of sixteen combinations."""
FEWEST_ITEMS = 4

TOGETHER: dict[frozenset[str], str] = {
    frozenset(("cascade", "smaller_model")): "both choose the model that answers",
}
"""Pairs of levers of which one would undo the other, and why; what cannot stack at all the levers say themselves."""


def screened(choices: Sequence[LeverChoice], scenario: Scenario) -> tuple[LeverChoice, ...]:
    """The levers of a screening, complete and in their declared order. Raises UsageError where they do not fit."""
    levers = stacked(complete(choice, scenario) for choice in choices)
    names = [lever.name for lever in levers]
    if not FEWEST <= len(levers) <= MOST:
        raise UsageError(f"a screening takes {FEWEST} to {MOST} levers, not {len(levers)}; name them with --lever")
    for name in names:
        if not BY_NAME[name].spec.timed:
            raise UsageError(
                f"the lever {name} cannot be screened: what it does to the price is arithmetic, to the waiting nothing "
                "a call could show; leave it out and add it to what wins"
            )
    for pair, why in TOGETHER.items():
        if pair <= set(names):
            raise UsageError(f"{' and '.join(sorted(pair))} cannot be screened together: {why}; leave one out")
    for variant in combinations(levers)[1]:
        examine(variant.levers, scenario)
    return levers


def combinations(levers: Sequence[LeverChoice]) -> tuple[list[tuple[int, ...]], tuple[Variant, ...]]:
    """(Rows of -1 and +1, a lever a column; the variant of each row). The first row is the baseline: all off."""
    design = [tuple(row) for row in fractional_design(len(levers))]
    return design, tuple(variant_of(levers, row) for row in design)


def variant_of(levers: Sequence[LeverChoice], signs: Sequence[int]) -> Variant:
    """The levers that are on, stacked."""
    on = tuple(lever for lever, sign in zip(levers, signs, strict=True) if sign > 0)
    return Variant("+".join(lever.name for lever in on), on) if on else BASELINE


def default_items(rows: int) -> int:
    """Items of a screening of so many combinations."""
    return max(FEWEST_ITEMS, RUNS // rows)


def parted(scenario: Scenario, items: int, seed: int) -> tuple[Scenario, Scenario]:
    """(Samples to screen on, samples to confirm on), drawn by the seed; the same ones twice where they are too few.

    The confirmation needs inputs that had no part in choosing the winner, and more than one of them.
    """
    samples = list(scenario.samples)
    random.Random(f"{seed}:screen").shuffle(samples)
    if len(samples) < items + FEWEST_ITEMS:
        return scenario, scenario
    return _with(scenario, samples[:items]), _with(scenario, samples[items:])


def _with(scenario: Scenario, samples: Sequence[Sample]) -> Scenario:
    return msgspec.structs.replace(scenario, samples=tuple(samples))


def confirmation(screen: Experiment, scenario: Scenario, winner: Variant, pairs: int, seed: int) -> Experiment:
    """Baseline against the winner, by the sequential test on draws of its own, until no card can change."""
    return msgspec.structs.replace(
        screen,
        scenario=scenario,
        variants=(BASELINE, winner),
        pairs=pairs,
        alpha=scenario.plan.alpha,
        seed=seed,
        early_stop=True,
    )
