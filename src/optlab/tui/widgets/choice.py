"""One of a few words: a click, space, enter or an arrow takes another one."""

from typing import ClassVar

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from optlab.render.format import line


class Choice(Widget, can_focus=True):
    """A value out of a short list, on one line."""

    DEFAULT_CSS = """
    Choice {
        height: 1;
        width: auto;
        color: $text-primary;
        &:focus { text-style: reverse; }
        &:hover { text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter,right", "next", "Next value", show=False),
        Binding("left", "next(-1)", "The value before", show=False),
    ]

    value: reactive[str] = reactive("", layout=True)
    """What is chosen."""

    class Changed(Message):
        """Another value was taken."""

        def __init__(self, choice: "Choice", value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> "Choice":
            """The widget that was used."""
            return self.choice

    def __init__(self, options: tuple[str, ...], value: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = options
        self.set_reactive(Choice.value, value)

    def render(self) -> RenderResult:
        return Content(f"‹{line(self.value)}›")

    def on_click(self) -> None:
        self.action_next()

    def action_next(self, by: int = 1) -> None:
        """Take the next value of the list, the first after the last; with -1 the one before."""
        at = self._options.index(self.value) if self.value in self._options else -1
        self.value = self._options[(at + by) % len(self._options)]
        self.post_message(self.Changed(self, self.value))
