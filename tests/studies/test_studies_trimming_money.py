"""The bill of a search: told before it is made, counted whole while it goes, and paid back by the card's saving."""

from typing import Any

from trim_bed import Bed, World

from optlab.backends.scripted import Reply
from optlab.core.commands import FindCuts
from optlab.core.events import CutsFound, CutTried
from optlab.core.usage import Usage
from optlab.studies.trimming import TrimStudy


async def searched(world: World, bed: Any, budget_usd: float | None = None) -> CutsFound:
    end = await TrimStudy(FindCuts("x"), world.scenario).carry_out(await bed.lab(budget_usd))
    assert isinstance(end, CutsFound)
    return end


async def test_a_budget_that_cannot_do_is_not_spent() -> None:
    world = World(1)
    bed = Bed(world, world.scenario, "trim")
    end = await searched(world, bed, budget_usd=0.08)
    assert (len(bed.backend.requests), end.head.calls, end.head.status) == (0, 0, "budget")
    (caveat,) = end.head.caveats
    assert "the budget pays for no search" in caveat.sentence and "give --budget" in caveat.sentence


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
