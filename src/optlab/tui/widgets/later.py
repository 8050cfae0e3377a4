"""What follows the typing at a distance: done once, a while after it was last asked for."""

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump


class Later:
    """Does something for a widget when nobody has asked for it for `wait_s` seconds. To ask costs next to nothing."""

    def __init__(self, widget: MessagePump, wait_s: float, do: Callable[[], object]) -> None:
        self._widget = widget
        self._wait_s = wait_s
        self._do = do
        self._due_at = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self.owed = False

    def ask(self) -> None:
        """Have it done, not before the wait is over; asked again before that, the wait begins anew."""
        loop = asyncio.get_running_loop()
        self.owed = True
        self._due_at = loop.time() + self._wait_s
        if self._alarm is None:
            self._alarm = loop.call_at(self._due_at, self._look)

    def now(self) -> None:
        """Do at once what is owed, if anything is."""
        if self.owed:
            self.owed = False
            self._do()

    def _look(self) -> None:
        self._alarm = None
        if not self.owed:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._due_at:
            self._alarm = loop.call_at(self._due_at, self._look)
        else:
            self._widget.call_later(self.now)
