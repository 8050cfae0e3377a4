"""Which screen a place is. Apart from the table, so that a header can name places without knowing them."""

from collections.abc import Callable

from optlab.tui.home import Home
from optlab.tui.places.charts import ChartsScreen
from optlab.tui.places.guide import GuideScreen
from optlab.tui.places.history import HistoryScreen
from optlab.tui.places.screen import PlaceScreen
from optlab.tui.trim.screen import TrimScreen

ROOMS: dict[str, Callable[[Home], PlaceScreen]] = {
    "trim": TrimScreen,
    "charts": ChartsScreen,
    "history": HistoryScreen,
    "guide": GuideScreen,
}
"""The screen of each place beside the lab, made from its owner."""
