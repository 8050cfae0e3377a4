"""docs/simulator.md keeps its word: every rule names tests, these exist, every option of the program is described."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "simulator.md").read_text("utf-8")
TABLE = PAGE.partition("## Every rule and the test that holds it")[2]


def rows(text: str) -> list[tuple[str, str]]:
    """Rule and tests of each row of the tables in a text."""
    lines = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    return [(rule.strip(), tests.strip()) for _, rule, tests, _ in lines if rule.strip() not in ("rule", "---")]


ROWS = rows(TABLE)
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", TABLE)


def functions(name: str) -> set[str]:
    """The test functions of the one test file of this name."""
    (path,) = (ROOT / "tests").rglob(name)
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_page_has_its_rows() -> None:
    """Otherwise the tests below would hold of nothing."""
    assert len(ROWS) > 100
    caching = rows(TABLE.partition("### Prompt caching")[2].partition("### ")[0])
    numbered = {int(rule.split()[0]) for rule, _ in caching if rule.split()[0].isdecimal()}
    assert numbered == set(range(1, 16)) - {13}, "rule 13 is cache diagnostics, a table of its own"


@pytest.mark.parametrize(("rule", "tests"), ROWS, ids=[rule[:60] for rule, _ in ROWS])
def test_every_rule_names_its_tests(rule: str, tests: str) -> None:
    assert all(re.fullmatch(r"`test_\w+\.py::test_\w+`", named) for named in tests.split(", "))


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_every_test_named_exists(file: str) -> None:
    assert {name for where, name in NAMED if where == file} <= functions(file)


def test_every_option_is_described() -> None:
    offered: list[set[str]] = []
    for program in (["optlab", "simulate"], ["optlab.simulator"]):
        done = subprocess.run(
            [sys.executable, "-m", *program, "--help"], capture_output=True, text=True, check=True, timeout=20
        )
        listed = re.findall(r"^ +(?:-h, )?(--[a-z][a-z-]+)", done.stdout, re.MULTILINE)
        offered.append({*listed} - {"--help"})
    options = offered[0]
    assert len(options) > 10
    assert options == offered[1], "`optlab simulate` hands its options on"
    described = {
        option for line in PAGE.splitlines() if line.startswith("| `--") for option in re.findall(r"--[a-z-]+", line)
    }
    assert options == described
