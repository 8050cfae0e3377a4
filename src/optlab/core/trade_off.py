"""What a choice between several variants is a choice between: their place on the axes cost, latency and quality."""

from typing import Literal

import msgspec

from optlab.core.scenario import MetricName

Place = Literal["front", "tied", "beaten"]


class TradeOffPoint(msgspec.Struct, frozen=True):
    """One variant on the three axes, and its place among the others.

    `cost_usd` is the mean of a run in USD (weighted for declared arrivals), `latency_s` a p50 in seconds (None: a
    failed call stands in the middle, so it is infinite), `quality` the mean score (None: not checked). `front`: by
    these figures alone no other variant is as good on every axis and better on one. `beaten_by` are variants that are,
    each difference proven by the run's own comparisons. `tied_with`, for a variant that nothing beats, are those over
    which it is proven better on no axis: their difference is undecided, and neither is dropped. `broken` names its
    blocking guards that are proven broken: it beats nobody, whatever it saves.
    """

    variant: str
    cost_usd: float
    latency_s: float | None
    quality: float | None
    front: bool
    beaten_by: tuple[str, ...] = ()
    tied_with: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """In one word: beaten, tied with others, or on the front with an advantage proven over each."""
        return "beaten" if self.beaten_by else "tied" if self.tied_with else "front"


class TradeOff(msgspec.Struct, frozen=True):
    """All variants of a run on cost, latency and quality; there is no weighted score. `latency` names the latency."""

    latency: MetricName
    points: tuple[TradeOffPoint, ...]
