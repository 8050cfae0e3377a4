"""The dialog that writes the trimmed prompt to a file; it asks before it overwrites one."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from optlab.core.errors import UsageError
from optlab.core.scenario import Scenario
from optlab.render.format import line
from optlab.tui.trim.dialog import DIALOG_CSS
from optlab.tui.trim.out import FORMATS, WouldOverwrite, is_there, place_of, suggested
from optlab.tui.widgets.choice import Choice

Write = Callable[[str, str, bool], str]
"""Writes to a path, in a format, over what is there or not; gives where it stands. Raises UsageError."""


class OutScreen(ModalScreen[str]):
    """Gives the place of what was written, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "write", "Write", priority=True),
        Binding("escape", "leave", "Not now"),
    ]
    DEFAULT_CSS = f"OutScreen {{ {DIALOG_CSS} }}"

    def __init__(self, scenario: Scenario, write: Write) -> None:
        super().__init__()
        self._scenario = scenario
        self._write = write
        self._kind = next(iter(FORMATS))
        self._sure_of = ""
        self._told = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Out again: the prompt as it stands")
            box.border_subtitle = Content("⇥ to the format, ← → change it")
            with Horizontal(classes="field"):
                yield Label(Content("as"))
                yield Choice(tuple(FORMATS), self._kind, id="out-kind")
            with Horizontal(classes="field"):
                yield Label(Content("file"))
                name = suggested(self._scenario, self._kind)
                yield Input(name, compact=True, select_on_focus=False, id="out-file")
            yield Static(classes="line", id="told", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("Not now (esc)"), id="no", compact=True)
                yield Button(Content("Write (⏎)"), id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._tell_place()

    @on(Choice.Changed)
    def _another_kind(self, event: Choice.Changed) -> None:
        event.stop()
        box = self.query_one("#out-file", Input)
        if box.value == suggested(self._scenario, self._kind):
            box.value = suggested(self._scenario, event.value)
        self._kind = event.value
        self._tell_place()

    @on(Input.Changed)
    def _another_file(self, event: Input.Changed) -> None:
        event.stop()
        self._tell_place()

    def _tell_place(self) -> None:
        """Where ⏎ would write, and whether it would ask first."""
        place = place_of(self.query_one("#out-file", Input).value)
        if place is None:
            self._say("a file needs a name", "$text-warning")
        elif is_there(place):
            self._say(f"{place} is there already; ⏎ asks before it is overwritten", "$text-warning")
        else:
            self._say(f"a new file: {place}", "$foreground 60%")

    def _say(self, words: str, tone: str, sure_of: str = "") -> None:
        self._sure_of, self._told = sure_of, words
        self.query_one("#told", Static).update(Content.styled(line(words), tone))
        no, yes = ("Keep it (esc)", "Overwrite (⏎)") if sure_of else ("Not now (esc)", "Write (⏎)")
        self.query_one("#no", Button).label = Content(no)
        self.query_one("#yes", Button).label = Content(yes)

    @property
    def told(self) -> str:
        """What the line below the fields says."""
        return self._told

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self.action_write()
        else:
            self.dismiss("")

    def action_write(self) -> None:
        """Write; where a file would be overwritten, only when asked a second time for the same one."""
        if isinstance(self.focused, Button) and self.focused.id == "no":
            self.dismiss("")
            return
        path = self.query_one("#out-file", Input).value
        try:
            self.dismiss(self._write(path, self._kind, bool(path) and self._sure_of == f"{self._kind} {path}"))
        except WouldOverwrite as error:
            self._say(str(error), "$text-error", f"{self._kind} {path}")
        except UsageError as error:
            self._say(str(error), "$text-error")

    def action_leave(self) -> None:
        """Not now."""
        self.dismiss("")
