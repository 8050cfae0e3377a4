"""The history file: runs and their records, appended before a result is shown. Only the worker opens it."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from optlab.config import data_folder
from optlab.core.days import KeptDay
from optlab.core.errors import StorageError, UsageError
from optlab.core.experiment import Experiment
from optlab.core.record import CUT, CallError, Judgement, PastAnswer, Provenance, RunRecord
from optlab.core.report import KeptRun, Report
from optlab.core.scenario import Scenario
from optlab.core.study import KeptStudy
from optlab.core.study_events import Ending
from optlab.core.usage import Usage
from optlab.history.days import days
from optlab.history.studies import LAST_LETTER, Studies

BUSY_LIMIT_S = 10.0
RUNS_LOOKED_AT = 50
ROWS_LOOKED_AT = 4_000
ANSWERS_LOOKED_AT = 200
"""Enough of one model to know how long its answers are; the newest come first."""


class _Call(msgspec.Struct):
    """What of a call its length takes; nothing else of it is read."""

    model: str
    usage: Usage = Usage()
    stop_reason: str | None = None
    error: CallError | None = None
    purpose: Literal["answer", "judge"] = "answer"


class _Made(msgspec.Struct):
    """A run or a judgement, of which only the calls matter."""

    calls: tuple[_Call, ...]


def default_path() -> Path:
    """Where the history lives: `history.sqlite3` in the user's data folder (XDG_DATA_HOME on Linux)."""
    return data_folder() / "history.sqlite3"


class Store:
    """An open history. Every method raises StorageError, in one sentence, where the file does not let it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._in_words():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Answers and prompts are the user's own: nobody else on the machine reads them.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, timeout=BUSY_LIMIT_S, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        self.studies = Studies(self._db, self._in_words)

    def _prepare(self) -> None:
        from optlab.history.migrations import migrate

        self._switch_to_wal()
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        migrate(self._db)

    def _switch_to_wal(self) -> None:
        """Unlike a write, this does not wait for another process's write by itself."""
        until = time.monotonic() + BUSY_LIMIT_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(
        self,
        run_id: str,
        at: str,
        kind: str,
        experiment: Experiment,
        provenance: Provenance,
        sim_speed: float,
        study: str | None = None,
    ) -> None:
        """Note a run before its first call, and the study it is made for."""
        scenario = experiment.scenario
        row = (run_id, at, scenario.name, scenario.source, kind, provenance.value, sim_speed, experiment.seed, study)
        with self._in_words():
            self._db.execute(
                "INSERT INTO runs (id, at, scenario, source, kind, provenance, sim_speed, seed, study, status, "
                f"cost_usd, experiment, worker) VALUES ({', '.join('?' * 13)})",
                (*row, "running", 0.0, msgspec.json.encode(experiment).decode(), os.getpid()),
            )

    def append(self, run_id: str, record: RunRecord, spent_usd: float) -> None:
        """Keep one finished run of one variant, and what the experiment has cost by now."""
        with self._in_words(), self._transaction():
            self._db.execute(
                "INSERT INTO records (run, id, record) VALUES (?, ?, ?)",
                (run_id, record.id, msgspec.json.encode(record).decode()),
            )
            self._db.execute("UPDATE runs SET cost_usd = ? WHERE id = ?", (spent_usd, run_id))

    def set_aside(self, run_id: str, ids: Sequence[str]) -> None:
        """Note that runs kept as measured are compared with nothing."""
        with self._in_words(), self._transaction():
            for one in ids:
                (kept,) = self._db.execute(
                    "SELECT record FROM records WHERE run = ? AND id = ?", (run_id, one)
                ).fetchone()
                record = msgspec.structs.replace(msgspec.json.decode(kept, type=RunRecord), phase="set aside")
                self._db.execute(
                    "UPDATE records SET record = ? WHERE run = ? AND id = ?",
                    (msgspec.json.encode(record).decode(), run_id, one),
                )

    def append_judgement(self, run_id: str, judgement: Judgement, spent_usd: float) -> None:
        """Keep what a model said as judge, and what the experiment has cost by now."""
        with self._in_words(), self._transaction():
            self._db.execute(
                "INSERT INTO judgements (run, id, judgement) VALUES (?, ?, ?)",
                (run_id, judgement.id, msgspec.json.encode(judgement).decode()),
            )
            self._db.execute("UPDATE runs SET cost_usd = ? WHERE id = ?", (spent_usd, run_id))

    def finish(self, report: Report) -> None:
        """Keep the report and how the run ended."""
        with self._in_words():
            self._db.execute(
                "UPDATE runs SET status = ?, cost_usd = ?, report = ? WHERE id = ?",
                (report.status, report.cost_usd, msgspec.json.encode(report).decode(), report.run_id),
            )

    def break_off(self, run_id: str, status: str) -> None:
        """Note that a run ended without a report: "failed", or "left" where the user went away."""
        with self._in_words():
            self._db.execute("UPDATE runs SET status = ? WHERE id = ? AND report IS NULL", (status, run_id))

    def days(self, scenario: str, source: str, limit: int) -> tuple[KeptDay, ...]:
        """What the newest benchmarks of a scenario found, oldest first."""
        with self._in_words():
            return days(self._db, scenario, source, limit)

    def latest(self, scenario: Scenario, provenance: Provenance) -> tuple[str, tuple[RunRecord, ...]]:
        """The newest run with a report of this scenario and kind of figures: its id and measured runs ("": none)."""
        with self._in_words():
            found = self._db.execute(
                "SELECT id FROM runs WHERE scenario = ? AND source = ? AND provenance = ? AND report IS NOT NULL "
                "AND kind = 'benchmark' ORDER BY at DESC, rowid DESC LIMIT 1",
                (scenario.name, scenario.source, provenance.value),
            ).fetchone()
            if found is None:
                return "", ()
            rows = self._db.execute("SELECT record FROM records WHERE run = ? ORDER BY number", found).fetchall()
            runs = [msgspec.json.decode(row, type=RunRecord) for (row,) in rows]
        return found[0], tuple(run for run in runs if run.phase == "measured")

    def listed(self, limit: int, *, unfold: bool = False) -> tuple[KeptRun | KeptStudy, ...]:
        """The newest of what is kept, newest first: runs and folded studies, or with `unfold` every run."""
        return self.studies.listed(limit, unfold=unfold)

    def shown(self, reference: str) -> Report | Ending:
        """The report of a run or the end of a study: by its id, by a prefix that fits only one, or "last".

        Raises UsageError where there is none, or where it ended without one.
        """
        found = self.studies.find(reference)
        if found is not None and found.what == "study":
            return self.studies.end(found.id)
        return self.report(found.id if found else reference)

    def report(self, reference: str) -> Report:
        """The report of one run: by its id, by a prefix that fits only one, or "last", be it of a study or not.

        Raises UsageError otherwise.
        """
        what = "SELECT id, report FROM runs"
        with self._in_words():
            if reference == "last":
                found = self._db.execute(f"{what} ORDER BY at DESC, rowid DESC LIMIT 1").fetchall()
            else:
                found = self._db.execute(f"{what} WHERE id = ?", (reference,)).fetchall()
                found = (
                    found
                    or self._db.execute(
                        f"{what} WHERE id >= ? AND id < ? LIMIT 2", (reference, reference + LAST_LETTER)
                    ).fetchall()
                )
        if not found and reference == "last":
            raise UsageError("the history is empty; `optlab run hamlet --lever streaming` makes a first run")
        if not found:
            raise UsageError(f"the history has no run {reference!r}; `optlab history` lists what is there")
        if len(found) > 1:
            raise UsageError(f"several runs begin with {reference!r}; give more of the id")
        run_id, report = found[0]
        if report is None:
            raise UsageError(f"the run {run_id} ended without a report; its calls are kept in {self._path}")
        with self._in_words():
            return msgspec.json.decode(report, type=Report)

    def records(self, reference: str) -> tuple[str, Experiment, tuple[RunRecord, ...]]:
        """(Id, experiment, every run in the order in which they ended) of one run, named as for `report`.

        Raises UsageError as `report` does.
        """
        run_id = self.report(reference).run_id
        with self._in_words():
            (kept,) = self._db.execute("SELECT experiment FROM runs WHERE id = ?", (run_id,)).fetchone()
            rows = self._db.execute("SELECT record FROM records WHERE run = ? ORDER BY number", (run_id,)).fetchall()
            experiment = msgspec.json.decode(kept, type=Experiment)
            return run_id, experiment, tuple(msgspec.json.decode(record, type=RunRecord) for (record,) in rows)

    def earlier(
        self, scenario: str, provenance: Provenance | None = None, before: str = "", limit: int = 20
    ) -> tuple[str, ...]:
        """Ids of the newest benchmarks and advice of a scenario that ended with a report, newest first.

        With a provenance only those of it, with `before` only those that began before that run.
        """
        with self._in_words():
            rows = self._db.execute(
                "SELECT id FROM runs WHERE scenario = ?1 AND (?2 IS NULL OR provenance = ?2) AND report IS NOT NULL "
                "AND kind IN ('benchmark', 'advice') "
                "AND (?3 = '' OR rowid < (SELECT rowid FROM runs WHERE id = ?3)) ORDER BY at DESC, rowid DESC LIMIT ?4",
                (scenario, provenance and provenance.value, before, limit),
            ).fetchall()
            return tuple(run_id for (run_id,) in rows)

    def past_answers(self, scenario: str, source: str, provenance: Provenance) -> tuple[PastAnswer, ...]:
        """How long answers to a scenario were in its newest runs, and its judges' replies, of one provenance.

        The newest of every model, so that runs of others leave what is known of one as it is.
        """
        which = "SELECT id FROM runs WHERE scenario = ? AND source = ? AND provenance = ? ORDER BY at DESC LIMIT ?"
        given = (scenario, source, provenance.value, RUNS_LOOKED_AT, ROWS_LOOKED_AT)
        made: list[_Made] = []
        with self._in_words():
            for what, table in (("record", "records"), ("judgement", "judgements")):
                query = f"SELECT {what} FROM {table} WHERE run IN ({which}) ORDER BY number DESC LIMIT ?"
                made += [msgspec.json.decode(row, type=_Made) for (row,) in self._db.execute(query, given)]
        found: dict[tuple[str, str], list[PastAnswer]] = {}
        for one in made:
            for call in one.calls:
                known = found.setdefault((call.purpose, call.model), [])
                if call.error is None and len(known) < ANSWERS_LOOKED_AT:
                    known.append(
                        PastAnswer(call.model, call.usage.output_tokens, call.stop_reason in CUT, call.purpose)
                    )
        return tuple(answer for answers in found.values() for answer in answers)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, ValueError, msgspec.DecodeError) as error:
            words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            mend = "move it away" if "not a database" in words else "make it writable"
            raise StorageError(
                f"the history {self._path} cannot be used ({words}); {mend}, or set XDG_DATA_HOME to another folder"
            ) from None
