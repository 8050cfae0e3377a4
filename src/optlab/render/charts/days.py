"""One scenario over days: what people waited in every kept benchmark, baseline and first candidate, with intervals."""

import math
from datetime import UTC, datetime

from optlab.core.days import KeptArm, KeptDay
from optlab.render.charts.chart import Chart, kind, legend, mark, number, roomy
from optlab.render.format import seconds
from optlab.render.plot import Axis, Series, finite, headroom, plot, ticks
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette

_SHOWN = ("baseline", "candidate")
_DAY_S = 86_400.0
_STEPS_S = tuple(60.0 * minutes for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720))


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    days = _comparable(snapshot)
    large = roomy(size)
    width, height = (size[0], size[1] - 1) if large else size
    series: list[Series] = []
    tops: list[float] = []
    for index in range(len(_SHOWN)):
        arms = [(_at(day), day.arms[index]) for day in days if len(day.arms) > index]
        points = finite([(at, number(arm.p50)) for at, arm in arms])
        bars = [bar for at, arm in arms if (bar := _bar(at, arm)) is not None]
        tops += [y for of in (points, *bars) for _, y in of]
        series += [Series(points, palette.grid), *(Series(bar, palette.of(index)) for bar in bars)]
        series.append(Series(points, palette.of(index), joined=False, marker=mark(index)))
    top = headroom(tops)
    y = Axis(0.0, top, tuple((t, seconds(t) if t else "0") for t in ticks(0.0, top, max(2, (height - 2) // 2))))
    x = _times([_at(day) for day in days], max(2, width // 12))
    drawn = plot(series, x, y, (width, height), palette)
    return (*legend(_SHOWN, width, palette), *drawn) if large else drawn


def _bar(at: float, arm: KeptArm) -> tuple[tuple[float, float], ...] | None:
    low, high = arm.interval.low, arm.interval.high
    return None if low is None or high is None else ((at, low), (at, high))


def _comparable(snapshot: Snapshot) -> tuple[KeptDay, ...]:
    """The kept benchmarks of the kind of figures that are shown; simulated and measured ones never share a chart."""
    here = kind(snapshot)
    return tuple(day for day in snapshot.days if day.provenance is here)


def _at(day: KeptDay) -> float:
    """When a benchmark began, in seconds of UTC since 1970."""
    return datetime.fromisoformat(day.at).timestamp()


def _times(at: list[float], count: int) -> Axis:
    """The axis of time: days by their dates or, within two days, hours and minutes of UTC."""
    first, last = min(at, default=0.0), max(at, default=0.0)
    spare = max(60.0, 0.04 * (last - first))
    low, high = first - spare, last + spare
    by_day = high - low > 2 * _DAY_S
    if by_day:
        step = _DAY_S * max(1, math.ceil((high - low) / count / _DAY_S))
    else:
        step = next((step for step in _STEPS_S if (high - low) / step <= count), _STEPS_S[-1])
    start = low - low % step + step
    places = [start + number * step for number in range(int(max(0.0, high - start) // step) + 1)]
    return Axis(low, high, tuple((place, _spelt(place, by_day=by_day)) for place in places if place <= high))


def _spelt(at: float, *, by_day: bool) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%b}" if by_day else f"{moment:%H:%M}"


def _says(snapshot: Snapshot) -> str:
    shown, all_of = len(_comparable(snapshot)), len(snapshot.days)
    other = f", {all_of - shown} of another kind left out" if all_of > shown else ""
    return f"n = {shown} benchmark{'s' * (shown != 1)} kept{other} · seconds to first visible text, p50 · UTC"


def _missing(snapshot: Snapshot) -> str:
    timed = (arm.p50 for day in _comparable(snapshot) for arm in day.arms)
    return "" if any(number(p50) is not None for p50 in timed) else "No benchmark of this scenario is kept yet."


DAYS = Chart(
    "days",
    "d",
    "Days",
    "This scenario over days",
    "What people waited in every kept benchmark of this scenario, with intervals.",
    _draw,
    _says,
    _missing,
)
