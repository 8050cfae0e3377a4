"""A scenario written as a file loads to the same scenario, whatever its texts hold."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario, Slo, Traffic
from optlab.cuts import toml_text
from optlab.cuts.scenario_toml import SamplesFile, samples_jsonl, scenario_toml
from optlab.engine import scenarios

NASTY = (
    'quote " two "" three """ four """" end"',
    "back\\slash \\n \\u0041 C:\\new\\",
    "crlf\r\nand\rbare\n\n",
    "\n leads and trails \n\t ",
    "nul\0 bell\a del\x7f next\x85 sep\u2028 bom\ufeff turn\u202e",
    "''' ''' and \"\"\"\nin several lines\"",
    "[not] = a # comment\n[[segment]]\nname = 'x'",
    "{question} {{x}} {}",
    "emoji 🤷🏽‍♀️ 漢字 é",
)
TEXT = st.one_of(
    st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=40),
    st.text(alphabet=st.sampled_from("\"'\\\n\r\t#=[]{} a\0"), max_size=30),
)
FILED = settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


def loaded(folder: Path, text: str) -> Scenario:
    path = folder / "again.toml"
    path.write_bytes(text.encode())
    return msgspec.structs.replace(scenarios.load(str(path)), source="")


def plain(scenario: Scenario, prompt: Prompt | None = None) -> Scenario:
    return msgspec.structs.replace(scenario, source="", prompt=prompt or scenario.prompt)


@pytest.mark.parametrize("name", sorted(scenarios.bundled()))
def test_every_bundled_scenario_survives(name: str, tmp_path: Path) -> None:
    scenario = scenarios.load(name)
    assert loaded(tmp_path, scenario_toml(scenario, scenario.prompt)) == plain(scenario)


@pytest.mark.parametrize("name", ["tickets", "invoices", "clock_prefix"])
def test_samples_stay_in_their_file(name: str, tmp_path: Path) -> None:
    scenario = scenarios.load(name)
    file = SamplesFile(f"{name}/samples.jsonl", (scenarios.bundled()[name].parent / name / "samples.jsonl").read_text())
    text = scenario_toml(scenario, scenario.prompt, file)
    assert "[[sample]]" not in text
    (tmp_path / name).mkdir()
    (tmp_path / name / "samples.jsonl").write_text(file.text)
    assert loaded(tmp_path, text) == plain(scenario)


def test_a_trimmed_prompt_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    scenario = scenarios.load("tickets")
    trimmed = scenario.prompt.switched("team", False).switched("replies", False)
    again = loaded(tmp_path, scenario_toml(scenario, trimmed))
    assert again == plain(scenario, trimmed)
    assert [segment.on for segment in again.prompt.segments][:4] == [True, False, False, True]


def full(text: str, value: str) -> Scenario:
    """A scenario with something in every place; `text` in its prompt, `value` elsewhere."""
    prompt = Prompt(
        (
            Segment("one", "system", text, on=False, trimmable=False),
            Segment("turn", "history", text, role="assistant"),
            Segment("ask", "user", f"Why?{text}"),
        )
    )
    shared = CheckSpec("contains", {"any": ["x", value or "y"], "case": True})
    own = CheckSpec("fields", {"expected": {"a.b": value, "deep": {"n": [1, 2.5, True]}}, "tolerance": 0.5})
    return Scenario(
        name="All of it",
        about=value,
        model="claude-sonnet-4-6",
        max_tokens=77,
        prompt=prompt,
        samples=(
            Sample("a", {"v": value, "odd key": "1"}, (shared, own)),
            Sample("b", {"v": "", "odd key": ""}, (shared,)),
        ),
        lever_params={"max_tokens": {"cap": 60}, "caching": {"ttl": "1h"}},
        traffic=Traffic(per_minute=4.5),
        plan=Plan(primary="cost_usd", pairs=3, alpha=1e-05, budget_usd=0.3, slo=Slo(ttft_ms=500.0)),
    )


@pytest.mark.parametrize("text", NASTY)
def test_every_string_survives(text: str, tmp_path: Path) -> None:
    scenario = full(text, text)
    assert loaded(tmp_path, scenario_toml(scenario, scenario.prompt)) == scenario


@FILED
@given(TEXT, TEXT)
def test_any_strings_survive(tmp_path_factory: pytest.TempPathFactory, text: str, value: str) -> None:
    scenario = full(text, value)
    folder = tmp_path_factory.mktemp("any")
    assert loaded(folder, scenario_toml(scenario, scenario.prompt)) == scenario
    file = SamplesFile("rows.jsonl", samples_jsonl(scenario))
    (folder / "rows.jsonl").write_text(file.text, "utf-8", newline="")
    assert loaded(folder, scenario_toml(scenario, scenario.prompt, file)) == scenario


@settings(deadline=None, derandomize=True)
@given(TEXT)
def test_any_string_and_key_are_read_as_written(text: str) -> None:
    line = f"{toml_text.key(text)} = {toml_text.string(text)}\n"
    assert tomllib.loads(line) == {text: text}


def test_long_texts_are_written_to_be_read() -> None:
    assert toml_text.string('One.\nTwo "quoted".\n') == '"""\nOne.\nTwo "quoted".\n"""'
    assert toml_text.string(r"\b12\b") == r"'\b12\b'"


def test_what_toml_cannot_say_goes_into_the_file_of_samples(tmp_path: Path) -> None:
    spec = CheckSpec("fields", {"expected": {"due": None}})
    scenario = msgspec.structs.replace(full("x", "y"), samples=(Sample("a", {}, (spec,)),))
    with pytest.raises(ValueError, match="null; keep it in a file of samples"):
        scenario_toml(scenario, scenario.prompt)
    (tmp_path / "rows.jsonl").write_text(samples_jsonl(scenario))
    text = scenario_toml(scenario, scenario.prompt, SamplesFile("rows.jsonl", samples_jsonl(scenario)))
    assert loaded(tmp_path, text) == scenario


def test_a_scenario_without_samples_stays_without(tmp_path: Path) -> None:
    scenario = scenarios.load("hamlet")
    text = scenario_toml(scenario, scenario.prompt)
    assert "[[sample]]" not in text and text.count("[[check]]") == 2
    alone = msgspec.structs.replace(scenario, samples=(Sample("only", {"x": "1"}, scenario.samples[0].checks),))
    assert loaded(tmp_path, scenario_toml(alone, alone.prompt)) == plain(alone)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("n2", "n9"), "does not hold the scenario's samples"),
        (lambda text: text.replace("second", "other"), "does not hold the scenario's samples"),
        (lambda text: text + '{"id": "n3"}\n{"id": "n4"}\n', "does not hold the scenario's samples"),
        (lambda text: text.replace('"x"', '"z"'), "does not hold the scenario's samples"),
        (lambda text: text.replace("{", "(", 1), "no file of samples"),
    ],
)
def test_a_file_that_holds_other_samples_is_refused(change: Any, why: str) -> None:
    check = CheckSpec("contains", {"any": ["x"]})
    rows = (Sample("n1", {"q": "first"}, (check,)), Sample("n2", {"q": "second"}, (check,)))
    scenario = msgspec.structs.replace(full("x", "y"), samples=rows)
    text = change(samples_jsonl(scenario))
    with pytest.raises(ValueError, match=why):
        scenario_toml(scenario, scenario.prompt, SamplesFile("rows.jsonl", text))


def test_checks_that_a_file_lacks_are_refused() -> None:
    one, other = CheckSpec("contains", {"any": ["x"]}), CheckSpec("contains", {"any": ["y"]})
    scenario = msgspec.structs.replace(full("x", "y"), samples=(Sample("a", {}, (one,)), Sample("b", {}, (other,))))
    with pytest.raises(ValueError, match="other checks"):
        scenario_toml(scenario, scenario.prompt, SamplesFile("rows.jsonl", '{"id": "a"}\n{"id": "b"}\n'))


def test_nothing_of_a_scenario_is_forgotten() -> None:
    """A field that is added to a scenario must be written too; `source` alone is a label."""
    assert set(Scenario.__struct_fields__) == {
        *("name", "about", "model", "max_tokens", "prompt", "samples", "lever_params", "traffic", "plan", "source")
    }
    assert set(Segment.__struct_fields__) == {"name", "where", "text", "role", "on", "trimmable"}
    assert set(Sample.__struct_fields__) == {"id", "variables", "checks"}
