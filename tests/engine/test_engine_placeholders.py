"""Variables that stay unfilled: refused where some samples have them, told where none has; values nobody asks for."""

from pathlib import Path

import msgspec
import pytest
from engine_builders import scenario

from optlab.core.errors import ScenarioError
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.engine import scenarios
from optlab.engine.placeholders import missing, notes, unfilled, unused
from optlab.engine.requests import examine_prompt

HEAD = 'name = "S"\nmodel = "claude-sonnet-4-6"\nmax_tokens = 9\n[[segment]]\nname = "q"\nwhere = "user"\n'


def asking(text: str, *samples: dict[str, str], judge: str = "", off: str = "") -> Scenario:
    """A scenario of one user segment and samples with these values."""
    checks = (CheckSpec("judge", {"model": "m", "rubric": judge}),) if judge else ()
    prompt = Prompt((Segment("q", "user", text), Segment("more", "user", off, on=False)))
    made = tuple(Sample(f"s{i}", values, checks) for i, values in enumerate(samples))
    return msgspec.structs.replace(scenario(), prompt=prompt, samples=made)


def test_a_variable_that_one_sample_lacks_is_found() -> None:
    found = missing(asking("Hi {x}", {"x": "1"}, {"y": "2"}))
    assert found is not None
    assert (found.sample, found.variable, found.place) == ("s1", "x", "the segment 'q'")
    with pytest.raises(ScenarioError, match="'s1' has not; give it one"):
        examine_prompt(asking("Hi {x}", {"x": "1"}, {"y": "2"}))


def test_a_rubric_asks_as_well() -> None:
    found = missing(asking("Hi {x}", {"x": "1", "good": "g"}, {"x": "2"}, judge="Says {good}."))
    assert found is not None and found.place == "the judge's rubric"


@pytest.mark.parametrize(
    "made",
    [
        asking("Hi {x}", {"x": "1"}, {"x": ""}),
        asking("Hi", {"x": "1"}, {}),
        asking("Hi {x}", {}, {}),
        asking("Hi", {"x": "1"}, {}, off="{x}"),
    ],
    ids=["all have it", "nobody asks", "nobody has it", "switched off"],
)
def test_nothing_is_missing(made: Scenario) -> None:
    assert missing(made) is None


def test_what_no_sample_has_is_told_and_other_braces_are_not() -> None:
    made = asking('Hi {x}, {"a": 1}, {}, { b }, {3}, {ä}', {"y": "{z}"})
    assert unfilled(made) == ("x", "ä")
    first, second = notes(made)
    assert first.startswith("{x}, {ä} in the prompt is filled in by no sample")
    assert second == "nothing in the prompt asks for {y}, which samples have"


def test_a_value_is_used_also_where_its_segment_is_off_and_by_a_judge() -> None:
    assert unused(asking("Hi", {"x": "1", "y": "2", "z": "3"}, judge="{y}", off="{x}")) == ("z",)
    assert notes(asking("Hi {x}", {"x": "1"})) == ()


def test_a_file_is_refused_at_the_sample_that_lacks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = HEAD + 'text = "Say hi to {x}"\n'
    Path("s.toml").write_text(f'{text}[[sample]]\nid = "a"\nx = "1"\n[[sample]]\nid = "b"\ny = "2"\n', "utf-8")
    with pytest.raises(ScenarioError, match=r"^s\.toml, line 11, key 'sample\[1\]\.x': the segment 'q' asks for \{x\}"):
        scenarios.load("s.toml")
    Path("s.jsonl").write_text('{"id": "a", "x": 1}\n\n{"id": "b"}\n', "utf-8")
    Path("s.toml").write_text(f'{text}[samples]\nfile = "s.jsonl"\n', "utf-8")
    with pytest.raises(ScenarioError, match=r"^s\.jsonl, line 3, key 'x': the segment 'q' asks for \{x\}"):
        scenarios.load("s.toml")


def test_no_bundled_scenario_leaves_anything_loose() -> None:
    for name in scenarios.bundled():
        assert notes(scenarios.load(name)) == (), name
