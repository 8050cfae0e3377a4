"""What a cut does to a cache, told before it is run and after, and which bill a card is about."""

import msgspec
import pytest

from optlab.core import commands
from optlab.core.commands import FindCuts
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.engine.pricing import Pricer
from optlab.engine.scenarios import load
from optlab.levers import complete, stacked
from optlab.studies.cut_cache import UNCACHED, below_minimum, primary_reason, uncached_card
from optlab.studies.cut_prompts import CachedPart, cached_part, saving
from optlab.studies.cut_test import CutTest
from optlab.studies.study import Foretold
from optlab.studies.trimming import TrimStudy

CHECK = (CheckSpec("equals", {"value": "yes"}),)
HOUSE = "Every rule of the house says something to somebody who reads it. "
PROMPT = Prompt(
    (
        Segment("clock", "system", "It is {now}."),
        Segment("rules", "system", HOUSE * 90),
        Segment("press", "system", HOUSE * 30),
        Segment("question", "user", "{question}", trimmable=False),
    )
)
SAMPLES = tuple(Sample(f"s{n}", {"now": f"12:{n:02d}", "question": f"Why {n}?"}, CHECK) for n in range(40))
TICKING = Scenario("S", "claude-sonnet-4-6", 50, PROMPT, SAMPLES, plan=Plan(quality_margin=0.1))
STEADY = msgspec.structs.replace(TICKING, prompt=PROMPT.switched("clock", False))
DECLARED = msgspec.structs.replace(STEADY, lever_params={"caching": {}})
CACHING = (LeverChoice("caching"),)
INPUT, WRITE, READ = 3e-6, 3.75e-6, 0.3e-6


def part(scenario: Scenario) -> CachedPart:
    return cached_part(scenario, stacked([complete(LeverChoice("caching"), scenario)]))


def test_a_prefix_that_changes_is_written_by_every_call_and_read_by_none() -> None:
    ticking, steady = part(TICKING), part(STEADY)
    assert ticking.read == 0 and ticking.written > 1_024
    assert steady.read > 1_024 and steady.written == 0


def test_cutting_what_breaks_a_prefix_saves_the_reads_of_all_that_follows() -> None:
    levers = stacked([complete(LeverChoice("caching"), TICKING)])
    found = saving(TICKING, STEADY.prompt, levers, Pricer())
    assert (found.cached_before, found.cached_after) == (0, part(STEADY).read)
    assert found.cached_usd_per_call == pytest.approx(found.cached_after * (WRITE - READ), rel=0.02)
    assert not found.cache_lost


def test_a_cut_below_the_minimum_is_told_before_and_after() -> None:
    small = STEADY.prompt.switched("rules", False)
    warned = below_minimum(STEADY, (), small)
    assert warned is not None and "caches from 1,024 on" in warned.sentence and "nothing can be" in warned.sentence
    assert below_minimum(STEADY, (), STEADY.prompt.switched("press", False)) is None
    assert below_minimum(TICKING, (), small) is None, "nothing could be cached before"
    study = CutTest(commands.TestCut("s", trimmed=small), STEADY)
    assert isinstance(study, Foretold)
    assert [caveat.code for caveat in study.warnings()] == ["below_cache_minimum"]


@pytest.mark.parametrize("goal, words", [("900", "leaves at most 900"), ("all-dead", "may leave as few as")])
def test_a_goal_below_the_minimum_is_told_before_it_is_searched(goal: str, words: str) -> None:
    codes = {
        caveat.code: caveat.sentence for caveat in TrimStudy(FindCuts("tickets", goal=goal), load("tickets")).warnings()
    }
    assert words in codes["below_cache_minimum"]
    kept = TrimStudy(FindCuts("tickets", goal="1150"), load("tickets")).warnings()
    assert all("at most 1,150" not in caveat.sentence for caveat in kept)


def test_samples_that_can_never_exclude_the_margin_are_told_before() -> None:
    (few,) = TrimStudy(FindCuts("s"), msgspec.structs.replace(TICKING)).warnings()
    assert few.code == "too_few_samples" and "20 held-out samples cannot exclude a loss of 10 points" in few.sentence
    assert "takes 41" in few.sentence
    enough = msgspec.structs.replace(
        TICKING, samples=tuple(msgspec.structs.replace(SAMPLES[0], id=f"t{n}") for n in range(82))
    )
    assert TrimStudy(FindCuts("s"), enough).warnings() == ()


def test_a_test_asks_as_many_samples_as_a_verdict_takes_where_they_are_there() -> None:
    small = STEADY.prompt.switched("press", False)
    planned = msgspec.structs.replace(STEADY, plan=Plan(pairs=12, quality_margin=0.2))
    asked = CutTest(commands.TestCut("s", trimmed=small), planned)
    assert 16 < len(asked.experiments[0].scenario.samples) < 40 and asked.warnings() == ()
    bare = tuple(msgspec.structs.replace(sample, checks=()) for sample in SAMPLES)
    unchecked = CutTest(commands.TestCut("s", trimmed=small), msgspec.structs.replace(planned, samples=bare))
    assert len(unchecked.experiments[0].scenario.samples) == 6
    given = CutTest(commands.TestCut("s", trimmed=small, items=5), planned)
    assert [caveat.code for caveat in given.warnings()] == ["too_few_samples"]


def test_a_card_says_which_bill_it_is_about() -> None:
    assert primary_reason(DECLARED, ()) == UNCACHED != primary_reason(STEADY, ()) == primary_reason(DECLARED, CACHING)
    found = saving(DECLARED, DECLARED.prompt.switched("rules", False), (), Pricer())
    told = uncached_card(DECLARED, (), found, 0.7)
    assert told is not None and "the card's 70% is of calls without caching" in told.sentence
    assert "this cut costs about $" in told.sentence, "what is left is not cached any more"
    assert uncached_card(DECLARED, CACHING, found, 0.7) is None and uncached_card(STEADY, (), found, 0.7) is None
