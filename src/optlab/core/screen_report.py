"""What a screening of several levers found: what each did, what they did together, and whether the choice held."""

from typing import Literal

import msgspec

from optlab.core.report import Report
from optlab.core.scenario import MetricName
from optlab.core.verdict import Interval

Why = Literal[
    "helps",
    "helps beside the others",
    "hurts",
    "hurts beside the others",
    "no useful effect",
    "not shown to help",
    "loses quality",
]


class LeverEffect(msgspec.Struct, frozen=True):
    """What one lever did to the primary metric, the others being on in half of the runs on each side.

    `saving` and `interval` are relative savings. `wrong_on` and `wrong_off` of `judged` answers each did not pass their
    checks with the lever on and off (0 of 0 without checks). `why` says why it was chosen or not: "hurts" where the
    interval leaves no saving, "no useful effect" where it leaves none that would matter either way.
    """

    lever: str
    saving: float
    interval: Interval
    wrong_on: int
    wrong_off: int
    judged: int
    chosen: bool
    why: Why


class PairEffect(msgspec.Struct, frozen=True):
    """What two levers do together beyond what each does alone.

    `pairs` are the pairs of levers that these runs cannot tell apart (one: nothing else explains it), the likeliest
    first. Its first lever saves `saving_without` while the second is off and `saving_with` while it is on. `clear`:
    chance does not explain the difference, and it is as large as the smallest useful effect.
    """

    pairs: tuple[tuple[str, str], ...]
    saving_without: float
    saving_with: float
    clear: bool


class ScreenRow(msgspec.Struct, frozen=True):
    """One combination that was run: its levers, how its runs went, what they cost on average in USD.

    `typical` is the median of the primary metric (seconds or USD; None where most runs failed).
    """

    levers: tuple[str, ...]
    runs: int
    failed: int
    cost_usd: float
    typical: float | None
    passed: int
    judged: int


class ScreenReport(msgspec.Struct, frozen=True):
    """What a screening found.

    `items` blocks of `len(rows)` combinations were run. `chosen` is the combination that was confirmed (none: the
    baseline), `predicted` the saving that the effects add up to; it is too good on average, for the winner was picked
    by it. `screen_runs` measured runs were made, and `one_at_a_time` would show each lever as sharply one by one.
    `fresh_items`: the confirmation met inputs that the screening had not seen. `rate_per_minute` is what the cost of
    caching was weighted by, where that was screened (`caching`). `command` measures the winner again.
    """

    primary: MetricName
    primary_reason: str
    items: int
    effects: tuple[LeverEffect, ...]
    pairs: tuple[PairEffect, ...]
    rows: tuple[ScreenRow, ...]
    chosen: tuple[str, ...]
    predicted: float | None
    screen_runs: int
    one_at_a_time: int
    fresh_items: bool
    caching: bool
    rate_per_minute: float | None
    confirmation: Report | None = None
    command: str | None = None
