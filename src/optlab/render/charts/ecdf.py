"""The share of runs that showed their first text within a time: read p50 and p90 straight off the curve."""

from optlab.render.charts.chart import Chart, measured_points, variants
from optlab.render.format import seconds
from optlab.render.plot import Axis, Series, finite, headroom, plot, ticks
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette

_SHARES = ((0.0, "0%"), (0.5, "50%"), (0.9, "90%"))


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    names = variants(snapshot)
    runs = {name: [p for p in snapshot.points if p.variant == name and p.phase == "measured"] for name in names}
    waits = {name: sorted(x for x, _ in finite([(p.first_visible_s, 0.0) for p in of])) for name, of in runs.items()}
    right = headroom([x for of in waits.values() for x in of])
    steps = [
        Series(_steps(of, len(runs[name]), right), palette.of(index)) for index, (name, of) in enumerate(waits.items())
    ]
    marks = tuple((t, seconds(t) if t else "0") for t in ticks(0.0, right, max(2, size[0] // 14)))
    return plot(steps, Axis(0.0, right, marks), Axis(0.0, 1.05, _SHARES), size, palette)


def _steps(waits: list[float], runs: int, right: float) -> tuple[tuple[float, float], ...]:
    """The corners of the stairs; failed runs count in the share, so the curve of an arm that failed stays below 1."""
    if not waits:
        return ()
    corners: list[tuple[float, float]] = []
    for number, wait in enumerate(waits, 1):
        corners += [(wait, (number - 1) / runs), (wait, number / runs)]
    return (*corners, (right, len(waits) / runs))


ECDF = Chart(
    "ecdf",
    "Share with first text",
    "the empirical distribution of the time to the first visible text, one curve a variant",
    _draw,
    measured_points,
)
