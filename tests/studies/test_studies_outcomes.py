"""Stored outcomes: read strictly, told by file and line."""

import json
from pathlib import Path
from typing import Any

import pytest

from optlab.core.errors import UsageError
from optlab.studies.outcomes import Outcome, read_outcomes

GOOD: dict[str, Any] = {
    "id": "a", "small_right": True, "big_right": True, "judge_pass": True, "small_usd": 0.001, "judge_usd": 0,
    "big_usd": 0.003,
}  # fmt: skip


def write(folder: Path, *lines: Any) -> str:
    path = folder / "outcomes.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return str(path)


def test_lines_become_outcomes(tmp_path: Path) -> None:
    lines = (
        "\ufeff" + json.dumps(GOOD),
        "",
        "  ",
        GOOD | {"id": 7, "judge_score": 80, "model": "other keys may stand"},
    )
    first, second = read_outcomes(write(tmp_path, *lines, ""))
    assert first == Outcome("a", True, True, 0.001, 0.0, big_right=True, big_usd=0.003)
    assert (second.id, second.judge_score) == ("7", 80.0)


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"small_right": "yes"}, "Expected bool, got str - at small_right"),
        ({"small_right": 1}, "Expected bool, got int"),
        ({"big_right": None}, "Expected bool, got null"),
        ({"small_usd": "0.1"}, "Expected float, got str"),
        ({"small_usd": True}, "Expected float, got bool"),
        ({"judge_usd": -0.001}, "judge_usd is -0.001, but is what one call cost, in dollars from 0 to 1,000,000"),
        ({"big_usd": 1e300}, "big_usd is 1e+300"),
        ({"big_usd": 1e-300}, "big_usd is 1e-300"),
        ({"id": None}, "got null - at id"),
        ({"judge_score": 101}, "judge_score is 101, but is a number from 0 to 100"),
        ({"judge_score": "high"}, "judge_score"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    name = write(tmp_path, GOOD, GOOD | {"id": "b"} | changed)
    with pytest.raises(UsageError) as caught:
        read_outcomes(name)
    assert str(caught.value).startswith(f"{name}, line 2: ") and words in str(caught.value)


@pytest.mark.parametrize(
    "line, words",
    [
        ('{"small_usd": NaN}', "it is not JSON"),
        ('{"small_usd": 1e999}', "out of range"),
        ("not json", "it is not JSON"),
        ("[]", "Expected object, got array"),
        ("{}", "missing required field id"),
        ('{"x": ' + "[" * 100_000, "it is nested too deep"),
        ("\x00", "it is not JSON"),
    ],
    ids=["nan", "huge", "words", "array", "empty", "deep", "nul"],
)
def test_a_line_that_is_no_outcome_is_refused(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(UsageError, match="line 1: ") as caught:
        read_outcomes(write(tmp_path, line))
    assert words in str(caught.value)


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 3: the id 'a' stands in line 1 already"):
        read_outcomes(write(tmp_path, GOOD, GOOD | {"id": "b"}, GOOD))
    with pytest.raises(UsageError, match="line 2: the id '1'"):
        read_outcomes(write(tmp_path, GOOD | {"id": 1}, GOOD | {"id": "1"}))


def test_files_that_hold_nothing_or_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no outcome; write one JSON object a line"):
        read_outcomes(write(tmp_path, "", "  "))
    for name in (str(tmp_path), str(tmp_path / "none.jsonl")):
        with pytest.raises(UsageError, match="cannot be read"):
            read_outcomes(name)
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xff"}')
    with pytest.raises(UsageError, match="line 1: it is not UTF-8; write one JSON object a line"):
        read_outcomes(str(tmp_path / "latin.jsonl"))
