"""The plot facade and the charts: exact sizes, our own ticks, and no number that could end the process."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_script import recorded

from optlab.render.charts import SMALL as CHARTS
from optlab.render.charts.cost import bar
from optlab.render.plot import Axis, Series, finite, parse_sgr, plot, ticks
from optlab.render.snapshot import Snapshot, fold
from optlab.render.styled import Palette, Span, plain

COLOURS = Palette((150, 150, 150), (60, 60, 60), ((1, 2, 3), (4, 5, 6)))


def finished() -> Snapshot:
    snapshot = Snapshot()
    for event in recorded():
        snapshot = fold(snapshot, event)
    return snapshot


def test_sgr_becomes_spans() -> None:
    lines = parse_sgr("\x1b[0m\x1b[38;2;1;2;3mab\x1b[0mc\nd\x1b[1;38;2;4;5;6me\x1b[39mf\n")
    assert lines == (
        (Span("ab", (1, 2, 3)), Span("c")),
        (Span("d"), Span("e", (4, 5, 6)), Span("f")),
    )


def test_other_escapes_never_come_through() -> None:
    assert "\x1b" not in plain(parse_sgr("\x1b]0;gotcha\x07a\x1b[2Jb"))


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [(0, 10, 5, (0, 2, 4, 6, 8, 10)), (0, 1, 4, (0, 0.25, 0.5, 0.75, 1)), (0, 5.06, 3, (0, 2, 4)), (3, 3, 4, (3,))],
)
def test_ticks_are_round(low: float, high: float, count: int, expected: tuple[float, ...]) -> None:
    assert ticks(low, high, count) == pytest.approx(expected)


def test_whole_ticks_are_whole() -> None:
    assert ticks(0, 12, 5, whole=True) == (0, 5, 10)
    assert ticks(0, 1, 9, whole=True) == (0, 1)


@given(st.lists(st.tuples(st.floats(), st.one_of(st.none(), st.floats())), max_size=8))
def test_only_finite_points_are_painted(points: list[tuple[float, float | None]]) -> None:
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in finite(points))


@pytest.mark.parametrize("size", [(40, 10), (12, 4), (11, 9), (1, 1), (0, 0), (90, 5)])
def test_a_plot_has_exactly_its_size_whatever_the_numbers(size: tuple[int, int]) -> None:
    hostile = ((1.0, math.nan), (math.inf, 1.0), (2.0, 1e300), (1.0, 2.0), (2.0, 3.0))
    axis = Axis(0.0, 4.0, ((0.0, "0"), (2.0, "\x1b]0;gotcha\x07")))
    lines = plot([Series(hostile, (1, 2, 3)), Series((), (4, 5, 6))], axis, axis, size, COLOURS)
    assert [sum(len(span.text) for span in line) for line in lines] == [size[0]] * size[1]
    assert "\x1b" not in plain(lines)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
@pytest.mark.parametrize("size", [(58, 7), (28, 6), (96, 14), (3, 2), (80, 1)])
def test_every_chart_fills_its_size(chart: object, size: tuple[int, int]) -> None:
    for snapshot in (finished(), Snapshot()):
        lines = chart.draw(snapshot, size, COLOURS)  # type: ignore[attr-defined]
        assert [sum(len(span.text) for span in line) for line in lines] == [size[0]] * size[1]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_charts_know_whether_they_have_data(chart: object) -> None:
    assert chart.ready(finished()) and not chart.ready(Snapshot())  # type: ignore[attr-defined]


def test_charts_show_both_variants_in_their_own_colours() -> None:
    for chart in CHARTS:
        spans = [span for line in chart.draw(finished(), (58, 12), COLOURS) for span in line if span.text.strip()]
        assert {COLOURS.of(0), COLOURS.of(1)} <= {span.colour for span in spans}, chart.name


def test_failed_runs_and_warm_ups_are_not_plotted() -> None:
    snapshot = finished()
    failed = tuple(msgspec.structs.replace(p, first_visible_s=None, e2e_s=None) for p in snapshot.points)
    for chart in CHARTS:
        chart.draw(msgspec.structs.replace(snapshot, points=failed), (58, 12), COLOURS)
    assert any(p.phase == "cold" for p in snapshot.points)


def test_a_class_that_a_variant_was_not_billed_for_takes_no_line() -> None:
    snapshot = finished()
    first, second = snapshot.variants
    cached = msgspec.structs.replace(second, cost=msgspec.structs.replace(second.cost, cache_read_usd=0.001))
    cost = next(chart for chart in CHARTS if chart.name == "cost")
    text = plain(cost.draw(msgspec.structs.replace(snapshot, variants=(first, cached)), (40, 5), COLOURS))
    assert [row.split()[0] for row in text.splitlines() if row[0] != " "] == ["input", "read", "output"]
    assert text.count("$") == 5


def test_bars_are_an_eighth_of_a_cell_exact() -> None:
    assert bar(0.5, 4) == "██  "
    assert bar(5 / 32, 4) == "▋   "
    assert bar(1e-9, 4) == "▏   "
    assert bar(0.0, 4) == "    " and bar(7.0, 2) == "██"
