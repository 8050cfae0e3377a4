"""The list of rows: painted line by line, of which only those that changed are painted anew."""

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

from optlab.tui.trim.paint import Columns, Mark, Part, Tone, heading, painted
from optlab.tui.trim.rows import Row

_COLOURS: dict[Tone, tuple[str, float]] = {
    "plain": ("foreground", 1.0),
    "strong": ("foreground", 1.0),
    "dim": ("foreground", 0.6),
    "off": ("foreground", 0.6),
    "good": ("success", 1.0),
    "warm": ("warning", 1.0),
    "hot": ("error", 1.0),
}
INTERVALS_FROM = 80
"""Cells of width from which intervals are shown."""


class RowsView(ScrollView, can_focus=True):
    """Rows with a cursor. What is done to the row at the cursor is the screen's to say."""

    DEFAULT_CSS = """
    RowsView {
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
        """Another row is at the cursor."""

    class Switched(Message):
        """A click asked for the row at the cursor to be switched."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._columns = Columns(0)
        self._strips: dict[int, Strip] = {}
        self._styles: dict[Tone, Style] = {}
        self.at = 0

    @property
    def row(self) -> Row | None:
        """The row at the cursor."""
        return self._rows[self.at] if self.at < len(self._rows) else None

    @property
    def mark(self) -> Mark:
        """What is known of the row at the cursor."""
        return self._marks[self.at] if self.at < len(self._marks) else Mark()

    @property
    def plain(self) -> list[str]:
        """Every row as it is painted, without colours; the heading first."""
        rows = zip(self._rows, self._marks, strict=True)
        return [heading(self._columns), *("".join(text for text, _ in self._parts(row, mark)) for row, mark in rows)]

    def show(self, rows: tuple[Row, ...], marks: tuple[Mark, ...]) -> None:
        """Show these rows; the cursor stays on its piece where that is still there."""
        before, self._rows, marks_before, self._marks = self._rows, rows, self._marks, marks
        if len(before) != len(rows) and before:
            here = before[min(self.at, len(before) - 1)]
            kept = (i for i, row in enumerate(rows) if row.piece == here.piece and row.depth == here.depth)
            parent = (i for i, row in enumerate(rows) if row.piece.segment == here.piece.segment)
            self.at = next(kept, next(parent, 0))
        self.at = max(0, min(self.at, len(rows) - 1))
        columns = self._fitting()
        if columns != self._columns or len(before) != len(rows):
            self._columns = columns
            self._strips.clear()
            self.virtual_size = Size(self._width, len(rows) + 1)
            self.refresh()
            return
        for number, (row, mark) in enumerate(zip(rows, marks, strict=True)):
            if row != before[number] or mark != marks_before[number]:
                self._paint_anew(number)

    def go_to(self, at: int) -> None:
        """Put the cursor on a row, and the row into view."""
        at = max(0, min(at, len(self._rows) - 1))
        if at == self.at:
            return
        for number in (self.at, at):
            self._paint_anew(number)
        self.at = at
        self._into_view()
        self.post_message(self.Moved())

    def _into_view(self) -> None:
        """Scroll the row at the cursor into view."""
        room = self.scrollable_content_region.height - 1
        top = self.scroll_offset.y
        if self.at < top:
            self.scroll_to(y=self.at, animate=False, immediate=True)
        elif self.at >= top + room:
            self.scroll_to(y=self.at - room + 1, animate=False, immediate=True)

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.go_to(self.at + by)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self.go_to(self.at + by * max(1, self.scrollable_content_region.height - 2))

    def action_go(self, to: int) -> None:
        """The first row, or the last."""
        self.go_to(to if to >= 0 else len(self._rows) - 1)

    def on_click(self, event: events.Click) -> None:
        number = event.y - 1 + self.scroll_offset.y
        if event.y == 0 or not 0 <= number < len(self._rows):
            return
        self.go_to(number)
        if event.x <= 2 + 2 * self._rows[number].depth:
            self.post_message(self.Switched())

    def on_resize(self) -> None:
        self._columns = self._fitting()
        self._strips.clear()
        self.virtual_size = Size(self._width, len(self._rows) + 1)
        self.refresh()
        self.call_after_refresh(self._into_view)

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

    def _fitting(self) -> Columns:
        return Columns(
            width=self._width,
            heat=any(mark.heat for mark in self._marks),
            found=any(mark.found for mark in self._marks),
            intervals=self._width >= INTERVALS_FROM,
            most=max((mark.heat.points for mark in self._marks if mark.heat), default=0.0),
        )

    def _paint_anew(self, number: int) -> None:
        self._strips.pop(number, None)
        self.refresh(Region(0, number + 1 - self.scroll_offset.y, self.size.width, 1))

    def _parts(self, row: Row, mark: Mark) -> list[Part]:
        return painted(row, mark, self._columns)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:  # the heading stays where it is
            return Strip([Cell(heading(self._columns), self._style("dim"))]).crop_extend(0, width, self.rich_style)
        number = y - 1 + self.scroll_offset.y
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(number)
        if strip is None:
            strip = self._strips[number] = self._strip(number)
        return strip.crop_extend(0, width, self.rich_style)

    def _strip(self, number: int) -> Strip:
        here = number == self.at
        parts = self._parts(self._rows[number], self._marks[number])
        ground = self._ground(here)
        return Strip([Cell(text, self._style(tone) + ground) for text, tone in parts])

    def _ground(self, here: bool) -> Style:
        if not here:
            return Style()
        colours = self.app.theme_variables
        amount = 0.35 if self.has_focus else 0.15
        blend = Color.parse(colours["background"]).blend(Color.parse(colours["primary"]), amount)
        return Style(bgcolor=blend.rich_color, bold=self.has_focus)

    def _style(self, tone: Tone) -> Style:
        if tone not in self._styles:
            colours = self.app.theme_variables
            name, strength = _COLOURS[tone]
            colour = Color.parse(colours["background"]).blend(Color.parse(colours[name]), strength)
            struck = Style(strike=True) if tone == "off" else Style(bold=True) if tone == "strong" else Style()
            self._styles[tone] = self.rich_style + Style(color=colour.rich_color) + struck
        return self._styles[tone]
