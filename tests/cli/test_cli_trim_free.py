"""`optlab trim` without a call: free wins listed and taken, and a prompt written by the ending of its file's name."""

import ast
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from optlab.cli import trim_free
from optlab.cli.main import optlab
from optlab.cli.trim_out import Out
from optlab.core.commands import LoadScenario
from optlab.core.errors import UsageError
from optlab.core.events import ScenarioLoaded
from optlab.core.prompt import Prompt
from optlab.core.record import Provenance
from optlab.core.study import StudyHead
from optlab.core.trim_report import Saving, TrimReport
from optlab.cuts.wins import find, take_all
from optlab.engine.scenarios import load

TICKETS = load("tickets")
LESS, _ = take_all(TICKETS)
HEAD = StudyHead(
    study_id="s1",
    kind="trim",
    scenario="Support tickets",
    source="tickets",
    provenance=Provenance.SIMULATED,
    sim_speed=1.0,
    server="127.0.0.1:1",
    seed=0,
    catalogue_as_of="2026-11-01",
    started_at="2026-11-22T09:00:00+00:00",
    status="finished",
)
REPORT = TrimReport("all-dead", "segment", LESS, (), Saving(9, 8, 0.0), "searched", False, (), None, 60, 60, 3, 90, 0.1)


@pytest.fixture(autouse=True)
def without_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(command: LoadScenario, kind: type[ScenarioLoaded]) -> ScenarioLoaded:
        return kind(load(command.scenario))

    monkeypatch.setattr(sys.modules["optlab.cli.trim"], "ask", ask)
    monkeypatch.setattr(trim_free, "ask", ask)


def run(*words: str) -> Result:
    return CliRunner().invoke(optlab, ["trim", "tickets", *words])


def test_free_wins_are_listed_for_people_and_for_programs() -> None:
    told = json.loads(run("--wins", "--format", "json").stdout)
    wins = find(TICKETS)
    assert [win["reason"] for win in told["wins"]] == [win.reason for win in wins]
    assert told["tokens_before"] > told["tokens_after"] and told["schema"] == "optlab.wins/1"
    page = run("--wins", "--format", "markdown").stdout
    assert page.count("\n| ") == len(wins) + 1 and f"{len(wins)} free wins" in page
    assert f"{len(wins)} free wins" in run("--wins").stdout


@pytest.mark.parametrize("ending", [".toml", ".py", ".diff"])
def test_a_prompt_is_written_by_the_ending_of_the_name(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"less{ending}"
    done = run("--wins", "--write", str(path))
    assert done.exit_code == 0 and f"is in {path}" in done.stderr and "NOT VERIFIED" in done.stderr
    text = path.read_text("utf-8")
    assert text.startswith("# NOT VERIFIED: no answer was asked for with exactly this prompt.")
    if ending == ".toml":
        assert (load(str(path)).prompt, load(str(path)).samples) == (LESS, TICKETS.samples)
    elif ending == ".py":
        ast.parse(text)
    else:
        assert "\n--- system/more examples\n" in text
    found = tmp_path / f"found{ending}"
    Out(found, TICKETS).write_found(HEAD, REPORT)
    assert "# SIMULATED" in found.read_text("utf-8").splitlines()[1]
    with pytest.raises(UsageError, match="is there already"):
        Out(found, TICKETS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--wins", "--heat"), "leave --heat out"),
        (("--wins", "--sim-speed", "9"), "leave --sim-speed out"),
        (("--wins", "--format", "jsonl"), "take --format json"),
        (("--write", "less.txt"), "ends in none of .toml, .py, .diff"),
        (("--write", "no/such/place.py"), "there is no folder no/such"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        CliRunner().invoke(optlab, ["trim", "tickets", *words], catch_exceptions=False)


def test_what_no_file_can_say_is_refused_before_anything_is_paid_for(tmp_path: Path) -> None:
    mute = Prompt(tuple(replace(segment, on=segment.where != "user") for segment in TICKETS.prompt.segments))
    with pytest.raises(UsageError, match="no user text left"):
        Out(tmp_path / "x.py", replace(TICKETS, prompt=mute))
