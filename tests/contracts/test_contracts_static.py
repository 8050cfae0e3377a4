"""The import contracts hold on the source as it is, and each of them breaks when it is violated."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

VIOLATIONS = {
    "doors": ("render/format.py", "import optlab.cli.output"),
    "floors": ("levers/streaming.py", "import optlab.engine.pricing"),
    "doors-measure-nothing": ("cli/lists.py", "import optlab.engine.pricing"),
    "render-starts-nothing": ("render/snapshot.py", "import optlab.link"),
    "worker-draws-nothing": ("engine/pricing.py", "import optlab.render.format"),
    "simulator-is-a-stranger": ("simulator/wire.py", "import optlab.core.usage"),
    "simulator-in-storeys": ("simulator/request/tokens.py", "import optlab.simulator.simulation"),
    "simulator-is-a-process": ("backends/simulated.py", "import optlab.simulator.http.server"),
    "catalogue-stands-alone": ("catalogue/tokens.py", "import click"),
    "stats-know-only-verdicts": ("stats/paired.py", "import optlab.core.usage"),
    "anthropic-in-one-file": ("backends/choose.py", "import anthropic"),
    "scipy-in-stats": ("engine/compare.py", "import scipy"),
    "textual-in-tui": ("cli/output.py", "import textual"),
    "plotext-in-one-file": ("render/tables.py", "import plotext"),
}
"""For each contract a line that breaks it, and the file it is appended to."""


def _contracts() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {c["id"]: c["name"] for c in settings["tool"]["importlinter"]["contracts"]}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # From the folder's own src, whatever is installed: the linter imports the package to find its files.
    code = "import sys; sys.path.insert(0, 'src'); from importlinter import cli; cli.lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_every_contract_has_a_violation_to_be_tried_with() -> None:
    assert set(VIOLATIONS) == set(_contracts())


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the source in which every contract is violated."""
    folder = tmp_path_factory.mktemp("broken")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for file, line in VIOLATIONS.values():
        path = folder / "src" / "optlab" / file
        path.write_text(path.read_text("utf-8") + f"\n{line}  # noqa\n", "utf-8")
    return _lint(folder).stdout


@pytest.mark.parametrize("contract", sorted(VIOLATIONS))
def test_contract_breaks_when_violated(contract: str, broken: str) -> None:
    name = _contracts()[contract]
    verdicts = [line for line in broken.splitlines() if line.startswith(name)]
    assert verdicts and "BROKEN" in verdicts[0], broken[-3000:]


def test_contracts_hold() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout[-3000:]
