"""How able each model is, how hard an item is, and how likely a right answer: item response theory.

P(right) = logistic(slope * (strength - difficulty)), the two-parameter logistic model (Birnbaum 1968). One slope for
all items: 1.7, at which the logistic curve is within 0.01 of the normal ogive. Strength and difficulty share one scale
whose zero is Haiku 4.5; strengths are [assumed], only their order follows the order of lines and generations.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from statistics import NormalDist

from optlab.catalogue import Model

SLOPE = 1.7

TYPICAL = 0.65
"""Strength of the model that everything is tuned against, Sonnet 4.6 [assumed]."""

TRIVIAL, EASY, MIDDLING, HARD = -4.0, -2.6, -0.8, 0.25
"""Difficulties at which Haiku 4.5 is right in 99.9%, 99%, 80% and 40% of the draws."""

_BY_GENERATION: Mapping[str, Mapping[float, float]] = {
    "haiku": {4.5: 0.0, 5.5: 0.65},
    "sonnet": {4.5: 0.45, 4.6: TYPICAL, 5.0: 1.0, 5.5: 1.25},
    "opus": {4.5: 0.95, 4.6: 1.05, 4.7: 1.15, 4.8: 1.25, 5.0: 1.4, 5.5: 1.55},
    "fable": {5.0: 1.6, 5.1: 1.7, 5.2: 1.8},
    "mythos": {5.0: 1.7, 5.1: 1.8, 5.2: 1.9},
}
"""[assumed], every value."""

_PER_GENERATION = 0.5
"""What a whole generation adds within a line, for models this table does not name [assumed]."""

_THINKING: Mapping[str, float] = {"low": 0.1, "medium": 0.2, "high": 0.3, "xhigh": 0.4, "max": 0.5}
"""What thinking adds to strength, by effort [assumed; only the order is known]."""

_ITEM_SPREAD = 0.3
"""Standard deviation of what makes one item harder than another of the same form [assumed]."""

_GENERATION = re.compile(r"-(\d+)(?:-(\d))?(?:-\d{8})?$")
_UNIT = NormalDist(0.0, 1.0)


def strength_of(model: Model, effort: str | None = None) -> float:
    """The strength of a model; `effort` is the effort it thinks with, None where it does not think.

    A generation the table lacks counts from the nearest one of its line, a line it lacks counts as Sonnet.
    """
    line = _BY_GENERATION.get(model.family, _BY_GENERATION["sonnet"])
    found = _GENERATION.search(model.id)
    generation = float(f"{found[1]}.{found[2] or 0}") if found else max(line)
    nearest = min(line, key=lambda known: abs(known - generation))
    gain = 0.0 if effort is None else _THINKING.get(effort, _THINKING["high"])
    return line[nearest] + _PER_GENERATION * (generation - nearest) + gain


def item_offset(item: str) -> float:
    """What an item's own words add to its difficulty: normal, fixed by the text, the same for every model."""
    plain = " ".join(item.lower().split())
    raw = int.from_bytes(hashlib.blake2b(plain.encode(), digest_size=8).digest(), "big")
    return _ITEM_SPREAD * _UNIT.inv_cdf((raw + 0.5) / 2**64)


def chance(strength: float, difficulty: float) -> float:
    """The probability of a right answer."""
    return 1.0 / (1.0 + math.exp(-SLOPE * (strength - difficulty)))
