"""A question with a few answers, each with its key; leaving it answers nothing."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from optlab.render.format import line
from optlab.tui.trim.dialog import DIALOG_CSS


class Answer(msgspec.Struct, frozen=True):
    """One answer: its key, its name, and its words on a button. `about` is shown where one points at it."""

    key: str
    name: str
    words: str
    about: str


class QuestionScreen(ModalScreen[str]):
    """Gives the name of the answer, or nothing."""

    AUTO_FOCUS = "#later"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Not now")]
    DEFAULT_CSS = f"QuestionScreen {{ {DIALOG_CSS} }}"

    def __init__(self, title: str, words: Sequence[str], answers: Sequence[Answer]) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(line(self._title))
            for words in self._words:
                yield Static(Content(line(words)), classes="line", markup=False)
            with Horizontal(classes="buttons line"):
                yield Button(Content("Not now (esc)"), id="later", compact=True, tooltip="Leave everything as it is")
                for answer in self._answers:
                    label = Content(f"{answer.words} ({answer.key})")
                    yield Button(label, id=f"answer-{answer.name}", compact=True, tooltip=answer.about)

    def on_key(self, event: events.Key) -> None:
        """Every answer has its key."""
        for answer in self._answers:
            if event.key == answer.key:
                event.stop()
                self.dismiss(answer.name)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss((event.button.id or "").removeprefix("answer-").removeprefix("later"))

    def action_leave(self) -> None:
        """Not now."""
        self.dismiss("")
