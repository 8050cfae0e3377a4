"""F1: what the keys do and what the words mean."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

_WORDS = (
    ("baseline, candidate", "the request as written, and the same with the levers that are on"),
    ("race", "one call of each at the same moment, to look at: it proves nothing and no table uses it"),
    ("benchmark", "pairs of runs in random order, until there is a verdict or the pairs are used up"),
    ("first token, in total", "what the person waits for the first text, and for all of it"),
    ("ADOPT, ROLL BACK", "a gain is proven and nothing got worse; or something did"),
    ("NOISE, NOT YET KNOWN", "a useful gain is excluded; or more pairs are needed"),
    ("grey running clock", "the screen's own; green figures come from the process that measures"),
)


class HelpScreen(ModalScreen[None]):
    """One page over the lab."""

    BINDINGS = [Binding("escape,f1,q", "dismiss", "Close")]
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
                key = binding.key_display or binding.key.split(",")[0]
                rows.append(Content.assemble((f"{key:<10}", "bold $primary"), binding.tooltip))
        return rows


def _words() -> list[Content]:
    return [Content.assemble((word, "bold"), (f": {meaning}", "$foreground 60%")) for word, meaning in _WORDS]
