"""A text area for long texts: a key paints the rows it changed, and lays nothing out anew."""

from bisect import bisect_right
from collections.abc import Generator, Hashable, Iterable
from contextlib import contextmanager
from itertools import islice
from typing import Self

from rich.style import Style
from rich.text import Text
from textual.document._document import EditResult, Location
from textual.document._edit import Edit
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widgets import TextArea

from optlab.render.format import safe

BRACKETS_WITHIN = 2000
"""Characters within which the partner of a bracket is looked for; in a long text it would take as long as a frame."""
REMEMBERED = 512
"""Rows."""


class LongText(TextArea):
    """Soft-wrapped plain text. A row is known by what it shows; one that still shows it is not painted again."""

    DEFAULT_CSS = """
    LongText {
        border: none;
        padding: 0;
        background: transparent;
        height: 1fr;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        self._strips: dict[Hashable, Strip] = {}
        self._painted: dict[int, Hashable] = {}
        self._editing = False
        self._ground: Style | None = None
        super().__init__(id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False)

    def get_line(self, line_index: int) -> Text:
        """One line as plain text: what a stranger wrote into a prompt stays text."""
        return Text(safe(self.document.get_line(line_index)), end="", no_wrap=True)

    def line_look(self, line_index: int) -> Hashable:
        """What a line looks like besides the characters of a row: all that `get_line` and the gutter depend on."""
        return None

    def row_look(self, y: int) -> Hashable:
        """All that a row of the screen shows: two rows that are equal in this are painted alike."""
        row = self.scroll_offset.y + y
        known = self.wrapped_document._offset_to_line_info
        if row >= len(known):
            return self.size.width
        line_index, section = known[row]
        line, cuts = self.document.get_line(line_index), self.wrapped_document.get_offsets(line_index)
        start = cuts[section - 1] if section else 0
        end = cuts[section] if section < len(cuts) else len(line)
        begun, (cursor_row, cursor_column) = self.selection
        cursor: Hashable = None
        if cursor_row == line_index:
            here = bisect_right(cuts, cursor_column) == section
            cursor = (cursor_column - start, self._draw_cursor) if here else True
        marked = None if begun == (cursor_row, cursor_column) else (line_index, section, self.selection)
        pair = self._matching_bracket_location
        bracket = None if pair is None or line_index not in (pair[0], cursor_row) else (line_index, section, pair)
        text = line if "\t" in line else line[start:end]
        at = (start, end) if "\t" in line else section == len(cuts)
        return (text, at, cursor, marked, bracket, self.line_look(line_index), self.has_focus, self.size.width)

    def render_line(self, y: int) -> Strip:
        """A row as it was painted when it last looked like this."""
        look = self._painted[y] = self.row_look(y)
        strip = self._strips.get(look)
        if strip is None:
            if len(self._strips) >= REMEMBERED:
                self._strips.clear()
            strip = self._strips[look] = self._render_line(y)
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """See Widget.render_lines. Colours are looked up where they changed, not for every frame."""
        if self.rich_style != self._ground:
            self._strips.clear()
            self._ground = self.rich_style
            self._theme.apply_css(self)
        return super(TextArea, self).render_lines(crop)

    def notify_style_update(self) -> None:
        """Colours changed: what was painted is stale."""
        self._ground = None
        self._strips.clear()
        self._painted.clear()
        super().notify_style_update()

    def _set_theme(self, theme: str) -> None:
        self._ground = None
        super()._set_theme(theme)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """See Widget.refresh. While a key is taken in, only what then looks different is painted."""
        if self._editing and repaint and not layout and not recompose:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    @contextmanager
    def _changed_rows_alone(self) -> Generator[None]:
        before, self._editing = self._editing, True
        try:
            yield
        finally:
            self._editing = before
        if not before:
            self.refresh_changed()

    def refresh_changed(self) -> None:
        """Have the rows painted that look different now."""
        rows = [y for y in range(self.size.height) if y not in self._painted or self._painted[y] != self.row_look(y)]
        if rows:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in rows))

    def edit(self, edit: Edit) -> EditResult:
        """Make an edit."""
        with self._changed_rows_alone():
            return super().edit(edit)

    def move_cursor(
        self, location: Location, select: bool = False, center: bool = False, record_width: bool = True
    ) -> None:
        """Move the cursor."""
        with self._changed_rows_alone():
            super().move_cursor(location, select, center, record_width)

    def _refresh_size(self) -> None:
        size = Size(0, self.wrapped_document.height)
        if size == self.virtual_size:
            return
        if not self.show_vertical_scrollbar or size.height <= self.container_size.height:
            super()._refresh_size()  # the scroll bar may come or go
            return
        # The text grew inside of a place that stays as it is: the bar moves, the screen is not laid out anew.
        self.set_reactive(LongText.virtual_size, size)
        self._scroll_update(size)

    def _yield_character_locations(self, start: Location) -> Iterable[tuple[str, Location]]:
        return islice(super()._yield_character_locations(start), BRACKETS_WITHIN)

    def _yield_character_locations_reverse(self, start: Location) -> Iterable[tuple[str, Location]]:
        return islice(super()._yield_character_locations_reverse(start), BRACKETS_WITHIN)
