"""Two screens over a place: letters to jump by, and a frame's plain text."""

import string
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Footer, Static, TextArea

from optlab.render.format import safe
from optlab.tui.frames.found import title
from optlab.tui.keys import Keys

LETTERS = "asdfghjkl" + "".join(letter for letter in string.ascii_lowercase if letter not in "asdfghjkl")
"""Letters of the overlay, those under the fingers first."""

_key = Keys("plain")


class JumpScreen(ModalScreen[Widget | None]):
    """A letter on every frame; pressing one answers with the frame, anything else with None."""

    DEFAULT_CSS = """
    JumpScreen {
        background: $background 30%;
        & > .letter { width: auto; height: 1; padding: 0 1; background: $accent; color: $background; text-style: bold; }
        & > #what { dock: bottom; width: 1fr; height: 1; padding: 0 1; background: $accent; color: $background; }
    }
    """

    def __init__(self, frames: Sequence[Widget], what: str) -> None:
        super().__init__()
        self._frames = dict(zip(LETTERS, frames, strict=False))
        self._what = what

    def compose(self) -> ComposeResult:
        for letter, frame in self._frames.items():
            label = Static(Content(f"{letter}  {title(frame)}"), classes="letter", markup=False)
            label.styles.position = "absolute"
            label.styles.offset = (frame.region.x + 1, frame.region.y)
            yield label
        yield Static(Content(f"{self._what}: press its letter; any other key goes back"), id="what", markup=False)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss(self._frames.get(event.key))

    def on_click(self, event: events.Click) -> None:
        """The frame whose letter, or which itself, was clicked."""
        at = event.screen_offset
        letters = [
            (label.region, frame) for label, frame in zip(self.query(".letter"), self._frames.values(), strict=True)
        ]
        frames = [(frame.region, frame) for frame in self._frames.values()]
        self.dismiss(next((frame for region, frame in (*letters, *frames) if region.contains_point(at)), None))


class PlainScreen(ModalScreen[None]):
    """A frame's words on a screen of their own, without frames and colours."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("y", "copy", "Copy", "Copy all of it to the clipboard"),
        _key("escape,q", "dismiss", "Back", "Back to where you were", shown_as="esc"),
    ]
    DEFAULT_CSS = """
    PlainScreen {
        background: $background;
        TextArea, TextArea:focus { border: none; padding: 0 1; height: 1fr; background: $background; }
    }
    """

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = safe(words)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield TextArea(self._words, read_only=True, show_line_numbers=False, soft_wrap=True)
        yield Footer(show_command_palette=False, compact=True)

    def action_copy(self) -> None:
        """To the clipboard, by the terminal's own escape sequence."""
        self.app.copy_to_clipboard(self._words)
        self.notify("Copied, where your terminal allows it (OSC 52).", markup=False)
