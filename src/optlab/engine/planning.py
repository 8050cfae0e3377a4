"""How many pairs a question takes, and what so many pairs show."""

import math
from collections.abc import Sequence
from statistics import median

from optlab.stats import pairs_needed

HEADROOM = 1.25
"""Planned pairs are this many times the textbook number: spikes and the split error rate cost some power."""


def fewest_pairs(alpha: float) -> int:
    """From so many pairs on a verdict on time is possible at all: ceil(log2(2 / alpha)), 6 at 0.05."""
    return math.ceil(math.log2(2 / alpha))


def pairs_for(sd: float, effect: float, alpha: float, seen: int) -> int | None:
    """Pairs in all that would show this relative effect; more than were seen, for those did not. None: unknown."""
    if sd <= 0 or not 0 < effect < 1:
        return None
    return max(seen + 1, math.ceil(HEADROOM * pairs_needed(sd, effect, alpha)))


def typical(ratios: Sequence[float]) -> float | None:
    """The median saving of these pairs; infinite ratios count as the cap of all ratios, 20."""
    return 1 - math.exp(-max(-20.0, min(20.0, median(ratios)))) if ratios else None
