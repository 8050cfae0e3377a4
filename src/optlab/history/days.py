"""What the kept benchmarks of one scenario found, read from their reports without the rest of them."""

import sqlite3

import msgspec

from optlab.core.days import KeptArm, KeptDay
from optlab.core.record import Provenance
from optlab.core.report import Distribution
from optlab.core.verdict import Interval


class _Timed(msgspec.Struct):
    first_visible: Distribution | None = None


class _Variant(msgspec.Struct):
    name: str
    runs: int
    metrics: _Timed


class _Report(msgspec.Struct):
    variants: tuple[_Variant, ...]


def days(db: sqlite3.Connection, scenario: str, source: str, limit: int) -> tuple[KeptDay, ...]:
    """The newest benchmarks of a scenario that ended with a report, oldest first.

    Raises sqlite3.Error, and msgspec.DecodeError on a report that is none.
    """
    rows = db.execute(
        "SELECT id, at, provenance, sim_speed, report FROM runs "
        "WHERE scenario = ? AND source = ? AND report IS NOT NULL AND kind = 'benchmark' "
        "ORDER BY at DESC, rowid DESC LIMIT ?",
        (scenario, source, limit),
    )
    found = [
        KeptDay(run_id, at, Provenance(kind), speed, _arms(msgspec.json.decode(report, type=_Report)))
        for run_id, at, kind, speed, report in rows
    ]
    return tuple(reversed(found))


def _arms(report: _Report) -> tuple[KeptArm, ...]:
    return tuple(_arm(variant) for variant in report.variants)


def _arm(variant: _Variant) -> KeptArm:
    found = variant.metrics.first_visible
    if found is None:
        return KeptArm(variant.name, variant.runs, None, Interval(None, None))
    return KeptArm(variant.name, found.n, found.p50, found.p50_interval)
