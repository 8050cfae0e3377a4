"""Run-time twins of the import contracts: what is really loaded, seen from inside a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import optlab

SOURCE = Path(optlab.__file__).parent
HEAVY = ("anthropic", "scipy", "pydantic", "textual")


def loaded(code: str, env: dict[str, str]) -> set[str]:
    """The modules in sys.modules after running `code` in a fresh interpreter."""
    tail = "\nimport json, sys\nsys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code + tail], capture_output=True, text=True, env=env, cwd=env["HOME"], timeout=30
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def heads(modules: set[str]) -> set[str]:
    """Top-level packages."""
    return {name.partition(".")[0] for name in modules}


def floors(modules: set[str]) -> set[str]:
    """The rooms of optlab that are loaded."""
    return {name.split(".")[1] for name in modules if name.startswith("optlab.")}


LEVERS = "import sys\nfrom optlab.cli.main import optlab\noptlab(['levers'], standalone_mode=False)"
MODELS = "import sys\nfrom optlab.cli.main import optlab\noptlab(['models'], standalone_mode=False)"
RENDER = "\n".join(
    f"import optlab.render.{path.stem}" for path in sorted((SOURCE / "render").glob("*.py")) if path.stem != "__init__"
)
CUTS = "import optlab.cuts.pieces, optlab.cuts.wins, optlab.cuts.scenario_toml, optlab.cuts.python_code"
DOOR_FLOORS = {"cli", "render", "link", "levers", "core", "catalogue"}


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import optlab.cli.main", DOOR_FLOORS),
        (LEVERS, DOOR_FLOORS),
        (MODELS, DOOR_FLOORS),
        (RENDER, {"render", "levers", "cuts", "core", "catalogue"}),
        ("import optlab.link", {"link", "core", "catalogue"}),
        ("import optlab.levers", {"levers", "core", "catalogue"}),
        (CUTS, {"cuts", "core", "catalogue"}),
        ("import optlab.core.events, optlab.core.commands", {"core", "catalogue"}),
    ],
    ids=["cli", "cli levers", "cli models", "render", "link", "levers", "cuts", "core"],
)
def test_a_process_that_draws_loads_nothing_that_measures(
    own_env: dict[str, str], code: str, allowed: set[str]
) -> None:
    modules = loaded(code, own_env)
    assert floors(modules) <= allowed
    assert heads(modules).isdisjoint(HEAVY)


def test_the_catalogue_stands_alone(own_env: dict[str, str]) -> None:
    modules = loaded("import optlab.catalogue\noptlab.catalogue.load()", own_env)
    assert floors(modules) == {"catalogue"}
    assert heads(modules).isdisjoint({*HEAVY, "click", "rich", "starlette", "uvicorn", "dotenv", "platformdirs"})


def test_the_simulator_is_a_stranger(own_env: dict[str, str]) -> None:
    modules = loaded(
        "import optlab.simulator.http.app, optlab.simulator.http.server, optlab.simulator.__main__", own_env
    )
    assert floors(modules) == {"simulator", "catalogue"}
    assert heads(modules).isdisjoint(HEAVY)


def test_statistics_know_verdicts_and_load_scipy_late(own_env: dict[str, str]) -> None:
    modules = loaded("import optlab.stats", own_env)
    assert floors(modules) <= {"stats", "core", "catalogue"}
    assert heads(modules).isdisjoint({*HEAVY, "rapidfuzz", "numpy"})


def test_the_worker_loads_no_door(own_env: dict[str, str]) -> None:
    """Also not the client: a list of runs need not wait for it."""
    modules = loaded("import optlab.worker.serve, optlab.worker.sitting", own_env)
    assert floors(modules).isdisjoint({"cli", "tui", "render", "link", "simulator"})
    assert heads(modules).isdisjoint({"anthropic", "textual", "click", "rich"})


def test_only_one_module_loads_the_client(own_env: dict[str, str]) -> None:
    assert "anthropic" in heads(loaded("import optlab.backends.anthropic_api", own_env))
    for module in ("backend", "scripted", "simulated", "sse", "assemble"):
        assert "anthropic" not in heads(loaded(f"import optlab.backends.{module}", own_env)), module


def test_the_version_is_all_that_the_package_itself_loads(own_env: dict[str, str]) -> None:
    modules = loaded("import optlab\nassert optlab.__version__", own_env)
    assert floors(modules) == set()


def test_nobody_else_names_the_simulator() -> None:
    """It is started by its name as a module; only one file outside of it may know that name."""
    naming = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "optlab.simulator" in path.read_text("utf-8") and "simulator" not in path.relative_to(SOURCE).parts
    }
    assert naming == {"backends/simulated.py"}
