"""The prompt editor: one text area for all segments, a header line and a coloured bar for each."""

import re
from collections.abc import Hashable, Mapping
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment as Cell
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from optlab.core.prompt import Prompt
from optlab.render.format import line, safe
from optlab.tui.segments import Change, SegmentText
from optlab.tui.widgets.long_text import LongText

SERIES = ("primary", "success", "accent", "warning", "secondary", "error")
BAR = 2
"""Columns of the gutter: the bar and a space."""


class PromptEditor(LongText):
    """Edits the bodies of segments; header lines cannot be edited, a click on one switches its segment."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "switch_segment", "Switch segment", tooltip="Switch the segment at the cursor off or on"),
    ]

    class Edited(Message):
        """The text of a segment is another one now."""

    class Switched(Message):
        """The user wants a segment off or on."""

        def __init__(self, index: int, clicked: bool = False) -> None:
            super().__init__()
            self.index = index
            self.clicked = clicked

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._layout: SegmentText | None = None
        self._off: frozenset[str] = frozenset()
        self._tokens: tuple[int, ...] = ()
        self._variables: re.Pattern[str] | None = None
        self._owners: list[int] = []
        self._colours: dict[str, Style] = {}

    @property
    def _document_lines(self) -> list[str]:
        return self.document.lines

    def load(self, prompt: Prompt, variables: Mapping[str, str]) -> None:
        """Begin anew with a prompt. `variables` are the names that a sample will fill in."""
        self._layout = SegmentText.of(prompt)
        names = "|".join(map(re.escape, variables))
        self._variables = re.compile(r"\{(?:" + names + r")\}") if names else None
        self._off = frozenset(segment.name for segment in prompt.segments if not segment.on)
        self.load_text(self._layout.text())
        self._reread()
        self.move_cursor((1, 0))

    @property
    def prompt(self) -> Prompt:
        """The prompt as it stands."""
        return self._layout.prompt(self._document_lines, self._off) if self._layout else Prompt(())

    def put(self, prompt: Prompt) -> None:
        """Give every segment the text and the state it has in `prompt`, by edits that can be undone."""
        self._off = frozenset(segment.name for segment in prompt.segments if not segment.on)
        assert self._layout is not None
        for index in reversed(range(len(prompt.segments))):
            now = self.prompt.segments[index]
            if now.text == prompt.segments[index].text:
                continue
            lines = self._document_lines
            heads = [*self._layout.headers(lines), len(lines)]
            last = heads[index + 1] - 1
            self.replace(prompt.segments[index].text, (heads[index] + 1, 0), (last, len(lines[last])))
        self.refresh_changed()

    def annotate(self, tokens: tuple[int, ...]) -> None:
        """Show these token estimates in the header lines."""
        self._tokens = tokens
        self.refresh_changed()

    def edit(self, edit: Edit) -> EditResult:
        """Make an edit, unless it touches a header line."""
        if self._layout is not None:
            wanted = Change(edit.text, edit.top, edit.bottom)
            allowed = self._layout.allowed(wanted, self._document_lines)
            if allowed is None:
                self.app.bell()
                return EditResult(self.cursor_location, "")
            if allowed != wanted:
                edit = Edit(allowed.text, allowed.top, allowed.bottom, edit.maintain_selection_offset)
        return super().edit(edit)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._reread()
        self.post_message(self.Edited())

    def _reread(self) -> None:
        self._owners = self._layout.owners(self._document_lines) if self._layout else []
        self.refresh_changed()

    def action_switch_segment(self) -> None:
        """Switch the segment at the cursor."""
        row = self.cursor_location[0]
        if row < len(self._owners):
            self.post_message(self.Switched(self._owners[row]))

    async def _on_mouse_down(self, event: events.MouseDown) -> None:
        row, _ = self.get_target_document_location(event)
        at = event.get_content_offset(self)
        if self._layout is not None and at is not None and self.document.get_line(row) == self._layout.marker:
            event.prevent_default()
            event.stop()
            self.post_message(self.Switched(self._owners[row], clicked=True))
            return
        await super()._on_mouse_down(event)

    @property
    def gutter_width(self) -> int:
        """Room for the bar."""
        return BAR

    def notify_style_update(self) -> None:
        """Colours changed."""
        self._colours.clear()
        super().notify_style_update()

    def line_look(self, line_index: int) -> Hashable:
        """A line looks like its segment; a variable may reach over the end of a row."""
        if self._layout is None or line_index >= len(self._owners):
            return None
        owner, raw = self._owners[line_index], self.document.get_line(line_index)
        off = self._layout.segments[owner].name in self._off
        if raw == self._layout.marker:
            return owner, off, self._tokens[owner : owner + 1]
        return owner, off, raw if self._variables is not None and "{" in raw else ""

    def get_line(self, line_index: int) -> Text:
        """One line as it is shown: a header in words, a body with its variables, both as plain text only."""
        raw = self.document.get_line(line_index)
        if self._layout is None or line_index >= len(self._owners):
            return Text(safe(raw), end="", no_wrap=True)
        owner = self._owners[line_index]
        segment = self._layout.segments[owner]
        off = segment.name in self._off
        if raw == self._layout.marker:
            return self._header(owner, off)
        text = Text(safe(raw), end="", no_wrap=True)
        if off:
            text.stylize(self._colour("foreground", dim=True) + Style(strike=True, dim=True))
        elif self._variables is not None:
            for found in self._variables.finditer(raw):
                text.stylize(self._colour("warning") + Style(bold=True), *found.span())
        return text

    def _header(self, owner: int, off: bool) -> Text:
        assert self._layout is not None
        segment = self._layout.segments[owner]
        role = f" {segment.role}" if segment.role else ""
        left = f"{'○' if off else '●'} {line(segment.name)} · {segment.where}{role} "
        tokens = f"≈{self._tokens[owner]:,} tok" if owner < len(self._tokens) else ""
        right = f" {'off, ' if off else ''}{tokens}"
        room = self.size.width - BAR - self.scrollbar_size_vertical - 1
        rule = "╌" * max(1, room - cell_len(left) - cell_len(right))
        text = Text(end="", no_wrap=True)
        text.append(left, self._series(owner, off) + Style(bold=True, strike=off))
        text.append(rule, self._colour("foreground", dim=True))
        text.append(right, self._colour("foreground", dim=True))
        return text

    def _series(self, owner: int, off: bool) -> Style:
        return self._colour("foreground", dim=True) if off else self._colour(SERIES[owner % len(SERIES)])

    def _colour(self, name: str, dim: bool = False) -> Style:
        key = f"{name}{dim}"
        if key not in self._colours:
            colours = self.app.theme_variables
            colour = Color.parse(colours[name])
            if dim:
                colour = Color.parse(colours["background"]).blend(colour, 0.5)
            self._colours[key] = Style(color=colour.rich_color)
        return self._colours[key]

    def _render_line(self, y: int) -> Strip:
        row = self.scroll_offset.y + y
        known = self.wrapped_document._offset_to_line_info
        strip = super()._render_line(y).crop(0, self.size.width - BAR)
        if not 0 <= row < len(known) or known[row][0] >= len(self._owners) or self._layout is None:
            return Strip.join([Strip([Cell("  ", self.rich_style)]), strip])
        owner = self._owners[known[row][0]]
        off = self._layout.segments[owner].name in self._off
        bar = Cell("╎ " if off else "▌ ", self.rich_style + self._series(owner, off))
        return Strip.join([Strip([bar]), strip])
