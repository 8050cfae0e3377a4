"""The history file: what is kept survives crashes, two writers and versions, and refuses in a sentence."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from optlab.core.errors import StorageError, UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, Judgement, PastAnswer, Provenance, RunRecord
from optlab.core.report import Report
from optlab.core.scenario import Sample, Scenario
from optlab.core.usage import Usage
from optlab.history import Store, default_path, migrations

EXPERIMENT = Experiment(
    scenario=Scenario(
        name="Test",
        model="claude-sonnet-4-6",
        max_tokens=100,
        prompt=Prompt((Segment("question", "user", "Hi"),)),
        samples=(Sample("s0"),),
        source="test.toml",
    ),
    variants=(Variant("baseline"), Variant("streaming", (LeverChoice("streaming"),))),
    primary="e2e",
    primary_reason="a test",
    pairs=2,
    alpha=0.05,
    seed=7,
)


def record(number: int, text: str = "ok") -> RunRecord:
    call = CallRecord(f"c{number}", "m", False, 0.0, 1.0, Provenance.SIMULATED, text=text)
    return RunRecord(
        f"r{number}", "baseline", "s0", number, "measured", "2026-01-01", (call,), text, e2e_s=1.0, first_visible_s=1.0
    )


def report(run_id: str, cost_usd: float = 0.25) -> Report:
    return Report(
        run_id, "Test", "test.toml", Provenance.SIMULATED, 50.0, 7, "2026-11-22", "2026-01-01T00:00:00+00:00",
        "finished", 2, "e2e", cost_usd, (), (), (), (),
    )  # fmt: skip


def begin(store: Store, run_id: str, at: str = "2026-01-01T00:00:00.000+00:00") -> None:
    store.begin(run_id, at, "benchmark", EXPERIMENT, Provenance.SIMULATED, 50.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "er" / "history.sqlite3"


# What is kept.


def test_a_run_from_beginning_to_end(path: Path) -> None:
    store = Store(path)
    begin(store, "run-a")
    (kept,) = store.listed(10)
    assert (kept.status, kept.cost_usd, kept.kind) == ("running", 0.0, "benchmark")
    store.append("run-a", record(0), 0.125)
    (kept,) = store.listed(10)
    assert (kept.status, kept.cost_usd) == ("running", 0.125)
    store.finish(report("run-a"))
    (kept,) = store.listed(10)
    assert (kept.id, kept.at, kept.scenario, kept.source) == (
        "run-a", "2026-01-01T00:00:00.000+00:00", "Test", "test.toml",
    )  # fmt: skip
    assert (kept.status, kept.cost_usd, kept.provenance) == ("finished", 0.25, Provenance.SIMULATED)
    assert (kept.sim_speed, kept.seed) == (50.0, 7)
    assert store.report("run-a") == report("run-a")
    store.close()
    again = Store(path)
    assert again.report("run-a") == report("run-a")
    again.close()


def test_records_and_the_experiment_can_be_read_back(path: Path) -> None:
    store = Store(path)
    begin(store, "run-a")
    kept = [record(n, text=f"“Ünïcode” 日本 \x00 {n}") for n in range(3)]
    for one in kept:
        store.append("run-a", one, 0.0)
    store.close()
    db = sqlite3.connect(path)
    rows = db.execute("SELECT record FROM records WHERE run = 'run-a' ORDER BY number").fetchall()
    ((experiment,),) = db.execute("SELECT experiment FROM runs").fetchall()
    db.close()
    assert [msgspec.json.decode(row, type=RunRecord) for (row,) in rows] == kept
    assert msgspec.json.decode(experiment, type=Experiment) == EXPERIMENT


def test_judgements_are_kept_with_what_they_cost(path: Path) -> None:
    store = Store(path)
    begin(store, "run-a")
    call = CallRecord("c", "m", False, 0.0, 1.0, Provenance.SIMULATED, text="PASS", purpose="judge")
    kept = [Judgement(f"j{n}", 0, "m", "verdict", "s0", (call,), "baseline", n, "pass") for n in range(2)]
    for number, one in enumerate(kept, 1):
        store.append_judgement("run-a", one, number / 8)
    assert store.listed(1)[0].cost_usd == 0.25
    store.close()
    db = sqlite3.connect(path)
    rows = db.execute("SELECT judgement FROM judgements WHERE run = 'run-a' ORDER BY number").fetchall()
    db.close()
    assert [msgspec.json.decode(row, type=Judgement) for (row,) in rows] == kept


def test_how_long_past_answers_were(path: Path) -> None:
    """Of the same scenario and provenance, failed calls left out, the judges' told apart."""

    def call(number: int, tokens: int, **more: Any) -> CallRecord:
        given = {"usage": Usage(output_tokens=tokens), "stop_reason": "end_turn"} | more
        return CallRecord(f"c{number}", "m", False, 0.0, 1.0, Provenance.SIMULATED, **given)

    store = Store(path)
    begin(store, "one")
    cut = call(1, 100, stop_reason="max_tokens")
    failed = call(2, 7, error=CallError("server", "broken"))
    for number, calls in enumerate(((call(0, 80),), (failed, cut))):
        store.append("one", msgspec.structs.replace(record(number), calls=calls), 0.1)
    judgement = Judgement("j0", 0, "m", "verdict", "s0", (call(3, 2, purpose="judge"),))
    store.append_judgement("one", judgement, 0.1)
    found = store.past_answers("Test", "test.toml", Provenance.SIMULATED)
    assert found == (PastAnswer("m", 100, True), PastAnswer("m", 80, False), PastAnswer("m", 2, False, "judge"))
    assert store.past_answers("Test", "test.toml", Provenance.MEASURED) == ()
    assert store.past_answers("Test", "other.toml", Provenance.SIMULATED) == ()
    store.close()


def test_many_answers_of_one_model_do_not_push_out_those_of_another(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optlab.history.store.ANSWERS_LOOKED_AT", 2)
    store = Store(path)
    begin(store, "one")
    for number, model in enumerate(("sonnet", "haiku", "haiku", "haiku")):
        call = CallRecord(f"c{number}", model, False, 0.0, 1.0, Provenance.SIMULATED, usage=Usage(output_tokens=number))
        store.append("one", msgspec.structs.replace(record(number), calls=(call,)), 0.1)
    found = store.past_answers("Test", "test.toml", Provenance.SIMULATED)
    assert found == (PastAnswer("haiku", 3, False), PastAnswer("haiku", 2, False), PastAnswer("sonnet", 0, False))
    store.close()


def test_newest_first_and_not_more_than_asked_for(path: Path) -> None:
    store = Store(path)
    for day in (2, 9, 5):
        begin(store, f"day-{day}", f"2026-01-0{day}T00:00:00.000+00:00")
    begin(store, "day-9-again", "2026-01-09T00:00:00.000+00:00")
    assert [k.id for k in store.listed(10)] == ["day-9-again", "day-9", "day-5", "day-2"]
    assert [k.id for k in store.listed(2)] == ["day-9-again", "day-9"]
    store.close()


def test_a_failed_run_is_kept_as_such(path: Path) -> None:
    store = Store(path)
    begin(store, "run-a")
    store.append("run-a", record(0), 0.5)
    store.break_off("run-a", "failed")
    (kept,) = store.listed(10)
    assert (kept.status, kept.cost_usd) == ("failed", 0.5)
    with pytest.raises(UsageError, match="run-a ended without a report"):
        store.report("run-a")
    store.close()


def test_a_run_that_is_set_aside_later_is_noted_as_such_and_stays_billed(path: Path) -> None:
    store = Store(path)
    begin(store, "run-a")
    for number in range(3):
        store.append("run-a", record(number), 0.5)
    store.set_aside("run-a", [record(1).id])
    store.close()
    with sqlite3.connect(path) as db:
        kept = [msgspec.json.decode(row, type=RunRecord) for (row,) in db.execute("SELECT record FROM records")]
    aside = msgspec.structs.replace(record(1), phase="set aside")
    assert kept == [record(0), aside, record(2)]


def test_the_latest_run_of_a_scenario_with_a_report_and_its_measured_runs(path: Path) -> None:
    store = Store(path)
    assert store.latest(EXPERIMENT.scenario, Provenance.SIMULATED) == ("", ())
    for day, run_id in enumerate(("run-a", "run-b", "run-c"), 1):
        begin(store, run_id, at=f"2026-01-0{day}T00:00:00.000+00:00")
        for number in range(2):
            store.append(run_id, msgspec.structs.replace(record(number), id=f"{run_id}.{number}"), 0.5)
    store.finish(report("run-a"))
    store.finish(report("run-b"))
    store.set_aside("run-b", ["run-b.1"])
    found, runs = store.latest(EXPERIMENT.scenario, Provenance.SIMULATED)
    assert (found, [run.id for run in runs]) == ("run-b", ["run-b.0"]), "run-c has not ended"
    assert store.latest(EXPERIMENT.scenario, Provenance.MEASURED) == ("", ())
    other = msgspec.structs.replace(EXPERIMENT.scenario, source="other.toml")
    assert store.latest(other, Provenance.SIMULATED) == ("", ())
    store.close()


def test_nothing_is_written_twice_and_nothing_without_its_run(path: Path) -> None:
    """A refused record leaves the bill as it was, and the file usable."""
    store = Store(path)
    begin(store, "run-a")
    store.append("run-a", record(0), 0.5)
    with pytest.raises(StorageError):
        store.append("run-a", record(0), 9.0)
    with pytest.raises(StorageError):
        store.append("no-such-run", record(1), 9.0)
    with pytest.raises(StorageError):
        begin(store, "run-a")
    store.append("run-a", record(1), 0.75)
    assert store.listed(1)[0].cost_usd == 0.75
    store.close()


# References.


def test_references_by_prefix_by_id_and_last(path: Path) -> None:
    store = Store(path)
    for number, run_id in enumerate(("2026-aa", "2026-ab", "2027-aa")):
        begin(store, run_id, f"2026-01-0{number + 1}")
        store.finish(report(run_id))
    assert store.report("2027").run_id == "2027-aa"
    assert store.report("2026-ab").run_id == "2026-ab"
    assert store.report("last").run_id == "2027-aa"
    with pytest.raises(UsageError, match="several runs begin with '2026-a'; give more of the id"):
        store.report("2026-a")
    for unknown in ("2028", "2027-aaa", "%", "2026_aa", "aa"):
        with pytest.raises(UsageError, match="the history has no run"):
            store.report(unknown)
    store.close()


def test_an_empty_history_has_no_last_run(path: Path) -> None:
    store = Store(path)
    with pytest.raises(UsageError, match="the history is empty"):
        store.report("last")
    assert store.listed(10) == ()
    store.close()


# Schema.


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    (found,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return int(found)


def test_an_empty_file_gets_the_whole_schema(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    store = Store(path)
    begin(store, "run-a")
    store.close()
    assert version(path) == len(migrations.MIGRATIONS) >= 1


def test_every_old_version_is_brought_up_to_date_and_keeps_its_runs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file as each older version left it, with a run in it where it had a table for one."""
    newest = migrations.MIGRATIONS
    for old in range(1, len(newest) + 1):
        file = path.with_name(f"old-{old}.sqlite3")
        monkeypatch.setattr(migrations, "MIGRATIONS", newest[:old])
        store = Store(file)
        with store._db:
            store._db.execute(
                "INSERT INTO runs (id, at, scenario, source, kind, provenance, sim_speed, seed, status, cost_usd, "
                "experiment, worker) VALUES ('run-a', '2026', 'Test', 'test.toml', 'benchmark', 'simulated', 1.0, 0, "
                "'running', 0.0, ?, 1)",
                (msgspec.json.encode(EXPERIMENT).decode(),),
            )
        store.finish(report("run-a"))
        store.close()
        monkeypatch.setattr(migrations, "MIGRATIONS", newest)
        store = Store(file)
        assert store.report("run-a") == report("run-a")
        store.close()
        assert version(file) == len(newest)


def test_a_step_is_taken_once_and_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT ''")

    def breaks(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE runs ADD COLUMN half TEXT NOT NULL DEFAULT ''")
        raise sqlite3.OperationalError("told to break")

    store = Store(path)
    begin(store, "run-a")
    store.finish(report("run-a"))
    store.close()
    base = migrations.MIGRATIONS
    monkeypatch.setattr(migrations, "MIGRATIONS", (*base, add, breaks))
    for _ in range(2):
        with pytest.raises(StorageError, match="told to break"):
            Store(path)
        assert version(path) == len(base) + 1, "what was done is kept, what broke is not"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*base, add))
    store = Store(path)
    assert store.report("last") == report("run-a")
    store.close()
    db = sqlite3.connect(path)
    columns = {row[1] for row in db.execute("PRAGMA table_info(runs)")}
    db.close()
    assert "note" in columns
    assert "half" not in columns


def test_a_file_of_a_newer_optlab_is_refused_and_left_alone(path: Path) -> None:
    Store(path).close()
    newer = len(migrations.MIGRATIONS) + 1
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {newer}")
    db.close()
    with pytest.raises(StorageError, match=f"it has schema {newer}, this optlab knows up to {newer - 1}") as error:
        Store(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    assert version(path) == newer


# Files that cannot be used.


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(StorageError, match=r"cannot be used .*make it writable, or set XDG_DATA_HOME") as error:
        Store(tmp_path / "file" / "history.sqlite3")
    assert "\n" not in str(error.value)


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite3").mkdir()
    with pytest.raises(StorageError, match=r"cannot be used \(Is a directory\)"):
        Store(tmp_path / "history.sqlite3")


def test_a_file_that_is_no_database(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("Dear diary, " * 200)
    with pytest.raises(StorageError, match="file is not a database"):
        Store(path)
    assert path.read_text().startswith("Dear diary")


def test_a_read_only_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write everywhere, so the operating system's refusal is played."""
    Store(path).close()

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StorageError, match=r"cannot be used \(Permission denied\); make it writable"):
        Store(path)


def test_a_database_that_turns_read_only(path: Path) -> None:
    store = Store(path)
    store._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="readonly"):
        begin(store, "run-a")
    assert store.listed(10) == (), "it can still be read"
    store.close()


def test_a_report_that_cannot_be_read_is_a_sentence(path: Path) -> None:
    store = Store(path)
    begin(store, "run-a")
    store._db.execute("UPDATE runs SET report = '{}'")
    try:
        with pytest.raises(StorageError):
            store.report("run-a")
    finally:
        store.close()


def test_only_the_user_reads_it(path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(path)
        begin(store, "run-a")
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        assert len(list(path.parent.iterdir())) == 3, "the write-ahead log was looked at too"
        store.close()
    finally:
        os.umask(before)


def test_where_it_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path().name == "history.sqlite3"
    if sys.platform == "linux":
        assert default_path() == tmp_path / "optlab" / "history.sqlite3"


# Crashes and company.


def test_killed_in_the_middle_of_writing_leaves_a_readable_file(path: Path) -> None:
    """A writer that appends as fast as it can is killed twice; what it had told is there, and nothing by halves."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[3])\n"
        "import test_history_store as t\n"
        "from optlab.history import Store\n"
        "from pathlib import Path\n"
        "store = Store(Path(sys.argv[1]))\n"
        "t.begin(store, sys.argv[2])\n"
        "n = 0\n"
        "while True:\n"
        "    one = t.msgspec.structs.replace(t.record(n, 'x' * 20_000), id=f'{sys.argv[2]}.{n}')\n"
        "    store.append(sys.argv[2], one, n / 1024)\n"
        "    n += 1\n"
        "    print(n, flush=True)\n"
    )
    for run_id in ("one", "two"):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(path), run_id, str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        for _ in range(60):
            assert writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        told = 60 + len(writer.stdout.read().splitlines())
        assert writer.wait(10) == -signal.SIGKILL
        writer.stdout.close()
        store = Store(path)
        kept = next(k for k in store.listed(10) if k.id == run_id)
        rows = store._db.execute("SELECT record FROM records WHERE run = ? ORDER BY number", (run_id,)).fetchall()
        (checked,) = store._db.execute("PRAGMA integrity_check").fetchone()
        store.close()
        assert checked == "ok"
        assert told <= len(rows) <= told + 1
        assert [msgspec.json.decode(row, type=RunRecord).pair for (row,) in rows] == list(range(len(rows)))
        assert (kept.status, kept.cost_usd) == ("broken off", (len(rows) - 1) / 1024)


def test_two_stores_at_once(path: Path) -> None:
    """Two workers write side by side, each sees what the other has finished."""
    failures: list[BaseException] = []

    def work(run_id: str) -> None:
        try:
            store = Store(path)
            begin(store, run_id)
            for n in range(40):
                store.append(run_id, msgspec.structs.replace(record(n), id=f"{run_id}.{n}"), n / 64)
            store.finish(report(run_id))
            store.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"run-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    store = Store(path)
    assert {k.id for k in store.listed(10)} == {"run-0", "run-1", "run-2", "run-3"}
    assert {k.status for k in store.listed(10)} == {"finished"}
    ((count,),) = store._db.execute("SELECT count(*) FROM records").fetchall()
    assert count == 160
    store.close()


def test_a_file_that_another_process_is_just_setting_up(path: Path) -> None:
    """Two workers that start on an empty history at once, one of them a moment earlier: the later one waits."""
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: other.execute("COMMIT"))
    release.start()
    try:
        Store(path).close()
    finally:
        release.join()
        other.close()
