"""What every backend promises: it sends one request and tells what came back, when, and where the figures are from."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from optlab.backends.batches import Batches
from optlab.core.record import CallRecord, Delta, Provenance
from optlab.core.request import Request

Watch = Callable[[Delta], None]
"""Called with each piece of output as it arrives, after it has been stamped."""


class Clock(Protocol):
    """Time, passed in so that tests have exact numbers."""

    def now(self) -> float:
        """Monotonic seconds; only differences mean anything."""
        ...

    def utc(self) -> datetime:
        """Wall time, only ever a label."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """`time.perf_counter`, in seconds."""
        return time.perf_counter()

    def utc(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await asyncio.sleep(seconds)


class BackendInfo(msgspec.Struct, frozen=True):
    """Where requests go. `why` tells how this backend was chosen, `charges` whether its calls cost real money.

    `fresh` says that the server began with us, so nothing is in its cache yet. `floor_s` is the wall time of a null
    answer (a request that needs no work), None where it was not measured.
    """

    provenance: Provenance
    speed: float
    server: str
    why: str
    charges: bool
    fresh: bool = False
    floor_s: float | None = None


class Backend(Protocol):
    """How a request leaves the process."""

    @property
    def clock(self) -> Clock:
        """The clock that the records are stamped with."""
        ...

    @property
    def batches(self) -> Batches:
        """Message batches of the same server, on the same bill."""
        ...

    async def open(self) -> BackendInfo:
        """Get ready to send. Raises UnreachableError or RefusedError with a sentence."""
        ...

    async def send(
        self, request: Request, *, call_id: str, zero_s: float, time_limit_s: float, watch: Watch | None = None
    ) -> CallRecord:
        """Send one request. Times of the record count from `zero_s` of the clock, in model seconds.

        A call that fails is a record with an error, never an exception; it ends after `time_limit_s` model seconds.
        """
        ...

    async def count(self, request: Request) -> int:
        """Tokens of a request's prompt, as the server itself counts them; nothing is billed.

        Raises an OptlabError in one sentence where it does not.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and processes."""
        ...
