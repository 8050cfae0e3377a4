"""The cost verdict. Money adds and ratios do not, so it rests on sums, never on the typical ratio of two costs."""

import math
from collections.abc import Callable, Sequence
from statistics import fmean, stdev

import msgspec

from optlab.core.verdict import Interval, Verdict
from optlab.stats.arguments import require_costs, require_n_max, require_paired, require_rate
from optlab.stats.paired import ratio_interval
from optlab.stats.sequential import bounded_mean_log_e_path

_ROUNDING = 1e-9
"""Sums of the same prices taken in another order differ by less than this, relative to the sum."""

_WIDEST_LOG_RATIO = 20.0
_LOG_RATIO_TOLERANCE = 1e-9


class CostDecision(msgspec.Struct, frozen=True):
    """A verdict on the bill and the pairs it rests on; `final` is False while further pairs may still change it."""

    verdict: Verdict
    pairs: int
    final: bool


def decide_cost(
    base: Sequence[float],
    candidate: Sequence[float],
    base_max: float,
    candidate_max: float,
    n_max: int,
    delta_min: float = 0.05,
    alpha: float = 0.05,
) -> CostDecision:
    """The verdict on the sum of costs, in dollars per item of the same items in the order in which they started.

    `base_max` and `candidate_max` are the largest costs one call can have (its max_tokens full). After every pair the
    bets of `bounded_mean_log_e_path` at 2 / alpha: on b - c, and for "negligible" on both c - (1 - delta_min) b and
    (1 + delta_min) b - c. At n_max `ratio_interval` at 1 - alpha: below 1 "better", above 1 "worse", above 1 -
    delta_min "negligible", else "undecided"; each only where a t test of c - q b against 0 (q the bound) agrees. That
    interval leans on how the dear calls fell: with one call in five six times as dear it alone would call 9.6% of 12
    pairs of equals cheaper. Pairs of equal costs are negligible at n_max; against a baseline that costs nothing a
    candidate is negligible if it costs nothing too, else worse. Pairs beyond n_max are ignored.

    Betting: Waudby-Smith and Ramdas, JRSS B 2024. Ratio estimator: Cochran 1977. The t test: Fieller, JRSS B 1954.
    Raises ValueError on lists of different lengths, costs that are negative, not finite or above their largest,
    n_max < 1, or delta_min or alpha outside (0, 1).
    """
    require_paired(base, candidate)
    require_n_max(n_max)
    require_rate("delta_min", delta_min)
    require_rate("alpha", alpha)
    b = _within("baseline costs", base, base_max)[:n_max]
    c = _within("candidate costs", candidate, candidate_max)[:n_max]
    # With a largest cost of 0 the mean to bet against lies on the edge of the range: nothing can be won on the way.
    if base_max > 0.0 and candidate_max > 0.0:
        early = _on_the_way(b, c, base_max, candidate_max, delta_min, math.log(2.0 / alpha))
        if early is not None:
            return early
    if len(b) < n_max:
        return CostDecision("undecided", len(b), final=False)
    return CostDecision(_last_look(b, c, delta_min, alpha), n_max, final=True)


def decide_cost_once(
    base: Sequence[float], candidate: Sequence[float], delta_min: float = 0.05, alpha: float = 0.05
) -> CostDecision:
    """The last look of `decide_cost` alone, on costs in dollars per item: half of alpha a claim, nothing bet before.

    For averages over repeats, whose items were bet on before by their first rows: a second path of bets would spend
    half of alpha once more.

    Raises ValueError on lists of different lengths, no items, costs that are negative or not finite, or delta_min or
    alpha outside (0, 1).
    """
    require_paired(base, candidate)
    require_n_max(len(base))
    require_costs("baseline costs", base)
    require_costs("candidate costs", candidate)
    require_rate("delta_min", delta_min)
    require_rate("alpha", alpha)
    return CostDecision(_last_look(base, candidate, delta_min, alpha), len(base), final=True)


def _within(name: str, costs: Sequence[float], largest: float) -> list[float]:
    require_costs(name, costs)
    require_costs(f"the largest of {name}", [largest])
    if any(cost > largest * (1.0 + _ROUNDING) for cost in costs):
        raise ValueError(f"{name} must not exceed the largest cost {largest}, got {max(costs)}")
    return [min(cost, largest) for cost in costs]


def _on_the_way(
    b: Sequence[float], c: Sequence[float], b_max: float, c_max: float, delta_min: float, threshold: float
) -> CostDecision | None:
    """The first verdict a bet settles, if any."""
    kept, raised = 1.0 - delta_min, 1.0 + delta_min
    saved = [x - y for x, y in zip(b, c, strict=True)]
    gain = bounded_mean_log_e_path(saved, 0.0, -c_max, b_max, 1)
    loss = bounded_mean_log_e_path(saved, 0.0, -c_max, b_max, -1)
    above = [y - kept * x for x, y in zip(b, c, strict=True)]
    below = [raised * x - y for x, y in zip(b, c, strict=True)]
    no_gain = bounded_mean_log_e_path(above, 0.0, -kept * b_max, c_max)
    no_loss = bounded_mean_log_e_path(below, 0.0, -c_max, raised * b_max)
    gain_excluded = loss_excluded = False
    for pairs, (better, worse, flat_above, flat_below) in enumerate(zip(gain, loss, no_gain, no_loss, strict=True), 1):
        gain_excluded |= flat_above >= threshold
        loss_excluded |= flat_below >= threshold
        if better >= threshold:
            return CostDecision("better", pairs, final=True)
        if worse >= threshold:
            return CostDecision("worse", pairs, final=True)
        if gain_excluded and loss_excluded:
            return CostDecision("negligible", pairs, final=True)
    return None


def _last_look(b: Sequence[float], c: Sequence[float], delta_min: float, alpha: float) -> Verdict:
    if all(math.isclose(x, y, rel_tol=_ROUNDING) for x, y in zip(b, c, strict=True)):
        return "negligible"
    if math.fsum(b) == 0.0:
        return "worse"
    interval = ratio_interval(b, c, 1.0 - alpha)
    if interval.low is None or interval.high is None:
        return "undecided"
    kept = 1.0 - delta_min
    if interval.high < 1.0 and _t(b, c, 1.0) < -_critical(b, alpha):
        return "better"
    if interval.low > 1.0 and _t(b, c, 1.0) > _critical(b, alpha):
        return "worse"
    return "negligible" if interval.low > kept and _t(b, c, kept) > _critical(b, alpha) else "undecided"


def smallest_bill_saving(
    base: Sequence[float], candidate: Sequence[float], alpha: float = 0.05, power: float = 0.9
) -> float:
    """The smallest relative saving in the bill that so many items show with this power, at most 1; costs in dollars.

    (t(1 - alpha/2) + t(power)) sd(c - b) / (sqrt(n) mean(b)), both quantiles with n - 1 degrees of freedom: how far
    from 0 the mean of c - b must lie for the t test of `decide_cost` to be passed so often. It replaces the quantile of
    the noncentral t by a sum, which is right within a few percent from 6 items on.

    Raises ValueError on lists of different lengths, fewer than 2 items, costs that are negative or not finite, a base
    that costs nothing, or alpha or power outside (0, 1).
    """
    require_paired(base, candidate)
    require_costs("baseline costs", base)
    require_costs("candidate costs", candidate)
    require_rate("alpha", alpha)
    require_rate("power", power)
    if len(base) < 2 or math.fsum(base) == 0.0:
        raise ValueError("what saving is visible takes two items and a baseline that costs something")
    sd = stdev(y - x for x, y in zip(base, candidate, strict=True))
    errors = _critical(base, alpha) + _critical(base, 2.0 * (1.0 - power))
    return min(1.0, errors * sd / (math.sqrt(len(base)) * fmean(base)))


def _critical(b: Sequence[float], alpha: float) -> float:
    from scipy.stats import t

    return float(t.ppf(1.0 - alpha / 2.0, len(b) - 1))


def _t(b: Sequence[float], c: Sequence[float], ratio: float) -> float:
    """Student's t of c - ratio b; its sign alone where that does not vary."""
    apart = [y - ratio * x for x, y in zip(b, c, strict=True)]
    sd = stdev(apart)
    return math.copysign(math.inf, fmean(apart)) if sd == 0.0 else fmean(apart) * math.sqrt(len(apart)) / sd


def cost_sequence(
    base: Sequence[float], candidate: Sequence[float], base_max: float, candidate_max: float, alpha: float = 0.05
) -> Interval:
    """The ratios of the two bills, mean(c) / mean(b), that no bet of `decide_cost` has excluded at any pair so far.

    Arguments as there. A ratio q is excluded from above once the bet on q b - c, from below once that on c - q b has
    reached 2 / alpha. Valid at every number of pairs at once, where `ratio_interval` holds at one look only, and much
    wider. Ends not reached between e^-20 and e^20 are open, both where either largest cost is 0. At q = 1 it agrees
    with "better" and "worse" on the way. Betting: Waudby-Smith and Ramdas, JRSS B 2024.

    Raises ValueError as `decide_cost` does.
    """
    require_paired(base, candidate)
    require_rate("alpha", alpha)
    b, c = _within("baseline costs", base, base_max), _within("candidate costs", candidate, candidate_max)
    if not b or base_max <= 0.0 or candidate_max <= 0.0:
        return Interval(None, None)

    def below(log_ratio: float) -> float:
        q = math.exp(log_ratio)
        saved = [q * x - y for x, y in zip(b, c, strict=True)]
        return max(bounded_mean_log_e_path(saved, 0.0, -candidate_max, q * base_max))

    def above(log_ratio: float) -> float:
        q = math.exp(log_ratio)
        lost = [y - q * x for x, y in zip(b, c, strict=True)]
        return max(bounded_mean_log_e_path(lost, 0.0, -q * base_max, candidate_max))

    threshold = math.log(2.0 / alpha)
    return Interval(_ratio_end(above, -_WIDEST_LOG_RATIO, threshold), _ratio_end(below, _WIDEST_LOG_RATIO, threshold))


def _ratio_end(log_e: Callable[[float], float], outside: float, threshold: float) -> float | None:
    """The ratio at which the bet stops being won, on the way from `outside` to the other end of the range."""
    if log_e(outside) < threshold:
        return None
    from scipy.optimize import brentq  # log_e is finite, continuous and monotone

    return math.exp(float(brentq(lambda at: log_e(at) - threshold, outside, -outside, xtol=_LOG_RATIO_TOLERANCE)))
