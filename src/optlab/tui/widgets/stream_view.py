"""Text that grows at its end: only the last line is ever wrapped anew, only what changed is painted anew."""

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from optlab.render.format import safe


def wrapped(text: str, width: int) -> list[str]:
    """One logical line as rows of at most `width` cells, broken at spaces where there are any."""
    rows: list[str] = []
    row = ""
    for word in _words(text.expandtabs(4)):
        if cell_len(row + word.rstrip(" ")) <= width:
            row += word
            continue
        if row:
            rows.append(row.rstrip(" "))
        *whole, row = chop_cells(word, width) if cell_len(word.rstrip(" ")) > width else [word]
        rows += whole
    rows.append(row)
    return rows


def _words(text: str) -> list[str]:
    words: list[str] = []
    start = 0
    for at in range(1, len(text)):
        if text[at - 1] == " " and text[at] != " ":
            words.append(text[start:at])
            start = at
    return [*words, text[start:]] if text else []


class StreamView(ScrollView, can_focus=True):
    """An append-only view of plain text. It follows its end as long as one stands there."""

    DEFAULT_CSS = """
    StreamView {
        height: 1fr;
        background: transparent;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = [""]  # logical lines, as safe text
        self._rows: list[str] = []
        self._tail = 0  # where the rows of the last logical line begin
        self._held = ""
        self._strips: dict[int, Strip] = {}
        self._following = True

    @property
    def text(self) -> str:
        """All that was written since the last clear, as it is shown."""
        return "\n".join(self._lines)

    def clear(self) -> None:
        """Nothing any more."""
        self._lines, self._rows, self._tail, self._held = [""], [], 0, ""
        self._strips.clear()
        self._measure()
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self._following = True
        self.refresh()

    def append(self, text: str) -> None:
        """Add text at the end. What a stranger wrote is made plain here."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""  # it may be the first half of a line end
        pieces = safe(text.removesuffix("\r") if self._held else text).split("\n")
        self._following = self.is_vertical_scroll_end
        first_row = self._tail
        self._lines[-1] += pieces[0]
        self._wrap_last()
        for piece in pieces[1:]:
            self._lines.append(piece)
            self._tail = len(self._rows)
            self._wrap_last()
        for row in [row for row in self._strips if row >= first_row]:
            del self._strips[row]
        self._measure()
        self._follow()
        top = max(0, first_row - self.scroll_offset.y)
        self.refresh(Region(0, top, self.size.width, max(1, self.size.height - top)))

    @property
    def _width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    def _wrap_last(self) -> None:
        self._rows[self._tail :] = wrapped(self._lines[-1], self._width)

    def _follow(self) -> None:
        if self._following:
            self.scroll_end(animate=False, immediate=True, x_axis=False, force=True)

    def _measure(self) -> None:
        size = Size(self._width, len(self._rows) if self._rows != [""] else 0)
        if size != self.virtual_size:
            if not self.show_vertical_scrollbar or size.height <= self.container_size.height:
                self.virtual_size = size  # the scroll bar may come or go
                return
            # The text grew inside of a place that stays as it is: the bar moves, the screen is not laid out anew.
            self.set_reactive(StreamView.virtual_size, size)
            self._scroll_update(size)

    def on_resize(self, event: events.Resize) -> None:
        self._rows, self._tail = [], 0
        for line in self._lines:
            self._tail = len(self._rows)
            self._rows[self._tail :] = wrapped(line, self._width)
        self._strips.clear()
        self._measure()
        self._follow()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours changed: every painted row is stale."""
        super().notify_style_update()
        self._strips.clear()

    def selection_updated(self, selection: Selection | None) -> None:
        """What is selected with the mouse is painted anew."""
        self._strips.clear()
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under a mouse selection, as rows."""
        return selection.extract("\n".join(self._rows)), "\n"

    def render_line(self, y: int) -> Strip:
        number = y + self.scroll_offset.y
        width = self.size.width
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(number)
        if strip is None:
            strip = self._strips[number] = self._paint(number)
        return strip.crop_extend(0, width, self.rich_style)

    def _paint(self, number: int) -> Strip:
        row, style = self._rows[number], self.rich_style
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is None:
            return Strip([Segment(row, style)]).apply_offsets(0, number)
        start, end = span
        end = len(row) if end == -1 else end
        marked = style + self.screen.get_component_rich_style("screen--selection")
        parts = [Segment(row[:start], style), Segment(row[start:end], marked), Segment(row[end:], style)]
        return Strip([part for part in parts if part.text]).apply_offsets(0, number)
