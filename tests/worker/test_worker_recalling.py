"""A kept run or study as something that can be put on a desk: what of it fits, and why not where it does not."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from optlab.core import commands
from optlab.core.errors import ScenarioError, UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Scenario
from optlab.engine import scenarios
from optlab.history.studies import Kept
from optlab.worker.recalling import setup_recalled

FILE = """
name = "Mine"
model = "claude-sonnet-4-6"
max_tokens = 100
[[segment]]
name = "rules"
where = "system"
text = "Be brief."
[[segment]]
name = "question"
where = "user"
text = "Hello?"
"""
STREAMING = LeverChoice("streaming")


@pytest.fixture
def mine(tmp_path: Path) -> Scenario:
    path = tmp_path / "mine.toml"
    path.write_text(FILE)
    return scenarios.load(str(path))


def edited(scenario: Scenario, text: str = "Be very brief.") -> Prompt:
    rules, question = scenario.prompt.segments
    return Prompt((msgspec.structs.replace(rules, text=text), question))


def kept(scenario: Scenario, *variants: Variant, status: str = "finished") -> Kept:
    return Kept("r1", status, Experiment(scenario, variants, "e2e", "a test", 2, 0.05))


def test_a_run_gives_its_own_prompt_and_the_levers_of_its_candidate(mine: Scenario) -> None:
    then = msgspec.structs.replace(mine, prompt=edited(mine))
    found = setup_recalled(kept(then, Variant("baseline"), Variant("streaming", (STREAMING,))))
    assert (found.scenario, found.prompt, found.levers) == (mine, edited(mine), (STREAMING,))
    assert not found.changed and found.again is None
    trimmed = setup_recalled(kept(mine, Variant("baseline"), Variant("trimmed", prompt=edited(mine, ""))))
    assert trimmed.prompt == edited(mine, "") and trimmed.levers == ()
    alone = setup_recalled(kept(mine, Variant("one", (STREAMING,), prompt=edited(mine))))
    assert (alone.prompt, alone.levers) == (edited(mine), (STREAMING,))


def test_what_the_file_says_now_is_told(mine: Scenario) -> None:
    Path(mine.source).write_text(FILE.replace("100", "200"))
    found = setup_recalled(kept(mine, Variant("baseline"), Variant("streaming", (STREAMING,))))
    assert found.changed and found.scenario.max_tokens == 200
    Path(mine.source).write_text(FILE.replace("Be brief.", "Be long."))
    found = setup_recalled(kept(mine, Variant("baseline")))
    assert not found.changed and found.prompt == mine.prompt, "the prompt is the kept one, so nothing else is another"


def test_another_model_than_the_file_s_comes_back_too(mine: Scenario) -> None:
    then = msgspec.structs.replace(mine, model="claude-haiku-4-5")
    found = setup_recalled(kept(then, Variant("baseline")))
    assert (found.model, found.scenario.model, found.changed) == ("claude-haiku-4-5", mine.model, False)
    assert setup_recalled(kept(mine, Variant("baseline"))).model is None
    assert setup_recalled(Kept("s", "finished", commands.Advise(mine.source, model="claude-haiku-4-5"))).model


def test_what_a_desk_has_no_room_for_is_refused(mine: Scenario) -> None:
    baseline, one, two = Variant("baseline"), Variant("a", (STREAMING,)), Variant("b")
    with pytest.raises(UsageError, match="r1 compared 2 candidates"):
        setup_recalled(kept(mine, baseline, one, two))
    with pytest.raises(UsageError, match="levers on its baseline too"):
        setup_recalled(kept(mine, one, two))
    with pytest.raises(UsageError, match="not kept which file"):
        setup_recalled(kept(msgspec.structs.replace(mine, source=""), baseline))
    Path(mine.source).write_text(FILE.replace('name = "rules"', 'name = "tone"'))
    with pytest.raises(UsageError, match="other segments now than when r1 was made"):
        setup_recalled(kept(mine, baseline))
    Path(mine.source).unlink()
    with pytest.raises(ScenarioError, match="there is no such file"):
        setup_recalled(kept(mine, baseline))


@pytest.mark.parametrize(
    "make, levers",
    [
        (lambda **more: commands.TestCut(trimmed=more.pop("prompt"), levers=(STREAMING,), **more), (STREAMING,)),
        (lambda **more: commands.FindCuts(levers=(STREAMING,), **more), (STREAMING,)),
        (lambda **more: commands.RunScreen(levers=(STREAMING,), **more), (STREAMING,)),
        (lambda **more: commands.StudyCascade(**more), (LeverChoice("cascade"),)),
        (lambda **more: commands.Advise(**more), ()),
    ],
    ids=["cut", "trim", "screen", "cascade", "advise"],
)
def test_a_study_gives_what_its_command_says(mine: Scenario, make: Any, levers: Any) -> None:
    found = setup_recalled(Kept("s1", "finished", make(scenario=mine.source, prompt=edited(mine))))
    assert (found.levers, found.prompt, found.again) == (levers, edited(mine), None)


@pytest.mark.parametrize("status", ["finished", "running", "budget", "cancelled", "left", "failed", "broken off"])
def test_only_a_heat_map_that_was_stopped_can_be_asked_again(mine: Scenario, status: str) -> None:
    command = commands.MapHeat(mine.source, by="auto")
    found = setup_recalled(Kept("s1", status, command))
    assert found.prompt == mine.prompt
    assert found.again == (None if status in ("finished", "running") else command)
    assert setup_recalled(Kept("s1", status, commands.FindCuts(mine.source))).again is None


def test_segments_are_told_by_name_and_place(mine: Scenario) -> None:
    off = Prompt((msgspec.structs.replace(mine.prompt.segments[0], on=False), mine.prompt.segments[1]))
    then = msgspec.structs.replace(mine, prompt=off)
    assert setup_recalled(kept(then, Variant("baseline"))).prompt == off
    moved = Prompt((Segment("rules", "user", "Be brief."), mine.prompt.segments[1]))
    with pytest.raises(UsageError, match="other segments"):
        setup_recalled(kept(msgspec.structs.replace(mine, prompt=moved), Variant("baseline")))
