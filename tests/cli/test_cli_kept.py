"""`optlab history` and `show`: what the worker answers becomes one line a study, and the page the study ended with."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from optlab.cli import kept
from optlab.cli.main import optlab
from optlab.core.commands import ListHistory, ShowRun
from optlab.core.events import HistoryListed
from optlab.core.record import Provenance
from optlab.core.report import KeptRun
from optlab.core.study import KeptStudy, StudyHead, Upshot
from optlab.core.study_events import CutTested, HeatMapped
from optlab.core.trim_report import Change, CutReport, Saving
from optlab.core.verdict import CardWord
from optlab.render.ends import end_object

RUN = KeptRun("r1", "2026-12-01T10:11:12", "Hamlet", "hamlet", "race", Provenance.SIMULATED, 1.0, 0, "finished", 0.25)
STUDY = KeptStudy(
    id="s1",
    at="2026-12-01T09:00:00",
    ended="2026-12-01T09:10:00",
    scenario="Handbook",
    source="trim_bench",
    kind="trim",
    provenance=Provenance.SIMULATED,
    sim_speed=1.0,
    seed=0,
    status="finished",
    cost_usd=0.5,
    runs=36,
    upshot=Upshot(word=CardWord.ADOPT, tokens=(2100, 1420)),
)
HEAD = StudyHead(
    study_id="s1",
    kind="cut",
    scenario="Handbook",
    source="trim_bench",
    provenance=Provenance.SIMULATED,
    sim_speed=1.0,
    server="here",
    seed=0,
    catalogue_as_of="2026-11-22",
    started_at="2026-12-01",
    status="finished",
    runs=("s1-1",),
    calls=24,
    cost_usd=0.5,
)
CHANGE = Change("not proven", 0.4, 8, 2, 0.2, 0.21, 0.22, 0.001)
CUT = CutTested(head=HEAD, report=CutReport(Saving(2100, 1420, 0.0007), CHANGE, None, None))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, Any]]:
    """Runs a command against a worker that gives one answer; stdout, and what was asked."""

    def run(answer: Any, *arguments: str) -> tuple[str, Any]:
        asked: list[Any] = []

        def ask(command: Any, *wanted: type) -> Any:
            asked.append(command)
            assert isinstance(answer, wanted)
            return answer

        monkeypatch.setattr(kept, "ask", ask)
        done = CliRunner().invoke(optlab, arguments, catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout, asked[0]

    return run


def test_a_study_is_one_line_with_its_outcome(said: Any) -> None:
    table, asked = said(HistoryListed((RUN, STUDY)), "history", "--limit", "7")
    assert asked == ListHistory(7, unfold=False)
    study = next(line for line in table.splitlines() if line.startswith("s1"))
    assert study.split("  ")[0] == "s1" and "trim" in study and "36" in study and "$0.50" in study
    assert "2,100 → 1,420 tokens, ADOPT" in study
    assert said(HistoryListed((RUN,)), "history", "--all")[1] == ListHistory(50, unfold=True)


def test_as_json_every_line_says_what_it_is(said: Any) -> None:
    text, _ = said(HistoryListed((RUN, STUDY)), "history", "--format", "json")
    run, study = json.loads(text)["runs"]
    assert (run["entry"], run["kind"], run["study"]) == ("run", "race", None)
    assert (study["entry"], study["kind"], study["runs"]) == ("study", "trim", 36)
    assert study["upshot"]["tokens"] == [2100, 1420] and study["upshot"]["word"] == "ADOPT"
    documented = {"id", "at", "scenario", "provenance", "cost_usd"}
    assert documented <= run.keys() and documented <= study.keys()


def test_show_gives_what_the_study_gave(said: Any) -> None:
    text, asked = said(CUT, "show", "s1", "--format", "json")
    assert asked == ShowRun("s1")
    assert (
        json.loads(text) == json.loads(json.dumps(end_object(CUT)))
        and json.loads(text)["cut"]["saving"]["tokens_after"] == 1420
    )
    table, _ = said(CUT, "show", "last")
    assert "would the answers change?" in table and "About 2,100 tokens become 1,420" in table
    markdown, _ = said(CUT, "show", "last", "--format", "markdown")
    assert markdown.startswith("# ") and "change test on 8 samples" in markdown
    empty, _ = said(msgspec.structs.replace(CUT, report=None), "show", "last")
    assert "No whole pair of answers came" in empty and "24 calls" in empty
    heat, _ = said(HeatMapped(head=HEAD, report=None), "show", "last")
    assert "what each piece contributes" in heat
