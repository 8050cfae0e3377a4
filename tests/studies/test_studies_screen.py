"""Screening: the planted best is found for fewer calls, interactions and lost quality are seen, the bill is one."""

import math
from collections.abc import Iterator

import pytest
from screen_bed import BEST, TRUTH, World, asked, excess, planted_levers, scenario, screening

from optlab.core.commands import RunScreen
from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.screen_report import LeverEffect, ScreenReport
from optlab.engine.scenarios import load
from optlab.studies.screen import ScreenStudy, one_at_a_time
from optlab.studies.screen_plan import default_items, parted

ONE_AT_A_TIME = 120
"""Calls of paired tests one lever at a time, that end 8.9% above the best on average (ten pairs a lever)."""


@pytest.fixture(autouse=True)
def levers() -> Iterator[None]:
    with planted_levers(*TRUTH):
        yield


def effect(report: ScreenReport, lever: str) -> LeverEffect:
    return next(e for e in report.effects if e.lever == lever)


async def screened(seed: int, world: World, *names: str, **more: object) -> ScreenReport:
    end, _ = await screening(asked(*(names or TRUTH), seed=seed, **more), world)
    assert end.report is not None
    return end.report


async def test_six_planted_levers_within_five_percent_of_the_best_for_fewer_calls() -> None:
    lost, confirmed = [], 0
    for seed in range(12):
        end, _ = await screening(asked(*TRUTH, seed=seed), World(seed))
        report = end.report
        assert report is not None and report.confirmation is not None
        assert report.screen_runs == 64
        warm_ups = 16
        assert report.screen_runs + warm_ups < ONE_AT_A_TIME < report.one_at_a_time
        lost.append(excess(report))
        confirmed += report.confirmation.comparisons[0].verdict == "better"
    assert sum(lost) / len(lost) <= 0.05
    assert sorted(lost)[len(lost) // 2] < 0.01, "mostly it is the best one itself"
    assert confirmed >= 10


async def test_effects_are_near_the_truth_and_in_their_intervals() -> None:
    report = await screened(3, World(3, sigma=0.1, spikes=0.0), items=8)
    assert set(report.chosen) >= BEST and "six" not in report.chosen
    held = 0
    for name, true in TRUTH.items():
        found = effect(report, name)
        assert found.saving == pytest.approx(1 - math.exp(true), abs=0.12)
        assert found.interval.low is not None and found.interval.high is not None
        held += found.interval.low <= 1 - math.exp(true) <= found.interval.high
        assert found.chosen is (name in report.chosen)
        assert (found.why == "helps") is found.chosen
    assert effect(report, "six").why == "hurts"
    assert held >= 5
    assert report.predicted == pytest.approx(1 - math.exp(sum(min(0, e) for e in TRUTH.values())), abs=0.15)
    assert not any(pair.clear for pair in report.pairs)
    assert sum(len(pair.pairs) for pair in report.pairs) == 15


async def test_the_first_row_is_the_baseline_and_every_row_meets_every_item() -> None:
    end, (screen, confirm) = await screening(asked("one", "two", seed=1, items=5), World(1))
    report = end.report
    assert report is not None
    assert [row.levers for row in report.rows] == [(), ("two",), ("one",), ("one", "two")]
    assert {(row.runs, row.failed) for row in report.rows} == {(5, 0)}
    assert screen.variants[0].levers == ()
    assert (report.items, report.screen_runs) == (5, 20)
    assert end.head.runs == ("bed-1", "bed-2")
    assert confirm.early_stop
    assert confirm.alpha == 0.05, "one question, so the whole error rate"


async def test_the_confirmation_meets_fresh_items_with_a_seed_of_its_own() -> None:
    end, (screen, confirm) = await screening(asked("one", "two", seed=1, items=8), World(1), scenario(20))
    assert end.report is not None and end.report.fresh_items
    seen, fresh = ({s.id for s in e.scenario.samples} for e in (screen, confirm))
    assert (len(seen), len(fresh)) == (8, 12)
    assert not seen & fresh
    assert screen.seed != confirm.seed
    few, _ = await screening(asked("one", "two", seed=1, items=8), World(1), scenario(9))
    assert few.report is not None and not few.report.fresh_items


async def test_levers_that_act_on_each_other_are_flagged_and_reckoned_with() -> None:
    """Each of two levers saves alone; together the second undoes what the first did, and more."""
    truth = {"one": -0.3, "two": -0.15, "three": 0.0}
    world = World(2, truth, sigma=0.05, together={("one", "two"): 0.5}, spikes=0.0)
    report = await screened(2, world, *truth)
    (found,) = [pair for pair in report.pairs if pair.clear]
    assert found.pairs == (("one", "two"),), "eight runs of three levers alias nothing"
    assert found.saving_without == pytest.approx(1 - math.exp(-0.3), abs=0.05)
    assert found.saving_with == pytest.approx(1 - math.exp(0.2), abs=0.05)
    assert "one" in report.chosen and "two" not in report.chosen
    assert effect(report, "two").why == "hurts"


async def test_aliases_are_told() -> None:
    truth = dict.fromkeys(("one", "two", "three", "four"), -0.2)
    world = World(2, truth, sigma=0.05, together={("one", "two"): -0.4}, spikes=0.0)
    report = await screened(2, world, *truth)
    (found,) = [pair for pair in report.pairs if pair.clear]
    assert {frozenset(pair) for pair in found.pairs} == {frozenset(("one", "two")), frozenset(("three", "four"))}
    assert set(report.chosen) == set(truth)


async def test_a_lever_that_spoils_answers_is_not_chosen_however_fast_it_is() -> None:
    truth = {"one": -0.6, "two": -0.2, "three": 0.1}
    end, _ = await screening(
        asked(*truth, seed=4), World(4, truth, spoils=frozenset({"one"})), scenario(60, checked=True)
    )
    report = end.report
    assert report is not None
    spoilt = effect(report, "one")
    assert (spoilt.chosen, spoilt.why, spoilt.judged) == (False, "loses quality", 32)
    assert spoilt.wrong_on > 8 and spoilt.wrong_off == 0
    assert report.chosen == ("two",)
    assert report.rows[0].passed == report.rows[0].judged == 8


async def test_where_nothing_helps_nothing_is_confirmed() -> None:
    truth = {"one": 0.4, "two": 0.3}
    end, made = await screening(asked(*truth), World(0, truth, sigma=0.05))
    report = end.report
    assert report is not None
    assert (report.chosen, report.predicted, report.confirmation, report.command) == ((), None, None, None)
    assert len(made) == 1
    assert [e.why for e in report.effects] == ["hurts", "hurts"]


async def test_the_budget_is_one_and_what_was_found_is_kept() -> None:
    whole, _ = await screening(asked("one", "two", seed=1), World(1))
    end, made = await screening(asked("one", "two", seed=1), World(1), budget_usd=whole.head.cost_usd * 0.93)
    assert (end.head.status, len(made)) == ("budget", 2)
    assert end.head.cost_usd <= whole.head.cost_usd * 0.93
    assert end.report is not None and end.report.confirmation is not None
    short, made = await screening(asked("one", "two", seed=1), World(1), budget_usd=0.02)
    assert short.head.status == "budget" and len(made) == 1
    assert short.report is None or short.report.confirmation is None


async def test_a_budget_keeps_a_share_for_the_confirmation() -> None:
    """A screening that could spend everything is cut short instead, and its winner still gets a verdict."""
    whole, _ = await screening(asked("one", "two", seed=1, items=20), World(1))
    budget = whole.head.cost_usd / 2
    end, made = await screening(asked("one", "two", seed=1, items=20), World(1), budget_usd=budget)
    assert end.report is not None and end.report.confirmation is not None
    assert (len(made), end.head.status) == (2, "budget")
    assert end.report.items < 20
    assert len(end.report.confirmation.comparisons) > 0 and end.head.cost_usd <= budget


async def test_a_lever_without_effect_neither_hurts_nor_acts_on_another() -> None:
    truth = {"one": -0.4, "two": 0.001, "three": 0.001}
    world = World(2, truth, sigma=0.002, together={("one", "two"): 0.02}, spikes=0.0)
    report = await screened(2, world, *truth)
    assert report.chosen == ("one",)
    assert {effect(report, name).why for name in ("two", "three")} == {"no useful effect"}
    assert not any(pair.clear for pair in report.pairs), "one saves 33% and 32%: proven, and of no use"
    noisy = await screened(5, World(5, {"one": -0.5, "two": 0.05}, sigma=0.4), "one", "two", items=6)
    assert (effect(noisy, "two").chosen, effect(noisy, "two").why) == (False, "not shown to help")


async def test_runs_are_counted_against_one_lever_at_a_time() -> None:
    assert one_at_a_time(6, 64) == 224
    assert one_at_a_time(2, 4) == 6
    assert [default_items(rows) for rows in (4, 8, 16)] == [16, 8, 4]


def test_samples_are_parted_by_the_seed() -> None:
    of = scenario(30)
    one, rest = parted(of, 10, 1)
    assert parted(of, 10, 1) == (one, rest)
    assert parted(of, 10, 2)[0] != one
    assert {s.id for s in (*one.samples, *rest.samples)} == {s.id for s in of.samples}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (asked("one"), "2 to 8 levers, not 1"),
        (asked("one", "two", "two"), "given twice"),
        (asked("one", "two", items=1), "--items from 2"),
        (asked("one", "two", pairs=0), "--pairs from 1"),
        (asked("one", "two", primary="ttft"), "both variants stream"),
        (asked("one", "two", rate_per_minute=-1.0), "--rate"),
        (asked("one", "caching", primary="cost_usd"), "how often the prompt is called"),
        (asked("one", "nothing"), "no lever 'nothing'"),
        (asked("one", "batch"), "lever batch cannot be screened"),
        (asked("one", "trim"), "lever trim: without"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(command: RunScreen, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ScreenStudy(command, scenario())


def test_the_estimate_counts_screening_and_confirmation() -> None:
    command = RunScreen("hamlet", levers=(LeverChoice("streaming"), LeverChoice("max_tokens")), pairs=12)
    screen, confirm = ScreenStudy(command, load("hamlet")).experiments
    assert (len(screen.variants), screen.pairs) == (4, 16)
    assert [v.name for v in confirm.variants] == ["baseline", "max_tokens+streaming"]
    assert screen.primary == "e2e"
