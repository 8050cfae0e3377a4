"""Rate limits: per key and pool, three token buckets that refill continuously: requests, input and output per minute.

Rules (Anthropic's rate-limits page): a bucket holds one minute's worth; cache reads do not count as input; output is
charged from `max_tokens` at the start and corrected when the answer is complete; fast mode, batches and count_tokens
have pools of their own. A request that would exceed any bucket is refused whole and charges nothing, also one that asks
for more than a bucket can ever hold. Minutes are those of the service's clock.
"""

import heapq
import math
from collections import OrderedDict
from typing import Final

import msgspec

from optlab.simulator.errors import ApiError
from optlab.simulator.service_clock import ServiceClock

_MINUTE_S: Final = 60.0
_MAX_POOLS: Final = 10_000
_ROUNDING: Final = 1e-6


class Limits(msgspec.Struct, frozen=True):
    """What one key may spend per pool and minute.

    The defaults are more than this process can serve: a limit that nobody asked for must never disturb a benchmark.
    """

    requests: int = 100_000
    input_tokens: int = 1_000_000_000
    output_tokens: int = 1_000_000_000


class Cost(msgspec.Struct, frozen=True):
    """What one request takes at its start: input without cache reads, output up to its `max_tokens`."""

    requests: int = 1
    input_tokens: int = 0
    output_tokens: int = 0


class Receipt(msgspec.Struct, frozen=True):
    """A request that was let in: what it was charged, and the limit headers of its response."""

    pool: "_Pool"
    cost: Cost
    headers: dict[str, str]


class RateLimits:
    """The pools of all keys. Memory is bounded: a pool that is full again is as good as one never used."""

    def __init__(self, limits: Limits, clock: ServiceClock, max_pools: int = _MAX_POOLS) -> None:
        self._limits = limits
        self._clock = clock
        self._max_pools = max_pools
        self._pools: OrderedDict[tuple[str, str], _Pool] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pools)

    def admit(self, workspace: str, pool: str, cost: Cost) -> Receipt:
        """Charges a request, or raises a 429 that names the limit and when to come back."""
        now = self._clock.now()
        found = self._pool(workspace, pool, now)
        lacking = found.lacking(cost, now)
        if lacking is not None:
            raise self._refusal(found, lacking, cost, pool, now)
        found.take(cost)
        return Receipt(found, cost, self._headers(found, now))

    def correct(self, receipt: Receipt, output_tokens: int, service_s: float) -> None:
        """Gives back, at a moment of the service, the output that was charged but not written."""
        unused = receipt.cost.output_tokens - output_tokens
        if unused > 0:
            receipt.pool.give_back(unused, service_s)

    def _pool(self, workspace: str, name: str, now: float) -> "_Pool":
        key = (workspace, name)
        pool = self._pools.pop(key, None) or _Pool(self._limits, now)
        while self._pools and (len(self._pools) >= self._max_pools or next(iter(self._pools.values())).is_full(now)):
            self._pools.popitem(last=False)
        self._pools[key] = pool
        return pool

    def _refusal(self, pool: "_Pool", lacking: str, cost: Cost, name: str, now: float) -> ApiError:
        bucket, asked = pool.buckets[lacking], int(getattr(cost, lacking))
        wait = max(math.ceil(self._clock.wait_s(bucket.seconds_until(asked)) - _ROUNDING), 1)
        message = (
            f"This request would exceed the rate limit of {bucket.capacity:,} {lacking.replace('_', ' ')} per minute "
            f"for {name}: it needs {asked:,}, and {int(bucket.level):,} are left."
        )
        if asked > bucket.capacity:
            message += " It can never succeed at this limit."
        elif lacking == "output_tokens":
            message += " `max_tokens` counts in full until the answer is complete."
        return ApiError(429, message, {"retry-after": str(wait), **self._headers(pool, now)})

    def _headers(self, pool: "_Pool", now: float) -> dict[str, str]:
        """Limits, what is left of them and when they will be whole. `tokens` is input and output together."""
        pool.advance(now)
        shown = {"requests": ("requests",), "tokens": ("input_tokens", "output_tokens")}
        shown |= {"input-tokens": ("input_tokens",), "output-tokens": ("output_tokens",)}
        headers: dict[str, str] = {}
        for name, members in shown.items():
            buckets = [pool.buckets[m] for m in members]
            whole_in = self._clock.wait_s(max(b.seconds_until(b.capacity) for b in buckets))
            headers[f"anthropic-ratelimit-{name}-limit"] = str(sum(b.capacity for b in buckets))
            headers[f"anthropic-ratelimit-{name}-remaining"] = str(sum(int(b.level) for b in buckets))
            headers[f"anthropic-ratelimit-{name}-reset"] = self._clock.client_date(whole_in)
        return headers


class _Bucket:
    """A token bucket that holds one minute's worth and refills at that rate."""

    __slots__ = ("capacity", "level")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.level = float(capacity)

    def add(self, amount: float) -> None:
        self.level = min(self.level + amount, float(self.capacity))

    def seconds_until(self, amount: int) -> float:
        """Seconds until it holds `amount`; for more than it can hold, until it is full."""
        return max(min(amount, self.capacity) - self.level, 0.0) * _MINUTE_S / self.capacity


class _Pool:
    """The buckets of one key and pool, and the corrections that are still to come."""

    __slots__ = ("_at", "_due", "buckets")

    def __init__(self, limits: Limits, now: float) -> None:
        self.buckets = {name: _Bucket(int(getattr(limits, name))) for name in limits.__struct_fields__}
        self._at = now
        self._due: list[tuple[float, int]] = []

    def advance(self, now: float) -> None:
        """Refills up to `now` and applies the corrections that are due by then."""
        passed = max(now - self._at, 0.0)
        self._at = max(now, self._at)
        for bucket in self.buckets.values():
            bucket.add(passed * bucket.capacity / _MINUTE_S)
        while self._due and self._due[0][0] <= now:
            _, unused = heapq.heappop(self._due)
            self.buckets["output_tokens"].add(unused)

    def lacking(self, cost: Cost, now: float) -> str | None:
        """The first limit that this cost would exceed."""
        self.advance(now)
        for name, bucket in self.buckets.items():
            if getattr(cost, name) > bucket.level + _ROUNDING:
                return name
        return None

    def take(self, cost: Cost) -> None:
        """Charges a cost that nothing lacks for."""
        for name, bucket in self.buckets.items():
            bucket.level -= getattr(cost, name)

    def give_back(self, unused: int, moment: float) -> None:
        """Credits output at a moment to come."""
        heapq.heappush(self._due, (moment, unused))

    def is_full(self, now: float) -> bool:
        """Whether nothing would be lost by forgetting it."""
        self.advance(now)
        return not self._due and all(b.level >= b.capacity for b in self.buckets.values())
