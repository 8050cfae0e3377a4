"""The trade-off in words: every variant on three axes, and what is decided between them."""

from optlab.core.metrics import BY_NAME
from optlab.core.trade_off import TradeOff, TradeOffPoint
from optlab.render import format as spell
from optlab.render.tables import Grid

HEADING = "Trade-off: what no other variant beats on everything"


def trade_off_grid(found: TradeOff) -> Grid:
    """One row a variant: mean cost of a run, median latency, quality where it was checked, and its place."""
    checked = any(point.quality is not None for point in found.points)
    header = (
        "variant",
        "cost, mean",
        f"{BY_NAME[found.latency].title}, p50",
        *(("quality",) if checked else ()),
        "place",
    )
    return Grid(header, tuple(_row(point, checked=checked) for point in found.points))


def _row(point: TradeOffPoint, *, checked: bool) -> tuple[str, ...]:
    quality = (spell.percent(point.quality),) if checked else ()
    wait = spell.seconds("inf" if point.latency_s is None else point.latency_s)
    return (point.variant, spell.usd(point.cost_usd), wait, *quality, place_words(point))


def place_words(point: TradeOffPoint) -> str:
    """Where a variant stands, in a few words."""
    broken = f", guard broken: {', '.join(point.broken)}" if point.broken else ""
    return f"{_stands(point)}{broken}"


def _stands(point: TradeOffPoint) -> str:
    if point.beaten_by:
        return f"beaten by {', '.join(point.beaten_by)}"
    on = "on the front" if point.front else "behind by its figures"
    return f"{on}, undecided against {', '.join(point.tied_with)}" if point.tied_with else on
