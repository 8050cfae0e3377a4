"""The charts. `CHARTS` is the table of contents; to add one, write a file that makes a `Chart` and put it here."""

from optlab.render.charts.chart import Chart, variants
from optlab.render.charts.cost import COST
from optlab.render.charts.ecdf import ECDF
from optlab.render.charts.latency import LATENCY

CHARTS: tuple[Chart, ...] = (LATENCY, ECDF, COST)

__all__ = ["CHARTS", "Chart", "variants"]
