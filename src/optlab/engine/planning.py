"""How many pairs a question takes, and what so many pairs show."""

import math
from collections.abc import Sequence
from statistics import median

HEADROOM = 1.25
"""Planned pairs are this many times the textbook number: spikes and the split error rate cost some power."""


def typical(ratios: Sequence[float]) -> float | None:
    """The median saving of these pairs; infinite ratios count as the cap of all ratios, 20."""
    return 1 - math.exp(-max(-20.0, min(20.0, median(ratios)))) if ratios else None
