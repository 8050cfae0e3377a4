"""Studies in the history: kept from their start to their end, listed with the runs that belong to none, found again."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_history_store import EXPERIMENT, begin, report

from optlab.core import commands
from optlab.core.commands import FindCuts
from optlab.core.errors import StorageError, UsageError
from optlab.core.prompt import Prompt
from optlab.core.record import Provenance
from optlab.core.report import KeptRun, Report
from optlab.core.study import KeptStudy, StudyHead, Upshot
from optlab.core.study_events import CutsFound, HeatMapped
from optlab.core.trim_report import Saving, TrimReport
from optlab.history import Store, migrations

ASKED = FindCuts("test.toml", goal="third")
UPSHOT = Upshot(tokens=(2100, 1420))


def head(study_id: str, **more: Any) -> StudyHead:
    known = {"kind": "trim", "scenario": "Test", "source": "test.toml", "provenance": Provenance.SIMULATED}
    rest = {"sim_speed": 50.0, "server": "here", "seed": 7, "catalogue_as_of": "2026", "started_at": at(0)}
    return msgspec.convert(known | rest | {"study_id": study_id, "status": "finished"} | more, StudyHead)


def end_of(study_id: str, **more: Any) -> CutsFound:
    found = TrimReport(
        "third", "segment", Prompt(()), (), Saving(2100, 1420, 0.1), "searched", False, (), None, 4, 4, 1, 9, 0.1
    )
    return CutsFound(head=head(study_id, **more), report=found)


def at(minute: int) -> str:
    return f"2026-01-01T00:{minute:02d}:00.000+00:00"


def study(store: Store, study_id: str, minute: int, runs: int, ended: int | None = None) -> None:
    """A study that began at a minute and made so many runs of 0.25 USD; over where `ended` says when."""
    store.studies.begin(head(study_id), at(minute), ASKED)
    for number in range(1, runs + 1):
        run_id = f"{study_id}-{number}"
        store.begin(run_id, at(minute), "trim", EXPERIMENT, Provenance.SIMULATED, 50.0, study_id)
        store.finish(report(run_id))
    if ended is not None:
        store.studies.finish(end_of(study_id, cost_usd=0.25 * runs), at(ended), UPSHOT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def store(path: Path) -> Any:
    opened = Store(path)
    yield opened
    opened.close()


def test_a_study_from_beginning_to_end(store: Store, path: Path) -> None:
    study(store, "s", 1, runs=3)
    (kept,) = store.listed(10)
    assert isinstance(kept, KeptStudy)
    assert (kept.status, kept.runs, kept.cost_usd, kept.ended, kept.upshot) == ("running", 3, 0.75, None, None)
    end = end_of("s", cost_usd=0.75, calls=12)
    store.studies.finish(end, at(4), UPSHOT)
    (kept,) = store.listed(10)
    assert kept == KeptStudy(
        id="s",
        at=at(1),
        ended=at(4),
        scenario="Test",
        source="test.toml",
        kind="trim",
        provenance=Provenance.SIMULATED,
        sim_speed=50.0,
        seed=7,
        status="finished",
        cost_usd=0.75,
        runs=3,
        upshot=UPSHOT,
    )
    assert store.shown("s") == end
    with sqlite3.connect(path) as db:
        ((asked,),) = db.execute("SELECT command FROM studies").fetchall()
    assert commands.decode(asked.encode()) == ASKED, "what was asked can be told"


def test_a_list_folds_the_runs_of_studies_and_unfolds_them(store: Store) -> None:
    begin(store, "alone", at(1))
    study(store, "s", 2, runs=3, ended=5)
    begin(store, "later", at(3))
    assert [kept.id for kept in store.listed(10)] == ["later", "s", "alone"]
    assert [kept.id for kept in store.listed(2)] == ["later", "s"]
    every = store.listed(10, unfold=True)
    assert [(kept.id, kept.study) for kept in every if isinstance(kept, KeptRun)] == [
        ("later", None), ("s-3", "s"), ("s-2", "s"), ("s-1", "s"), ("alone", None),
    ]  # fmt: skip
    assert [kept.id for kept in store.listed(2, unfold=True)] == ["later", "s-3"]


@pytest.mark.parametrize("status", ["left", "failed"])
def test_a_study_without_an_end_is_told_as_such(store: Store, status: str) -> None:
    study(store, "s", 1, runs=2)
    store.studies.break_off("s", at(3), status)
    (kept,) = store.listed(10)
    assert isinstance(kept, KeptStudy)
    assert (kept.status, kept.ended, kept.cost_usd) == (status, at(3), 0.5)
    for reference in ("s", "last"):
        with pytest.raises(UsageError, match=rf"the study s ended without a result \({status}\)"):
            store.shown(reference)
    store.studies.finish(end_of("s"), at(4), UPSHOT)
    store.studies.break_off("s", at(5), status)
    assert store.listed(10)[0].status == "finished", "what has ended stays ended"


def test_a_study_whose_worker_died_is_broken_off(store: Store) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    study(store, "s", 1, runs=1)
    begin(store, "later", at(0))
    assert store.listed(10)[0].status == "running"
    store._db.execute("UPDATE studies SET worker = ?", (gone.pid,))
    assert store.listed(10)[0].status == "broken off"
    with pytest.raises(UsageError, match=r"ended without a result \(broken off\)"):
        store.shown("last")


def test_last_is_what_ended_last(store: Store) -> None:
    begin(store, "alone", at(5))
    store.finish(report("alone"))
    study(store, "long", 1, runs=2, ended=9)
    study(store, "short", 2, runs=1, ended=3)
    assert isinstance(store.shown("last"), CutsFound)
    assert store.shown("last") == end_of("long", cost_usd=0.5)
    begin(store, "newest", at(10))
    store.finish(report("newest"))
    assert store.shown("last") == report("newest")
    study(store, "under way", 11, runs=1)
    assert store.shown("last") == report("newest"), "a study under way and its runs are nobody's last"


def test_references_mean_studies_until_they_are_longer(store: Store) -> None:
    study(store, "2026-s", 1, runs=36, ended=2)
    begin(store, "2026-t", at(3))
    store.finish(report("2026-t"))
    assert store.shown("2026-s") == end_of("2026-s", cost_usd=9.0)
    found = store.shown("2026-s-3")
    assert isinstance(found, Report) and found.run_id == "2026-s-3", "and not one of 2026-s-30 to -36"
    with pytest.raises(UsageError, match="several runs begin with '2026-s-2'") as refused:
        store._db.execute("DELETE FROM runs WHERE id = '2026-s-2'")
        store.shown("2026-s-2")
    assert "give more of the id" in str(refused.value)
    with pytest.raises(UsageError, match="several runs begin with '2026'"):
        store.shown("2026")
    for unknown in ("2027", "s", "2026_s", "%"):
        with pytest.raises(UsageError, match="the history has no run"):
            store.shown(unknown)
    assert store.report("2026-s-3").run_id == "2026-s-3", "the report of a run is found as it is shown"


def test_an_end_that_cannot_be_read_is_a_sentence(store: Store) -> None:
    study(store, "s", 1, runs=1, ended=2)
    store._db.execute("UPDATE studies SET end = '{}'")
    with pytest.raises(StorageError, match="cannot be used"):
        store.shown("s")


def test_studies_of_older_files_are_told_by_their_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, nothing is made up: runs of a study are folded, how it ended is not known."""
    newest = migrations.MIGRATIONS
    monkeypatch.setattr(migrations, "MIGRATIONS", newest[:2])
    old = Store(path)
    rows = [("20260101-000100-abcd-1", "trim", 1), ("20260101-000100-abcd-12", "trim", 3)]
    rows += [("20260101-000200-abce", "benchmark", 2), ("20260101-000500-abcf-1", "heat", 5), ("odd", "trim", 6)]
    for run_id, kind, minute in rows:
        old._db.execute(
            "INSERT INTO runs (id, at, scenario, source, kind, provenance, sim_speed, seed, status, cost_usd, "
            "experiment, worker, report) VALUES (?, ?, 'Test', 'test.toml', ?, 'simulated', 1.0, 0, 'finished', 0.25, "
            "'{}', ?, ?)",
            (run_id, at(minute), kind, os.getpid(), msgspec.json.encode(report(run_id)).decode()),
        )
    old.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", newest)
    store = Store(path)
    listed = [(kept.id, kept.kind, kept.status, kept.cost_usd) for kept in store.listed(10)]
    assert listed == [
        ("odd", "trim", "finished", 0.25),
        ("20260101-000500-abcf", "heat", "unknown", 0.25),
        ("20260101-000200-abce", "benchmark", "finished", 0.25),
        ("20260101-000100-abcd", "trim", "unknown", 0.5),
    ]
    assert len(store.listed(10, unfold=True)) == 5
    for run_id, _, _ in rows:
        assert store.shown(run_id) == report(run_id)
    with pytest.raises(UsageError, match="was made before the ends of studies were kept"):
        store.shown("20260101-0001")
    store.close()


def test_lists_and_references_are_read_from_indexes(store: Store) -> None:
    """With a million runs a scan, or a sort of all, would take seconds."""
    asked: list[str] = []
    store._db.set_trace_callback(asked.append)
    study(store, "s", 1, runs=1, ended=2)
    store.listed(10)
    store.listed(10, unfold=True)
    store.shown("last")
    store.shown("s-")
    store._db.set_trace_callback(None)
    reads = [query for query in asked if query.startswith("SELECT")]
    assert len(reads) > 8
    for query in reads:
        for *_, plan in store._db.execute(f"EXPLAIN QUERY PLAN {query}"):
            assert "INDEX" in plan and "TEMP B-TREE" not in plan, (query, plan)


def test_every_kind_of_end_comes_back_as_it_was(store: Store) -> None:
    end = HeatMapped(head=head("h", kind="heat", status="budget"), report=None)
    store.studies.begin(end.head, at(1), ASKED)
    store.studies.finish(end, at(2), Upshot(found=False))
    assert store.shown("h") == end
