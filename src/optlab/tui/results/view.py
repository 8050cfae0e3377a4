"""The sheet on the screen: painted line by line, with a cursor that goes from figure to figure."""

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from optlab.render.explain import Explanation
from optlab.tui.keys import Keys
from optlab.tui.results.rows import Row, Stop, Tone

_key = Keys("results")

_COLOURS: dict[Tone, tuple[str, float]] = {
    "plain": ("foreground", 1.0),
    "strong": ("foreground", 1.0),
    "dim": ("foreground", 0.6),
    "faint": ("foreground", 0.6),
    "good": ("success", 1.0),
    "bad": ("error", 1.0),
    "warm": ("warning", 1.0),
}
_BADGES: dict[Tone, str] = {"adopt": "success", "roll back": "error", "noise": "foreground", "unknown": "warning"}
"""The ground of the word on a card; its letters are cut out of it."""

Maker = Callable[[int, int], tuple[Row, ...]]
"""Makes the rows for a width and a height in cells."""
Explainer = Callable[[str, int], Explanation]
"""Explains the figure of a key and a column."""


class ResultsView(ScrollView, can_focus=True):
    """Rows with figures. Arrows and clicks choose one, enter or a double click asks what it is, hovering tells."""

    DEFAULT_CSS = """
    ResultsView { height: 1fr; background: transparent; scrollbar-size: 1 1; scrollbar-gutter: stable; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        _key(
            "enter",
            "explain",
            "Explain",
            "Formula, n, interval and what would sharpen the figure at the cursor of the results",
            show=False,
        ),
        Binding("up,k", "move(-1, 0)", show=False),
        Binding("down,j", "move(1, 0)", show=False),
        Binding("left,h", "move(0, -1)", show=False),
        Binding("right", "move(0, 1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "end(-1)", show=False),
        Binding("end", "end(1)", show=False),
    ]

    class Asked(Message):
        """Somebody wants to know what a figure is."""

        def __init__(self, explanation: Explanation) -> None:
            super().__init__()
            self.explanation = explanation

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Maker = lambda width, height: ()
        self._explain: Explainer | None = None
        self._rows: tuple[Row, ...] = ()
        self._strips: dict[int, Strip] = {}
        self._styles: dict[Tone, Style] = {}
        self._at: tuple[int, int] = (0, 0)  # a row, and the number of the figure in it
        self._hovered: Stop | None = None

    @property
    def plain(self) -> list[str]:
        """Every row as it is painted, without colours."""
        return [row.text.rstrip() for row in self._rows]

    @property
    def stop(self) -> Stop | None:
        """The figure at the cursor."""
        stops = self._stops(self._at[0])
        return stops[self._at[1]] if self._at[1] < len(stops) else None

    def show(self, make: Maker, explain: Explainer) -> None:
        """Show these rows; the cursor stays on its figure where that is still there."""
        self._make, self._explain = make, explain
        self._lay_out()

    def _stops(self, row: int) -> tuple[Stop, ...]:
        return self._rows[row].stops if 0 <= row < len(self._rows) else ()

    def _lay_out(self) -> None:
        here, before, size = self.stop, self._rows, self.scrollable_content_region.size
        self._rows = rows = self._make(max(1, size.width), size.height)
        known = [(y, x) for y, row in enumerate(rows) for x in range(len(row.stops))]
        kept = (at for at in known if here and (rows[at[0]].stops[at[1]].key, at[1]) == (here.key, self._at[1]))
        self._at = next(kept, known[0] if known else (0, 0))
        self.virtual_size = Size(max([size.width, *(cell_len(row.text.rstrip()) for row in rows)]), len(rows))
        if len(rows) != len(before):
            self._strips.clear()
            self.refresh()
            return
        for number, (row, old) in enumerate(zip(rows, before, strict=True)):
            if row != old:
                self._paint_anew(number)

    def action_move(self, down: int, right: int) -> None:
        """To the next figure in a direction; where there is none below, the text scrolls on."""
        y, x = self._at
        if right:
            self._go(y, max(0, min(x + right, len(self._stops(y)) - 1)))
            return
        ahead = range(y + down, len(self._rows) if down > 0 else -1, down)
        found = next((row for row in ahead if self._stops(row)), None)
        if found is None:
            self.scroll_relative(y=down, animate=False, immediate=True)
        else:
            self._go(found, min(x, len(self._stops(found)) - 1))

    def action_page(self, by: int) -> None:
        """A page up or down; the cursor stays."""
        self.scroll_relative(y=by * max(1, self.size.height - 1), animate=False, immediate=True)

    def action_end(self, which: int) -> None:
        """To the top or to the end of the text."""
        self.scroll_to(y=0 if which < 0 else len(self._rows), animate=False, immediate=True)

    def action_explain(self) -> None:
        """Ask what the figure at the cursor is."""
        if self.stop is not None and self._explain is not None:
            self.post_message(self.Asked(self._explain(self.stop.key, self.stop.column)))

    def _go(self, y: int, x: int) -> None:
        before, self._at = self._at, (y, x)
        for number in {before[0], y}:
            self._paint_anew(number)
        if self.stop is not None:
            figure = Region(self.stop.start, y, self.stop.end - self.stop.start, 1)
            self.scroll_to_region(figure, animate=False, immediate=True)

    def _under(self, event: events.MouseEvent) -> tuple[int, int] | None:
        """Row and number of the figure under the mouse."""
        y, x = event.y + self.scroll_offset.y, event.x + self.scroll_offset.x
        return next(((y, i) for i, stop in enumerate(self._stops(y)) if stop.start <= x < stop.end), None)

    def on_click(self, event: events.Click) -> None:
        found = self._under(event)
        if found is not None:
            self._go(*found)
            if event.chain > 1:
                self.action_explain()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        found = self._under(event)
        stop = None if found is None else self._stops(found[0])[found[1]]
        if stop != self._hovered:
            self._hovered = stop
            told = None if stop is None or self._explain is None else self._explain(stop.key, stop.column).text
            self.tooltip = None if told is None else Content(told)

    def on_resize(self) -> None:
        self._strips.clear()
        self._lay_out()

    def on_focus(self) -> None:
        self._paint_anew(self._at[0])

    def on_blur(self) -> None:
        self._paint_anew(self._at[0])

    def notify_style_update(self) -> None:
        """Colours changed."""
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    def _paint_anew(self, number: int) -> None:
        self._strips.pop(number, None)
        self.refresh(Region(0, number - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        number, left, width = y + self.scroll_offset.y, self.scroll_offset.x, self.size.width
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(number)
        if strip is None:
            strip = self._strips[number] = self._strip(number)
        return strip.crop_extend(left, left + width, self.rich_style)

    def _strip(self, number: int) -> Strip:
        strip = Strip([Segment(text, self._style(tone)) for text, tone in self._rows[number].parts])
        stop = self.stop
        if not self.has_focus or number != self._at[0] or stop is None:
            return strip
        strip = strip.extend_cell_length(stop.end, self.rich_style)
        before, here, after = (strip.crop(0, stop.start), strip.crop(stop.start, stop.end), strip.crop(stop.end))
        return Strip.join([before, here.apply_style(Style(reverse=True, bold=True)), after])

    def _style(self, tone: Tone) -> Style:
        if tone not in self._styles:
            self._styles[tone] = self.rich_style + self._made(tone)
        return self._styles[tone]

    def _made(self, tone: Tone) -> Style:
        colours = self.app.theme_variables
        back = Color.parse(colours["background"])
        if tone in _BADGES:
            return Style(color=back.rich_color, bgcolor=Color.parse(colours[_BADGES[tone]]).rich_color, bold=True)
        name, strength = _COLOURS[tone]
        colour = back.blend(Color.parse(colours[name]), strength)
        return Style(color=colour.rich_color, bold=tone in ("strong", "faint"))
