"""The user's hand on a run."""

import asyncio
from collections.abc import Callable


class Control:
    """On a run: `cancel()` ends it after what is in flight, `pause()` holds it before its next block."""

    def __init__(self) -> None:
        self.cancelled = False
        self._then: list[Callable[[], object]] = []
        self._going = asyncio.Event()
        self._going.set()

    def cancel(self) -> None:
        """End the run after what is in flight; what was paid for is kept."""
        self.cancelled = True
        self._going.set()
        for act in self._then:
            act()

    @property
    def paused(self) -> bool:
        """Whether the run is to wait, or waits."""
        return not self._going.is_set()

    def pause(self) -> None:
        """Have the run wait before its next block: what stands in a block belongs together."""
        if not self.cancelled:
            self._going.clear()

    def resume(self) -> None:
        """Let it go on."""
        self._going.set()

    async def going(self) -> None:
        """Wait until the run may go on, or is cancelled."""
        await self._going.wait()

    def when_cancelled(self, act: Callable[[], object]) -> None:
        """Have `act` called when the user cancels; at once if that has happened already."""
        self._then.append(act)
        if self.cancelled:
            act()
