"""F1: what the keys do and what the words mean."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

_WORDS = (
    ("baseline, candidate", "the request as written, and with levers on"),
    ("race", "one call of each at the same moment; it proves nothing"),
    ("benchmark", "pairs of runs in random order, then a verdict"),
    ("first token, in total", "the wait for some text, and for all"),
    ("ADOPT, ROLL BACK", "a gain is proven, nothing is worse; or something is"),
    ("NOISE, NOT YET KNOWN", "no useful gain; or more pairs are needed"),
    ("grey clock, green figure", "the screen's own; the measuring process's"),
)


class HelpScreen(ModalScreen[None]):
    """One page over the lab."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss", "Close")]
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        #page {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $primary;
            background: $surface;
            padding: 0 2;
        }
    }
    """

    def __init__(self, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self._offered = tuple(bindings)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page") as page:
            page.border_title = Content("Help")
            page.border_subtitle = Content("esc closes")
            yield Static(Content("\n").join([*self._keys(), Content(""), *_words()]), markup=False)

    def _keys(self) -> list[Content]:
        rows = []
        for binding in self._offered:
            if binding.tooltip:
                key = binding.key_display or binding.key
                rows.append(Content.assemble((f"{key:<6}", "bold $primary"), binding.tooltip))
        return rows


def _words() -> list[Content]:
    return [Content.assemble((word, "bold"), (f": {meaning}", "$foreground 60%")) for word, meaning in _WORDS]
