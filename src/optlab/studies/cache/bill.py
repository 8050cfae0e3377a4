"""What the requests of a log would have cost with the same breakpoints in all of them, replayed one by one.

The rules are those of `stats.replay_cache`, on hashed prefixes; a ping sends the prefix of the last request again.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from optlab.catalogue import Rates
from optlab.studies.cache.asked import Asked
from optlab.studies.cache.books import LIFETIME_S, LOOK_BACK, wait_s

LAST: Final = -1
"""The last block of a request, whatever its number."""


class Keeping(NamedTuple):
    """A keep-alive: seconds without a call until the next ping, and at most how many after each call (None: until the
    next one comes, and none after the last)."""

    every_s: float
    most: int | None = None


class Bill(NamedTuple):
    """All requests together. USD of the prompts, and of their prefixes, which end at the last breakpoint; what the
    prefixes cost without a cache; their tokens, and how many of these were read; pings, which are in both sums."""

    usd: float
    prefix_usd: float
    uncached_usd: float
    prefix_tokens: int
    read_tokens: int
    pings: int


def bill_of(
    requests: Sequence[Asked],
    rates: Sequence[Rates],
    ends: Sequence[int],
    lifetime_s: float,
    keeping: Keeping | None = None,
) -> Bill:
    """The bill with breakpoints at `ends` (block numbers from the beginning, or `LAST`), in the order given.

    Without times every entry lives, and no ping is sent. Raises ValueError where there are fewer rates than requests.
    """
    cache = _Cache(lifetime_s, anywhere=LAST in ends)
    usd = prefix_usd = uncached_usd = 0.0
    prefix_tokens = read_tokens = pings = 0
    gaps = [_gap_s(before, after) for before, after in pairwise(requests)]
    for request, rate, gap in zip(requests, rates, [*gaps, math.inf], strict=True):
        at = [end if end >= 0 else len(request.tokens) + end for end in ends]
        at = sorted({end for end in at if 0 <= end < len(request.tokens)})
        usable = [end for end in at if request.tokens[end] >= request.minimum]
        read = cache.ask(request, usable)
        prefix = request.tokens[at[-1]] if at else 0
        written = max(0, request.tokens[usable[-1]] - read) if usable else 0
        write = rate.cache_write_1h if lifetime_s > LIFETIME_S["5m"] else rate.cache_write_5m
        paid = read * rate.cache_read + written * write + (prefix - read - written) * rate.input
        usd += (request.prompt_tokens - prefix + frame(request)) * rate.input
        if keeping and usable and request.at is not None:
            sent = _pings(gap, keeping)
            cache.keep(request, usable[-1], keeping.every_s, sent)
            paid += sent * (request.tokens[usable[-1]] * rate.cache_read + rate.output)
            pings += sent
        usd += paid
        prefix_usd += paid
        uncached_usd += prefix * rate.input
        prefix_tokens += prefix
        read_tokens += read
    return Bill(usd / 1e6, prefix_usd / 1e6, uncached_usd / 1e6, prefix_tokens, read_tokens, pings)


def frame(request: Asked) -> int:
    """Tokens that its model adds to every request; they are never cached."""
    return request.model.tokenizer.message_frame_tokens if request.model else 0


class _Cache:
    """The entries so far: when each expires, and from when on it can be read."""

    def __init__(self, lifetime_s: float, *, anywhere: bool) -> None:
        self._entries: dict[bytes, list[float]] = {}
        self._lifetime_s = lifetime_s
        self._anywhere = anywhere

    def ask(self, request: Asked, usable: Sequence[int]) -> int:
        """Tokens that a request reads; what it reads is renewed and what it writes kept."""
        now, hit = request.at or 0.0, self._find(request, usable)
        for position in range(hit + 1):
            entry = self._entries.get(request.keys[position])
            if entry is not None and now < entry[0]:
                entry[0] = now + self._lifetime_s
        for end in usable:
            entry = self._entries.get(request.keys[end])
            if end > hit and (entry is None or (request.at is not None and now >= entry[0])):
                self._entries[request.keys[end]] = [now + self._lifetime_s, now + wait_s(request)]
        return request.tokens[hit] if hit >= 0 else 0

    def keep(self, request: Asked, end: int, every_s: float, times: int) -> None:
        """Renews the prefix of a request up to `end` so many times after it."""
        now = request.at or 0.0
        for position in range(end + 1):
            entry = self._entries.get(request.keys[position])
            if times and entry is not None and now + every_s < entry[0]:
                entry[0] = max(entry[0], now + times * every_s + self._lifetime_s)

    def _find(self, request: Asked, usable: Sequence[int]) -> int:
        now, timed, steps, keys = request.at or 0.0, request.at is not None, request.steps, request.keys
        for end in reversed(usable):
            # Entries stand at ends of choices alone; where the last block is one, they may stand anywhere.
            reach = range(end, -1, -1) if self._anywhere else [other for other in reversed(usable) if other <= end]
            oldest = steps[end] - LOOK_BACK + 1
            for position in reach:
                if steps[position] < oldest:
                    break
                entry = self._entries.get(keys[position])
                if entry is not None and (not timed or entry[1] <= now < entry[0]):
                    return position
        return -1


def _gap_s(before: Asked, after: Asked) -> float:
    return (after.at or 0.0) - (before.at or 0.0)


def _pings(gap_s: float, keeping: Keeping) -> int:
    """How many pings a gap takes; the last one ends nowhere."""
    if math.isinf(gap_s):
        return keeping.most or 0
    needed = max(0, math.ceil(gap_s / keeping.every_s) - 1)
    return needed if keeping.most is None else min(needed, keeping.most)
