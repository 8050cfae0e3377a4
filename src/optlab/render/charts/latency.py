"""What the person waited, pair by pair in the order it was measured: drift, warm-up and outliers show here."""

from optlab.render.charts.chart import Chart, legend, mark, measured, no_runs, pairs, roomy, variants
from optlab.render.format import seconds
from optlab.render.plot import Axis, Series, finite, headroom, plot, ticks
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette

_APART = 1.5
"""Columns a pair from which every run has its mark; closer together they are lines with a mark here and there."""
_BETWEEN = 12
"""Columns between marks on a line."""


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    names = variants(snapshot)
    points = {name: finite([(p.pair + 1.0, p.first_visible_s) for p in measured(snapshot, name)]) for name in names}
    top = headroom([y for of in points.values() for _, y in of])
    last = max([snapshot.planned_pairs, *(p.pair + 1 for p in measured(snapshot))], default=1)
    large = roomy(size)
    width, height = (size[0], size[1] - 1) if large else size
    sparse = width >= _APART * last
    link = "┊" if large and sparse else "braille"
    links = [Series(of, palette.grid, marker=link) for of in _links(list(points.values()))]
    lines = [] if large and sparse else [Series(of, palette.of(index)) for index, of in enumerate(points.values())]
    if large:
        lines += [Series(of, palette.of(i), joined=False, marker="✗") for i, of in enumerate(_failed(snapshot, top))]
    every = 1 if large and sparse else _BETWEEN * last // max(1, width) + 1
    lines += _marks(list(points.values()), every, palette)
    drawn = plot((*links, *lines), _pairs(last, width), _waits(top, height), (width, height), palette)
    return (*legend(names, width, palette), *drawn) if large else drawn


def _links(series: list[tuple[tuple[float, float], ...]]) -> list[tuple[tuple[float, float], ...]]:
    """One upright line a pair, from its best to its worst: the length is the difference within the pair."""
    pairs: dict[float, list[float]] = {}
    for of in series:
        for x, y in of:
            pairs.setdefault(x, []).append(y)
    return [((x, min(ys)), (x, max(ys))) for x, ys in pairs.items() if len(ys) > 1]


def _failed(snapshot: Snapshot, top: float) -> list[tuple[tuple[float, float], ...]]:
    """The runs of each variant that failed, at the upper edge: nobody waited longer."""
    return [tuple((p.pair + 1.0, top) for p in measured(snapshot, name) if p.failed) for name in variants(snapshot)]


def _marks(series: list[tuple[tuple[float, float], ...]], every: int, palette: Palette) -> list[Series]:
    """The mark of each variant on every so many of its runs."""
    return [
        Series(of[index % every :: every], palette.of(index), joined=False, marker=mark(index))
        for index, of in enumerate(series)
    ]


def _pairs(last: int, width: int) -> Axis:
    marks = tuple((t, f"{t:.0f}") for t in ticks(0, max(last, 1), max(2, width // 8), whole=True) if t >= 1)
    return Axis(0.5, max(last, 1) + 0.5, marks)


def _waits(top: float, height: int) -> Axis:
    return Axis(0.0, top, tuple((t, seconds(t) if t else "0") for t in ticks(0.0, top, max(2, (height - 2) // 2))))


LATENCY = Chart(
    "latency",
    "w",
    "Wait",
    "Wait, pair by pair",
    "The wait for text in every measured run; an upright line joins a pair.",
    _draw,
    lambda snapshot: f"{pairs(snapshot)} · seconds by pair",
    no_runs,
)
