"""The face of the History place: the list as far as it was read, and one entry in full beside it or over it."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Footer, Input

from optlab.render.format import line
from optlab.tui.home import Home
from optlab.tui.past.book import PAGE, Book, Entry, Filter
from optlab.tui.past.kept_list import KeptList
from optlab.tui.past.page_view import Page, PageView
from optlab.tui.past.paint import details
from optlab.tui.past.shelf import Shelf
from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import BY_NAME
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header
from optlab.tui.widgets.words import Words

NARROW = 130
"""Below so many cells an opened entry takes the place of the list."""

EMPTY = (
    "Nothing is kept yet. Every race, benchmark and study of the lab or the command line is listed here once it begins."
)
NOTHING = "Nothing of what is kept holds that; esc takes the filter away."
BUSY = "This is read when what runs is over: until then the measuring process does nothing else."
READING = "Reading the history…"
STILL_RUNS = "It still runs, here or in another lab. What it finds is kept at its end."


class PastSurface(PlaceScreen):
    """The list, read by pages: what is in sight is asked for, one page at a time. `entry` is what was opened."""

    PLACE = "history"
    ABOUT = BY_NAME["history"].about
    DEFAULT_CSS = """
    PastSurface {
        background: $background;
        #history-body { height: 1fr; }
        #kept { width: 1fr; }
        #sheet { width: 1fr; display: none; }
        #words { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
        #nothing { display: none; height: 1fr; padding: 1 2; color: $foreground 60%; }
        #details { height: 2; padding: 0 1; color: $foreground 60%; }
        &.-filtered #words { display: block; }
        &.-nothing #nothing { display: block; }
        &.-nothing KeptList { display: none; }
        &.-open #sheet { display: block; }
        &.-open.-narrow #kept { display: none; }
    }
    """

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.filter = Filter()
        self.unfolded: frozenset[str] = frozenset()
        self.entry: Entry | None = None
        self.stale = True
        self.awaited = False

    def compose(self) -> ComposeResult:
        yield Header()
        yield Banner(markup=False)
        with Horizontal(id="history-body"):
            with Vertical(id="kept", classes="pane") as kept:
                kept.border_title = Content("History")
                yield Input(placeholder="words to look for", id="words", compact=True)
                yield Words(id="nothing")
                yield KeptList()
                yield Words(id="details")
            with Vertical(id="sheet", classes="pane"):
                yield PageView()
        yield Footer(show_command_palette=True, compact=True)

    def lay(self) -> None:
        """Put what was read into the list; what another filter found stays until there is something else to show."""
        book = self.home.scene.past
        nothing = self._nothing(book)
        self.set_class(bool(nothing), "-nothing")
        self.query_one("#nothing", Words).say(Content(line(nothing)), layout=True)
        if book.filter == self.filter:
            self.query_one(KeptList).show(Shelf(book, self.unfolded))
        self.entitle()

    def _nothing(self, book: Book) -> str:
        """Why there are no rows; empty where there are some."""
        if book.problem:
            return book.problem
        if book.filter is None:
            return BUSY if self.home.scene.running else READING
        if book.total:
            return ""
        return EMPTY if book.filter == Filter() else NOTHING

    def entitle(self) -> None:
        """Write the filter into the upper edge, where one is into the lower one, and the entry below the list."""
        kept, rows = self.query_one("#kept"), self.query_one(KeptList)
        only = f" · only {line(self.filter.scenario)}" if self.filter.scenario is not None else ""
        holding = f" · holding {line(self.filter.words)}" if self.filter.words else ""
        kept.border_title = Content(f"History{only}{holding}")
        row, entry = rows.row, rows.entry
        kept.border_subtitle = Content(f"{row.number + 1:,} of {self.home.scene.past.total:,}" if row else "")
        self.query_one("#details", Words).say(Content(details(entry) if entry else ""))

    def fetch(self) -> None:
        """Ask for what is in sight and not read; one question at a time, so that none waits that nobody needs."""
        scene, book = self.home.scene, self.home.scene.past
        if self.awaited or scene.dead or (book.problem and not self.stale):
            return
        first, last = self.query_one(KeptList).in_sight
        if self.stale or book.filter != self.filter:
            page: int | None = first // PAGE if book.filter == self.filter else 0
            counted = True
        else:
            page, counted = book.missing(first, last), False
        if page is not None:
            self.stale, self.awaited = False, True
            self.home.tell(self.filter.page(page, counted=counted))

    def show_sheet(self) -> None:
        """Show the entry that was opened, as far as it was read."""
        if self.entry is None:
            return
        sheet = self.query_one("#sheet")
        sheet.border_title = Content(f"{self.entry.id} · {self.entry.provenance.value.upper()}")
        self.query_one(PageView).show(self._page(self.entry))

    def _page(self, entry: Entry) -> Page:
        opened = self.home.scene.past.opened
        if entry.status == "running":
            return f"{details(entry)}\n\n{STILL_RUNS}"
        if opened is None or opened.id != entry.id:
            return BUSY if self.home.scene.running else READING
        return opened.found if opened.found is not None else f"{details(entry)}\n\n{opened.problem}"

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < NARROW, "-narrow")
        self.query_one(Footer).show_command_palette = event.size.width >= 120
