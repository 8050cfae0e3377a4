"""Where requests are checked, counted and answered: beside the event loop, so that streams keep their times.

One thread for ordinary bodies and one for big ones, not a pool: the interpreter runs one thread at a time, and the more
of them want it, the later the event loop gets its turn. In one thread, too, requests are taken in the order they came.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

_BIG_BODY_BYTES: Final = 256 * 1024

T = TypeVar("T")


class Workbench:
    """Runs the slow parts of requests."""

    def __init__(self) -> None:
        self._ordinary = ThreadPoolExecutor(1, "ordinary bodies")
        self._big = ThreadPoolExecutor(1, "big bodies")

    async def run(self, work: Callable[[], T], body_bytes: int) -> T:
        """The result of `work` for a request with a body of this size; raises what it raises."""
        bench = self._big if body_bytes > _BIG_BODY_BYTES else self._ordinary
        return await asyncio.get_running_loop().run_in_executor(bench, work)
