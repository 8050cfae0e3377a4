"""A log of requests held against a cache that never was: what would have been read, written and paid in full."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from optlab.stats.arguments import require_costs, require_numbers

MOST_BREAKPOINTS = 4
"""More than these the Messages API refuses in one request."""

Row = tuple[int, int, int]
"""Tokens of one prompt that were read, written, and plain; together the whole prompt."""

Prefix = tuple[str, ...]
"""The texts of the blocks up to one of them: what an entry is known by."""


class Replay(msgspec.Struct, frozen=True):
    """The bill in input-token units, tokens times multiples of the input price, and a row a request, in time order."""

    cost: float
    rows: tuple[Row, ...]


class _Entry(msgspec.Struct):
    written: float
    expires: float


def replay_cache(
    requests: Sequence[Mapping[str, Any]],
    breakpoints: Sequence[int],
    ttl_s: float = 300.0,
    write: float = 1.25,
    read: float = 0.1,
    min_tokens: int = 1024,
    lookback: int = 20,
    first_token_s: float = 0.0,
    refresh_path: bool = True,
) -> Replay:
    """The exact bookkeeping of a prompt cache over a log, ordered by time.

    A request is {"t": seconds, "blocks": [[text, tokens], ..]}; `breakpoints` are at most 4 positions of blocks,
    negative ones counting from the end, those a request does not have ignored. A breakpoint counts from `min_tokens`
    up to it. The hit is the longest entry that is alive, readable (`first_token_s` after the start of the request that
    wrote it) and at most `lookback` blocks back from a breakpoint, itself counted. Tokens after the hit up to the last
    breakpoint are written, the rest is plain. The hit, and with `refresh_path` (an assumption) every live entry on its
    path, then lives `ttl_s` seconds from now; an entry exactly that old is gone. Rules: Anthropic's documentation of
    prompt caching.

    Raises ValueError on more than 4 breakpoints, a time that is not finite, or a number of tokens, a duration, a price
    or a lookback that is negative or not finite.
    """
    if len(breakpoints) > MOST_BREAKPOINTS:
        raise ValueError(f"a request has at most {MOST_BREAKPOINTS} breakpoints, got {len(breakpoints)}")
    require_costs("times and prices", [ttl_s, write, read, first_token_s])
    require_costs("min_tokens and lookback", [min_tokens, lookback])
    for request in requests:
        require_numbers("times", [request["t"]])
        require_costs("tokens", [tokens for _, tokens in request["blocks"]])
    cache = _Cache(ttl_s, lookback, first_token_s, refresh_path)
    rows = []
    for request in sorted(requests, key=lambda request: float(request["t"])):
        prefixes = list(accumulate(((text,) for text, _ in request["blocks"]), initial=()))
        tokens = list(accumulate((tokens for _, tokens in request["blocks"]), initial=0))
        ends = _usable(breakpoints, tokens, min_tokens)
        hit = cache.look_up(request["t"], prefixes, ends)
        written_to = max(ends, default=0)
        rows.append((tokens[hit], tokens[written_to] - tokens[hit], tokens[-1] - tokens[written_to]))
    cost = sum(was_read * read + written * write + plain for was_read, written, plain in rows)
    return Replay(cost, tuple(rows))


def _usable(breakpoints: Iterable[int], tokens: Sequence[int], min_tokens: int) -> list[int]:
    """How many blocks each usable breakpoint closes, ascending; `tokens[k]` is the length of the first k blocks."""
    blocks = len(tokens) - 1
    ends = {at + 1 if at >= 0 else blocks + at + 1 for at in breakpoints}
    return sorted(end for end in ends if 1 <= end <= blocks and tokens[end] >= min_tokens)


class _Cache:
    """The entries of one account, and the rules by which they live."""

    def __init__(self, ttl_s: float, lookback: int, first_token_s: float, refresh_path: bool) -> None:
        self._ttl_s = ttl_s
        self._lookback = lookback
        self._first_token_s = first_token_s
        self._refresh_path = refresh_path
        self._entries: dict[Prefix, _Entry] = {}

    def look_up(self, now: float, prefixes: Sequence[Prefix], ends: Sequence[int]) -> int:
        """How many blocks are read from the cache at `now`; refreshes what was read and writes what was not."""
        within_reach = {reach for end in ends for reach in range(max(0, end - self._lookback) + 1, end + 1)}
        hit = max((reach for reach in within_reach if self._readable(prefixes[reach], now)), default=0)
        for reach in range(1 if self._refresh_path else hit, hit + 1):
            if self._alive(prefixes[reach], now):
                self._entries[prefixes[reach]].expires = now + self._ttl_s
        for end in ends:
            if end > hit and not self._alive(prefixes[end], now):
                self._entries[prefixes[end]] = _Entry(now, now + self._ttl_s)
        return hit

    def _alive(self, prefix: Prefix, now: float) -> bool:
        entry = self._entries.get(prefix)
        return entry is not None and now < entry.expires

    def _readable(self, prefix: Prefix, now: float) -> bool:
        return self._alive(prefix, now) and now >= self._entries[prefix].written + self._first_token_s
