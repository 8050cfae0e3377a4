"""What the person waited, pair by pair in the order it was measured: drift, warm-up and outliers show here."""

from optlab.render.charts.chart import Chart, measured_points, variants
from optlab.render.format import seconds
from optlab.render.plot import Axis, Series, finite, headroom, plot, ticks
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    names = variants(snapshot)
    points = {
        name: finite(
            [(p.pair + 1.0, p.first_visible_s) for p in snapshot.points if p.variant == name and p.phase == "measured"]
        )
        for name in names
    }
    top = headroom([y for of in points.values() for _, y in of])
    planned = snapshot.plan.pairs if snapshot.plan else 0
    last = max([planned, *(int(x) for of in points.values() for x, _ in of)], default=1)
    links = [Series(link, palette.grid) for link in _links(list(points.values()))]
    lines = [Series(of, palette.of(index)) for index, of in enumerate(points.values())]
    return plot((*links, *lines), _pairs(last, size[0]), _waits(top, size[1]), size, palette)


def _links(series: list[tuple[tuple[float, float], ...]]) -> list[tuple[tuple[float, float], ...]]:
    """One upright line a pair, from its best to its worst: the length is the difference within the pair."""
    pairs: dict[float, list[float]] = {}
    for of in series:
        for x, y in of:
            pairs.setdefault(x, []).append(y)
    return [((x, min(ys)), (x, max(ys))) for x, ys in pairs.items() if len(ys) > 1]


def _pairs(last: int, width: int) -> Axis:
    marks = tuple((t, f"{t:.0f}") for t in ticks(0, max(last, 1), max(2, width // 8), whole=True) if t >= 1)
    return Axis(0.5, max(last, 1) + 0.5, marks)


def _waits(top: float, height: int) -> Axis:
    return Axis(0.0, top, tuple((t, seconds(t) if t else "0") for t in ticks(0.0, top, max(2, (height - 2) // 2))))


LATENCY = Chart(
    "latency",
    "Wait, pair by pair",
    "time to the first visible text of every measured run, in order; an upright line joins the runs of a pair",
    _draw,
    measured_points,
)
