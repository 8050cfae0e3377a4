"""Dollars by billing class of token: where the money of each variant goes. Drawn by hand, an eighth of a cell exact."""

from optlab.catalogue import Cost
from optlab.core.report import VariantSummary
from optlab.render.charts.chart import FILLS, Chart, legend, mark, roomy, variants
from optlab.render.format import usd
from optlab.render.plot import fitted
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette, Span

CLASSES: tuple[tuple[str, str], ...] = (
    ("input", "input_usd"),
    ("write 5m", "cache_write_5m_usd"),
    ("write 1h", "cache_write_1h_usd"),
    ("read", "cache_read_usd"),
    ("output", "output_usd"),
)
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LABEL = 9
_FIGURE = 9
_MARK = 2


def bar(share: float, width: int) -> str:
    """A horizontal bar of `share` of `width` cells, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    if share > 0 and eighths == 0:
        eighths = 1  # little is not nothing
    full, part = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[part] if part else "")).ljust(width)


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    large = roomy(size)
    width, height = (size[0], size[1] - 2) if large else size
    classes = [(label, field) for label, field in CLASSES if any(_of(v, field) for v in snapshot.variants)]
    highest = max((_of(v, field) for v in snapshot.variants for _, field in classes), default=0.0)
    room = max(1, width - _LABEL - _FIGURE - _MARK - 1)
    lines: list[tuple[Span, ...]] = []
    shown = [
        [(index, _of(variant, field)) for index, variant in enumerate(snapshot.variants) if _of(variant, field)]
        for _, field in classes
    ]
    spread = height >= sum(len(of) + 1 for of in shown)
    for (label, _), of in zip(classes, shown, strict=True):
        for number, (index, value) in enumerate(of):
            lines.append(
                (
                    Span((label if number == 0 else "").ljust(_LABEL), palette.text),
                    Span(mark(index).ljust(_MARK) + bar(value / highest, room), palette.of(index)),
                    Span(" " + usd(value).rjust(_FIGURE), palette.text),
                )
            )
        if spread:
            lines.append(())
    drawn = fitted(tuple(lines), width, height)
    return (*legend(variants(snapshot), width, palette), *fitted(((),), width, 1), *drawn) if large else drawn


def _of(summary: VariantSummary, field: str) -> float:
    cost: Cost = summary.cost
    return float(getattr(cost, field))


def _says(snapshot: Snapshot) -> str:
    runs = sum(variant.runs for variant in snapshot.variants)
    return f"n = {runs} runs and their warm-ups · dollars in all"


COST = Chart(
    "cost",
    "c",
    "Cost",
    "Cost by class of token",
    "Everything billed so far, the warm-up included, by class of token.",
    _draw,
    _says,
    lambda snapshot: "" if any(v.cost.total_usd for v in snapshot.variants) else FILLS,
)
