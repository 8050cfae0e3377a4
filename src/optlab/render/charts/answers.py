"""How good the answers were: the share that passed every check, and the difference to the baseline, with intervals."""

from optlab.core.report import Share
from optlab.core.verdict import Card
from optlab.render.canvas import Canvas, cells
from optlab.render.charts.chart import FILLS, Chart, mark, variants
from optlab.render.charts.rows import Scale, axis, interval
from optlab.render.format import points, saving_interval
from optlab.render.snapshot import Snapshot
from optlab.render.styled import RGB, Lines, Palette

_LONGEST_NAME = 20
_WORDS = 24
"""Columns for figures behind a row."""


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    width, height = size
    canvas = Canvas(width, height)
    names = variants(snapshot)
    left = min(_LONGEST_NAME, max((len(cells(name)) for name in names), default=0)) + 4
    columns = max(1, width - left - _WORDS)
    passed = _passed(snapshot)
    cards = [card for card in snapshot.cards if _bounded(card)]
    gap = 2 if height >= 2 * (len(passed) + len(cards)) + 6 + 2 * bool(cards) else 1
    scale = Scale(_floor(passed), 1.0, left, columns)
    canvas.put(0, 1, "passed every check", palette.text)
    row = gap
    for name, share in passed.items():
        index = names.index(name)
        canvas.put(row, 1, f"{mark(index)} {cells(name)}"[: left - 2], palette.of(index))
        _interval(canvas, row, scale, share.interval.low, share.interval.high, palette.of(index))
        canvas.put(row, scale.column(share.count / share.n), mark(index), palette.of(index))
        canvas.put(row, left + columns + 1, _counted(share)[: _WORDS - 1], palette.text)
        row += gap
    axis(canvas, row, scale, lambda value: f"{100 * value:.0f}%", palette)
    if cards:
        _differences(canvas, row + 2 + (gap > 1), cards, names, Scale(0.0, 1.0, left, columns), palette, gap)
    return canvas.lines()


def _passed(snapshot: Snapshot) -> dict[str, Share]:
    found = {summary.name: summary.shares.get("quality") for summary in snapshot.variants}
    names = variants(snapshot)
    return {name: share for name, share in found.items() if share is not None and share.n and name in names}


def _bounded(card: Card) -> bool:
    interval = card.quality.interval
    return card.quality.basis == "checks" and (interval.low is not None or interval.high is not None)


def _floor(passed: dict[str, Share]) -> float:
    """The lower end of the axis: a round tenth below all that is shown."""
    lowest = min((share.interval.low or 0.0 for share in passed.values()), default=0.0)
    return max(0.0, int(10 * lowest) / 10 - (0.1 if lowest < 1 else 0.0))


def _interval(canvas: Canvas, row: int, scale: Scale, low: float | None, high: float | None, colour: RGB) -> None:
    first, _, body = interval(canvas, row, scale, low, high)
    canvas.put(row, first, body, colour)


def _counted(share: Share) -> str:
    return f"{share.count} of {share.n} ({saving_interval(share.interval)})"


def _differences(
    canvas: Canvas, top: int, cards: list[Card], names: tuple[str, ...], whole: Scale, palette: Palette, gap: int
) -> None:
    """The interval of each difference, with a line at none and one at the loss that may not be."""
    ends = [end for card in cards for end in (card.quality.interval.low, card.quality.interval.high) if end is not None]
    margin = max(card.quality.margin for card in cards)
    reach = min(1.0, 1.15 * max(margin, *(abs(end) for end in ends)))
    scale = Scale(-reach, reach, whole.left, whole.columns)
    rows = range(top + 1, top + 1 + gap * len(cards))
    canvas.put(top, 1, "against the baseline", palette.text)
    for row in rows:
        canvas.put(row, scale.column(0.0), "│", palette.text)
        canvas.put(row, scale.column(-margin), "┊", palette.text)
    for at, card in enumerate(cards):
        row, found = top + gap + gap * at, card.quality.interval
        index = names.index(card.variant) if card.variant in names else at + 1
        canvas.put(row, 1, f"{mark(index)} {cells(card.variant)}"[: scale.left - 2], palette.of(index))
        _interval(canvas, row, scale, found.low, found.high, palette.of(index))
        canvas.put(row, scale.left + scale.columns + 1, card.quality.verdict[: _WORDS - 1], palette.text)
    row = rows[-1] + 1
    canvas.put(row, scale.left, "─" * scale.columns, palette.grid)
    if margin > 0:
        loss = f"margin {points(-margin)}"
        canvas.put(row, scale.column(-margin), "┊", palette.text)
        canvas.put(row + 1, max(0, scale.column(-margin) - len(loss)), loss, palette.text)
    canvas.put(row, scale.column(0.0), "│", palette.text)
    canvas.put(row + 1, scale.column(0.0) + (margin > 0), "no difference", palette.text)


def _says(snapshot: Snapshot) -> str:
    counts = {share.n for share in _passed(snapshot).values()}
    n = f"{counts.pop()}" if len(counts) == 1 else f"{min(counts)} to {max(counts)}" if counts else "0"
    return f"n = {n} answer{'' if n == '1' else 's'} a variant · share passed · 95% intervals"


def _missing(snapshot: Snapshot) -> str:
    if _passed(snapshot):
        return ""
    if snapshot.variants:
        return "No answer was checked; checks stand in the scenario file."
    return FILLS


ANSWERS = Chart(
    "answers",
    "a",
    "Answers",
    "Quality of the answers",
    "Answers that passed every check; the broken line is the loss to be excluded.",
    _draw,
    _says,
    _missing,
)
