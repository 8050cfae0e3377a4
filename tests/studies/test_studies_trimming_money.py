"""The bill of a search: told before it is made, counted whole while it goes, and paid back by the card's saving."""

from statistics import fmean
from typing import Any

import pytest
from trim_bed import MODEL, Bed, World

from optlab.core.commands import FindCuts
from optlab.core.events import CutsFound, CutTried
from optlab.core.record import PastAnswer
from optlab.engine.estimate import estimate_all
from optlab.engine.guessing import AnswerLengths
from optlab.engine.pricing import Pricer
from optlab.studies.trimming import TrimStudy

AS_THEY_ARE = AnswerLengths([PastAnswer(MODEL, 2, False)])


async def searched(world: World, bed: Any, budget_usd: float | None = None) -> CutsFound:
    end = await TrimStudy(FindCuts("x"), world.scenario).carry_out(await bed.lab(budget_usd))
    assert isinstance(end, CutsFound)
    return end


async def test_the_least_budget_that_is_told_comes_to_a_verdict() -> None:
    """And one that stops at the original's answers is below it."""
    for seed in range(2):
        world = World(seed)
        study = TrimStudy(FindCuts("x"), world.scenario)
        least = await study.least_usd(Pricer(), AS_THEY_ARE)
        end = await searched(world, Bed(world, world.scenario, "trim"), budget_usd=1.01 * least)
        assert end.report.verified
        assert end.report.saving.tokens_after < end.report.saving.tokens_before
    bed = Bed(world, world.scenario, "trim")
    end = await searched(world, bed, budget_usd=0.6 * least)
    assert (end.head.status, end.report.search_calls, len(bed.backend.requests)) == ("budget", 0, 120)
    assert "the budget pays for no search" in end.head.caveats[0].sentence


@pytest.mark.parametrize("goal", ["all-dead", "third"])
async def test_what_is_told_as_usual_is_near_what_searches_take(goal: str) -> None:
    """By the mean of two worlds with a third of the pieces needed, and far below what the search may take."""
    took, told = [], []
    for seed in range(2):
        world = World(seed)
        study = TrimStudy(FindCuts("x", goal=goal), world.scenario)
        usual = await estimate_all(study.usual(), Pricer(), 1.0, AS_THEY_ARE)
        most = await estimate_all(study.experiments, Pricer(), 1.0, AS_THEY_ARE)
        end = await study.carry_out(await Bed(world, world.scenario, "trim").lab())
        assert usual.calls < most.calls / 2
        told.append(usual.calls)
        took.append(end.head.calls)
    assert 0.7 < fmean(told) / fmean(took) < 1.4


async def test_live_counts_are_of_the_whole_study() -> None:
    world = World(1, pieces=3, needed=1)
    bed = Bed(world, world.scenario, "trim")
    end = await searched(world, bed)
    first = bed.of(CutTried)[0]
    assert first.calls == 120 + first.answers, "the original twice on 60 samples, and the test"
    card = end.report.card
    assert card is not None and card.spent_usd == end.head.cost_usd
    assert card.payback_calls == end.head.cost_usd / card.saving_per_call_usd
