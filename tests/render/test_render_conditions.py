"""Below a table of times: service time, and what the instrument itself takes."""

import pytest
from render_builders import STREAMING, report

from optlab.core.record import Provenance
from optlab.core.report import Report
from optlab.render.comparison import comparison_grid
from optlab.render.conditions import SERVICE_TIME, condition_lines, near_floor


def test_times_are_said_to_be_service_time_once_and_the_floor_is_told() -> None:
    assert condition_lines(report(STREAMING)) == [
        SERVICE_TIME,
        "the client itself takes 1.0 ms; smaller differences say nothing",
    ]
    fast = report(STREAMING, sim_speed=20.0)
    assert condition_lines(fast)[1] == "the client itself takes 20.0 ms at speed 20; smaller differences say nothing"
    assert condition_lines(report(STREAMING, provenance=Provenance.MEASURED)) == [SERVICE_TIME]
    assert condition_lines(report(STREAMING, floor_ms=None)) == [SERVICE_TIME]
    assert condition_lines(report(STREAMING, variants=())) == []


@pytest.mark.parametrize(
    ("floor_ms", "changed", "below"),
    [(3499.0, {}, False), (3501.0, {}, True), (3501.0, {"provenance": Provenance.MEASURED}, False)],
)
def test_a_difference_below_the_floor_is_not_reported(floor_ms: float, changed: dict[str, object], below: bool) -> None:
    """First visible: 4 s and 0.5 s, so 3.5 s apart."""
    made: Report = report(STREAMING, floor_ms=floor_ms, **changed)
    (visible,) = [c for c in made.comparisons if c.metric == "first_visible"]
    (cost,) = [c for c in made.comparisons if c.metric == "cost_usd"]
    assert near_floor(made, visible) is below
    assert not near_floor(made, cost)
    first = comparison_grid(made).rows[0]
    assert (first[-1] == "below what the client itself takes") is below


def test_equal_times_have_no_difference_to_hide() -> None:
    made = report(STREAMING, floor_ms=100.0)
    (whole,) = [c for c in made.comparisons if c.metric == "e2e"]
    assert not near_floor(made, whole)
