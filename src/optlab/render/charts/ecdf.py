"""The share of runs that were done within a time: read p50 and p90 straight off the curve, with their intervals."""

from collections.abc import Callable

from optlab.core.scenario import MetricName
from optlab.render.annotate import Bracket, annotate
from optlab.render.charts.chart import Chart, Draw, legend, mark, measured, no_runs, number, pairs, roomy, variants
from optlab.render.format import seconds
from optlab.render.plot import Axis, Series, finite, headroom, plot, ticks
from optlab.render.snapshot import Point, Snapshot
from optlab.render.styled import Lines, Palette

_SHARES = ((0.0, "0%"), (0.5, "50%"), (0.9, "90%"))
_ALL_SHARES = ((0.0, "0%"), (0.25, "25%"), (0.5, "50%"), (0.75, "75%"), (0.9, "90%"), (1.0, "100%"))
_MANY_ROWS = 16
_MARKS = 4
"""Marks on one line in a small chart."""


def _drawing(metric: MetricName, read: Callable[[Point], float | None]) -> Draw:
    def draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
        names = variants(snapshot)
        runs = {name: measured(snapshot, name) for name in names}
        waits = {name: sorted(x for x, _ in finite([(read(p), 0.0) for p in of])) for name, of in runs.items()}
        large = roomy(size)
        width, height = (size[0], size[1] - 1) if large else size
        right = headroom([x for of in waits.values() for x in of])
        steps = [
            Series(_steps(of, len(runs[name]), right), palette.of(index))
            for index, (name, of) in enumerate(waits.items())
        ]
        x = Axis(0.0, right, tuple((t, seconds(t) if t else "0") for t in ticks(0.0, right, max(2, width // 14))))
        y = Axis(0.0, 1.05, _ALL_SHARES if height >= _MANY_ROWS else _SHARES)
        if not large:  # where there is room the brackets have the marks
            steps += _marks(list(waits.values()), [len(of) for of in runs.values()], palette)
        drawn = plot(steps, x, y, (width, height), palette)
        if not large:
            return drawn
        brackets = _brackets(snapshot, metric, palette)
        return (*legend(names, width, palette), *annotate(drawn, (width, height), x, y, brackets=brackets))

    return draw


def _steps(waits: list[float], runs: int, right: float) -> tuple[tuple[float, float], ...]:
    """The corners of the stairs; failed runs count in the share, so the curve of an arm that failed stays below 1."""
    if not waits:
        return ()
    corners: list[tuple[float, float]] = []
    for done, wait in enumerate(waits, 1):
        corners += [(wait, (done - 1) / runs), (wait, done / runs)]
    return (*corners, (right, len(waits) / runs))


def _marks(waits: list[list[float]], runs: list[int], palette: Palette) -> list[Series]:
    """The mark of each variant on some corners of its stairs, each variant on others of them."""
    found = []
    for index, (of, count) in enumerate(zip(waits, runs, strict=True)):
        every = max(1, -(-len(of) // _MARKS))
        corners = [(wait, done / count) for done, wait in enumerate(of, 1)][index % every :: every]
        found.append(Series(tuple(corners), palette.of(index), joined=False, marker=mark(index)))
    return found


def _brackets(snapshot: Snapshot, metric: MetricName, palette: Palette) -> list[Bracket]:
    """The intervals of p50 and p90 at their heights, one row a variant so that none hides another."""
    found = []
    for index, name in enumerate(variants(snapshot)):
        summary = next((one for one in snapshot.variants if one.name == name), None)
        times = summary.metrics.get(metric) if summary else None
        if times is None:
            continue
        for height, middle, interval in ((0.5, times.p50, times.p50_interval), (0.9, times.p90, times.p90_interval)):
            found.append(
                Bracket(interval.low, interval.high, number(middle), height, palette.of(index), mark(index), index)
            )
    return found


ECDF = Chart(
    "ecdf",
    "f",
    "First",
    "Share with first text",
    "Runs that showed text within a time; brackets are p50 and p90 with intervals.",
    _drawing("first_visible", lambda point: point.first_visible_s),
    lambda snapshot: f"{pairs(snapshot)} · share of runs by seconds · p50, p90 with 95% intervals",
    no_runs,
)

ECDF_E2E = Chart(
    "ecdf-e2e",
    "e",
    "End",
    "Share with the whole answer",
    "Runs that were over within a time; brackets are p50 and p90 with intervals.",
    _drawing("e2e", lambda point: point.e2e_s),
    lambda snapshot: f"{pairs(snapshot)} · share of runs by seconds · p50, p90 with 95% intervals",
    no_runs,
)
