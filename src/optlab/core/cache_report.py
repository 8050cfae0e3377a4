"""What the studies of prompt caching found, frozen: the doctor's causes, the planner's plans, cold against warm."""

from typing import Literal

import msgspec

from optlab.core.request import CacheTtl
from optlab.core.verdict import Interval, Verdict

Cause = Literal[
    "hit",
    "first_of_template",
    "no_breakpoint",
    "below_minimum",
    "other_model",
    "invalidating_switch",
    "changed_block",
    "beyond_lookback",
    "not_yet_readable",
    "expired",
    "unknown",
]
"""Why a request read what it read; but for the first two the first reason in this order that applies."""


class Diagnosis(msgspec.Struct, frozen=True):
    """One request: why, at which block or setting, by which kind of change, and how many tokens it could have read
    beyond what it read. `index` counts the requests of the file from 0."""

    index: int
    cause: Cause
    block: str | None
    breaker: str | None
    lost_tokens: int


class Finding(msgspec.Struct, frozen=True):
    """All misses of one cause, block and kind of change.

    `before` and `after` are the first differing words of the first of them; `lost_usd` is what they cost beyond an
    undisturbed cache, over the log; None where a price is unknown.
    """

    cause: Cause
    block: str | None
    breaker: str | None
    requests: int
    lost_tokens: int
    lost_usd: float | None
    first_index: int
    before: str = ""
    after: str = ""


class DoctorSummary(msgspec.Struct, frozen=True):
    """The log as a whole. Tokens are estimated offline; USD are of the prompts, without answers.

    `input_usd` is what the prompts cost as logged and `lost_usd` the part of it that misses caused;
    `lost_usd_per_day` follows from the log's own pace, `calls_per_day`, both None where the log has no times (then
    `lost_usd_per_1000_calls` is the figure). `span_s` is the time between the first and the last call.
    """

    calls: int
    hits: int
    templates: int
    causes: dict[str, int]
    prompt_tokens: int
    read_tokens: int
    lost_tokens: int
    input_usd: float | None
    lost_usd: float | None
    lost_usd_per_1000_calls: float | None
    lost_usd_per_day: float | None
    calls_per_day: float | None
    span_s: float | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


class DoctorReport(msgspec.Struct, frozen=True):
    """What the doctor says of a log, request by request in the order of the file."""

    requests: tuple[Diagnosis, ...]
    summary: DoctorSummary


PlanName = Literal["none", "5m", "1h", "keep_alive"]


class CachePlan(msgspec.Struct, frozen=True):
    """One way to buy: share of calls that find the prefix (of a replayed log: of the prefix tokens that are read),
    multiple of the input price that a cacheable token costs on average (pings included), and USD of the prefix for
    1,000 calls. `pings_per_call` is how many on average."""

    ttl: PlanName
    hit_rate: float
    multiplier: float
    usd_per_1000_calls: float
    pings_per_call: float = 0.0


class Breakpoints(msgspec.Struct, frozen=True):
    """The cheapest breakpoints of one template of a log: the blocks they stand behind, and USD of the prompts per
    1,000 calls with them, as logged, and without any."""

    model: str
    requests: int
    blocks: tuple[str, ...]
    ttl: PlanName
    usd_per_1000_calls: float
    as_logged_usd_per_1000_calls: float
    uncached_usd_per_1000_calls: float
    tried: int


class PlanReport(msgspec.Struct, frozen=True):
    """Ways to buy for one prefix at one pattern of arrivals, and the cheapest. `choice` is None where nothing is known
    of arrivals. `break_even` is the hit rate from which each lifetime pays. `arrivals` and `rate_per_minute` say what
    the plans rest on."""

    model: str
    prefix_tokens: int
    prefix_is_estimate: bool
    minimum_tokens: int
    plans: tuple[CachePlan, ...]
    choice: PlanName | None
    break_even: dict[PlanName, float]
    arrivals: int | None
    rate_per_minute: float | None
    breakpoints: tuple[Breakpoints, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Arm(msgspec.Struct, frozen=True):
    """Calls whose cache state their own usage proved. Seconds to the first token: the median of the pairs that count
    with its interval (an open end is None), and the mean over the answered ones; None where there is none. Tokens and
    USD are means a call."""

    calls: int
    failed: int
    ttft_p50_s: float | None
    ttft_p50_interval: Interval
    ttft_mean_s: float | None
    read_tokens: float
    written_tokens: float
    cost_usd: float


class SetAside(msgspec.Struct, frozen=True):
    """Pairs that do not count because a call did not do with the cache what its arm says, by what it did instead."""

    cold_read: int = 0
    cold_wrote_nothing: int = 0
    warm_read_nothing: int = 0

    @property
    def pairs(self) -> int:
        """All of them."""
        return self.cold_read + self.cold_wrote_nothing + self.warm_read_nothing


class Expected(msgspec.Struct, frozen=True):
    """A call at the declared arrivals: hit rate times the warm arm plus the rest times the cold one."""

    rate_per_minute: float
    hit_rate: float
    ttft_s: float | None
    cost_usd: float


class MeasureReport(msgspec.Struct, frozen=True):
    """A cold and a warm cache side by side. `prefix_tokens` is an estimate; below the minimum nothing was measured.

    `verdict` is on the time to the first token of a hit against a miss, over `pairs` pairs; `saving` its estimate, a
    share of the cold time, with its `interval`; `smallest_visible` the smallest saving that so many pairs usually show.
    """

    model: str
    ttl: CacheTtl
    prefix_tokens: int
    minimum_tokens: int
    planned_pairs: int
    pairs: int
    set_aside: SetAside
    cold: Arm | None = None
    warm: Arm | None = None
    verdict: Verdict = "undecided"
    saving: float | None = None
    interval: Interval = Interval(None, None)
    smallest_visible: float | None = None
    expected: Expected | None = None

    @property
    def too_short(self) -> bool:
        """Whether nothing was measured because the model would have cached nothing."""
        return self.prefix_tokens < self.minimum_tokens
