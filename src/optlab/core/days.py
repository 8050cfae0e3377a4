"""One scenario over days: what each kept benchmark of it found, in as few figures as a chart takes."""

import msgspec

from optlab.core.record import Provenance
from optlab.core.report import Figure
from optlab.core.verdict import Interval


class KeptArm(msgspec.Struct, frozen=True):
    """One variant of a kept benchmark: the p50 of its wait for the first visible text, in seconds, with its interval.

    `p50` is None where no run of it was timed.
    """

    name: str
    n: int
    p50: Figure
    interval: Interval


class KeptDay(msgspec.Struct, frozen=True):
    """One kept benchmark that ended with a report. The first of its `arms` is the baseline."""

    id: str
    at: str
    provenance: Provenance
    sim_speed: float
    arms: tuple[KeptArm, ...]
