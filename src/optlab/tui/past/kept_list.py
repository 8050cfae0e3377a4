"""The list of what is kept: however many rows there are, only those in sight are made and painted."""

from typing import ClassVar

from rich.segment import Segment as Cell
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from optlab.tui.past.book import Book, Entry
from optlab.tui.past.paint import Column, Part, Tone, columns_of, heading, painted
from optlab.tui.past.shelf import Row, Shelf

_COLOURS: dict[Tone, tuple[str, float]] = {
    "plain": ("foreground", 1.0),
    "strong": ("foreground", 1.0),
    "dim": ("foreground", 0.6),
    "good": ("success", 1.0),
    "warm": ("warning", 1.0),
    "hot": ("error", 1.0),
    "real": ("error", 1.0),
}
REMEMBERED = 1_000
"""Painted rows that are kept."""


class KeptList(ScrollView, can_focus=True):
    """Rows with a cursor. What is done with the entry at the cursor is the screen's to say."""

    DEFAULT_CSS = """
    KeptList {
        height: 1fr;
        background: transparent;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(-1)", show=False),
    ]

    class Moved(Message):
        """Other rows are in sight, or another one is at the cursor."""

    class Chosen(Message):
        """A click asked for the entry at the cursor in full."""

    class Turned(Message):
        """A click asked for the study at the cursor to be unfolded, or folded."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shelf = Shelf(Book())
        self._columns: tuple[Column, ...] = columns_of(0)
        self._strips: dict[int, Strip] = {}
        self._styles: dict[Tone, Style] = {}
        self._telling = False
        self.at = 0

    @property
    def row(self) -> Row | None:
        """The row at the cursor."""
        return self._shelf.row(self.at) if self.at < len(self._shelf) else None

    @property
    def entry(self) -> Entry | None:
        """The entry at the cursor, where it was read."""
        return self.row.entry if self.row else None

    @property
    def in_sight(self) -> tuple[int, int]:
        """Numbers of the first and of the last entry in sight."""
        top = self.scroll_offset.y
        last = max(top, min(top + self._room, len(self._shelf)) - 1)
        return self._shelf.row(top).number, self._shelf.row(last).number

    @property
    def rows_in_sight(self) -> list[Row]:
        """The rows in sight."""
        top = self.scroll_offset.y
        return [self._shelf.row(at) for at in range(top, min(top + self._room, len(self._shelf)))]

    @property
    def plain(self) -> list[str]:
        """The rows in sight as they are painted, without colours; the heading first."""
        rows = ("".join(words for words, _ in painted(row, self._columns)) for row in self.rows_in_sight)
        return [heading(self._columns).rstrip(), *(row.rstrip() for row in rows)]

    def show(self, shelf: Shelf) -> None:
        """Show these rows; the cursor stays on its entry where that is still there, and at the top where it was."""
        here = self.entry
        self._shelf = shelf
        found = shelf.find(here.id) if here is not None and self.at else None
        moved = 0 if found is None else found - self.at
        self.at = max(0, min(self.at + moved, len(shelf) - 1))
        self._strips.clear()
        self.virtual_size = Size(self._width, len(shelf) + 1)
        if moved:
            self.scroll_to(y=self.scroll_offset.y + moved, animate=False, immediate=True)
        self.refresh()

    def to_top(self) -> None:
        """Put the cursor on the first row: the list is another one."""
        self.at = 0
        self.scroll_to(y=0, animate=False, immediate=True)

    def go_to(self, at: int) -> None:
        """Put the cursor on a row, and the row into view."""
        at = max(0, min(at, len(self._shelf) - 1))
        if at == self.at:
            return
        for number in (self.at, at):
            self._paint_anew(number)
        self.at = at
        self._into_view()
        self._tell()

    def _tell(self) -> None:
        """Tell once that something moved, however often it did since it was told last."""
        if not self._telling:
            self._telling = True
            self.call_later(self._told)

    def _told(self) -> None:
        self._telling = False
        self.post_message(self.Moved())

    def _into_view(self) -> None:
        top = self.scroll_offset.y
        if self.at < top:
            self.scroll_to(y=self.at, animate=False, immediate=True)
        elif self.at >= top + self._room:
            self.scroll_to(y=self.at - self._room + 1, animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other rows are in sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._tell()

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.go_to(self.at + by)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self.go_to(self.at + by * max(1, self._room - 1))

    def action_go(self, to: int) -> None:
        """The first row, or the last."""
        self.go_to(to if to >= 0 else len(self._shelf) - 1)

    def on_click(self, event: events.Click) -> None:
        """Go to a row; its mark unfolds it, a second click opens it."""
        at = event.y - 1 + self.scroll_offset.y
        if event.y == 0 or not 0 <= at < len(self._shelf):
            return
        self.go_to(at)
        if event.x <= 2:
            self.post_message(self.Turned())
        elif event.chain == 2:
            self.post_message(self.Chosen())

    def on_resize(self) -> None:
        self._columns = columns_of(self._width)
        self._strips.clear()
        self.virtual_size = Size(self._width, len(self._shelf) + 1)
        self.refresh()
        self.call_after_refresh(self._into_view)
        self._tell()

    def on_focus(self) -> None:
        self._paint_anew(self.at)

    def on_blur(self) -> None:
        self._paint_anew(self.at)

    def notify_style_update(self) -> None:
        """Colours changed."""
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    @property
    def _width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    @property
    def _room(self) -> int:
        """Rows that fit below the heading."""
        return max(1, self.scrollable_content_region.height - 1)

    def _paint_anew(self, at: int) -> None:
        self._strips.pop(at, None)
        self.refresh(Region(0, at + 1 - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:  # the heading stays where it is
            words = heading(self._columns) if len(self._shelf) else ""
            return Strip([Cell(words, self._style("dim"))]).crop_extend(0, width, self.rich_style)
        at = y - 1 + self.scroll_offset.y
        if at >= len(self._shelf):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(at)
        if strip is None:
            if len(self._strips) >= REMEMBERED:
                self._strips.clear()
            strip = self._strips[at] = self._strip(at)
        return strip.crop_extend(0, width, self.rich_style)

    def _strip(self, at: int) -> Strip:
        parts: list[Part] = painted(self._shelf.row(at), self._columns)
        ground = self._ground(at == self.at)
        return Strip([Cell(words, self._style(tone) + ground) for words, tone in parts])

    def _ground(self, here: bool) -> Style:
        if not here:
            return Style()
        colours = self.app.theme_variables
        amount = 0.35 if self.has_focus else 0.15
        blend = Color.parse(colours["background"]).blend(Color.parse(colours["primary"]), amount)
        return Style(bgcolor=blend.rich_color, bold=True if self.has_focus else None)

    def _style(self, tone: Tone) -> Style:
        if tone not in self._styles:
            colours = self.app.theme_variables
            name, strength = _COLOURS[tone]
            colour = Color.parse(colours["background"]).blend(Color.parse(colours[name]), strength)
            strong = Style(bold=True) if tone in ("strong", "real") else Style()
            self._styles[tone] = self.rich_style + Style(color=colour.rich_color) + strong
        return self._styles[tone]
