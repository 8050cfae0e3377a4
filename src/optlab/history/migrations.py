"""The schema of the history as an ordered list of small steps; `user_version` counts how many were taken."""

import sqlite3
from collections.abc import Callable

Migration = Callable[[sqlite3.Connection], None]


def _runs_and_records(db: sqlite3.Connection) -> None:
    db.execute(
        """
        CREATE TABLE runs (
            id TEXT PRIMARY KEY, at TEXT NOT NULL, scenario TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL,
            provenance TEXT NOT NULL, sim_speed REAL NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL,
            cost_usd REAL NOT NULL, experiment TEXT NOT NULL, worker INTEGER NOT NULL, report TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE records (
            number INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), id TEXT NOT NULL UNIQUE,
            record TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX runs_by_time ON runs (at DESC)")
    db.execute("CREATE INDEX records_by_run ON records (run)")


def _judgements(db: sqlite3.Connection) -> None:
    db.execute(
        """
        CREATE TABLE judgements (
            number INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), id TEXT NOT NULL UNIQUE,
            judgement TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX judgements_by_run ON judgements (run)")


MIGRATIONS: tuple[Migration, ...] = (_runs_and_records, _judgements)


def migrate(db: sqlite3.Connection) -> None:
    """Bring an open history up to date, each step in a transaction of its own.

    Raises ValueError where the file was written by a newer optlab.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise ValueError(f"it has schema {version}, this optlab knows up to {len(MIGRATIONS)}")
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        db.execute("BEGIN IMMEDIATE")
        (now,) = db.execute("PRAGMA user_version").fetchone()
        if now >= number:  # another process was quicker
            db.execute("ROLLBACK")
            continue
        step(db)
        db.execute(f"PRAGMA user_version = {number}")
        db.execute("COMMIT")
