"""F1: what the keys do and what the words mean."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
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


_GROUPS = {"frame": "Panes", "place": "Places", "file": "Files", "app": "The lab"}
"""Titles of groups of keys, by the first part of their names; what is in none of them is of the place one is at."""


class HelpScreen(ModalScreen[None]):
    """One page over the lab."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss", "Close")]
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        #page {
            width: 88;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $primary;
            background: $surface;
            padding: 0 2;
        }
    }
    """

    def __init__(self, bindings: Iterable[Binding], keys: Mapping[str, str]) -> None:
        super().__init__()
        self._offered = tuple(binding for binding in bindings if binding.tooltip and binding.id)
        self._own_keys = keys

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page") as page:
            page.border_title = Content("Help")
            page.border_subtitle = Content("esc closes")
            yield Static(
                Content("\n").join([*self._keys(), Content.styled("\nWords", "bold"), *_words()]), markup=False
            )

    def _keys(self) -> Iterator[Content]:
        for group, bindings in groupby(self._offered, _group):
            yield Content.styled(("\n" if group else "") + _GROUPS.get(group, "Keys here"), "bold")
            for binding in bindings:
                own = self._own_keys.get(binding.id or "")
                key = own or binding.key_display or binding.key
                yield Content.assemble((f"{key:<10}", "bold $primary"), binding.tooltip)
        yield Content.styled("\nEvery key can be another one: config.toml, [keys] (docs/config.md).", "$foreground 60%")


def _group(binding: Binding) -> str:
    prefix = (binding.id or "").partition(".")[0]
    return prefix if prefix in _GROUPS else ""


def _words() -> list[Content]:
    return [Content.assemble((word, "bold"), (f": {meaning}", "$foreground 60%")) for word, meaning in _WORDS]
