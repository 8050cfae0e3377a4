"""A screen that paints a key at once, where Textual would wait for the beat of its frames."""

from textual import events
from textual.screen import Screen

from optlab.tui.hold import Hold


class KeysFirst(Screen[None]):
    """While a key is on its way, paints as soon as there is nothing else to do; else sixty times a second.

    `hold` knows when a key was pressed.
    """

    hold: Hold

    def on_idle(self, event: events.Idle) -> None:
        """Paint before Textual looks whether the next frame is due."""
        if self._dirty_widgets and self.hold.wait_s:
            self._on_timer_update()
