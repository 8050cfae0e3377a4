"""Studies in the history: what was asked, how it ended, and which of them or of the runs a reference means."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple

import msgspec

from optlab.core import commands, events
from optlab.core.commands import Study
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment
from optlab.core.study import StudyHead, Upshot
from optlab.core.study_events import Ending, StudyEnd
from optlab.history.alive import status_of
from optlab.history.asked import asked_of_study

_HEAD = ("id", "at", "ended", "scenario", "source", "kind", "provenance", "sim_speed", "seed", "status", "cost_usd")
_LOOKED_AT = 20
"""Studies under way at the same time that "last" looks behind."""
LAST_LETTER = "\U0010ffff"
"""A prefix with it stands behind every continuation of the prefix: an index finds what lies between."""


class Found(NamedTuple):
    """What a reference names."""

    what: Literal["run", "study"]
    id: str


class Kept(NamedTuple):
    """What a run or a study was made of, and how it ended."""

    id: str
    status: str
    of: Experiment | Study


class Studies:
    """The studies of an open history. Every method raises StorageError as the Store does."""

    def __init__(self, db: sqlite3.Connection, in_words: Callable[[], AbstractContextManager[None]]) -> None:
        self._db = db
        self._in_words = in_words

    def begin(self, head: StudyHead, at: str, command: Study) -> None:
        """Note a study before its first experiment, with what was asked."""
        row = (head.study_id, at, None, head.scenario, head.source, head.kind, head.provenance.value, head.sim_speed)
        more = (head.seed, "running", 0.0, os.getpid(), commands.encode(command).decode(), asked_of_study(command))
        with self._in_words():
            self._db.execute(
                f"INSERT INTO studies ({', '.join(_HEAD)}, worker, command, asked) VALUES ({', '.join('?' * 14)})",
                (*row, *more),
            )

    def finish(self, end: Ending, at: str, upshot: Upshot) -> None:
        """Keep the end of a study, and what it came to."""
        values = (end.head.status, end.head.cost_usd, at, _json(upshot), events.encode(end).decode(), end.head.study_id)
        with self._in_words():
            self._db.execute(
                "UPDATE studies SET status = ?, cost_usd = ?, ended = ?, upshot = ?, end = ? WHERE id = ?", values
            )

    def break_off(self, study_id: str, at: str, status: str) -> None:
        """Note that a study ended without a result: "failed", or "left" where the user went away."""
        with self._in_words():
            self._db.execute(
                "UPDATE studies SET status = ?, ended = ? WHERE id = ? AND end IS NULL", (status, at, study_id)
            )

    def find(self, reference: str) -> Found | None:
        """What an id, a prefix that fits only one, or "last" names; None where nothing fits.

        Raises UsageError where several do. A prefix means studies and runs of no study, until it is longer than the id
        of a study.
        """
        with self._in_words():
            found = self._last() if reference == "last" else self._named(reference)
        if len(found) > 1:
            raise UsageError(f"several runs begin with {reference!r}; give more of the id")
        return found[0] if found else None

    def end(self, study_id: str) -> Ending:
        """The end of a study as it was told. Raises UsageError where it has none."""
        with self._in_words():
            ((status, end, worker),) = self._db.execute(
                "SELECT status, end, worker FROM studies WHERE id = ?", (study_id,)
            ).fetchall()
            told = None if end is None else events.decode(end.encode())
        if isinstance(told, StudyEnd):
            return told
        how = status_of(status, worker)
        words = {
            "running": "still goes on",
            "unknown": "was made before the ends of studies were kept",
        }.get(how, f"ended without a result ({how})")
        raise UsageError(f"the study {study_id} {words}; `optlab history --all` lists its runs")

    def setup(self, study_id: str) -> Kept:
        """What was asked. Raises UsageError where nobody kept it."""
        with self._in_words():
            ((status, worker, kept),) = self._db.execute(
                "SELECT status, worker, command FROM studies WHERE id = ?", (study_id,)
            ).fetchall()
            command = None if kept is None else commands.decode(kept.encode())
        if not isinstance(command, Study):
            raise UsageError(f"the study {study_id} was made before it was kept what a study is asked")
        return Kept(study_id, status_of(status, worker), command)

    def _last(self) -> list[Found]:
        runs = self._db.execute(
            "SELECT id, at FROM runs WHERE study IS NULL ORDER BY at DESC, rowid DESC LIMIT 1"
        ).fetchall()
        studies = self._db.execute(
            "SELECT id, coalesce(ended, at), status, worker FROM studies "
            "ORDER BY coalesce(ended, at) DESC, rowid DESC LIMIT ?",
            (_LOOKED_AT,),
        ).fetchall()
        over = [(at, Found("study", one)) for one, at, status, pid in studies if status_of(status, pid) != "running"]
        found = [*((at, Found("run", one)) for one, at in runs), *over[:1]]
        return [max(found, key=lambda kept: kept[0])[1]] if found else []

    def _named(self, reference: str) -> list[Found]:
        for what, table in (("study", "studies"), ("run", "runs")):
            if self._db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (reference,)).fetchone():
                return [Found(what, reference)]  # type: ignore[arg-type]
        span = (reference, reference + LAST_LETTER)
        between = "WHERE id >= ? AND id < ?"
        found = [
            *(Found("study", one) for (one,) in self._db.execute(f"SELECT id FROM studies {between} LIMIT 2", span)),
            *(
                Found("run", one)
                for (one,) in self._db.execute(f"SELECT id FROM runs {between} AND study IS NULL LIMIT 2", span)
            ),
        ]
        if found:
            return found
        return [Found("run", one) for (one,) in self._db.execute(f"SELECT id FROM runs {between} LIMIT 2", span)]


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
