"""The user's hand on a run."""

from collections.abc import Callable


class Control:
    """The user's hand on a run: `cancel()` ends it after what is in flight."""

    def __init__(self) -> None:
        self.cancelled = False
        self._then: list[Callable[[], object]] = []

    def cancel(self) -> None:
        """End the run after what is in flight; what was paid for is kept."""
        self.cancelled = True
        for act in self._then:
            act()

    def when_cancelled(self, act: Callable[[], object]) -> None:
        """Have `act` called when the user cancels; at once if that has happened already."""
        self._then.append(act)
        if self.cancelled:
            act()
