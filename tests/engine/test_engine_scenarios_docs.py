"""docs/scenarios.md: every example loads, every kind and every key is told."""

import re
from pathlib import Path

import pytest

from optlab.checks import BY_KIND
from optlab.checks.judge import Judge, Label
from optlab.core.errors import ScenarioError
from optlab.core.scenario import Plan, Scenario, Slo, Traffic
from optlab.engine import scenarios
from optlab.engine.scenario_checks import KINDS
from optlab.engine.scenario_tables import ScenarioTable, SegmentTable

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
WHOLE, *FRAGMENTS = (text for language, _, text in FENCES if language == "toml")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def load(folder: Path, text: str) -> Scenario:
    """A scenario beside the files that the page shows."""
    for _, name, content in FENCES:
        if name:
            (folder / name).write_text(content, "utf-8")
    (folder / "rules.txt").write_text("Rules.", "utf-8")
    (folder / "s.toml").write_text(text, "utf-8")
    return scenarios.load(str(folder / "s.toml"))


def test_the_whole_example_loads(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE)
    assert len(found.samples) == 2 and found.has_checks


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_every_fragment_loads_at_the_end_of_it(tmp_path: Path, fragment: str) -> None:
    assert load(tmp_path, f"{WHOLE}\n{fragment}") != load(tmp_path, WHOLE)


def test_the_page_has_every_kind_of_check_with_its_keys_and_an_example() -> None:
    assert tuple(SECTIONS) == KINDS
    for kind, section in SECTIONS.items():
        settings = Judge if kind == "judge" else BY_KIND[kind].settings
        for key in settings.__struct_encode_fields__:
            assert re.search(rf"`{key}\b", section), (kind, key)
        assert f'kind = "{kind}"' in section
    for key in Label.__struct_encode_fields__:
        assert f"`{key}`" in SECTIONS["judge"]


@pytest.mark.parametrize("table", [ScenarioTable, SegmentTable, Plan, Slo, Traffic])
def test_the_page_has_every_key_of_a_table(table: type) -> None:
    for key in table.__struct_encode_fields__:  # type: ignore[attr-defined]
        assert re.search(rf"`{key}\b|`\[+{key}\b|^\[+{key}\b", PAGE, re.MULTILINE), key


def test_the_defaults_of_a_plan_are_those_of_the_page() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE, re.MULTILINE))
    assert {key: float(value) for key, value in rows.items()} == {
        key: value for key in Plan.__struct_fields__ if isinstance(value := getattr(Plan(), key), int | float)
    }


def test_an_unknown_kind_names_the_page(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"not 'soundness'; docs/scenarios\.md has each"):
        load(tmp_path, f'{WHOLE}\n[[check]]\nkind = "soundness"\n')
