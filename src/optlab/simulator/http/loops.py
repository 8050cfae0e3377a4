"""The event loop of the simulator: timers with the resolution of the clock, and room for many connections."""

import asyncio
import select
import selectors
import sys
from contextlib import suppress
from typing import Final

_FREE_FILES: Final = 65_536

if sys.platform == "linux":

    class PreciseSelector(selectors.EpollSelector):
        """Waits to the microsecond; epoll alone rounds every wait up to the next whole millisecond."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """See `selectors.BaseSelector.select`."""
            if timeout is not None and timeout > 0:
                # An epoll descriptor is readable when any of its own is; select() counts in microseconds. The
                # descriptor is one of the first of the process, far below the 1,024 that select() can take.
                select.select([self.fileno()], [], [], timeout)
                timeout = 0
            return super().select(timeout)

else:
    PreciseSelector = selectors.DefaultSelector


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop that wakes when it should."""
    return asyncio.SelectorEventLoop(PreciseSelector())


def allow_many_files() -> None:
    """Raises the soft limit of open files towards the hard one: a connection is a file."""
    with suppress(ImportError):  # not on every system
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _FREE_FILES if hard == resource.RLIM_INFINITY else min(hard, _FREE_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
