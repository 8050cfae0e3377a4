"""The search for what can go: dead pieces are found and nothing needed is cut, verified, capped, and put back."""

import itertools
from typing import Any

import msgspec
import pytest
from trim_bed import MODEL, Bed, World, changed

from optlab.backends.scripted import Reply
from optlab.core.commands import Connection, FindCuts
from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.study_events import CutsFound, CutTried, StageStarted
from optlab.core.usage import Usage
from optlab.engine.pricing import Pricer
from optlab.studies.trim_oracle import LEAST_NOISE, Walk
from optlab.studies.trimming import TrimStudy


async def searched(
    world: Any, *, seed: int = 0, budget_usd: float | None = None, bed: Bed | None = None, **asked: Any
) -> CutsFound:
    bed = bed or Bed(world, world.scenario, "trim")
    study = TrimStudy(FindCuts("x", connection=Connection(seed=seed), **asked), world.scenario)
    end = await study.carry_out(await bed.lab(budget_usd, seed))
    assert isinstance(end, CutsFound)
    return end


def cut(end: CutsFound) -> set[str]:
    return {piece.name for piece in end.report.pieces if not piece.kept}


async def test_the_dead_pieces_go_and_the_verdict_stands_on_other_samples() -> None:
    world = World(1)
    bed = Bed(world, world.scenario, "trim")
    end = await searched(world, bed=bed)
    report = end.report
    assert cut(end) == world.dead
    assert report.verified and report.card is not None and report.card.verdict == "ADOPT"
    assert (report.search_items, report.held_out, report.ended) == (60, 60, "searched")
    assert report.prompt.active("system")[1:] == tuple(
        s for s in world.scenario.prompt.segments if s.name in world.needed
    )
    assert report.change is not None and report.change.verdict == "not proven"
    assert [guard.state for guard in report.card.guards if guard.name == "change"] == ["held"]
    tried = bed.of(CutTried)
    assert [event.number for event in tried] == list(range(1, report.tests + 1))
    assert set(tried[-1].needed) == world.needed and set(tried[-1].dead) == world.dead
    assert end.head.calls == len(bed.backend.requests) and end.head.runs[-1].endswith(f"-{len(end.head.runs)}")
    by_name = {piece.name: piece for piece in report.pieces}
    assert by_name["task"].state == "fixed"
    assert all(by_name[name].state == "needed" and " lost, in " in by_name[name].evidence for name in world.needed)


@pytest.mark.parametrize("seed", range(3))
async def test_one_wrong_answer_in_twenty_cuts_nothing_needed(seed: int) -> None:
    """Ten seeds and more are in benchmarks/trim_search.py: 20 of 20, also with one wrong verdict in twenty on top."""
    world = World(seed, wrong=0.05)
    end = await searched(world, seed=seed)
    tokens = {piece.name: piece.tokens for piece in end.report.pieces}
    assert not cut(end) & world.needed
    assert sum(tokens[n] for n in cut(end)) >= 0.9 * sum(tokens[n] for n in world.dead)


async def test_search_and_verification_share_no_sample() -> None:
    world = World(1, needed=1, pieces=3)
    seen: dict[str, set[str]] = {}
    bed = Bed(world, world.scenario, "trim")
    lab = await bed.lab()
    carry = lab._carry

    def noting(experiment: Any, run_id: str, *more: Any) -> Any:
        part = "held out" if len(experiment.variants) > 1 else "search"
        seen.setdefault(part, set()).update(sample.id for sample in experiment.scenario.samples)
        return carry(experiment, run_id, *more)

    lab._carry = noting
    await TrimStudy(FindCuts("x"), world.scenario).carry_out(lab)
    assert len(seen["search"]) == len(seen["held out"]) == 60
    assert not seen["search"] & seen["held out"]


async def test_goals_are_reached_with_little_more_than_was_asked() -> None:
    world = World(1)
    third = (await searched(world, goal="third")).report
    assert third.ended == "goal reached" and third.verified
    share = 1 - third.saving.tokens_after / third.saving.tokens_before
    assert 1 / 3 <= share < 0.45
    down = (await searched(world, goal=str(third.saving.tokens_before - 100))).report
    assert 100 <= down.saving.tokens_before - down.saving.tokens_after < 180


async def test_a_budget_keeps_enough_for_the_verification() -> None:
    world = World(1)
    whole = await searched(world)
    half = await searched(world, budget_usd=0.8 * whole.head.cost_usd)
    assert (half.report.ended, half.head.status) == ("budget", "budget")
    assert half.head.cost_usd <= 0.8 * whole.head.cost_usd
    assert half.report.card is not None, "the verification was still paid for"
    assert not cut(half) & world.needed


async def test_a_budget_that_pays_for_nothing_cuts_nothing() -> None:
    end = await searched(World(1), budget_usd=0.001)
    assert (cut(end), end.report.verified, end.report.card, end.head.status) == (set(), False, None, "budget")


async def test_cancelled_it_keeps_what_is_proven() -> None:
    world = World(1)
    bed = Bed(world, world.scenario, "trim")
    told = bed.told.append

    def stop(event: Any) -> None:
        told(event)
        if isinstance(event, CutTried) and len(event.dead) > 4:
            bed.control.cancel()

    bed._tell = stop  # type: ignore[method-assign]
    end = await searched(world, bed=bed)
    assert end.report.ended == "cancelled" and end.head.status == "cancelled"
    assert cut(end) and cut(end) <= world.dead
    assert end.report.card is None and not end.report.verified


class TwoFaced:
    """A piece that no sample of the search half needs and every held-out one does; one more that nobody needs."""

    def __init__(self, held: set[str], scenario: Scenario) -> None:
        self.scenario = scenario
        self._held = held

    def __call__(self, request: Request, n: int) -> Reply:
        there = any("secret" in block.text for block in request.system)
        sample = request.messages[-1].blocks[-1].text.removeprefix("Question ")
        right = there or sample not in self._held
        return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(100, 2))


async def test_what_held_out_samples_disprove_is_put_back() -> None:
    segments = (
        Segment("task", "system", "Answer.", trimmable=False),
        Segment("secret", "system", "The secret is kept here for everybody who asks."),
        Segment("dead", "system", "Nobody asks for this, whatever it may be about and however long."),
        Segment("question", "user", "Question {id}", trimmable=False),
    )
    check = (CheckSpec("equals", {"value": "right"}),)
    samples = tuple(Sample(f"s{i}", {"id": f"s{i}"}, check) for i in range(120))
    scenario = Scenario("S", MODEL, 20, Prompt(segments), samples, plan=Plan(pairs=120, quality_margin=0.1))
    from optlab.studies.cut_prompts import halves

    held = {sample.id for sample in halves(scenario, 0)[1].samples}
    end = await searched(TwoFaced(held, scenario))
    report = end.report
    assert cut(end) == set() and not report.verified
    assert [one.card.quality.verdict for one in report.verifications if one.card] == ["worse"]
    assert report.prompt == scenario.prompt
    assert "held-out samples showed a loss" in {p.name: p.evidence for p in report.pieces}["secret"]


async def test_falling_back_spends_no_more_error_than_was_declared() -> None:
    world = World(1)
    bed = Bed(world, world.scenario, "trim")
    end = await searched(world, bed=bed)
    assert sum(one.alpha for one in end.report.verifications) < world.scenario.plan.alpha


async def test_auto_goes_on_inside_what_must_stay() -> None:
    """Of the one needed segment only one sentence is needed."""
    text = "The opening hours are long. Fact one stands here. Coffee is free before noon for all guests."
    segments = (
        Segment("task", "system", "Answer.", trimmable=False),
        Segment("both", "system", text),
        Segment("dead", "system", "Nobody asks for this."),
        Segment("question", "user", "Question {id}", trimmable=False),
    )
    check = (CheckSpec("equals", {"value": "right"}),)
    samples = tuple(Sample(f"s{i}", {"id": str(i)}, check) for i in range(120))

    class Sentence:
        scenario = Scenario("S", MODEL, 20, Prompt(segments), samples, plan=Plan(pairs=120, quality_margin=0.1))

        def __call__(self, request: Request, n: int) -> Reply:
            right = any("Fact one" in block.text for block in request.system)
            return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(100, 2))

    end = await searched(Sentence(), by="auto")
    assert cut(end) == {"both#1", "both#3", "dead"}
    assert [s.text for s in end.report.prompt.active("system")] == ["Answer.", "Fact one stands here."]
    assert end.report.verified
    whole = await searched(Sentence(), by="segment")
    assert cut(whole) == {"dead"}


async def test_a_prompt_that_the_api_refuses_is_not_good() -> None:
    world = World(1, pieces=4, needed=1)
    (refused, *_) = sorted(world.dead)

    def script(request: Request, n: int) -> Reply:
        if any(block.text.startswith(refused) for block in request.system):
            return world(request, n)
        return Reply((), error=CallError("bad_request", "no", 400))

    bed = Bed(script, world.scenario, "trim")
    end = await searched(world, bed=bed)
    assert cut(end) == world.dead - {refused}
    assert {p.name: p.state for p in end.report.pieces}[refused] == "needed"


async def test_a_price_that_goes_missing_is_no_refusal_of_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(1, pieces=4, needed=1)
    cost, asked = Pricer.cost, itertools.count()

    def known_for_a_while(pricer: Pricer, *told: Any) -> Any:
        if next(asked) > 4 * len(world.scenario.samples):
            raise UsageError("no price is known for the model 'x'")
        return cost(pricer, *told)

    monkeypatch.setattr(Pricer, "cost", known_for_a_while)
    with pytest.raises(UsageError, match="no price is known"):
        await searched(world)


async def test_the_limit_of_calls_ends_a_search_that_settles_nothing() -> None:
    world = World(1, pieces=1, needed=0)
    study = TrimStudy(FindCuts("x"), world.scenario)
    study._search._most_calls = 40
    bed = Bed(world, world.scenario, "trim")
    end = await study.carry_out(await bed.lab())
    assert isinstance(end, CutsFound) and end.report.ended == "call limit"
    assert cut(end) == set() and end.report.search_calls == 40


async def test_the_plan_covers_what_it_takes() -> None:
    world = World(1, wrong=0.05)
    study = TrimStudy(FindCuts("x"), world.scenario)
    planned = sum(len(e.variants) * (e.pairs + e.warm_up) for e in study.experiments)
    bed = Bed(world, world.scenario, "trim")
    end = await study.carry_out(await bed.lab())
    assert isinstance(end, CutsFound) and end.head.calls <= planned
    assert bed.of(StageStarted)[0].runs == 120, "the original, every sample of its half twice, no warm-up"


def test_a_walk_errs_no_more_often_than_it_says() -> None:
    """Without a loss, with one of the margin, and with graded losses that have the same mean."""
    import random

    draw = random.Random(11)

    def judged(loss: float) -> bool:
        walk = Walk(LEAST_NOISE, 0.1)
        while walk.decided is None:
            walk.add(float(draw.random() < loss))
        return walk.verdict

    clean, lossy = [judged(LEAST_NOISE) for _ in range(600)], [judged(LEAST_NOISE + 0.1) for _ in range(600)]
    assert sum(clean) / 600 >= 0.92 and sum(lossy) / 600 <= 0.08
    graded = Walk(LEAST_NOISE, 0.1)
    for _ in range(200):
        graded.add(0.2 if graded.decided is None else 0.0)
    assert graded.decided is False


@pytest.mark.parametrize(
    "plan, asked, sentence",
    [
        ({}, {"goal": "half"}, "--goal is all-dead, third, or a number of tokens, not 'half'"),
        ({}, {"goal": "0"}, "--goal is at least 1 token"),
        ({}, {"goal": "999999"}, "there is nothing to cut"),
        ({}, {"goal": "1"}, "may go at all"),
    ],
)
def test_goals_that_make_no_sense_are_refused(plan: dict[str, Any], asked: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        TrimStudy(FindCuts("x", **asked), changed(World(1).scenario, **plan))


def test_scenarios_that_cannot_be_searched_are_refused() -> None:
    scenario = World(1).scenario
    bare = tuple(msgspec.structs.replace(sample, checks=()) for sample in scenario.samples)
    with pytest.raises(UsageError, match="no check"):
        TrimStudy(FindCuts("x"), msgspec.structs.replace(scenario, samples=bare))
    with pytest.raises(UsageError, match="there are 3 in all"):
        TrimStudy(FindCuts("x"), msgspec.structs.replace(scenario, samples=scenario.samples[:3]))
    fixed = Prompt(tuple(msgspec.structs.replace(s, trimmable=False) for s in scenario.prompt.segments))
    with pytest.raises(UsageError, match="lets nothing be cut"):
        TrimStudy(FindCuts("x"), msgspec.structs.replace(scenario, prompt=fixed))
    judge = CheckSpec("judge", {"rubric": "is it good", "how": "pairwise"})
    judged = tuple(msgspec.structs.replace(sample, checks=(judge,)) for sample in scenario.samples)
    with pytest.raises(UsageError, match="compares two answers"):
        TrimStudy(FindCuts("x"), msgspec.structs.replace(scenario, samples=judged))
