"""The noise the method is tried on: latencies that drift and spike, bills of a cascade, three odd distributions."""

from collections.abc import Callable
from typing import Final

import numpy as np

from optlab import stats as s

Array = np.ndarray


def pair_ratios(
    rng: np.random.Generator, runs: int, pairs: int, sigma: float, saving: float = 0.0
) -> list[list[float]]:
    """ln(base / candidate) of `pairs` pairs in each of `runs` runs."""
    drift = 0.3 * np.sin(rng.uniform(0, 2 * np.pi, (runs, 1)) + np.arange(2 * pairs) / 20)
    spikes = np.where(rng.random((runs, 2 * pairs)) < 0.03, rng.uniform(2, 6, (runs, 2 * pairs)), 1.0)
    calls = (spikes * np.exp(rng.normal(0, sigma, (runs, 2 * pairs)) + drift)).reshape(runs, pairs, 2)
    swapped = rng.random((runs, pairs)) < 0.5
    base = np.where(swapped, calls[..., 1], calls[..., 0])
    candidate = np.where(swapped, calls[..., 0], calls[..., 1]) * (1.0 - saving)
    return [s.log_ratios(b, c) for b, c in zip(base.tolist(), candidate.tolist(), strict=True)]


def escalating(rng: np.random.Generator, pairs: int, escalation: float) -> tuple[list[float], list[float]]:
    """Bills of the big model and of a cascade (small 0.333, judge 0.1) that breaks even at 0.567."""
    base = np.exp(rng.normal(0, 0.3, pairs))
    return base.tolist(), (base * (0.433 + (rng.random(pairs) < escalation))).tolist()


SHAPES: Final[dict[str, Callable[[Array], Array]]] = {
    "log-normal": lambda u: np.exp(0.5 * _normal(u)),
    "bimodal": lambda u: np.where(u < 0.7, 0.8 + u, 4.0 + 3 * u),
    "tied": lambda u: np.round(2 * np.exp(0.5 * _normal(u))) / 2,
}
"""Quantile functions; of uniform numbers they make samples, of p they are the truth."""


def _normal(u: Array) -> Array:
    from scipy.special import ndtri

    return ndtri(u)
