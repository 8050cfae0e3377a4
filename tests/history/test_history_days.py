"""What is kept of one scenario, in as few figures as a chart takes: benchmarks with a report, oldest first."""

from pathlib import Path

import msgspec
import pytest
from test_history_store import EXPERIMENT, report

from optlab.catalogue import Cost
from optlab.core.days import KeptArm
from optlab.core.record import Provenance
from optlab.core.report import CacheCount, Distribution, QualityCount, VariantSummary
from optlab.core.usage import Usage
from optlab.core.verdict import Interval
from optlab.history import Store

OPEN = Interval(None, None)


def summary(name: str, p50: float | None) -> VariantSummary:
    times = Distribution(7, p50, Interval(p50, None), None, OPEN, None, OPEN, p50, p50)
    metrics = {} if p50 is None else {"first_visible": times}
    return VariantSummary(
        name, (), "m", 9, 0, Usage(), Cost(), metrics, QualityCount(None, 0, 0), CacheCount(None, 0, 0), {}
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "history.sqlite3")


def keep(store: Store, run: str, at: str, *p50: float | None, kind: str = "benchmark", over: bool = True) -> None:
    store.begin(run, at, kind, EXPERIMENT, Provenance.SIMULATED, 50.0)
    if over:
        arms = tuple(summary(f"v{number}", value) for number, value in enumerate(p50))
        store.finish(msgspec.structs.replace(report(run), variants=arms))


def test_benchmarks_of_one_scenario_oldest_first(store: Store) -> None:
    keep(store, "b", "2026-01-02T00:00:00+00:00", 4.0, None)
    keep(store, "a", "2026-01-01T00:00:00+00:00", 2.0)
    keep(store, "race", "2026-01-03T00:00:00+00:00", 9.0, kind="race")
    keep(store, "broken", "2026-01-04T00:00:00+00:00", over=False)
    days = store.days("Test", "test.toml", 10)
    assert [(day.id, day.at[:10], day.provenance, day.sim_speed) for day in days] == [
        ("a", "2026-01-01", Provenance.SIMULATED, 50.0),
        ("b", "2026-01-02", Provenance.SIMULATED, 50.0),
    ]
    assert days[1].arms == (KeptArm("v0", 7, 4.0, Interval(4.0, None)), KeptArm("v1", 9, None, OPEN))
    assert store.days("Test", "other.toml", 10) == () == store.days("Other", "test.toml", 10)


def test_no_more_than_asked_for_and_the_newest_of_them(store: Store) -> None:
    for number in range(1, 6):
        keep(store, f"r{number}", f"2026-01-0{number}T00:00:00+00:00", 1.0)
    assert [day.id for day in store.days("Test", "test.toml", 2)] == ["r4", "r5"]
