"""What a judge that errs says about the truth: its pass rate, corrected by answers whose truth is known."""

import math
from statistics import NormalDist

from optlab.core.verdict import Interval
from optlab.stats.arguments import require_rate, require_share


def true_rate_from_judge(passed: int, n: int, sensitivity: float, specificity: float) -> float:
    """The share of right answers behind `passed` of `n` that a judge let pass, between 0 and 1.

    `sensitivity` is P(pass | right), `specificity` P(fail | wrong). (p + specificity - 1) / (sensitivity +
    specificity - 1), clipped. Rogan and Gladen, Am. J. Epidemiol. 1978.

    Raises ValueError when n is 0, passed is outside 0 .. n, a rate is outside [0, 1], or sensitivity + specificity
    <= 1: such a judge tells nothing.
    """
    require_share(passed, n)
    _require_rates(sensitivity, specificity)
    if n == 0:
        raise ValueError("a rate needs at least one answer")
    if sensitivity + specificity <= 1.0:
        raise ValueError("a judge must do better than chance: sensitivity + specificity must exceed 1")
    return _clipped((passed / n + specificity - 1.0) / (sensitivity + specificity - 1.0))


def judge_interval(
    p: float, specificity: float, sensitivity: float, n: int, m0: int, m1: int, confidence: float = 0.95
) -> Interval:
    """Interval of the share of right answers, when a judge passed a share `p` of `n` answers.

    `specificity` was estimated from `m0` answers known to be wrong, `sensitivity` from `m1` known to be right; their
    uncertainty is part of the interval, so a weak judge needs more labels, not more answers. A judge no better than
    chance gives (0, 1). Lang and Reiczigel, Prev. Vet. Med. 2014; arXiv 2511.21140.

    Raises ValueError when a rate is outside [0, 1], a count is negative, or confidence is outside (0, 1).
    """
    _require_rates(p, specificity, sensitivity)
    for count in (n, m0, m1):
        require_share(0, count)
    require_rate("confidence", confidence)
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    passed = (n * p + z * z / 2.0) / (n + z * z)
    q0, q1 = (m0 * specificity + 1.0) / (m0 + 2.0), (m1 * sensitivity + 1.0) / (m1 + 2.0)
    told = q0 + q1 - 1.0
    if told <= 0.0:
        return Interval(0.0, 1.0)
    rate = (passed + q0 - 1.0) / told
    noise_0, noise_1 = q0 * (1.0 - q0) / (m0 + 2.0), q1 * (1.0 - q1) / (m1 + 2.0)
    shift = 2.0 * z * z * (rate * noise_1 - (1.0 - rate) * noise_0)
    variance = passed * (1.0 - passed) / (n + z * z) + (1.0 - rate) ** 2 * noise_0 + rate**2 * noise_1
    margin = z * math.sqrt(variance) / told
    return Interval(_clipped(rate + shift - margin), _clipped(rate + shift + margin))


def _clipped(rate: float) -> float:
    return max(0.0, min(1.0, rate))


def _require_rates(*rates: float) -> None:
    if not all(0.0 <= rate <= 1.0 for rate in rates):
        raise ValueError("every rate must lie between 0 and 1")
