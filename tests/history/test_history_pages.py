"""Any page of the list, of one scenario, of what holds some words: found in indexes, whatever the file's size."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from test_history_store import EXPERIMENT, begin, report
from test_history_studies import ASKED, at, study

from optlab.core.commands import ListHistory
from optlab.core.errors import UsageError
from optlab.core.record import Provenance
from optlab.core.report import KeptRun
from optlab.core.verdict import Card, CardWord, Comparison, Interval, Quality
from optlab.history import Store, migrations


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "history.sqlite3")
    yield opened
    opened.close()


def other(store: Store, run_id: str, minute: int, name: str = "Support_desk 50%") -> None:
    scenario = msgspec.structs.replace(EXPERIMENT.scenario, name=name)
    experiment = msgspec.structs.replace(EXPERIMENT, scenario=scenario)
    store.begin(run_id, at(minute), "race", experiment, Provenance.MEASURED, 1.0)


def card(word: CardWord) -> Card:
    primary = Comparison("streaming", "e2e", "better", 0.7, Interval(0.6, 0.8), 60, 60, True)
    quality = Quality("non-inferior", "checks", 60, 0.1, "because")
    return Card("streaming", word, "It is so.", primary, quality, (), 0.1, 0.001)


def ids(store: Store, **wanted: object) -> list[str]:
    found, _ = store.page(msgspec.convert({"command": "list_history"} | wanted, ListHistory))
    return [kept.id for kept in found]


def test_pages_join_to_the_whole_list(store: Store) -> None:
    for minute in range(0, 30, 2):
        begin(store, f"r{minute:02d}", at(minute))
    for minute in range(1, 12, 3):
        study(store, f"s{minute:02d}", minute, runs=2, ended=30)
    begin(store, "same time", at(4))
    whole = ids(store, limit=100)
    assert len(whole) == 20 and whole[0] == "r28"
    for size in (1, 3, 7):
        assert [one for offset in range(0, 21, size) for one in ids(store, limit=size, offset=offset)] == whole
    assert ids(store, limit=5, offset=20) == []
    assert store.page(ListHistory(3, offset=18, counted=True))[1] == 20
    assert store.page(ListHistory(3, unfold=True, counted=True))[1] == 24
    assert store.page(ListHistory(3))[1] is None, "to count costs something: only where that is asked"


def test_the_runs_of_one_study_newest_first(store: Store) -> None:
    study(store, "s", 1, runs=3)
    study(store, "t", 1, runs=1)
    assert ids(store, study="s") == ["s-3", "s-2", "s-1"]
    assert store.page(ListHistory(2, study="s", counted=True))[1] == 3


def test_one_scenario_alone(store: Store) -> None:
    begin(store, "a", at(1))
    other(store, "b", 2)
    study(store, "s", 3, runs=1)
    assert ids(store, scenario="Test") == ["s", "a"]
    assert ids(store, scenario="Support_desk 50%", counted=True) == ["b"]
    assert ids(store, scenario="test") == [], "a name is a name"
    assert ids(store, scenario="Test", unfold=True) == ["s-1", "a"]


@pytest.mark.parametrize(
    "words, found",
    [
        ("SUPPORT", ["b"]),
        ("test", ["s", "a"]),
        ("adopt", ["s", "a"]),
        ("adopt benchmark", ["a"]),
        ("streaming measured", ["b"]),
        ("third", ["s"]),
        ("00:02", ["b"]),
        ("tokens", []),  # a name in JSON, no word of the list
        ("50%", ["b"]),
        ("5_%", []),
        ("support_desk", ["b"]),
        ("running", ["s", "b"]),
        ("'; --", []),
    ],
)  # fmt: skip
def test_words_are_those_that_a_list_shows(store: Store, words: str, found: list[str]) -> None:
    begin(store, "a", at(1))
    store.finish(msgspec.structs.replace(report("a"), cards=(card(CardWord.ADOPT),)))
    other(store, "b", 2)
    study(store, "s", 3, runs=1)
    upshot = '{"found":true,"word":"ADOPT","tokens":[2100,1420],"levers":null}'
    store._db.execute("UPDATE studies SET upshot = ?", (upshot,))
    assert ids(store, words=words) == found
    assert store.page(ListHistory(words=words, counted=True))[1] == len(found)


def test_what_runs_no_more_is_not_found_as_running(store: Store) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    begin(store, "a", at(1))
    store._db.execute("UPDATE runs SET worker = ?", (gone.pid,))
    assert (ids(store, words="running"), ids(store, words="broken")) == ([], ["a"])


def test_a_list_tells_what_was_asked_and_what_the_cards_said(store: Store) -> None:
    begin(store, "a", at(1))
    store.finish(msgspec.structs.replace(report("a"), cards=(card(CardWord.NOISE), card(CardWord.ROLL_BACK))))
    study(store, "s", 2, runs=1)
    (kept_study, run), _ = store.page(ListHistory())
    assert isinstance(run, KeptRun)
    assert (run.asked, run.verdicts) == (("streaming",), ("NOISE", "ROLL BACK"))
    assert kept_study.asked == ("third", "by segment")


def test_lists_of_older_files_tell_as_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.sqlite3"
    store = Store(path)
    begin(store, "a", at(1))
    store.finish(msgspec.structs.replace(report("a"), cards=(card(CardWord.NOISE),)))
    study(store, "s", 2, runs=1)
    begin(store, "unreadable", at(3))
    store._db.execute("UPDATE runs SET experiment = '{', report = '{}' WHERE id = 'unreadable'")
    listed = store.listed(10)
    newest = [row for row in store._db.execute("SELECT * FROM runs, studies")]
    store.close()
    with sqlite3.connect(path) as db:
        for name in ("in_order", "of_scenario_in_order", "by_words", "by_scenario"):
            db.execute(f"DROP INDEX runs_{name}")
        db.execute("CREATE INDEX single_runs_by_time ON runs (at) WHERE study IS NULL")
        for name in ("by_words", "by_scenario"):
            db.execute(f"DROP INDEX studies_{name}")
        for table, column in (("runs", "asked"), ("runs", "verdicts"), ("studies", "asked")):
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 3")
    store = Store(path)
    assert len(store._db.execute("SELECT * FROM runs, studies").fetchall()) == len(newest)
    first, *rest = store.listed(10)
    assert isinstance(first, KeptRun) and (first.asked, first.verdicts) == ((), ())
    assert tuple(rest) == listed[1:]
    assert len(migrations.MIGRATIONS) >= 4
    store.close()


@pytest.mark.parametrize(
    "wanted",
    [
        ListHistory(10, counted=True),
        ListHistory(10, offset=500, unfold=True, counted=True),
        ListHistory(10, offset=50, scenario="Test", counted=True),
        ListHistory(10, words="adopt third", counted=True),
        ListHistory(10, scenario="Test", words="adopt", counted=True),
        ListHistory(10, study="s", counted=True),
    ],
    ids=lambda wanted: "-".join(f for f in ("unfold", "scenario", "words", "study") if getattr(wanted, f)) or "plain",
)
def test_pages_are_found_in_indexes_and_only_their_rows_are_read(store: Store, wanted: ListHistory) -> None:
    """No table is scanned: a row with its report may be a megabyte. Nothing is sorted."""
    study(store, "s", 1, runs=2, ended=2)
    begin(store, "a", at(1))
    asked: list[str] = []
    store._db.set_trace_callback(asked.append)
    store.page(wanted)
    store._db.set_trace_callback(None)
    reads = [query for query in asked if query.startswith("SELECT")]
    assert len(reads) >= 2
    for query in reads:
        plans = [plan for *_, plan in store._db.execute(f"EXPLAIN QUERY PLAN {query}")]
        for plan in plans:
            if plan.startswith(("SCAN", "SEARCH")):
                assert "COVERING INDEX" in plan or "PRIMARY KEY" in plan, (query, plans)
            assert "TEMP B-TREE" not in plan or "RIGHT PART" in plan, (query, plans)  # those of one moment


def test_what_was_asked_is_kept_with_how_it_ended(store: Store) -> None:
    begin(store, "a", at(1))
    study(store, "s", 2, runs=1, ended=3)
    assert store.setup("a") == ("a", "running", EXPERIMENT)
    assert store.setup("last") == ("s", "finished", ASKED)
    store._db.execute("UPDATE studies SET command = NULL")
    with pytest.raises(UsageError, match="before it was kept what a study is asked"):
        store.setup("s")
    with pytest.raises(UsageError, match="the history has no run 'nobody'"):
        store.setup("nobody")
