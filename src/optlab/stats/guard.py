"""Guards: what must not get worse. Each is held (proven), broken (proven), or open (not settled yet)."""

import math
from collections.abc import Sequence
from typing import Literal

from optlab.stats.arguments import require_n_max, require_rate
from optlab.stats.lengths import truncation_bound
from optlab.stats.paired import shifted, signed_rank_p
from optlab.stats.sequential import log_e_path

GuardState = Literal["held", "broken", "open"]

_ROUNDING = 1e-9


def guard_no_loss(log_ratios: Sequence[float], n_max: int, delta: float = 0.05, alpha: float = 0.05) -> GuardState:
    """Is the candidate less than a relative `delta` slower? Log ratios ln(base / candidate) in order of start.

    With h = -ln(1 - delta): "held" once the bet that the centre lies above -h reaches 2 / alpha, "broken" once the bet
    that it lies below does, whichever comes first; at n_max by the exact signed-rank test of d + h at alpha / 2; else
    "open". Pairs beyond n_max are ignored. Sources: `log_e_path`, `signed_rank_p`.

    Raises ValueError on NaN, n_max < 1, or delta or alpha outside (0, 1).
    """
    require_n_max(n_max)
    require_rate("delta", delta)
    require_rate("alpha", alpha)
    h = -math.log1p(-delta)
    threshold = math.log(2.0 / alpha)
    held, broken = log_e_path(log_ratios, -h, 1)[:n_max], log_e_path(log_ratios, -h, -1)[:n_max]
    for no_loss, loss in zip(held, broken, strict=True):
        if no_loss >= threshold:
            return "held"
        if loss >= threshold:
            return "broken"
    if len(held) < n_max:
        return "open"
    above = shifted(log_ratios[:n_max], h)
    if signed_rank_p(above) <= alpha / 2.0:
        return "held"
    return "broken" if signed_rank_p([-ratio for ratio in above]) <= alpha / 2.0 else "open"


def guard_share(n: int, exceeded: int, epsilon: float, alpha: float = 0.05) -> GuardState:
    """Is the share of calls over a limit at most `epsilon`, when `exceeded` of `n` calls were over it?

    "held" when the one-sided upper bound of the share is at most epsilon, "broken" when its one-sided lower bound is
    above, each at confidence 1 - alpha (Clopper and Pearson 1934); else "open". n = 0 is open.

    Raises ValueError when exceeded is outside 0 .. n, or epsilon or alpha are outside (0, 1).
    """
    require_rate("epsilon", epsilon)
    require_rate("alpha", alpha)
    if truncation_bound(n, exceeded, 1.0 - alpha) <= epsilon:
        return "held"
    # The lower bound of a share is one minus the upper bound of its complement. One call of one over the limit bounds
    # the share by alpha exactly, so at epsilon = alpha rounding alone would call the guard broken.
    lower = 1.0 - truncation_bound(n, n - exceeded, 1.0 - alpha)
    return "broken" if lower > epsilon + _ROUNDING else "open"
