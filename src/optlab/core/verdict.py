"""What a comparison found: an interval, a verdict on one metric, and the card that puts them together."""

from enum import StrEnum

import msgspec


class Interval(msgspec.Struct, frozen=True):
    """A confidence interval; an open side is None ("no bound can be given"), never infinity."""

    low: float | None
    high: float | None
