"""A cascade's bill from measured calls: what it saves against the big model alone, and how sure that is.

Where the big model answered only a random share of the passed items (an audit), each of those stands for several: its
weight is one over the chance of having been drawn (Horvitz and Thompson 1952).
"""

import math
from collections.abc import Sequence

from optlab.core.verdict import Interval
from optlab.stats.arguments import require_costs, require_paired, require_rate
from optlab.stats.proportions import wilson

__all__ = ["cascade_break_even_interval", "cascade_saving", "effective_number", "weighted_share"]


def effective_number(weights: Sequence[float]) -> float:
    """How many items of equal weight tell as much: (sum w)^2 / sum w^2 (Kish 1965). No items: 0.

    Raises ValueError on a weight that is negative or not finite.
    """
    require_costs("weights", weights)
    squares = math.fsum(w * w for w in weights)
    return math.fsum(weights) ** 2 / squares if squares else 0.0


def weighted_share(flags: Sequence[bool], weights: Sequence[float]) -> tuple[float | None, int, int]:
    """(share of the weight that is true, successes, n), the counts scaled to `effective_number` for an interval.

    With equal weights the counts are the plain ones. Without any weight the share is None.

    Raises ValueError on lists of different lengths or a weight that is negative or not finite.
    """
    require_paired(flags, weights)
    n = round(effective_number(weights))
    total = math.fsum(weights)
    if total <= 0.0:
        return None, 0, 0
    share = math.fsum(w for flag, w in zip(flags, weights, strict=True) if flag) / total
    return share, round(share * n), n


def cascade_saving(
    paid: Sequence[float],
    big: Sequence[float],
    escalated: Sequence[bool],
    weights: Sequence[float],
    confidence: float = 0.95,
) -> tuple[float | None, Interval]:
    """(saving against always asking the big model, its interval) as a share of the bill.

    `paid` is small and judge together, `big` the big model's call, in dollars per item; `escalated` items pay both.
    Sums, as money adds: saving = 1 - (sum paid + sum big over escalated) / sum big. None where big costs nothing.

    The interval carries Wilson's interval of the escalated share through the line that the bill is in it, and adds what
    the amounts vary among escalated and among passed items, as squares (method of variance estimates recovery, Zou and
    Donner, Stat. Med. 2008). With equal amounts it is Wilson's interval on that line; unlike a t interval of the bills
    it does not collapse where nothing, or everything, escalated. Fewer than three items: open.

    Raises ValueError on lists of different lengths, amounts or weights that are negative or not finite, or confidence
    outside (0, 1).
    """
    for other in (big, escalated, weights):
        require_paired(paid, other)
    for name, amounts in (("small and judge", paid), ("big", big), ("weights", weights)):
        require_costs(name, amounts)
    require_rate("confidence", confidence)
    rows = list(zip(paid, big, escalated, weights, strict=True))
    total = math.fsum(w * b for _, b, _, w in rows)
    if total <= 0.0:
        return None, Interval(None, None)
    ratio = math.fsum(w * (p + b * e) for p, b, e, w in rows) / total
    groups = [[(p + b * e - ratio * b, w) for p, b, e, w in rows if e is went and w > 0.0] for went in (True, False)]
    known = sum(map(len, groups))
    free = known - sum(map(bool, groups))
    if known < 3 or free < 1:
        return 1.0 - ratio, Interval(None, None)
    means = [_mean(group) for group in groups]
    weight = math.fsum(w for _, _, _, w in rows)
    shares = [math.fsum(w for _, w in group) / weight for group in groups]
    # With a side empty nobody has seen by how much the bill steps: by the whole price of the big model.
    mean_big = total / weight
    step = (means[0] - means[1]) / mean_big if all(groups) else 1.0
    within = _within(groups, means, shares, free, confidence) / mean_big
    n = round(weight)
    bounds = wilson(min(n, round(shares[0] * n)), n, confidence)
    assert bounds.low is not None and bounds.high is not None
    ends = sorted((step * (bounds.low - shares[0]), step * (bounds.high - shares[0])))
    low, high = ratio - math.hypot(min(ends[0], 0.0), within), ratio + math.hypot(max(ends[1], 0.0), within)
    return 1.0 - ratio, Interval(1.0 - high, 1.0 - low)


def cascade_break_even_interval(
    paid: Sequence[float], big: Sequence[float], weights: Sequence[float], confidence: float = 0.95
) -> Interval:
    """Interval of the break-even rate 1 - sum(paid) / sum(big): of the ratio of two bills, by weighted residues.

    With equal weights that is `ratio_interval`, turned round. Fewer than two items: open on both sides.

    Raises ValueError as `cascade_saving` does, and where big costs nothing.
    """
    require_paired(paid, big)
    require_paired(paid, weights)
    for name, amounts in (("small and judge", paid), ("big", big), ("weights", weights)):
        require_costs(name, amounts)
    require_rate("confidence", confidence)
    rows = [row for row in zip(paid, big, weights, strict=True) if row[2] > 0.0]
    total = math.fsum(w * b for _, b, w in rows)
    if rows and total <= 0.0:
        raise ValueError("a ratio to a big model that costs nothing is not defined")
    n = len(rows)
    if n < 2:
        return Interval(None, None)
    ratio = math.fsum(w * p for p, _, w in rows) / total
    squares = math.fsum((w * (p - ratio * b)) ** 2 for p, b, w in rows)
    margin = _t(confidence, n - 1) * math.sqrt(squares * n / (n - 1)) / total
    return Interval(1.0 - ratio - margin, 1.0 - ratio + margin)


def _within(
    groups: Sequence[Sequence[tuple[float, float]]],
    means: Sequence[float],
    shares: Sequence[float],
    free: int,
    confidence: float,
) -> float:
    """The margin that the amounts themselves leave, with one variance for both groups, in dollars an item."""
    squares = math.fsum((r - mean) ** 2 for group, mean in zip(groups, means, strict=True) for r, _ in group)
    spread = math.fsum(share**2 / len(group) for group, share in zip(groups, shares, strict=True) if group)
    return _t(confidence, free) * math.sqrt(squares / free * spread)


def _mean(group: Sequence[tuple[float, float]]) -> float:
    return math.fsum(w * r for r, w in group) / math.fsum(w for _, w in group) if group else 0.0


def _t(confidence: float, free: int) -> float:
    from scipy.stats import t

    return float(t.ppf((1.0 + confidence) / 2.0, free))
