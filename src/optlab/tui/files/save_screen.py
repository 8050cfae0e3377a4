"""The dialog that saves the scenario; it asks before it overwrites what it was not told to."""

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
from optlab.render.format import line
from optlab.tui.files.saving import WouldOverwrite
from optlab.tui.trim.dialog import DIALOG_CSS

Save = Callable[[str, bool], str]
"""Saves as a file of this name, over what is there or not; gives its path. Raises UsageError."""


class SaveScreen(ModalScreen[str]):
    """Gives the path of what was saved, or nothing. `free` is a name that may be overwritten without a question."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now"),
    ]
    DEFAULT_CSS = f"SaveScreen {{ {DIALOG_CSS} }}"

    def __init__(self, name: str, about: str, save: Save, free: str = "") -> None:
        super().__init__()
        self._name = name
        self._about = about
        self._save = save
        self._sure_of = free

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Save the scenario: prompt and parameters as they stand")
            box.border_subtitle = Content("⏎ saves · esc leaves")
            yield Static(Content(line(self._about)), classes="about", markup=False)
            with Horizontal(classes="field"):
                yield Label(Content("file"))
                yield Input(self._name, compact=True, select_on_focus=False, id="save-name")
            yield Static(classes="line", id="told", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("Not now (esc)"), id="no", compact=True, tooltip="Write nothing")
                yield Button(Content("Save (⏎)"), id="yes", variant="primary", compact=True, tooltip="Write the file")

    @on(Input.Changed)
    def _another_name(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#told", Static).update("")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._try(event.value)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self._try(self.query_one("#save-name", Input).value)
        else:
            self.dismiss("")

    def _try(self, name: str) -> None:
        """Save; where something would be overwritten, only when asked a second time for the same name."""
        try:
            self.dismiss(self._save(name, bool(name) and self._sure_of == name))
        except UsageError as error:
            self._sure_of = name if isinstance(error, WouldOverwrite) else ""
            self.query_one("#told", Static).update(Content.styled(line(str(error)), "$text-warning"))

    def action_leave(self) -> None:
        """Not now."""
        self.dismiss("")
