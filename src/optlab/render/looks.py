"""How an interval closed: the primary comparison of every candidate at each look, thinned so that it stays small."""

from collections.abc import Sequence

import msgspec

from optlab.core.scenario import MetricName
from optlab.core.verdict import Card

MOST = 240
"""Looks kept of one candidate; a terminal has fewer columns than twice as many."""


class Look(msgspec.Struct, frozen=True):
    """One candidate's saving after so many pairs, as a fraction, with its interval; None where a side is open.

    `single`: all pairs are in, and the interval is that of one look at the bill, narrower than of one that may be
    looked at after every pair.
    """

    variant: str
    metric: MetricName
    pairs: int
    estimate: float | None
    low: float | None
    high: float | None
    single: bool = False


def looked(looks: tuple[Look, ...], cards: Sequence[Card], pairs: int, planned: int) -> tuple[Look, ...]:
    """The looks with one more of every card, after so many of the planned pairs.

    A card may have seen fewer: of a bill, repeats of one item count once. A second look after the same pair takes the
    place of the first.
    """
    for card in cards:
        found = card.primary
        low, high = found.interval.low, found.interval.high
        single = found.metric == "cost_usd" and 0 < planned <= pairs
        new = Look(card.variant, found.metric, pairs, found.estimate, low, high, single)
        others = tuple(look for look in looks if (look.variant, look.pairs) != (new.variant, new.pairs))
        looks = (*_thinned(others, card.variant), new)
    return looks


def _thinned(looks: tuple[Look, ...], variant: str) -> tuple[Look, ...]:
    """Every second look of a candidate that has the most there may be; the others as they are."""
    own = [look for look in looks if look.variant == variant]
    if len(own) < MOST:
        return looks
    kept = set(own[1::2])
    return tuple(look for look in looks if look.variant != variant or look in kept)
