"""The History place."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Footer

from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import BY_NAME
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header


class HistoryScreen(PlaceScreen):
    """The History place."""

    PLACE = "history"
    ABOUT = BY_NAME["history"].about

    def compose(self) -> ComposeResult:
        yield Header()
        yield Banner(markup=False)
        yield Vertical(id="history-body")
        yield Footer(show_command_palette=True, compact=True)
