"""Studies in the history: what was asked, how it ended, and one list of them and of the runs that belong to none."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple

import msgspec

from optlab.core import commands, events
from optlab.core.commands import Study
from optlab.core.errors import UsageError
from optlab.core.report import KeptRun
from optlab.core.study import KeptStudy, StudyHead, Upshot
from optlab.core.study_events import Ending, StudyEnd
from optlab.history.alive import status_of

_HEAD = ("id", "at", "ended", "scenario", "source", "kind", "provenance", "sim_speed", "seed", "status", "cost_usd")
_RUNS = KeptRun.__struct_fields__
_LOOKED_AT = 20
"""Studies under way at the same time that "last" looks behind."""
LAST_LETTER = "\U0010ffff"
"""A prefix with it stands behind every continuation of the prefix: an index finds what lies between."""


class Found(NamedTuple):
    """What a reference names."""

    what: Literal["run", "study"]
    id: str


class Studies:
    """The studies of an open history. Every method raises StorageError as the Store does."""

    def __init__(self, db: sqlite3.Connection, in_words: Callable[[], AbstractContextManager[None]]) -> None:
        self._db = db
        self._in_words = in_words

    def begin(self, head: StudyHead, at: str, command: Study) -> None:
        """Note a study before its first experiment, with what was asked."""
        row = (head.study_id, at, None, head.scenario, head.source, head.kind, head.provenance.value, head.sim_speed)
        more = (head.seed, "running", 0.0, os.getpid(), commands.encode(command).decode())
        with self._in_words():
            self._db.execute(
                f"INSERT INTO studies ({', '.join(_HEAD)}, worker, command) VALUES ({', '.join('?' * 13)})",
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

    def listed(self, limit: int, *, unfold: bool = False) -> tuple[KeptRun | KeptStudy, ...]:
        """The newest of what is kept, newest first: runs and folded studies, or with `unfold` every run."""
        with self._in_words():
            alone = "" if unfold else "WHERE study IS NULL "
            found: list[KeptRun | KeptStudy] = [
                _run(row)
                for row in self._db.execute(
                    f"SELECT {', '.join(_RUNS)}, worker FROM runs {alone}ORDER BY at DESC, rowid DESC LIMIT ?",
                    (limit,),
                )
            ]
            if unfold:
                return tuple(found)
            rows = self._db.execute(
                f"SELECT {', '.join(_HEAD)}, upshot, worker FROM studies ORDER BY at DESC, rowid DESC LIMIT ?", (limit,)
            ).fetchall()
            found += [self._study(row) for row in rows]
            return tuple(sorted(found, key=lambda kept: kept.at, reverse=True)[:limit])

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

    def _study(self, row: Sequence[Any]) -> KeptStudy:
        *head, upshot, worker = row
        values = dict(zip(_HEAD, head, strict=True))
        values["runs"], paid = self._db.execute(
            "SELECT count(*), total(cost_usd) FROM runs WHERE study = ?", (values["id"],)
        ).fetchone()
        values["cost_usd"] = max(values["cost_usd"], paid)  # the bill of one that has not ended is that of its runs
        values["status"] = status_of(values["status"], worker)
        values["upshot"] = None if upshot is None else msgspec.json.decode(upshot)
        return msgspec.convert(values, KeptStudy)


def _run(row: Sequence[Any]) -> KeptRun:
    *values, worker = row
    kept = msgspec.convert(dict(zip(_RUNS, values, strict=True)), KeptRun)
    return msgspec.structs.replace(kept, status=status_of(kept.status, worker))


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
