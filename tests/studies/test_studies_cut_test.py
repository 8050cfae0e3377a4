"""One cut tested: changed, worse, both or neither; the differing answers; what makes no sense."""

import random

import msgspec
import pytest
from trim_bed import Bed, World

from optlab.backends.scripted import Reply
from optlab.core import commands
from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt
from optlab.core.request import Request
from optlab.core.study_events import CutTested
from optlab.core.trim_report import CutReport
from optlab.engine.cache_caveats import planned_caveats
from optlab.studies.cut_change import change
from optlab.studies.cut_test import CutTest

WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")


def less(world: World, *names: str) -> Prompt:
    prompt = world.scenario.prompt
    for name in names:
        prompt = prompt.switched(name, False)
    return prompt


async def outcome(world: World, trimmed: Prompt, answers: int = 2, items: int | None = None) -> CutReport:
    command = commands.TestCut("handbook", trimmed=trimmed, answers=answers, items=items)
    bed = Bed(world, world.scenario, "cut")
    end = await CutTest(command, world.scenario).carry_out(await bed.lab())
    assert isinstance(end, CutTested) and end.report is not None
    return end.report


async def test_a_dead_piece_changes_and_loses_nothing() -> None:
    world = World(1)
    report = await outcome(world, less(world, *world.dead), items=60)
    assert (report.change.verdict, report.change.p) == ("not proven", 1.0)
    assert report.quality is not None and report.quality.verdict == "non-inferior"
    assert report.card is not None and report.card.verdict == "ADOPT"
    assert report.saving.tokens_after < report.saving.tokens_before
    assert report.saving.usd_per_call == pytest.approx(
        (report.saving.tokens_before - report.saving.tokens_after) * 1e-6
    )
    assert report.change.differing == ()


def test_the_samples_that_are_asked_are_drawn_by_the_seed() -> None:
    world = World(1)

    def asked(seed: int, items: int) -> list[str]:
        command = commands.TestCut(
            "handbook", trimmed=less(world), items=items, connection=commands.Connection(seed=seed)
        )
        (experiment,) = CutTest(command, world.scenario).experiments
        return [sample.id for sample in experiment.scenario.samples]

    every = [sample.id for sample in world.scenario.samples]
    assert asked(0, 10) == asked(0, 10) != asked(1, 10)
    assert every[:10] not in (asked(0, 10), asked(1, 10)), "the head of a file need not be like the rest of it"
    assert set(asked(0, 10)) < set(asked(0, 20)) and asked(0, 120) == every


async def test_a_needed_piece_changes_answers_and_makes_them_worse() -> None:
    world = World(1)
    report = await outcome(world, less(world, *world.needed), items=60)
    assert report.change.verdict == "changed" and report.change.p is not None and report.change.p <= 0.05
    assert (report.change.within_original, report.change.within_trimmed, report.change.across) == (0.0, 0.0, 1.0)
    assert report.quality is not None and report.quality.verdict == "worse"
    assert len(report.change.differing) == 20
    assert {(pair.original, pair.trimmed, pair.distance) for pair in report.change.differing} == {
        ("right", "wrong", 1.0)
    }


async def test_too_few_answers_cannot_ring_and_that_is_said() -> None:
    world = World(1)
    report = await outcome(world, less(world, *world.needed), items=2)
    assert report.change.verdict == "cannot ring"
    assert report.change.smallest_p == pytest.approx((2 / 6) ** 2)


async def test_every_sample_gets_as_many_answers_of_each_prompt() -> None:
    world = World(1)
    assert (await outcome(world, less(world, *world.dead), answers=3, items=4)).change.answers == 3
    (experiment,) = CutTest(commands.TestCut("x", trimmed=less(world)), world.scenario).experiments
    assert (len(experiment.scenario.samples), experiment.pairs) == (60, 120)


def test_answers_that_vary_anyway_are_no_change() -> None:
    """The prompt's own variation is the yardstick: as far apart within as across."""
    draw = random.Random(3)

    def text() -> str:
        return " ".join(draw.choices(WORDS, k=8))

    answers = {f"s{i}": ([text(), text()], [text(), text()]) for i in range(10)}
    found = change(answers, 0.05, 0)
    assert found.verdict == "not proven"
    assert found.across is not None and found.within_original is not None
    assert abs(found.across - found.within_original) < 0.1
    assert [pair.distance for pair in found.differing] == sorted((p.distance for p in found.differing), reverse=True)


def test_a_sample_answered_once_is_shown_but_takes_no_part() -> None:
    answers = {"once": (["a b"], ["c d"]), "twice": (["a", "a"], ["a", "a"])}
    found = change(answers, 0.05, 0)
    assert (found.items, [pair.sample for pair in found.differing]) == (1, ["once"])


def test_a_trim_below_the_cache_minimum_is_told_before_it_is_run() -> None:
    world = World(1)
    long = world.scenario.prompt.segments[1]
    filler = msgspec.structs.replace(long, text="word " * 6_000)
    prompt = Prompt((world.scenario.prompt.segments[0], filler, *world.scenario.prompt.segments[2:]))
    caching = msgspec.structs.replace(world.scenario, prompt=prompt, lever_params={"caching": {}})
    planned = CutTest(commands.TestCut("x", trimmed=prompt.switched(filler.name, False)), caching).experiments
    (told,) = planned_caveats(planned)
    assert told.code == "trim_below_minimum"
    plain = msgspec.structs.replace(caching, lever_params={})
    planned = CutTest(commands.TestCut("x", trimmed=prompt.switched(filler.name, False)), plain).experiments
    assert planned_caveats(planned) == ()


async def test_an_experiment_that_never_begins_has_no_report() -> None:
    world = World(1)
    bed = Bed(world, world.scenario, "cut")
    lab = await bed.lab(budget_usd=1e-9)
    end = await CutTest(commands.TestCut("x", trimmed=less(world, *world.dead)), world.scenario).carry_out(lab)
    assert isinstance(end, CutTested) and end.report is None and end.head.status == "budget"


def test_the_trimmed_prompt_is_what_is_sent() -> None:
    world, sent = World(1), []

    def script(request: Request, n: int) -> Reply:
        sent.append(len(request.system))
        return world(request, n)

    bed = Bed(script, world.scenario, "cut")

    async def go() -> None:
        command = commands.TestCut("x", trimmed=less(world, *world.dead), items=2)
        await CutTest(command, world.scenario).carry_out(await bed.lab())

    import asyncio

    asyncio.run(go())
    assert sorted(set(sent)) == [6, 17]
    assert sent.count(6) == sent.count(17)


@pytest.mark.parametrize(
    "given, sentence",
    [({"answers": 1}, "at least 2 answers"), ({"items": 0}, "at least 1 sample"), ({"off": True}, "nothing is left")],
)
def test_what_makes_no_sense_is_refused(given: dict[str, int], sentence: str) -> None:
    world = World(1)
    trimmed = less(world, "question") if given.pop("off", None) else less(world)
    with pytest.raises(UsageError, match=sentence):
        CutTest(commands.TestCut("x", trimmed=trimmed, **given), world.scenario)


def test_a_change_that_uneven_answers_prove_is_told() -> None:
    found = change({name: (["a b c"] * 2, ["x y z"] * 3) for name in "st"}, 0.05, 0)
    assert found.verdict == "changed" and found.p == pytest.approx(found.smallest_p) and found.answers == 2
