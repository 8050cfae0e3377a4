"""The charts. `CHARTS` is the table of contents; to add one, write a file that makes a `Chart` and put it here."""

from optlab.render.charts.answers import ANSWERS
from optlab.render.charts.boxes import BOXES
from optlab.render.charts.chart import Chart, mark, variants
from optlab.render.charts.cost import COST
from optlab.render.charts.days import DAYS
from optlab.render.charts.ecdf import ECDF, ECDF_E2E
from optlab.render.charts.hits import HITS
from optlab.render.charts.latency import LATENCY
from optlab.render.charts.narrowing import NARROWING
from optlab.render.charts.output import OUTPUT
from optlab.render.charts.trade import TRADE

CHARTS: tuple[Chart, ...] = (
    LATENCY,
    ECDF,
    ECDF_E2E,
    BOXES,
    NARROWING,
    COST,
    ANSWERS,
    TRADE,
    OUTPUT,
    HITS,
    DAYS,
)

SMALL: tuple[Chart, ...] = (LATENCY, ECDF, COST)
"""Those that are shown beside the results, small."""

__all__ = ["CHARTS", "SMALL", "Chart", "mark", "variants"]
