"""The bill of a search: told before it is made, counted whole while it goes, and paid back by the card's saving."""

from statistics import fmean
from typing import Any

import msgspec
import pytest
from trim_bed import MODEL, Bed, World, changed

from optlab.backends.scripted import Reply
from optlab.core.commands import FindCuts
from optlab.core.record import PastAnswer
from optlab.core.request import Request
from optlab.core.study_events import CutsFound, CutTried
from optlab.core.usage import Usage
from optlab.engine.estimate import estimate_all
from optlab.engine.guessing import AnswerLengths
from optlab.engine.pricing import Pricer
from optlab.studies.cut_prompts import halves, piece_tokens, pieces_by, whole_tokens
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
    end = await searched(world, bed, budget_usd=0.45 * least)
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


async def test_a_prompt_that_gets_nothing_right_is_not_searched() -> None:
    world = World(1, pieces=3, needed=1)
    bed = Bed(lambda request, n: Reply(((1.0, "wrong"),), usage=Usage(30, 2)), world.scenario, "trim")
    end = await searched(world, bed)
    assert (end.report.ended, end.head.status, end.head.calls) == ("no right answer", "finished", 120)
    assert all(piece.kept for piece in end.report.pieces) and not end.report.verifications


async def test_every_verification_there_can_be_is_told_before() -> None:
    """Held-out samples need all of what the search cuts one by one, so that it comes back one by one."""
    world = World(1, pieces=4, needed=0, samples=40)
    held = {sample.id for sample in halves(world.scenario, 0)[1].samples}
    samples = tuple(msgspec.structs.replace(s, variables={"fact": s.id}) for s in world.scenario.samples)
    scenario = changed(msgspec.structs.replace(world.scenario, samples=samples), quality_margin=0.3)

    def script(request: Request, n: int) -> Reply:
        asked = request.messages[-1].blocks[-1].text.removeprefix("Tell me ").removesuffix(".")
        right = asked not in held or len(request.system) == 5
        return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(30, 2))

    whole = whole_tokens(scenario)
    dead = sum(piece_tokens(scenario, piece) for piece in pieces_by(scenario.prompt, "segment") if piece.cuttable)
    study = TrimStudy(FindCuts("x", goal=str(whole - dead)), scenario)
    planned = [experiment for experiment in study.experiments if experiment.warm_up]
    bed = Bed(script, scenario, "trim")
    end = await study.carry_out(await bed.lab())
    assert isinstance(end, CutsFound)
    assert [len(one.cut) for one in end.report.verifications] == [4, 3, 2]
    assert end.report.ended == "searched", "the goal was reached, but not kept"
    assert len(planned) == 3
