"""The prompt cache: prefixes by hash chain, 20-position look-back, two lifetimes, the billing of a mixed request.

Rules and numbers: Anthropic's prompt-caching page. The clock is passed in (seconds); it may outrun the wall's.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from optlab.simulator.caching.rendering import mix
from optlab.simulator.request.conversation import Block, Level, Ttl

LOOK_BACK: Final = 20
"""Positions examined per breakpoint, the breakpoint itself included."""

LIFETIME_S: Final[Mapping[Ttl, float]] = {"5m": 300.0, "1h": 3600.0}
_MAX_ENTRIES: Final = 100_000
_RUNS: Final = frozenset({"tool_use", "tool_result"})


class Position(msgspec.Struct, frozen=True):
    """A place where a prefix may end. `step` counts positions: a run of tool calls or of tool results is one step."""

    key: bytes
    prefix_tokens: int
    step: int
    ttl: Ttl | None


class Claim(msgspec.Struct, frozen=True):
    """What one request reads and writes. The writes become readable by `store`, once its response has begun."""

    read_tokens: int
    write_5m_tokens: int
    write_1h_tokens: int
    after_tokens: int
    started_at: float
    writes: tuple[tuple[bytes, Ttl], ...]


class _Entry(msgspec.Struct):
    lifetime_s: float
    expires_at: float


def chain(
    blocks: Sequence[Block],
    tokens: Sequence[Sequence[int]],
    digests: Sequence[Sequence[bytes]],
    root: Sequence[object],
    toggles: Mapping[Level, object],
) -> list[Position]:
    """The prefix positions of a request, from the tokens and digests of the parts of its blocks.

    The chain starts from `root` (workspace and model). `toggles` are mixed in on entering a level: what is set there
    invalidates this level and those after it. Where a block holds others, a prefix may also end after each of these.
    """
    positions: list[Position] = []
    key = mix(b"", msgspec.json.encode(list(root)))
    entered: list[Level] = []
    total, step, before = 0, 0, ""
    for block, counts, hashes in zip(blocks, tokens, digests, strict=True):
        for level in _ORDER[len(entered) : _ORDER.index(block.level) + 1]:
            entered.append(level)
            key = mix(key, msgspec.json.encode([level, toggles.get(level)]))
        step += 0 if block.kind in _RUNS and block.kind == before else 1
        before = block.kind
        for part, count, digest in zip(block.parts, counts, hashes, strict=True):
            key = mix(key, digest)
            total += count
            ttls: list[Ttl | None] = [mark.ttl for mark in part.marks]
            if part is block.parts[-1] and (block.ttl or not ttls):
                ttls.append(block.ttl)
            if part.depth and not ttls:
                ttls.append(None)
            positions += [Position(key, total, step, ttl) for ttl in ttls]
    return positions


_ORDER: Final[tuple[Level, ...]] = ("tools", "system", "messages")


class PromptCache:
    """Entries of all workspaces; the workspace is part of every key."""

    def __init__(self, clock: Callable[[], float], max_entries: int = _MAX_ENTRIES) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def claim(self, positions: Sequence[Position], minimum_tokens: int, *, miss: bool = False) -> Claim:
        """Looks a request up at its start. Reading renews what is read; nothing is written yet.

        `miss` finds nothing, whatever is there: real reads are best effort.

        Billing, with A = tokens at the highest hit, B = tokens at the highest 1h breakpoint after A (else A) and
        C = tokens at the last breakpoint (else B): read A, write B - A for 1h and C - B for 5m, the rest is input.
        """
        now = self._clock()
        # A breakpoint under the minimum does not exist: no error, no write, no look-back.
        marks = [i for i, p in enumerate(positions) if p.ttl and p.prefix_tokens >= minimum_tokens]
        hit = None if miss else self._find(positions, marks, now)
        if hit is not None:
            self._renew(positions[: hit + 1], now)
        a = positions[hit].prefix_tokens if hit is not None else 0
        new = [positions[i] for i in marks if hit is None or i > hit]
        b = max((p.prefix_tokens for p in new if p.ttl == "1h"), default=a)
        c = max((p.prefix_tokens for p in new), default=b)
        whole = positions[-1].prefix_tokens if positions else 0
        return Claim(a, c - b, b - a, whole - c, now, tuple((p.key, p.ttl) for p in new if p.ttl))

    def readable_tokens(self, positions: Sequence[Position], minimum_tokens: int) -> int:
        """What a claim would read now; nothing is renewed."""
        marks = [i for i, p in enumerate(positions) if p.ttl and p.prefix_tokens >= minimum_tokens]
        hit = self._find(positions, marks, self._clock())
        return positions[hit].prefix_tokens if hit is not None else 0

    def store(self, claim: Claim) -> None:
        """Makes the writes of a claim readable, with their lifetimes counted from the start of its request."""
        now = self._clock()
        for key, ttl in claim.writes:
            lifetime = LIFETIME_S[ttl]
            known = self._entries.get(key)
            if known is None or known.expires_at <= now:
                self._entries[key] = _Entry(lifetime, claim.started_at + lifetime)
            else:
                known.lifetime_s = max(known.lifetime_s, lifetime)
                known.expires_at = max(known.expires_at, claim.started_at + lifetime)
            self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._shrink(now)

    def _find(self, positions: Sequence[Position], marks: Sequence[int], now: float) -> int | None:
        for mark in reversed(marks):
            oldest = positions[mark].step - LOOK_BACK + 1
            for i in range(mark, -1, -1):
                if positions[i].step < oldest:
                    break
                entry = self._entries.get(positions[i].key)
                if entry and entry.expires_at > now:
                    return i
        return None

    def _renew(self, read: Sequence[Position], now: float) -> None:
        """A longer prefix that is read has used every shorter one on its way."""
        for position in read:
            entry = self._entries.get(position.key)
            if entry and entry.expires_at > now:
                entry.expires_at = max(entry.expires_at, now + entry.lifetime_s)
                self._entries.move_to_end(position.key)

    def _shrink(self, now: float) -> None:
        for key in [k for k, e in self._entries.items() if e.expires_at <= now]:
            del self._entries[key]
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
