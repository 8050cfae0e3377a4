"""Keeps what is unsaved on the desk, a moment after the last change, and offers what a lab that is gone has left."""

from asyncio import wrap_future
from collections.abc import Callable
from functools import partial

import msgspec
from textual.timer import Timer

from optlab.tui.desk import Desk
from optlab.tui.files import words
from optlab.tui.files.autosave import Autosave
from optlab.tui.files.kept import Kept, edited, kept_of, restored, worth_asking
from optlab.tui.files.question_screen import QuestionScreen
from optlab.tui.files.unsaved import Slot
from optlab.tui.screens.bench import BenchScreen

KEEP_AFTER_S = 1.0
"""Edits are written so long after the last change,"""
KEEP_WITHIN_S = 5.0
"""and so long after the first one at the latest."""


class Keeper:
    """`clock` gives epoch seconds. Nothing is kept before `rest` has told what needs no keeping."""

    def __init__(self, bench: BenchScreen, autosave: Autosave, clock: Callable[[], float]) -> None:
        self._bench = bench
        self._autosave = autosave
        self._clock = clock
        self._base: Desk | None = None
        """What needs no keeping: the desk as it was loaded, or as it was last saved."""
        self._kept = False
        self._since: float | None = None
        self._timer: Timer | None = None

    @property
    def _desk(self) -> Desk:
        return self._bench.scene.desk

    def rest(self, base: Desk | None) -> None:
        """From now on only what differs from this desk is kept."""
        self._base = base
        self._kept = False
        self.changed()

    def leave(self, desk: Desk, to: str) -> None:
        """Another scenario takes the place of a desk: its edits are kept for when it is opened again.

        Where it is the same scenario, read again, the user has given them up.
        """
        if to == desk.source or self._base is None or not worth_asking(desk, self._base):
            self._autosave.drop()
            return
        self._autosave.keep(kept_of(desk, self._clock()))
        self._autosave.release()

    def close(self) -> None:
        """The lab is left on purpose: what would be missed is written at once."""
        self._stop()
        self.leave(self._desk, "")

    def changed(self) -> None:
        """The desk may be another one: keep what is unsaved, a moment after the last change."""
        self._stop()
        if self._base is None:
            return
        if not edited(self._desk, self._base):
            self._since = None
            if self._kept:
                self._kept = False
                self._autosave.drop()
            return
        now = self._clock()
        self._since = now if self._since is None else self._since
        wait_s = max(0.0, min(KEEP_AFTER_S, self._since + KEEP_WITHIN_S - now))
        self._timer = self._bench.set_timer(wait_s, self.keep_now)

    def keep_now(self) -> None:
        """Have what is unsaved written at once."""
        self._stop()
        self._since = None
        if self._base is not None and edited(self._desk, self._base):
            self._kept = True
            self._autosave.keep(kept_of(self._desk, self._clock()))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    async def offer(self, source: str) -> None:
        """Ask whether edits that a lab which is gone has left are wanted."""
        left = await wrap_future(self._autosave.left_behind(source))
        if left is None:
            return
        slot, kept = left
        if self._desk.source != source:
            self._autosave.do(slot.release)
        elif not edited(restored(self._desk, kept), self._desk):
            self._autosave.do(slot.drop)
        else:
            question = QuestionScreen(*words.restore(self._desk, kept, self._clock()))
            self._bench.app.push_screen(question, partial(self._answered, slot, kept))

    def _answered(self, slot: Slot, kept: Kept, answer: str | None) -> None:
        if answer == "restore":
            desk = restored(self._desk, kept)
            self._bench.scene = msgspec.structs.replace(self._bench.scene, desk=desk, note=words.RESTORED)
            self.keep_now()  # written before what was left is dropped: all of it is done in order
        self._autosave.do(slot.drop if answer else slot.release)
