"""The books of a prompt cache over a log whose requests carry breakpoints and lifetimes of their own.

Rules and numbers: Anthropic's prompt-caching page. `stats.replay_cache` asks the simpler question of what a choice of
breakpoints for all requests at once would have cost.
"""

from typing import Final

import msgspec

from optlab.core.request import CacheTtl
from optlab.engine.arrivals import TTL_MINUTES
from optlab.studies.cache.asked import Asked

LOOK_BACK: Final = 20
"""Positions examined from a breakpoint backwards, itself included."""

LIFETIME_S: Final[dict[CacheTtl, float]] = {ttl: 60.0 * minutes for ttl, minutes in TTL_MINUTES.items()}
LONGEST_WAIT_S: Final = 1.0
"""What an answer is taken to need at most until it begins, where the log does not tell: rather too short than too
long, so that a miss is not excused by it."""


class Entry(msgspec.Struct):
    """A prefix that is kept, in seconds of the log; renewed whenever it is read."""

    lifetime_s: float
    expires_at: float
    readable_at: float


class Booked(msgspec.Struct, frozen=True):
    """What one request read and wrote, in tokens. `hit` is the position up to which it read, -1 where it read nothing.

    `plain` is the rest, at the input price. Billing with A = tokens at the hit, B = tokens at the last 1 h breakpoint
    behind it (else A), C = tokens at the last breakpoint (else B): read A, write B - A for 1 h and C - B for 5 m.
    """

    hit: int
    read: int
    write_5m: int
    write_1h: int
    plain: int


class Books:
    """The entries of every workspace, carried forward request by request."""

    def __init__(self) -> None:
        self._entries: dict[bytes, Entry] = {}

    def find(self, request: Asked) -> int:
        """The position up to which a request reads at its start, -1 where it finds nothing. Changes nothing."""
        for mark in reversed(request.usable):
            for position in reachable(request, mark):
                if self.alive(request, position) and self.begun(request, position):
                    return position
        return -1

    def settle(self, request: Asked, hit: int) -> None:
        """Renew what the request read, with every live entry on its way, and keep what it writes."""
        now = request.at or 0.0
        for position in range(hit + 1):
            if self.alive(request, position):
                entry = self._entries[request.keys[position]]
                entry.expires_at = max(entry.expires_at, now + entry.lifetime_s)
        for position in request.usable:
            if position > hit:
                self._write(request.keys[position], LIFETIME_S[request.ttl(position)], now, now + wait_s(request))

    def written(self, request: Asked, position: int) -> bool:
        """Whether the prefix up to a position was ever written."""
        return request.keys[position] in self._entries

    def alive(self, request: Asked, position: int) -> bool:
        """Whether its entry is there and has not expired; without times none expires."""
        entry = self._entries.get(request.keys[position])
        return entry is not None and (request.at is None or request.at < entry.expires_at)

    def begun(self, request: Asked, position: int) -> bool:
        """Whether the answer of the request that wrote it has begun; without times all have."""
        entry = self._entries.get(request.keys[position])
        return entry is not None and (request.at is None or request.at >= entry.readable_at)

    def _write(self, key: bytes, lifetime_s: float, now: float, begins: float) -> None:
        known = self._entries.get(key)
        if known is None or now >= known.expires_at:
            self._entries[key] = Entry(lifetime_s, now + lifetime_s, begins)
            return
        known.lifetime_s = max(known.lifetime_s, lifetime_s)
        known.expires_at = max(known.expires_at, now + lifetime_s)
        known.readable_at = min(known.readable_at, begins)


def wait_s(request: Asked) -> float:
    """Seconds until the answer of a request began: as logged, else the median of its model, a second at most."""
    if request.began_s is not None:
        return request.began_s
    typical = request.model.latency.profile.ttft_s.p50 if request.model else LONGEST_WAIT_S
    return min(typical, LONGEST_WAIT_S)


def reachable(request: Asked, mark: int) -> range:
    """The positions that a lookup from a breakpoint examines, from the breakpoint backwards."""
    oldest = request.steps[mark] - LOOK_BACK + 1
    first = mark
    while first > 0 and request.steps[first - 1] >= oldest:
        first -= 1
    return range(mark, first - 1, -1)


def billed(request: Asked, hit: int, read: int | None = None) -> Booked:
    """The tokens by class of a request that read up to `hit`, or as many tokens as `read` says."""
    a = read if read is not None else request.tokens[hit] if hit >= 0 else 0
    behind = [i for i in request.usable if i > hit]
    b = max(a, max((request.tokens[i] for i in behind if request.ttl(i) == "1h"), default=a))
    c = max(b, max((request.tokens[i] for i in behind), default=b))
    return Booked(hit, a, c - b, b - a, request.prompt_tokens - c)
