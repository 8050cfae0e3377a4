"""Whatever a file holds, loading it gives a Scenario that a door can be told of, or one sentence."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optlab.core import events
from optlab.core.errors import ScenarioError
from optlab.core.scenario import Scenario
from optlab.engine import scenarios

GOOD = """\
name = "Desk"
model = "claude-sonnet-4-6"
max_tokens = 400
[[segment]]
name = "rules"
where = "system"
file = "rules.md"
[[segment]]
name = "question"
where = "user"
text = "{question}"
[[sample]]
id = "one"
question = "Why?"
[[sample.check]]
kind = "regex"
pattern = "yes|no"
[samples]
file = "samples.jsonl"
[lever.caching]
ttl = "1h"
[plan]
primary = "e2e"
pairs = 12
"""
LINE = '{"id": "two", "question": "How?", "check": [{"kind": "contains", "all": ["x"]}]}'
FUZZ = settings(
    deadline=None,
    derandomize=True,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = (
    *("[", "]", "{", "}", "=", "[[", "[]", "{}", "[{}]", ".", ",", "#", "\\", "true", "null", "nan", "-1", "1e400"),
    *("0x7f", "2026-01-01", "é", "\u2028", "where", "kind", "id", "file"),
)
PIECES = st.sampled_from([*WORDS, '""', "'", '"""', "'''", '["x"]', "\n", "\t"])


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "rules.md").write_text("Be brief.", "utf-8")
    (tmp_path / "samples.jsonl").write_text(LINE, "utf-8")
    (tmp_path / "desk.toml").write_text(GOOD, "utf-8")
    with warnings.catch_warnings():  # re warns of patterns that will mean something else one day
        warnings.simplefilter("ignore", FutureWarning)
        yield tmp_path


def loaded(folder: Path) -> Scenario | None:
    """The scenario, or None where it was refused in one sentence that names a file."""
    try:
        found = scenarios.load(str(folder / "desk.toml"))
        told = events.decode(events.encode(events.ScenarioLoaded(found)))
        assert told == events.ScenarioLoaded(found)  # and a door can read it
        return found
    except ScenarioError as error:
        words = str(error)
        assert "desk.toml" in words or "samples.jsonl" in words
        assert "$." not in words and "Traceback" not in words and "\n" not in words
        return None


def test_the_good_file_loads(folder: Path) -> None:
    found = loaded(folder)
    assert found is not None and [s.id for s in found.samples] == ["one", "two"]


@FUZZ
@given(at=st.integers(0, len(GOOD)), gone=st.integers(0, 12), piece=PIECES | st.text(max_size=4))
def test_a_piece_of_the_scenario_replaced(folder: Path, at: int, gone: int, piece: str) -> None:
    text = GOOD[:at] + piece + GOOD[at + gone :]
    (folder / "desk.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    found = loaded(folder)
    assert found is None or found.samples


@FUZZ
@given(line=st.integers(0, GOOD.count("\n") - 1), value=PIECES)
def test_the_value_of_a_key_replaced(folder: Path, line: int, value: str) -> None:
    lines = GOOD.splitlines()
    key, equals, _ = lines[line].partition(" = ")
    lines[line] = f"{key}{equals}{value}" if equals else value
    (folder / "desk.toml").write_text("\n".join(lines), "utf-8")
    found = loaded(folder)
    assert found is None or found.prompt.segments


@FUZZ
@given(at=st.integers(0, len(LINE)), gone=st.integers(0, 12), piece=PIECES | st.text(max_size=4))
def test_a_piece_of_a_sample_replaced(folder: Path, at: int, gone: int, piece: str) -> None:
    text = LINE[:at] + piece + LINE[at + gone :]
    (folder / "samples.jsonl").write_bytes(text.encode("utf-8", "surrogatepass"))
    found = loaded(folder)
    assert found is None or found.samples[0].id == "one"


@FUZZ
@given(st.binary(max_size=80))
def test_bytes(folder: Path, data: bytes) -> None:
    (folder / "desk.toml").write_bytes(data)
    assert loaded(folder) is None
