"""Many questions at once: p values and e-values that stay honest when a whole table of them is read."""

from collections.abc import Sequence

from optlab.stats.arguments import require_numbers, require_rate

_SLACK = 1e-12
"""An e-value that meets its bar exactly may miss it by rounding; this much, relative, is forgiven."""


def holm(ps: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order of `ps`: those at most alpha hold a false alarm with probability at most alpha.

    The k-th smallest of L is multiplied by L - k + 1, never falls below the one before it, and is at most 1. Valid
    under any dependence. Holm, Scand. J. Statist. 1979. No p values give [].

    Raises ValueError on p values outside [0, 1] or NaN.
    """
    _require_p_values(ps)
    adjusted, floor = [0.0] * len(ps), 0.0
    for done, at in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        floor = max(floor, min(1.0, (len(ps) - done) * ps[at]))
        adjusted[at] = floor
    return adjusted


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order of `ps`: among those at most alpha, a share of at most alpha is expected false.

    For independent or positively dependent p values. Benjamini and Hochberg, JRSS B 1995. No p values give [].

    Raises ValueError on p values outside [0, 1] or NaN.
    """
    _require_p_values(ps)
    if not ps:
        return []
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(ps)]


def e_bh(es: Sequence[float], alpha: float = 0.05) -> list[int]:
    """Positions, ascending, of the e-values (not their logarithms) that may be called discoveries.

    The k largest of L, with k the largest number for which the k-th largest is at least L / (alpha k). A share of at
    most alpha of them is expected false, under any dependence. Wang and Ramdas, JRSS B 2022. No e-values give [].

    Raises ValueError on e-values below 0 or NaN, or alpha outside (0, 1). +inf is welcome.
    """
    require_rate("alpha", alpha)
    require_numbers("e-values", es, infinite=True)
    if any(e < 0.0 for e in es):
        raise ValueError("e-values must not be negative")
    largest_first = sorted(range(len(es)), key=es.__getitem__, reverse=True)
    bar = len(es) / alpha * (1.0 - _SLACK)
    kept = max((k for k, at in enumerate(largest_first, 1) if k * es[at] >= bar), default=0)
    return sorted(largest_first[:kept])


def _require_p_values(ps: Sequence[float]) -> None:
    if not all(0.0 <= p <= 1.0 for p in ps):
        raise ValueError("every p value must lie between 0 and 1")
