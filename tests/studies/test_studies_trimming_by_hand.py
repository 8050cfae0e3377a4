"""A search that begins with a prompt of which something is cut already: all of the cut is verified, not a part."""

import math
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from trim_bed import MODEL, Bed, World

from optlab.backends.scripted import Reply
from optlab.core.commands import FindCuts
from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.study_events import CutsFound
from optlab.core.usage import Usage
from optlab.studies.cut_prompts import halves
from optlab.studies.trimming import TrimStudy


async def searched(world: Any, *cut: str) -> CutsFound:
    whole = world.scenario.prompt
    prompt = whole
    for name in cut:
        prompt = prompt.switched(name, False)
    scenario = msgspec.structs.replace(world.scenario, prompt=prompt)
    bed = Bed(world, scenario, "trim")
    end = await TrimStudy(FindCuts("x", whole=whole), scenario).carry_out(await bed.lab())
    assert isinstance(end, CutsFound)
    return end


async def test_a_needed_piece_cut_before_the_search_is_told_and_what_the_search_found_stays_found() -> None:
    world = World(1, pieces=5, needed=2)
    report = (await searched(world, min(world.needed))).report
    assert not report.verified and report.card is not None and report.card.quality.verdict == "worse"
    assert report.loss_before_search and report.card_of_prompt is None
    assert {piece.name for piece in report.pieces if not piece.kept} == world.dead
    off = {segment.name for segment in report.prompt.segments if not segment.on}
    assert off == {min(world.needed), *world.dead}
    whole, alone = report.verifications
    assert (set(whole.cut), alone.cut) == (world.dead, ())
    assert whole.alpha + alone.alpha < 0.05 and alone.alpha == pytest.approx(whole.alpha / 3)


class Press:
    """Everybody needs the fact; held-out samples need what the press was told as well, which no search can see."""

    def __init__(self, samples: int, margin: float) -> None:
        segments = (
            Segment("fact", "system", "Fact one stands here, and everybody asks for it."),
            Segment("coffee", "system", "Coffee is free for guests before noon."),
            Segment("press", "system", "Nobody asks what the press was told, however long it may be."),
            Segment("garden", "system", "The garden closes."),
            Segment("question", "user", "Question {id}", trimmable=False),
        )
        check = (CheckSpec("equals", {"value": "right"}),)
        rows = tuple(Sample(f"s{i}", {"id": f"s{i}"}, check) for i in range(samples))
        plan = Plan(pairs=samples, quality_margin=margin)
        self.scenario = Scenario("S", MODEL, 20, Prompt(segments), rows, plan=plan)
        self._held = {sample.id for sample in halves(self.scenario, 0)[1].samples}

    def __call__(self, request: Request, n: int) -> Reply:
        said = " ".join(block.text for block in request.system)
        held = request.messages[-1].blocks[-1].text.removeprefix("Question ") in self._held
        right = "Fact one" in said and ("the press" in said or not held)
        return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(100, 2))


@pytest.mark.parametrize(("samples", "margin", "looks"), [(120, 0.1, 2), (80, 0.2, 3)])
async def test_a_harmless_cut_before_the_search_is_cleared_and_what_the_search_cut_comes_back(
    samples: int, margin: float, looks: int
) -> None:
    """Where the second look is the last, all that the search cut comes back; else it is looked into further."""
    report = (await searched(Press(samples, margin), "coffee")).report
    assert report.verified and not report.loss_before_search and len(report.verifications) == looks
    alphas = sorted((one.alpha for one in report.verifications), reverse=True)
    assert [one.alpha for one in report.verifications if not one.cut] == [alphas[1]], "it is looked at second, and once"
    off = {segment.name for segment in report.prompt.segments if not segment.on}
    assert "coffee" in off and not off & {"press", "fact"}
    assert report.card_of_prompt == report.card is not None
    assert math.fsum(one.alpha for one in report.verifications) < 0.05


def test_the_look_at_what_was_cut_before_is_planned_and_priced() -> None:
    world = World(1, pieces=1, needed=0)
    less = world.scenario.prompt.switched("task", False)
    scenario = replace(world.scenario, prompt=less)
    usual = TrimStudy(FindCuts("x"), world.scenario).experiments
    by_hand = TrimStudy(FindCuts("x", whole=world.scenario.prompt), scenario).experiments
    assert len(by_hand) == len(usual) + 1


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
