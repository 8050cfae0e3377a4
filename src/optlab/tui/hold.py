"""Input first: what the worker tells waits while a key is on its way to the screen."""

import time
from collections.abc import Callable

AFTER_A_KEY_S = 0.04
"""So long after a key nothing else is begun; its frame is out by then."""


class Hold:
    """Knows when a key was last pressed. Times by `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._typed_at = float("-inf")

    def typed(self) -> None:
        """A key was pressed."""
        self._typed_at = self._clock()

    @property
    def quiet_s(self) -> float:
        """Seconds since the last key."""
        return self._clock() - self._typed_at

    @property
    def wait_s(self) -> float:
        """How long what can wait should still wait, in seconds."""
        return max(0.0, AFTER_A_KEY_S - self.quiet_s)
