"""The interval of a mean over two things that were both drawn: items, and something crossed with them."""

import math
from collections.abc import Sequence
from statistics import fmean, variance

from optlab.core.verdict import Interval
from optlab.stats.arguments import require_numbers, require_rate
from optlab.stats.lengths import truncation_bound

_ROUNDING = 1e-24
"""Squares of differences below this are of rounding."""


def crossed_mean_interval(table: Sequence[Sequence[float]], confidence: float = 0.95) -> Interval:
    """The interval of the mean of `table`, whose rows are repetitions and whose columns are items, values in [-1, 1].

    mean +- t(f) sqrt(s_c^2 / items + s_r^2 / rows), with s_c and s_r the spreads of the means of the columns and of the
    rows (the second left out where there is one row), and f the degrees of freedom of that sum (Satterthwaite 1946):
    few rows that differ say little of how rows differ. The residual is counted in both, so it is rather too wide where
    items differ more than rows (covers 95 to 96%); where two rows differ far more it covers 89% (simulated). The
    moments of a two-way layout: Searle, Casella, McCulloch 1992. On both sides it is at least as wide as
    `truncation_bound(items, 0)`, which is what items that were not met leave possible: else the first item that
    differs would narrow it. Where no two items differ, rows that do widen that. One item: open.

    Raises ValueError on an empty table, rows of different lengths, NaN, or confidence outside (0, 1).
    """
    require_rate("confidence", confidence)
    if not table or not table[0] or any(len(row) != len(table[0]) for row in table):
        raise ValueError("a crossed table needs rows of one length, at least one value in each")
    for row in table:
        require_numbers("values", row)
    items = len(table[0])
    if items == 1:
        return Interval(None, None)
    columns = [fmean(column) for column in zip(*table, strict=True)]
    rows = [fmean(row) for row in table]
    by_item, by_row = variance(columns) / items, variance(rows) / len(rows) if len(rows) > 1 else 0.0
    mean = fmean(columns)
    half = unmet = truncation_bound(items, 0, confidence)
    if by_item > _ROUNDING or by_row > _ROUNDING:
        from scipy.stats import t

        freedom = by_item**2 / (items - 1) + (by_row**2 / (len(rows) - 1) if len(rows) > 1 else 0.0)
        spread = by_item + by_row
        seen = float(t.ppf((1.0 + confidence) / 2.0, spread**2 / freedom)) * math.sqrt(spread)
        half = math.hypot(seen, unmet) if by_item <= _ROUNDING else max(seen, unmet)
    return Interval(max(-1.0, mean - half), min(1.0, mean + half))
