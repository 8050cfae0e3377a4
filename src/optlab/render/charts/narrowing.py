"""The confidence sequence of the primary saving, closing as pairs arrive: an interval that holds at every look."""

from typing import Literal

from optlab.core.metrics import BY_NAME
from optlab.render.annotate import Label, annotate
from optlab.render.charts.chart import FILLS, Chart, legend, mark, roomy, variants
from optlab.render.format import percent
from optlab.render.looks import Look
from optlab.render.plot import Axis, Series, plot, ticks
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette

_BETWEEN = 3
"""Columns between two looks that are marked."""
_LOWEST = -1.0
"""A loss below which nothing is drawn: twice the baseline."""


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    names = variants(snapshot)
    last = max([snapshot.planned_pairs, *(look.pairs for look in snapshot.looks)], default=1)
    low, high = _reach(snapshot)
    useful = snapshot.plan.smallest_useful if snapshot.plan else None
    width, height = (size[0], size[1] - 1) if roomy(size) else size
    x = Axis(0.5, last + 1.5, tuple((t, f"{t:.0f}") for t in ticks(0, last, max(2, width // 8), whole=True) if t >= 1))
    y = Axis(low, high, tuple((t, percent(t)) for t in ticks(low, high, max(2, (height - 2) // 3))))
    lines = ((useful, "╌"), (0.0, "─")) if useful else ((0.0, "─"),)
    series = [Series(((0.5, at), (last + 1.5, at)), palette.text, marker=marker) for at, marker in lines]
    alone = len(names) <= 2
    every = _BETWEEN * last * (1 if alone else 4 * len(names)) // max(1, width) + 1
    for index, name in enumerate(names):
        looks = [look for look in snapshot.looks if look.variant == name]
        series += _funnel(looks, palette, index, every, alone=alone)
    drawn = plot(series, x, y, (width, height), palette)
    if not roomy(size):
        return drawn
    apart = useful is not None and useful * height > high - low
    words = f"no difference; useful from {percent(useful)}" if useful and not apart else "no difference"
    labels = [Label(last + 1.5, 0.0, words, palette.text, "left")]
    if useful and apart:
        labels.append(Label(last + 1.5, useful, f"smallest useful, {percent(useful)}", palette.text, "left"))
    return (*legend(names, width, palette, first=1), *annotate(drawn, (width, height), x, y, labels))


def _reach(snapshot: Snapshot) -> tuple[float, float]:
    """Both ends of the axis of savings: what the later half of the looks takes, the lines, and not much more."""
    looks = snapshot.looks[len(snapshot.looks) // 2 :]
    ends = [end for look in looks for end in (look.low, look.high, look.estimate) if end is not None and end >= _LOWEST]
    useful = (snapshot.plan.smallest_useful if snapshot.plan else None) or 0.05
    low, high = min([-useful, *ends]), max([2 * useful, *ends])
    spare = 0.1 * (high - low)
    return max(_LOWEST, low - spare), min(1.0 + 0.02, high + spare)


def _funnel(looks: list[Look], palette: Palette, index: int, every: int, *, alone: bool) -> list[Series]:
    """Both bounds of one candidate, its mark at their ends and on every so many estimates, with bars where it is alone.

    The interval of a single look at the end stands behind them as a bar.
    """
    colour, glyph = palette.of(index), mark(index)
    series = [look for look in looks if not look.single]
    marked = series[::-1][(0 if alone else 3 * index) % every :: every]
    bounds = [_of(series, "low"), _of(series, "high")]
    bars = [Series(bar, palette.grid, marker="┊") for look in marked if alone and (bar := _bar(look))]
    lines = [Series(bound, colour) for bound in bounds]
    dots = [Series(_of(marked, "estimate"), colour, joined=False, marker=glyph)]
    if not alone:
        dots += [Series(bound[-1:], colour, joined=False, marker=glyph) for bound in bounds]
    ended = [look for look in looks if look.single]
    ends = [Series(bar, colour, marker="┃") for look in ended if (bar := _bar(look, 1.0))]
    ends += [Series(_of(ended, "estimate", 1.0), colour, joined=False, marker=glyph)]
    return [*bars, *lines, *dots, *ends]


def _of(
    looks: list[Look], what: Literal["low", "high", "estimate"], behind: float = 0.0
) -> tuple[tuple[float, float], ...]:
    found = ((look.pairs + behind, getattr(look, what)) for look in looks)
    return tuple((pairs, value) for pairs, value in found if value is not None)


def _bar(look: Look, behind: float = 0.0) -> tuple[tuple[float, float], ...]:
    """The interval of one look as a line; nothing where a side is open."""
    if look.low is None or look.high is None:
        return ()
    return (look.pairs + behind, look.low), (look.pairs + behind, look.high)


def _says(snapshot: Snapshot) -> str:
    pairs = max((look.pairs for look in snapshot.looks), default=0)
    metrics = dict.fromkeys(look.metric for look in snapshot.looks)
    what = ", ".join(BY_NAME[metric].title for metric in metrics)
    last = ", last bar: a single look" if any(look.single for look in snapshot.looks) else ""
    return f"n = {pairs} pairs · saving in {what} · estimate and interval at every look{last}"


def _missing(snapshot: Snapshot) -> str:
    if any(look.estimate is not None for look in snapshot.looks):
        return ""
    return "Only the end of this run is known, not how it came there." if snapshot.report else FILLS


NARROWING = Chart(
    "interval",
    "i",
    "Interval",
    "How sure, pair by pair",
    "Once its interval is off the line of no difference, a difference is proven.",
    _draw,
    _says,
    _missing,
)
