"""A cached prefix under the calls of real life: which of them find it alive, and what keeping it alive takes.

An entry lives for its lifetime from the start of the call that wrote it or last read it; one exactly that old is gone.
A keep-alive sends a ping after every so many seconds without a call. Rules: Anthropic's prompt-caching page.
"""

import math
from collections.abc import Sequence

import msgspec

from optlab.stats.arguments import require_costs, require_numbers


class ArrivalReplay(msgspec.Struct, frozen=True):
    """How many calls there were, how many of them read the prefix, and how many pings were sent between them."""

    calls: int
    hits: int
    pings: int


def replay_arrivals(
    times: Sequence[float],
    lifetime_s: float = 300.0,
    first_token_s: float = 0.0,
    ping_every_s: float | None = None,
    most_pings: int | None = None,
) -> ArrivalReplay:
    """One prefix, called at `times` (seconds, in any order), replayed exactly.

    An entry can be read from `first_token_s` after the start of the call that wrote it. With `ping_every_s` a ping
    renews it after that many seconds without a call, again and again, at most `most_pings` times after each call (None:
    until the next one comes; after the last call none is counted then, and `most_pings` otherwise). Without pings the
    hits are those of `replay_cache` for one block.

    Raises ValueError on a time that is not finite, a negative duration or count, or pings too rare to keep it alive.
    """
    require_numbers("times", times)
    require_costs("durations", [lifetime_s, first_token_s, ping_every_s or 0.0, float(most_pings or 0)])
    _require_lively(ping_every_s, lifetime_s)
    renewed, readable_at, hits, pings, before = -math.inf, math.inf, 0, 0, None
    for now in sorted(times):
        if ping_every_s is not None and before is not None:
            made = max(0, math.ceil((now - before) / ping_every_s) - 1)
            made = made if most_pings is None else min(made, most_pings)
            pings += made
            renewed = max(renewed, before + made * ping_every_s)
        before = now
        if now - renewed >= lifetime_s:
            renewed, readable_at = now, now + first_token_s
        elif now >= readable_at:
            hits += 1
            renewed = now
    if times and ping_every_s is not None and most_pings is not None:
        pings += most_pings
    return ArrivalReplay(len(times), hits, pings)


def keep_alive_poisson(
    rate_per_min: float, ttl_min: float, every_min: float, most_pings: int | None = None
) -> tuple[float, float]:
    """(hit rate, pings a call) of Poisson arrivals with a ping after every `every_min` minutes without a call.

    Without a limit every call hits, after 1 / (exp(rate x every) - 1) pings on average; with at most K pings after a
    call, P(gap < K every + ttl) of them hit, after (1 - exp(-rate K every)) / (exp(rate x every) - 1) pings, the sum of
    exp(-rate k every) over k = 1 .. K.

    Raises ValueError on a rate that is not above 0 and finite, negative numbers, or pings too rare to keep it alive.
    """
    require_costs("rate and durations", [rate_per_min, ttl_min, every_min, float(most_pings or 0)])
    if rate_per_min == 0.0:
        raise ValueError("a rate must be above 0")
    _require_lively(every_min, ttl_min)
    # 1 / (exp(x) - 1) with exp(-x) alone, which no x is too large for.
    forever = math.exp(-rate_per_min * every_min) / -math.expm1(-rate_per_min * every_min)
    if most_pings is None:
        return 1.0, forever
    sent = -math.expm1(-rate_per_min * most_pings * every_min) * forever
    return -math.expm1(-rate_per_min * (most_pings * every_min + ttl_min)), sent


def _require_lively(every: float | None, lifetime: float) -> None:
    if every is not None and not 0.0 < every < lifetime:
        raise ValueError(f"pings must come more often than entries expire, got one every {every} of {lifetime}")
