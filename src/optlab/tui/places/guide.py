"""The Guide place."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Footer

from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import BY_NAME
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header


class GuideScreen(PlaceScreen):
    """The Guide place."""

    PLACE = "guide"
    ABOUT = BY_NAME["guide"].about

    def compose(self) -> ComposeResult:
        yield Header()
        yield Banner(markup=False)
        yield Vertical(id="guide-body")
        yield Footer(show_command_palette=True, compact=True)
