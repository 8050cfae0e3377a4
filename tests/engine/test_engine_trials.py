"""The engine's verdicts on worlds of known truth: whole experiments on the scripted backend, a few of each kind.

Hundreds of each run in `make soak`.
"""

import math
from typing import Any

import msgspec
import pytest
from trial_bed import (
    BASE,
    BUSY,
    OTHER,
    Arm,
    Noise,
    Trial,
    World,
    against,
    carry_out,
    scenario,
)
from trial_claims import STUDIES, Claim, Study

from optlab.core.report import Report
from optlab.render.report_json import report_object

MIRROR = {"better": "worse", "worse": "better"}


@pytest.mark.parametrize("study", [s for s in STUDIES if s.short], ids=lambda s: s.name)
async def test_what_must_come_of_experiments_of_known_truth(study: Study) -> None:
    found = [await study.once(seed) for seed in range(study.short)]
    for claim in study.claims:
        assert claim.holds(found), (claim, claim.measured(found), claim.bound(len(found)))


def test_a_claim_allows_for_the_size_of_its_sample() -> None:
    few, many = ([{"x": 0.1}] * n for n in (80, 400))
    assert Claim("x", "at most", 0.05).bound(400) == pytest.approx(0.0827, abs=1e-4)
    assert Claim("x", "at most", 0.05).holds(few)
    assert not Claim("x", "at most", 0.05).holds(many)
    assert Claim("x", "at least", 0.95).bound(400) == pytest.approx(0.9173, abs=1e-4)
    assert not Claim("x", "above", 0.1).holds(few)
    assert not Claim("x", "below", 0.1).holds(few)


# Laws: what may not matter, and what must turn round.


async def duel(first: Arm, second: Arm, seed: int, *, swapped: bool = False, **more: Any) -> Trial:
    """An experiment with the first arm as the baseline, or swapped; every arm's calls are the same both times."""
    noise = msgspec.structs.replace(BUSY, level_calls=2)
    world = World(seed, {BASE: first, OTHER: second}, noise)
    base, candidate = (OTHER, BASE) if swapped else (BASE, OTHER)
    of = scenario(items=40, checked=True, model=base, attempts=1)  # a second attempt would draw from other noise
    return await carry_out(against(of, seed, model=candidate, pairs=40, **more), world)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "second", [Arm(), Arm(seconds=1.2), Arm(seconds=1.0, failing=0.1), Arm(seconds=2.9, right=0.4)], ids=repr
)
async def test_swapping_the_arms_mirrors_every_verdict(second: Arm, seed: int) -> None:
    first = Arm(right=0.9)
    one, other = await duel(first, second, seed), await duel(first, second, seed, swapped=True)
    settled = one.primary.verdict in MIRROR
    assert settled == (other.primary.verdict in MIRROR)
    if settled:
        assert (other.primary.verdict, other.primary.pairs) == (MIRROR[one.primary.verdict], one.primary.pairs)
    assert one.primary.won + other.primary.won == 40 - ties(one)
    assert mirrored(one.primary.estimate) == pytest.approx(other.primary.estimate, rel=1e-12, abs=1e-12)
    ends = (one.primary.interval.high, one.primary.interval.low)
    assert [mirrored(end) for end in ends] == [
        pytest.approx(end, rel=1e-9, abs=1e-12) for end in (other.primary.interval.low, other.primary.interval.high)
    ]


def mirrored(saving: float | None) -> float | None:
    """The same ratio, seen from the other arm: a saving of 1/2 is a loss of 1."""
    return None if saving is None else 1 - 1 / (1 - saving)


async def test_what_is_worse_seen_one_way_is_as_good_or_better_seen_the_other() -> None:
    """Not always better: that a loss is excluded is shown sooner than a gain, and then the question is settled."""
    for seed in range(3):
        one, other = [await duel(Arm(right=0.9), Arm(right=0.4), seed, swapped=turn) for turn in (False, True)]
        assert one.card.quality.verdict == "worse"
        assert other.card.quality.verdict in ("better", "non-inferior")


def ties(trial: Trial) -> int:
    """Pairs in which both runs failed."""
    failed = [run.pair for run in trial.runs if run.failed and run.phase == "measured"]
    return len(failed) - len(set(failed))


async def test_the_unit_of_time_changes_no_verdict() -> None:
    for seed in range(4):
        seconds, thousands = [await in_units_of(unit, seed) for unit in (1.0, 1000.0)]
        assert verdicts(seconds) == verdicts(thousands)
        assert seconds.primary.estimate == pytest.approx(thousands.primary.estimate, rel=1e-9)


async def in_units_of(unit: float, seed: int) -> Trial:
    arms = {BASE: Arm(2.0 * unit), OTHER: Arm(1.3 * unit, failing=0.05)}
    return await carry_out(against(scenario(items=40, checked=True), seed, pairs=40), World(seed, arms, BUSY))


def verdicts(trial: Trial) -> tuple[object, ...]:
    """Every word of an experiment, and what it rests on."""
    card = trial.card
    compared = [(c.verdict, c.pairs, c.final, c.won) for c in trial.report.comparisons]
    return card.verdict, card.reason, card.pairs_needed, card.quality.verdict, compared, [g.state for g in card.guards]


async def whole(seed: int, run_id: str) -> Report:
    arms = {BASE: Arm(failing=0.02, right=0.9), OTHER: Arm(1.5, failing=0.05, right=0.85)}
    of = scenario(items=10, checked=True)
    return (await carry_out(against(of, seed, pairs=25), World(seed, arms, Noise(0.42)), run_id=run_id)).report


async def test_a_seed_gives_the_same_report_to_the_digit_and_another_seed_another() -> None:
    first, again, another = await whole(5, "one"), await whole(5, "two"), await whole(6, "one")
    one, two, three = (report_object(report) | {"run_id": ""} for report in (first, again, another))
    assert one == two
    assert one["variants"] != three["variants"]
    assert msgspec.structs.replace(first, run_id="") == msgspec.structs.replace(again, run_id="")
    assert all(math.isfinite(c.saving_per_call_usd) for c in first.cards)
