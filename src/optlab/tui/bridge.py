"""Between worker and screen: commands go over one at a time, events come back in batches, a dozen times a second.

However fast text arrives, the screen hears of it at most every `BATCH_S`; what stands alone is told at once.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec

from optlab.core.commands import Cancel, Command, Consent, CountTokens, Pause, Resume, RunBenchmark, RunRace, Study
from optlab.core.events import Event, Failed, WorkerReady, ends
from optlab.tui.hold import Hold

BATCH_S = 1 / 12
LONGEST_S = 1 / 4
"""No text waits longer than that, however fast somebody types."""


class Session(Protocol):
    """What is needed of a worker; `optlab.link.AsyncSession` is one."""

    async def start(self) -> None:
        """Start the worker."""

    async def send(self, command: Command) -> None:
        """Send a command."""

    def events(self) -> AsyncIterator[Event]:
        """Every event until the worker ends."""
        ...

    async def close(self) -> None:
        """End the worker."""


class Heard(msgspec.Struct, frozen=True):
    """An event, the command it belongs to, and the screen's clock (seconds) when it came."""

    event: Event
    command: Command | None
    at: float


class Bridge:
    """Keeps the conversation with one worker. `tell` gets batches of what was heard; `lost` is called at its death."""

    def __init__(
        self,
        session: Session,
        tell: Callable[[tuple[Heard, ...]], object],
        lost: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
        hold: Hold | None = None,
    ) -> None:
        self._hold = hold or Hold(clock)
        self._session = session
        self._tell = tell
        self._lost = lost
        self._clock = clock
        self._waiting: deque[Command] = deque()
        self._heard: list[Heard] = []
        self._told_at = float("-inf")
        self._due: asyncio.TimerHandle | None = None
        self._ready = False
        self._sending: asyncio.Task[None] | None = None
        self.current: Command | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return self._ready and self.current is None and not self._waiting

    async def run(self) -> None:
        """Start the worker and listen until it ends; cancelled, tell nothing more: the screen is going, or gone."""
        try:
            await self._session.start()
            async for event in self._session.events():
                self._hear(event)
        except asyncio.CancelledError:
            self._heard.clear()
            self._flush()
            raise
        self._ready = False
        self._flush()
        self._lost()

    def ask(self, command: Command) -> None:
        """Send a command when its turn comes; Cancel, Consent, Pause and Resume go at once.

        A forecast that waits gives way to a newer one of its kind and to a run, a count of tokens to a newer one.
        A run that waits is over with a Cancel: that is told, for the worker never hears of it.
        """
        if isinstance(command, Cancel | Consent | Pause | Resume):
            if isinstance(command, Cancel):
                self._take_back()
            self._send(command)
            return
        self._waiting = deque(waiting for waiting in self._waiting if not _outdated(waiting, command))
        self._waiting.append(command)
        self._next()

    def _take_back(self) -> None:
        """Let no run begin that still waits for its turn."""
        runs = [waiting for waiting in self._waiting if _is_run(waiting)]
        self._waiting = deque(waiting for waiting in self._waiting if not _is_run(waiting))
        for run in runs:
            self._note(Heard(Failed("declined", "nothing was sent: the run was cancelled"), run, self._clock()))

    def _next(self) -> None:
        if self._ready and self.current is None and self._waiting:
            self.current = self._waiting.popleft()
            self._send(self.current)

    def _send(self, command: Command) -> None:
        before = self._sending

        async def in_order() -> None:
            if before is not None:
                await before
            await self._session.send(command)

        self._sending = asyncio.create_task(in_order())

    def _hear(self, event: Event) -> None:
        heard = Heard(event, self.current, self._clock())
        if isinstance(event, WorkerReady):
            self._ready = True
        elif ends(event):
            self.current = None
        self._next()
        self._note(heard)

    def _note(self, heard: Heard) -> None:
        """Have it told with the next batch."""
        self._heard.append(heard)
        if self._due is None:
            wait_s = self._told_at + BATCH_S - self._clock()
            if wait_s <= 0:
                self._tell_or_wait()
            else:
                self._due = asyncio.get_running_loop().call_later(wait_s, self._tell_or_wait)

    def _tell_or_wait(self) -> None:
        """Tell the batch, but not while a key is on its way to the screen."""
        wait_s = min(self._hold.wait_s, self._told_at + LONGEST_S - self._clock())
        if wait_s > 0:
            self._due = asyncio.get_running_loop().call_later(wait_s, self._tell_or_wait)
        else:
            self._flush()

    def _flush(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        heard, self._heard = tuple(self._heard), []
        self._told_at = self._clock()
        if heard:
            self._tell(heard)


def _outdated(waiting: Command, command: Command) -> bool:
    """Whether nobody wants the answer to a waiting command any more, once another one is asked."""
    if _is_count(waiting):
        return _is_count(command)
    return _is_forecast(waiting) and (_is_run(command) or (_is_forecast(command) and type(waiting) is type(command)))


def _is_forecast(command: Command) -> bool:
    return isinstance(command, RunBenchmark | Study) and command.dry


def _is_count(command: Command) -> bool:
    return isinstance(command, CountTokens)


def _is_run(command: Command) -> bool:
    return isinstance(command, RunBenchmark | RunRace | Study) and not _is_forecast(command)
