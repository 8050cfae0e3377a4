"""Unsaved edits written behind the screen: one thread does it all in order, so that no key ever waits for a disk."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from optlab.tui.files.kept import Kept
from optlab.tui.files.unsaved import Slot, left_behind, take_slot

T = TypeVar("T")


class Autosave:
    """Keeps the edits of one scenario at a time. Every method returns at once; what it asks for is done in order.

    `failed` is called, in the thread, with a sentence where edits cannot be kept.
    """

    def __init__(self, folder: Path, failed: Callable[[str], object]) -> None:
        self._folder = folder
        self._failed = failed
        self._thread = ThreadPoolExecutor(1, "autosave")
        self._slot: Slot | None = None

    def keep(self, kept: Kept) -> None:
        """Write edits in the place of those kept before."""
        self._thread.submit(self._keep, kept)

    def drop(self) -> None:
        """Forget the edits: they are saved, or nobody wants them."""
        self._thread.submit(self._let_go, Slot.drop)

    def release(self) -> None:
        """Let go of the edits for good: whoever opens the scenario next is offered them."""
        self._thread.submit(self._let_go, Slot.release)

    def left_behind(self, source: str) -> "Future[tuple[Slot, Kept] | None]":
        """The newest edits of a scenario that a lab which is gone has left; older ones wait for the next time."""
        return self._thread.submit(self._left_behind, source)

    def do(self, work: Callable[[], T]) -> "Future[T]":
        """Do something else that touches the disk."""
        return self._thread.submit(work)

    def close(self) -> None:
        """Do what is still to be done, and let go. This one waits."""
        self.release()
        self._thread.shutdown(wait=True)

    def _keep(self, kept: Kept) -> None:
        try:
            if self._slot is None:
                self._slot = take_slot(self._folder, kept.source)
            self._slot.write(kept)
        except OSError as error:
            self._failed(f"Unsaved edits cannot be kept in {self._folder} ({error.strerror or error}); save them soon.")

    def _let_go(self, how: Callable[[Slot], None]) -> None:
        slot, self._slot = self._slot, None
        if slot is not None:
            with suppress(OSError):
                how(slot)

    def _left_behind(self, source: str) -> tuple[Slot, Kept] | None:
        found = left_behind(self._folder, source)
        for slot, _ in found[1:]:
            slot.release()
        return found[0] if found else None
