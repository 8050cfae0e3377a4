"""The one list of what is kept, newest first: any page of it, of one scenario, of what holds some words."""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from optlab.core.commands import ListHistory
from optlab.core.report import KeptRun
from optlab.core.study import KeptStudy
from optlab.history.alive import status_of

_RUN = tuple(name for name in KeptRun.__struct_fields__ if name not in ("asked", "verdicts"))
_STUDY = tuple(name for name in KeptStudy.__struct_fields__ if name not in ("asked", "upshot", "runs"))
_TOLD = "CASE status WHEN 'running' THEN told(status, worker) ELSE status END"
_SEEN = f"at || ' ' || scenario || ' ' || kind || ' ' || provenance || ' ' || {_TOLD} || ' ' || asked || ' ' || id"
_RUN_WORDS = f"{_SEEN} || ' ' || verdicts"
_STUDY_WORDS = f"{_SEEN} || ' ' || coalesce(json_extract(upshot, '$.word', '$.levers'), '')"


class _Where(NamedTuple):
    """What follows the name of each table, and the values that its question marks stand for."""

    runs: str
    studies: str | None
    values: tuple[str, ...]


def listed(db: sqlite3.Connection, wanted: ListHistory) -> tuple[tuple[KeptRun | KeptStudy, ...], int | None]:
    """One page, and where `wanted.counted` how many there are in all. Raises sqlite3.Error and msgspec.DecodeError."""
    db.create_function("told", 2, status_of, deterministic=True)
    where = _where(wanted)
    found = _page(db, where, wanted.limit, wanted.offset)
    if not wanted.counted:
        return found, None
    queries = [f"SELECT count(*) FROM runs{where.runs}"]
    if where.studies is not None:
        queries.append(f"SELECT count(*) FROM studies{where.studies}")
    return found, sum(db.execute(query, where.values).fetchone()[0] for query in queries)


def _where(wanted: ListHistory) -> _Where:
    if wanted.study is not None:
        return _Where(" WHERE study = ?", None, (wanted.study,))
    terms, values = [], []
    if wanted.scenario is not None:
        terms.append("scenario = ?")
        values.append(wanted.scenario)
    words = wanted.words.split()
    values += [f"%{_literal(word)}%" for word in words]

    def narrowed(table: str, seen: str, *more: str) -> str:
        every = (*more, *terms, *(f"{seen} LIKE ? ESCAPE '\\'" for _ in words))
        wide = f" INDEXED BY {table}_by_words" if words and not wanted.unfold else ""
        return wide + (f" WHERE {' AND '.join(every)}" if every else "")

    if wanted.unfold:
        return _Where(narrowed("runs", _RUN_WORDS), None, tuple(values))
    studies = narrowed("studies", _STUDY_WORDS)
    return _Where(narrowed("runs", _RUN_WORDS, "study IS NULL"), studies, tuple(values))


def _literal(word: str) -> str:
    """A word in which nothing stands for something else."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _page(db: sqlite3.Connection, where: _Where, limit: int, offset: int) -> tuple[KeptRun | KeptStudy, ...]:
    """Rows are found in the indexes alone, and only those of the page are read."""
    keys = f"SELECT at, 0 AS kept, rowid AS number FROM runs{where.runs}"
    values: tuple[object, ...] = where.values
    if where.studies is not None:
        keys += f" UNION ALL SELECT at, 1, rowid FROM studies{where.studies}"
        values += where.values
    query = f"{keys} ORDER BY at DESC, number DESC LIMIT ? OFFSET ?"
    found = db.execute(query, (*values, limit, offset)).fetchall()
    runs = {row[0]: _run(row[1:]) for row in _rows(db, "runs", (*_RUN, "asked", "verdicts", "worker"), found, 0)}
    studies = {
        row[0]: _study(db, row[1:]) for row in _rows(db, "studies", (*_STUDY, "asked", "upshot", "worker"), found, 1)
    }
    return tuple((studies if kept else runs)[number] for _, kept, number in found)


def _rows(
    db: sqlite3.Connection, table: str, columns: Sequence[str], found: Sequence[tuple[str, int, int]], kept: int
) -> list[tuple[Any, ...]]:
    numbers = [number for _, which, number in found if which == kept]
    if not numbers:
        return []
    marks = ", ".join("?" * len(numbers))
    return db.execute(f"SELECT rowid, {', '.join(columns)} FROM {table} WHERE rowid IN ({marks})", numbers).fetchall()


def _run(row: Sequence[Any]) -> KeptRun:
    *values, asked, verdicts, worker = row
    kept = dict(zip(_RUN, values, strict=True))
    kept |= {"status": status_of(kept["status"], worker), "asked": _words(asked), "verdicts": _words(verdicts)}
    return msgspec.convert(kept, KeptRun)


def _study(db: sqlite3.Connection, row: Sequence[Any]) -> KeptStudy:
    *values, asked, upshot, worker = row
    kept = dict(zip(_STUDY, values, strict=True))
    kept["runs"], paid = db.execute(
        "SELECT count(*), total(cost_usd) FROM runs WHERE study = ?", (kept["id"],)
    ).fetchone()
    kept["cost_usd"] = max(kept["cost_usd"], paid)  # the bill of one that has not ended is that of its runs
    kept["upshot"] = None if upshot is None else msgspec.json.decode(upshot)
    kept |= {"status": status_of(kept["status"], worker), "asked": _words(asked)}
    return msgspec.convert(kept, KeptStudy)


def _words(kept: str) -> list[str]:
    return msgspec.json.decode(kept, type=list[str]) if kept else []
