"""The dialog that opens a scenario: recent files, those that come with optlab, and any path, which tab completes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from optlab.core.scenario import ScenarioHead
from optlab.render.format import line
from optlab.tui.files.names import Choice, choices, completed
from optlab.tui.trim.dialog import DIALOG_CSS

_KINDS = {"recent": "recent", "bundled": "optlab", "file": "file", "folder": "folder"}


class OpenScreen(ModalScreen[None]):
    """Asks for what was typed to be opened, and stays until that is on the desk, or the user has had enough."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now"),
        Binding("tab", "complete", "Complete"),
        Binding("down", "step(1)", "Next"),
        Binding("up", "step(-1)", "Previous"),
        Binding("pagedown", "step(8)", "Further"),
        Binding("pageup", "step(-8)", "Back"),
    ]
    DEFAULT_CSS = f"""
    OpenScreen {{
        {DIALOG_CSS}
        Input {{ width: 1fr; }}
        #told {{ display: none; color: $text-warning; }}
        #told.-said {{ display: block; }}
        OptionList {{
            height: auto;
            max-height: 14;
            border: none;
            padding: 0;
            background: $surface;
            margin-top: 1;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }}
    }}
    """

    def __init__(
        self, recent: Sequence[str], heads: Sequence[ScenarioHead], folder: Path, ask: Callable[[str], None]
    ) -> None:
        """`ask` has something opened, as it was typed; its end is told to `opened` or `refused`."""
        super().__init__()
        self._ask = ask
        self._asking = False
        self._recent = recent
        self._heads = heads
        self._folder = folder
        self._shown: tuple[Choice, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Open a scenario")
            box.border_subtitle = Content("↑ ↓ choose · ⇥ completes a path · ⏎ opens · esc leaves")
            about = "A scenario (.toml), a Messages request (.json), a request log (.jsonl)"
            yield Static(about, classes="about", markup=False)
            yield Input(compact=True, placeholder="a path, or part of a name", id="open-name")
            listed = OptionList(id="open-list", compact=True, markup=False)
            listed.can_focus = False
            yield listed
            yield Static(classes="line", id="told", markup=False)

    def on_mount(self) -> None:
        self._list("")

    def take(self, heads: Sequence[ScenarioHead]) -> None:
        """The scenarios that come with optlab, once they are known."""
        self._heads = heads
        self._list(self.query_one(Input).value)

    def opened(self) -> None:
        """It is on the desk."""
        if self._asking:
            self.dismiss()

    def refused(self, sentence: str) -> bool:
        """Say why it could not be opened, and go on; False where that was not asked here."""
        if not self._asking:
            return False
        self._asking = False
        self._say(sentence)
        return True

    def _say(self, sentence: str) -> None:
        told = self.query_one("#told", Static)
        told.set_class(bool(sentence), "-said")
        told.update(Content(line(sentence)))

    def _open(self, typed: str) -> None:
        if not self._asking:
            self._asking = True
            self._ask(typed)

    def _list(self, typed: str) -> None:
        self._shown = choices(typed, self._recent, self._heads, self._folder)
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(_words(choice)) for choice in self._shown])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._say("")
        self._list(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self._take(self._shown[at])
        elif not event.value.strip():
            self.action_step(1)
        elif len(self._shown) == 1:
            self._take(self._shown[0])
        else:
            self._open(event.value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(self._shown[event.option_index])

    def _take(self, choice: Choice) -> None:
        if choice.kind == "folder":
            self._put(choice.value)
        else:
            self._open(choice.value)

    def _put(self, value: str) -> None:
        field = self.query_one(Input)
        field.value = value
        field.cursor_position = len(value)

    def action_complete(self) -> None:
        """Take over the line that is chosen, else go on with the path as far as there is only one way."""
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self._put(self._shown[at].value)
        else:
            self._put(completed(self.query_one(Input).value, self._folder))

    def action_step(self, by: int) -> None:
        """Another line of the list; above the first one is none, and what is typed counts."""
        listed = self.query_one(OptionList)
        at = -1 if listed.highlighted is None else listed.highlighted
        to = min(at + by, len(self._shown) - 1)
        listed.highlighted = to if to >= 0 else None

    def action_leave(self) -> None:
        """Not now."""
        self.dismiss()


def _words(choice: Choice) -> Content:
    name = f"{line(choice.value):<14} " if choice.about else line(choice.value)
    about = line(choice.about)
    return Content.assemble((f"{_KINDS[choice.kind]:<7} ", "$foreground 50%"), name, (about, "$foreground 60%"))
