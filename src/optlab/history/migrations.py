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


def _studies(db: sqlite3.Connection) -> None:
    """Studies, each run with the one it was made for. `end` is the event it ended with, `command` what was asked.

    Runs of earlier studies are told by their kind and their id, ID-1, ID-2, …; how those studies ended nobody knows.
    """
    db.execute(
        """
        CREATE TABLE studies (
            id TEXT PRIMARY KEY, at TEXT NOT NULL, ended TEXT, scenario TEXT NOT NULL, source TEXT NOT NULL,
            kind TEXT NOT NULL, provenance TEXT NOT NULL, sim_speed REAL NOT NULL, seed INTEGER NOT NULL,
            status TEXT NOT NULL, cost_usd REAL NOT NULL, worker INTEGER NOT NULL, command TEXT, upshot TEXT, end TEXT
        ) STRICT
        """
    )
    db.execute("ALTER TABLE runs ADD COLUMN study TEXT")
    db.execute(
        "UPDATE runs SET study = rtrim(rtrim(id, '0123456789'), '-') "
        "WHERE kind NOT IN ('benchmark', 'race') AND id GLOB '?*-[0-9]*' AND rtrim(id, '0123456789') GLOB '*-'"
    )
    db.execute(
        "INSERT INTO studies (id, at, ended, scenario, source, kind, provenance, sim_speed, seed, status, cost_usd, "
        "worker) SELECT study, min(at), max(at), scenario, source, kind, provenance, sim_speed, seed, 'unknown', "
        "sum(cost_usd), worker FROM runs WHERE study IS NOT NULL GROUP BY study ORDER BY min(at)"
    )
    # Ascending: read backwards they give the newest first, and of the same time what was written last.
    db.execute("CREATE INDEX studies_by_time ON studies (at)")
    db.execute("CREATE INDEX studies_by_end ON studies (coalesce(ended, at))")
    db.execute("CREATE INDEX runs_by_study ON runs (study, cost_usd) WHERE study IS NOT NULL")
    db.execute("CREATE INDEX single_runs_by_time ON runs (at) WHERE study IS NULL")
    db.execute("DROP INDEX runs_by_time")
    db.execute("CREATE INDEX runs_by_time ON runs (at)")


MIGRATIONS: tuple[Migration, ...] = (_runs_and_records, _judgements, _studies)


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
