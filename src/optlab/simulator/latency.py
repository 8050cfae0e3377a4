"""Time: when the first token comes, how fast the others follow, and how a reply is paced on an absolute schedule.

ttft = base + uncached / prefill rate + cached / cached prefill rate. The base stands for the queue and everything else
that does not depend on the prompt; it is log-normal through the profile's p50 and p90. Then a rate per request, normal
around the profile's p50 with 12% spread, drifting by 10% over hours. A share of the requests stalls once, where that
was asked for. Durations are those of the simulated model in seconds; the pace divides them by the time scale.
"""

import math
import random
from typing import Final, Protocol

import msgspec

from optlab.catalogue import LatencyProfile

_Z90: Final = 1.2815515655446004
_RATE_SPREAD: Final = 0.12
_RATE_CLIP: Final = 2.5
_STALL_S: Final = (0.5, 3.0)
_DRIFT: Final = 0.10
_DRIFT_PERIOD_S: Final = 4 * 3600.0
FAST_MODE_FACTOR: Final = 2.0
"""How much faster `speed: fast` writes [assumed: no published figure per request]."""


class Stall(msgspec.Struct, frozen=True):
    """A pause of so many seconds before the `token`-th output token."""

    token: int
    seconds: float


class Timing(msgspec.Struct, frozen=True):
    """The draws of one request, in seconds of the simulated model."""

    ttft_s: float
    token_s: float
    stall: Stall | None = None

    def at(self, token: int) -> float:
        """Seconds from the start of the request until its `token`-th output token exists (the first one: 1)."""
        paused = self.stall.seconds if self.stall and max(token, 1) >= self.stall.token else 0.0
        return self.ttft_s + max(token - 1, 0) * self.token_s + paused


class Clock(Protocol):
    """Where the time comes from and how one waits; tests pass their own."""

    def now(self) -> float:
        """Seconds on a monotonic clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns when so many seconds of this clock have passed; 0 lets others run."""
        ...


def draw(
    profile: LatencyProfile,
    *,
    uncached_tokens: int,
    cached_tokens: int,
    rng: random.Random,
    drift: float = 1.0,
    fast: bool = False,
) -> Timing:
    """The timing of one request. The same generator state gives the same timing."""
    p50, p90 = profile.ttft_s.p50, profile.ttft_s.p90
    base = p50 * math.exp(rng.gauss(0.0, 1.0) * math.log(p90 / p50) / _Z90)
    z = min(max(rng.gauss(0.0, 1.0), -_RATE_CLIP), _RATE_CLIP)
    rate = profile.output_tokens_per_s.p50 * (1.0 + _RATE_SPREAD * z) * drift * (FAST_MODE_FACTOR if fast else 1.0)
    rates = profile.prefill_tokens_per_s
    prefill = uncached_tokens / rates.uncached + cached_tokens / rates.cached
    return Timing(base + prefill, 1.0 / rate)


def stalled(timing: Timing, output_tokens: int, rate: float, rng: random.Random) -> Timing:
    """The timing of a reply of so many tokens, which stalls once with probability `rate`.

    The pause is uniform in 0.5 to 3 s, before a token that is as likely to be any; before the first one it delays
    the first token.
    """
    if rng.random() >= rate or output_tokens < 1:
        return timing
    stall = Stall(rng.randint(1, output_tokens), rng.uniform(*_STALL_S))
    return msgspec.structs.replace(timing, stall=stall)


def drift_at(elapsed_s: float, seed: int) -> float:
    """The factor on the output rate after `elapsed_s` of simulated time: a slow wave, its phase set by the seed."""
    phase = random.Random(f"drift {seed}").uniform(0.0, 2.0 * math.pi)
    return 1.0 + _DRIFT * math.sin(2.0 * math.pi * elapsed_s / _DRIFT_PERIOD_S + phase)


class Pace:
    """Delivers things at absolute times from one start, so that delays do not add up."""

    def __init__(self, clock: Clock, speed: float, started_at: float) -> None:
        self._clock = clock
        self._speed = speed
        self._started_at = started_at

    async def until(self, offset_s: float) -> None:
        """Waits until `offset_s` seconds of simulated time after the start; when late, only lets others run."""
        await self._clock.sleep(max(self._started_at + offset_s / self._speed - self._clock.now(), 0.0))

    def due_us(self, offset_s: float) -> int:
        """Microseconds of real time from the start until `offset_s` of simulated time."""
        return round(offset_s / self._speed * 1e6)

    def elapsed_us(self) -> int:
        """Microseconds of real time since the start."""
        return round((self._clock.now() - self._started_at) * 1e6)
