"""One figure explained, over the lab."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from optlab.render.explain import Explanation
from optlab.render.format import line
from optlab.tui.keys import Keys

_key = Keys("explanation")


class ExplanationScreen(ModalScreen[None]):
    """What a figure is. Any of the closing keys, or a click, goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,enter,q", "dismiss", "Back", "Back to the results", shown_as="esc"),
    ]
    DEFAULT_CSS = """
    ExplanationScreen {
        align: center middle;
        background: $background 40%;
        #explanation {
            width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
            border: round $primary; border-title-color: $primary; background: $surface;
        }
    }
    """

    def __init__(self, explanation: Explanation) -> None:
        super().__init__()
        self._explanation = explanation

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="explanation") as box:
            box.border_title = Content(line(self._explanation.title))
            box.border_subtitle = Content("esc closes")
            yield Static(_words(self._explanation), markup=False)

    def on_click(self) -> None:
        self.dismiss(None)


def _words(explanation: Explanation) -> Content:
    rows = [Content.styled(line(explanation.figure), "bold $text-accent")] if explanation.figure else []
    for label, words in explanation.lines:
        rows.append(Content.assemble((f"{label}  " if label else "· ", "bold $foreground 70%"), line(words)))
    return Content("\n").join(rows)
