"""From runs to a choice: interactions that are clear count, failures save nothing, combinations that spoil are out."""

import math
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from screen_bed import World, asked, planted_levers, scenario, screening

from optlab.catalogue import Cost
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.record import CallError, CallRecord, CheckResult, Provenance, RunRecord
from optlab.studies.screen_effects import Effects, Interaction, choose, effects_of, predicted, responses

DESIGN = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
NAMES = ("baseline", "two", "one", "one+two")


@pytest.fixture(autouse=True)
def levers() -> Iterator[None]:
    with planted_levers("one", "two"):
        yield


def experiment(primary: str = "cost_usd") -> Experiment:
    variants = tuple(
        Variant(name, tuple(LeverChoice(lever) for lever in name.split("+") if lever != "baseline")) for name in NAMES
    )
    return Experiment(scenario(checked=True), variants, primary, "a test", 8, 0.05)  # type: ignore[arg-type]


def block(
    pair: int, costs: Sequence[float], scores: Sequence[float] = (1, 1, 1, 1), failed: str = ""
) -> dict[str, RunRecord]:
    def one(name: str, usd: float, score: float) -> RunRecord:
        error = CallError("server", "it broke") if name == failed else None
        call = CallRecord("c", "m", False, 0.0, 1.0, Provenance.SIMULATED, cost=Cost(output_usd=usd), error=error)
        return RunRecord(
            name, name, f"s{pair}", pair, "measured", "2026-12-01", (call,), "x", 2.0, 2.0, error=error,
            checks=(CheckResult("equals", score),),
        )  # fmt: skip

    return {name: one(name, usd, score) for name, usd, score in zip(NAMES, costs, scores, strict=True)}


def effects(main: Sequence[float], together: float, *, clear: bool) -> Effects:
    return Effects(tuple(main), (), (Interaction(((0, 1),), together, clear),), (0, 0), (0, 0), 0, frozenset())


def test_a_clear_interaction_counts_and_an_unclear_one_does_not() -> None:
    """Both help alone; together they undo each other."""
    known = effects((-0.1, -0.05), 0.2, clear=True)
    assert predicted(known, (1, 1)) == pytest.approx((-0.15 + 0.2) / 2)
    assert choose(experiment(), DESIGN, [], known)[0] == (1, -1)
    signs, ratio = choose(experiment(), DESIGN, [], effects((-0.1, -0.05), 0.2, clear=False))
    assert signs == (1, 1)
    assert ratio == pytest.approx(-0.15), "from all off to all on"


async def test_levers_that_undo_each_other_are_not_both_kept() -> None:
    truth = {"one": -0.3, "two": -0.25}
    world = World(6, truth, sigma=0.05, together={("one", "two"): 0.4}, spikes=0.0)
    end, _ = await screening(asked(*truth), world)
    report = end.report
    assert report is not None
    assert all(effect.saving > 0 for effect in report.effects)
    assert report.chosen == ("one",)
    assert report.effects[1].why == "hurts beside the others"


def test_of_equals_fewer_levers() -> None:
    assert choose(experiment(), DESIGN, [], effects((0.0, -0.1), 0.0, clear=False))[0] == (-1, 1)


def test_a_failed_run_is_no_cheaper_than_the_dearest_of_its_block() -> None:
    rows = responses(experiment(), [block(0, (0.004, 0.003, 0.002, 0.0), failed="one+two")])
    assert [row[0] for row in rows] == pytest.approx([math.log(x) for x in (0.004, 0.003, 0.002, 0.004)])
    waits = responses(experiment("e2e"), [block(0, (1, 1, 1, 1), failed="one+two")])
    assert [row[0] for row in waits] == [*[math.log(2)] * 3, math.inf]


def test_what_costs_nothing_anywhere_has_no_effect() -> None:
    found = effects_of(experiment(), DESIGN, [block(i, (0, 0, 0, 0)) for i in range(3)])
    assert found.main == (0.0, 0.0)


def test_a_combination_that_was_run_and_spoilt_answers_is_passed_over() -> None:
    """Either lever leaves the answers alone; both at once break them."""
    blocks = [block(i, (0.004, 0.003, 0.002, 0.001), (1, 1, 1, 0)) for i in range(8)]
    found = effects_of(experiment(), DESIGN, blocks)
    assert found.wrong_on == (8, 8) and found.wrong_off == (0, 0) and found.judged == 16
    alone = msgspec.structs.replace(found, spoiling=frozenset())
    assert choose(experiment(), DESIGN, blocks, alone)[0] == (1, -1)
    fine = [block(i, (0.004, 0.003, 0.002, 0.001)) for i in range(8)]
    assert choose(experiment(), DESIGN, fine, effects_of(experiment(), DESIGN, fine))[0] == (1, 1)


@pytest.mark.parametrize(("together", "clear"), [(1.02, False), (1.2, True)])
def test_an_interaction_too_small_to_be_useful_is_not_flagged(together: float, clear: bool) -> None:
    """Both are proven, as the blocks hardly differ; 2% between two levers is nothing that a choice could rest on."""
    blocks = [
        block(pair, (0.01, 0.009 * (1 + 0.0001 * (pair % 3)), 0.008, 0.0072 * together * (1 + 0.0001 * (pair % 2))))
        for pair in range(8)
    ]
    (found,) = effects_of(experiment(), DESIGN, blocks).interactions
    assert 2 * found.effect == pytest.approx(math.log(together), abs=0.001)
    assert found.clear is clear
