"""Tests that may be looked at after every pair: evidence by betting, verdicts and intervals that stay honest.

A bet starts with one dollar and wins only if the hypothesis is false. If the hypothesis is true, the chance that the
money ever reaches 1 / a is at most a (Ville 1939), so looking often costs nothing. E is the money; the room works
with ln E.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

import msgspec

from optlab.core.verdict import Interval, Verdict
from optlab.stats.arguments import require_n_max, require_numbers, require_rate, require_side
from optlab.stats.paired import MAD_TO_SD, capped, shifted, signed_rank_p

_STAKES = (0.15, 0.3, 0.6, 1.2, 2.4)
_FACTORS = 32
_FIRST_SCALE = 0.35
_PAIRS_BEFORE_SCALE = 6
_SMALLEST_SCALE = 0.02
_CLIP = 2.5
_SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
_WIDEST_CENTRE = 6.0
_CENTRE_TOLERANCE = 1e-13
_LN2 = math.log(2.0)


class Decision(msgspec.Struct, frozen=True):
    """A verdict on log ratios, the pairs it rests on, and ln E of the four bets at that pair.

    `final` is False while further pairs may still change the verdict. The bets: the candidate is faster, it is slower,
    a gain of delta_min is excluded, an equal loss is excluded.
    """

    verdict: Verdict
    pairs: int
    final: bool
    log_e_better: float
    log_e_worse: float
    log_e_no_gain: float
    log_e_no_loss: float


def log_e_path(log_ratios: Sequence[float], theta0: float = 0.0, side: int = 1) -> list[float]:
    """ln E after every pair, for the bet that the centre of the log ratios lies above theta0 (side -1: below).

    The bet is on the signs: E_n is the mean over stakes L of the product of 2 / (1 + exp(-2 L side x_i)), where x_i =
    (d_i - theta0) / s_i clipped to +-2.5 and s_i is 0.35 for the first six pairs, then 1.4826 * MAD of the *earlier*
    pairs, at least 0.02. E exceeds 1 / a with probability at most a if the d_i are symmetric about a centre on the
    other side of theta0; at theta0 = 0 the random order of the two calls guarantees that by itself. Log ratios in ln
    units, infinite ones count as +-20; no pairs give []. Randomisation tests by betting: arXiv 2512.04366.

    Raises ValueError on NaN, a theta0 that is not finite, or a side other than +1 and -1.
    """
    require_numbers("theta0", [theta0])
    require_side(side)
    ratios = capped(log_ratios)
    bet = _SignBet(theta0, side)
    return [bet.after(ratio, scale) for ratio, scale in zip(ratios, _scales(ratios), strict=True)]


class _SignBet:
    """One bet on the signs of log ratios around theta, for one side, carried from pair to pair."""

    def __init__(self, theta: float, side: int) -> None:
        self._theta = theta
        self._side = side
        self._logs = [0.0] * len(_STAKES)

    def after(self, ratio: float, scale: float) -> float:
        x = max(-_CLIP, min(_CLIP, (ratio - self._theta) / scale))
        step = -2.0 * self._side * x
        self._logs = [
            log + _LN2 - math.log1p(math.exp(stake * step)) for log, stake in zip(self._logs, _STAKES, strict=True)
        ]
        return _log_mean_exp(self._logs)


def _log_e(pairs: Sequence[tuple[float, float]], theta: float, side: int) -> float:
    """What the bet of `_SignBet` stands at after all pairs, for a search that asks for many theta.

    Every stake is twice the one before, so one exponential squared again and again serves all of them, and a logarithm
    is taken once a batch of factors (each at most 1 + e^12, so that no product overflows).
    """
    step, exp = -2.0 * side * _STAKES[0], math.exp
    xs = [(ratio - theta) / scale for ratio, scale in pairs]
    losses = [exp(step * (_CLIP if x > _CLIP else -_CLIP if x < -_CLIP else x)) for x in xs]
    logs = []
    for _ in _STAKES:
        factors = [1.0 + loss for loss in losses]
        batches = (factors[start : start + _FACTORS] for start in range(0, len(factors), _FACTORS))
        logs.append(len(xs) * _LN2 - sum(math.log(math.prod(batch)) for batch in batches))
        losses = [loss * loss for loss in losses]
    return _log_mean_exp(logs)


def _log_mean_exp(logs: Sequence[float]) -> float:
    top = max(logs)
    return top + math.log(math.fsum(math.exp(log - top) for log in logs) / len(logs))


def _scales(ratios: Sequence[float]) -> Iterator[float]:
    """s_1, s_2, ..: each from the pairs before it only, and the same for every theta, so paths can share them."""
    past: list[float] = []
    for ratio in ratios:
        if len(past) < _PAIRS_BEFORE_SCALE:
            yield _FIRST_SCALE
        else:
            yield max(_SMALLEST_SCALE, MAD_TO_SD * _sorted_mad(past))
        insort(past, ratio)


def _sorted_mad(ordered: Sequence[float]) -> float:
    """The median absolute deviation of values already in order, in O(log n)."""
    half, odd = divmod(len(ordered), 2)
    centre = ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2.0
    upper = _nearest(ordered, centre, half + 1)
    return upper if odd else (_nearest(ordered, centre, half) + upper) / 2.0


def _nearest(ordered: Sequence[float], centre: float, count: int) -> float:
    """The distance from `centre` to its count-th nearest value; the nearest values stand side by side in the order."""
    starts = range(len(ordered) - count)
    window = bisect_left(starts, True, key=lambda at: centre - ordered[at] <= ordered[at + count] - centre)
    return max(abs(centre - ordered[window]), abs(ordered[window + count - 1] - centre))


def confidence_sequence(log_ratios: Sequence[float], alpha: float = 0.05) -> Interval:
    """The centres of the log ratios that neither side rejects at 2 / alpha, valid at every number of pairs at once.

    In ln units, infinite ratios count as +-20; 1 - exp(-theta) is the saving. Ends are searched on [-6, 6];
    an end that evidence has not reached there is open, and an end beyond is reported as +-6. No pairs: open on both
    sides. The bets are those of `log_e_path`; inverting them: Howard, Ramdas, McAuliffe, Sekhon, Ann. Statist. 2021.

    Raises ValueError on NaN or alpha outside (0, 1).
    """
    require_rate("alpha", alpha)
    ratios = capped(log_ratios)
    pairs = list(zip(ratios, _scales(ratios), strict=True))
    return Interval(_end(pairs, 1, math.log(2.0 / alpha)), _end(pairs, -1, math.log(2.0 / alpha)))


def _end(pairs: Sequence[tuple[float, float]], side: int, threshold: float) -> float | None:
    """Where the bet that the centre lies above (side -1: below) theta stops being won.

    The two ends cannot cross: ln of each product is concave in the stake, so at one theta at most one side gains.
    """

    def excess(theta: float) -> float:
        return _log_e(pairs, theta, side) - threshold

    outside, inside = -side * _WIDEST_CENTRE, side * _WIDEST_CENTRE
    if excess(outside) < 0.0:
        return None
    if excess(inside) >= 0.0:
        return inside
    from scipy.optimize import brentq  # the excess is finite, continuous and falls from one end to the other

    return float(brentq(excess, outside, inside, xtol=_CENTRE_TOLERANCE))


def decide(log_ratios: Sequence[float], n_max: int, delta_min: float = 0.05, alpha: float = 0.05) -> Decision:
    """The verdict on the pairs so far, `log_ratios` in the order in which the pairs started.

    After every pair: "better" or "worse" once the bet on a gain or a loss reaches 2 / alpha, "negligible" once bets
    have excluded both a relative gain of delta_min and an equal loss. At n_max, once more, with half of alpha left:
    the exact signed-rank test, where excluding the gain is enough. Else "undecided". Each claim is wrong with
    probability at most alpha. Pairs beyond n_max are ignored; no pairs are undecided and not final.

    Log ratios in ln units (positive: the candidate is faster), infinite ones count as +-20.
    Raises ValueError on NaN, n_max < 1, or delta_min or alpha outside (0, 1).
    """
    require_n_max(n_max)
    require_rate("delta_min", delta_min)
    require_rate("alpha", alpha)
    ratios = capped(log_ratios)[:n_max]
    evidence = _Evidence(-math.log1p(-delta_min), math.log(2.0 / alpha))
    for ratio, scale in zip(ratios, _scales(ratios), strict=True):
        word = evidence.after(ratio, scale)
        if word is not None:
            return evidence.decision(word, final=True)
    if len(ratios) < n_max:
        return evidence.decision("undecided", final=False)
    return evidence.decision(evidence.last_look(ratios, alpha / 2.0), final=True)


class _Evidence:
    """The four bets of a decision, after some number of pairs."""

    def __init__(self, useful: float, threshold: float) -> None:
        self._useful = useful
        self._threshold = threshold
        self._pairs = 0
        self._bets = (_SignBet(0.0, 1), _SignBet(0.0, -1), _SignBet(useful, -1), _SignBet(-useful, 1))
        self._log_es = [0.0] * 4
        self._gain_excluded = False
        self._loss_excluded = False

    def after(self, ratio: float, scale: float) -> Verdict | None:
        """The verdict this pair settles, if it settles one."""
        self._pairs += 1
        self._log_es = [bet.after(ratio, scale) for bet in self._bets]
        better, worse, no_gain, no_loss = (log_e >= self._threshold for log_e in self._log_es)
        self._gain_excluded |= no_gain
        self._loss_excluded |= no_loss
        if better:
            return "better"
        if worse:
            return "worse"
        return "negligible" if self._gain_excluded and self._loss_excluded else None

    def last_look(self, ratios: Sequence[float], error: float) -> Verdict:
        """The verdict at n_max when no bet has settled it."""
        if signed_rank_p(ratios) <= error:
            return "better"
        opposite = [-ratio for ratio in ratios]
        if signed_rank_p(opposite) <= error:
            return "worse"
        excluded = self._gain_excluded or signed_rank_p(shifted(opposite, self._useful)) <= error
        return "negligible" if excluded else "undecided"

    def decision(self, verdict: Verdict, final: bool) -> Decision:
        return Decision(verdict, self._pairs, final, *self._log_es)


def bounded_mean_log_e_path(xs: Sequence[float], mean0: float, low: float, high: float, side: int = 1) -> list[float]:
    """ln E after every value, for the bet that the mean of values in [low, high] is above mean0 (side -1: below).

    E_n is the mean over shares f of the product of 1 + f (y_i - m) / m, with y and m the values and mean0 rescaled to
    [0, 1] (side -1: mirrored). It exceeds 1 / a with probability at most a when the mean is on the other side, for
    any distribution within the bounds. All arguments in the unit of `xs`; no values give []. Betting: Waudby-Smith
    and Ramdas, JRSS B 2024.

    Raises ValueError on NaN, values outside [low, high], mean0 not strictly inside, or a side other than +1 and -1.
    """
    require_numbers("bounds", [low, high, mean0])
    require_side(side)
    if not low < mean0 < high:
        raise ValueError(f"mean0 must lie strictly between {low} and {high}, got {mean0}")
    if not all(low <= x <= high for x in xs):
        raise ValueError(f"every value must lie between {low} and {high}")
    floor, reach = (low, mean0 - low) if side == 1 else (high, high - mean0)
    logs, path = [0.0] * len(_SHARES), []
    for x in xs:
        gain = side * (x - floor) / reach - 1.0
        logs = [log + math.log1p(share * gain) for log, share in zip(logs, _SHARES, strict=True)]
        path.append(_log_mean_exp(logs))
    return path


def noninferiority_log_e_path(differences: Sequence[float], margin: float) -> list[float]:
    """ln E after every item, for the bet that the mean difference candidate - baseline lies above -margin.

    Differences of scores in [-1, 1]; the bet is `bounded_mean_log_e_path` with low -1, high 1, mean0 -margin. No items
    give []. Raises ValueError on NaN, differences outside [-1, 1], or margin outside (0, 1).
    """
    require_rate("margin", margin)
    return bounded_mean_log_e_path(differences, -margin, -1.0, 1.0)
