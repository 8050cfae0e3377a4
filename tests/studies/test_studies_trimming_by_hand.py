"""A search that begins with a prompt of which something is cut already: all of the cut is verified, not a part."""

import msgspec
import pytest
from trim_bed import Bed, World

from optlab.core.commands import FindCuts
from optlab.core.errors import UsageError
from optlab.core.study_events import CutsFound
from optlab.studies.trimming import TrimStudy


async def searched(world: World, *cut: str) -> CutsFound:
    whole = world.scenario.prompt
    prompt = whole
    for name in cut:
        prompt = prompt.switched(name, False)
    scenario = msgspec.structs.replace(world.scenario, prompt=prompt)
    bed = Bed(world, scenario, "trim")
    end = await TrimStudy(FindCuts("x", whole=whole), scenario).carry_out(await bed.lab())
    assert isinstance(end, CutsFound)
    return end


async def test_a_needed_piece_cut_before_the_search_is_not_called_verified() -> None:
    world = World(1, pieces=5, needed=2)
    report = (await searched(world, min(world.needed))).report
    assert not report.verified and report.card is not None and report.card.quality.verdict == "worse"
    assert len(report.verifications) > 1 and not any(not piece.kept for piece in report.pieces)
    assert [segment.name for segment in report.prompt.segments if not segment.on] == [min(world.needed)]


async def test_the_verification_and_the_saving_are_of_the_whole_cut() -> None:
    world = World(1, pieces=5, needed=2)
    first = min(world.dead)
    alone, both = (await searched(world)).report, (await searched(world, first)).report
    assert alone.verified and both.verified
    assert alone.saving.tokens_before == both.saving.tokens_before
    assert alone.saving.tokens_after == both.saving.tokens_after
    before = [verified.mean_tokens_before for verified in (alone.verifications[-1], both.verifications[-1])]
    assert before[0] == before[1]


async def test_a_cut_after_which_nothing_more_can_go_is_verified_all_the_same() -> None:
    world = World(1, pieces=4, needed=3)
    report = (await searched(world, *world.dead)).report
    assert report.verified and not any(not piece.kept for piece in report.pieces)
    assert report.saving.tokens_before > report.saving.tokens_after


def test_a_third_is_one_of_the_whole_prompt() -> None:
    world = World(1, pieces=5, needed=2)
    whole = world.scenario.prompt
    less = whole
    for name in sorted(world.dead)[:3]:
        less = less.switched(name, False)
    scenario = msgspec.structs.replace(world.scenario, prompt=less)
    with pytest.raises(UsageError, match="a third is cut already"):
        TrimStudy(FindCuts("x", goal="third", whole=whole), scenario)
