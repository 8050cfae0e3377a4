"""The trade-off: what a run costs against what the person waits, quality in words; there is no weighted score."""

from collections.abc import Callable
from itertools import pairwise

import msgspec

from optlab.core.metrics import BY_NAME
from optlab.core.report import VariantSummary
from optlab.core.scenario import MetricName
from optlab.core.trade_off import TradeOffPoint
from optlab.render.annotate import Label, annotate
from optlab.render.charts.chart import FILLS, Chart, mark, number, variants
from optlab.render.format import percent, seconds, usd
from optlab.render.plot import Axis, Series, plot, ticks
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette
from optlab.render.trade_off import place_words

_BEATEN = "○"


class _Spot(msgspec.Struct, frozen=True):
    """One variant where it is drawn: dollars, seconds, and words."""

    index: int
    name: str
    cost_usd: float
    latency_s: float
    mark: str
    words: str
    front: bool


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    spots = _spots(snapshot)
    x = _axis([spot.cost_usd for spot in spots], max(2, size[0] // 16), usd)
    y = _axis([spot.latency_s for spot in spots], max(2, (size[1] - 2) // 3), seconds)
    front = _faster(sorted((spot.cost_usd, spot.latency_s) for spot in spots if spot.front))
    series = [Series(_stairs(front), palette.grid)] if len(front) > 1 else []
    series += [
        Series(((spot.cost_usd, spot.latency_s),), palette.of(spot.index), joined=False, marker=spot.mark)
        for spot in spots
    ]
    labels = [
        Label(
            spot.cost_usd,
            spot.latency_s,
            f"{spot.name}{spot.words}",
            palette.of(spot.index),
            "left" if 2 * spot.cost_usd > x.low + x.high else "right",
            spot.name,
        )
        for spot in spots
    ]
    drawn = plot(series, x, y, size, palette)
    corner = Label(x.low, y.low, "better: down and to the left", palette.text)
    return annotate(drawn, size, x, y, (*labels, corner))


def _spots(snapshot: Snapshot) -> list[_Spot]:
    """Where every variant lies: by the trade-off of the report, before there is one by the figures as they stand."""
    names = variants(snapshot)
    found = snapshot.report.trade_off if snapshot.report else None
    if found is not None:
        return [
            _Spot(
                names.index(point.variant),
                point.variant,
                point.cost_usd,
                point.latency_s,
                _BEATEN if point.beaten_by else mark(names.index(point.variant)),
                _quality(point.quality) + f", {place_words(point)}",
                point.front and not point.beaten_by,
            )
            for point in found.points
            if point.latency_s is not None and point.variant in names
        ]
    spots = []
    for index, name in enumerate(names):
        summary = next((one for one in snapshot.variants if one.name == name), None)
        point = _figures(summary) if summary else None
        if point is not None and point.latency_s is not None:
            words = _quality(point.quality)
            spots.append(_Spot(index, name, point.cost_usd, point.latency_s, mark(index), words, front=False))
    return spots


def _figures(summary: VariantSummary) -> TradeOffPoint | None:
    cost, wait = summary.metrics.get("cost_usd"), summary.metrics.get("first_visible")
    if cost is None or wait is None:
        return None
    mean, middle = number(cost.mean), number(wait.p50)
    return None if mean is None else TradeOffPoint(summary.name, mean, middle, summary.quality.mean, front=False)


def _quality(mean: float | None) -> str:
    return "" if mean is None else f", quality {percent(mean)}"


def _axis(values: list[float], count: int, spell: Callable[[float], str]) -> Axis:
    """Around all values with room to spare, a tenth of them at least, so that next to nothing does not look like much.

    Never below nothing. Where figures have too few places to tell two ticks apart, the second is left out.
    """
    low, high = min(values, default=0.0), max(values, default=1.0)
    spare = max((high - low) / 4, high / 10, 1e-9)
    first, last = max(0.0, low - spare), high + spare
    places = {(spell(t) if t else "0"): t for t in reversed(ticks(first, last, count))}
    return Axis(first, last, tuple((t, words) for words, t in reversed(places.items())))


def _faster(front: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of the front from cheap to dear those that are faster than all before: who is there for quality is no step."""
    kept: list[tuple[float, float]] = []
    for cost, wait in front:
        if not kept or wait < kept[-1][1]:
            kept.append((cost, wait))
    return kept


def _stairs(front: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The edge of what nothing beats: level until something dearer is faster."""
    corners: list[tuple[float, float]] = [front[0]]
    for (_, before), (cost, wait) in pairwise(front):
        corners += [(cost, before), (cost, wait)]
    return tuple(corners)


def _latency(snapshot: Snapshot) -> MetricName:
    found = snapshot.report.trade_off if snapshot.report else None
    return found.latency if found else "first_visible"


def _says(snapshot: Snapshot) -> str:
    runs = {summary.runs for summary in snapshot.variants}
    n = " to ".join(str(end) for end in sorted({min(runs, default=0), max(runs, default=0)}))
    return f"n = {n} runs a variant · dollars a run (mean) by seconds ({BY_NAME[_latency(snapshot)].title}, p50)"


def _missing(snapshot: Snapshot) -> str:
    if _spots(snapshot):
        return ""
    return "Nothing here has both a price and a time." if snapshot.variants else FILLS


TRADE = Chart(
    "trade-off",
    "t",
    "Trade",
    "Trade-off: cost against wait",
    "What a run costs against what the person waits, quality beside it.",
    _draw,
    _says,
    _missing,
)
