"""One entry in full: the page that the command line prints, as wide as there is room, painted line by line."""

import io

from rich.console import Console
from rich.text import Text
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from optlab.core.report import Report
from optlab.core.study_events import StudyEnd
from optlab.render.drawn import draw_report, draw_sheet
from optlab.render.ends import end_sheet
from optlab.render.format import safe

Page = Report | StudyEnd | str
"""What a page tells: a report, the end of a study, or a sentence."""


def lines_of(page: Page, width: int) -> list[Text]:
    """The page in lines of at most so many cells. What a stranger wrote is text and nothing else."""
    console = Console(
        file=io.StringIO(), width=width, record=True, force_terminal=True, highlight=False, no_color=False, _environ={}
    )
    if isinstance(page, Report):
        draw_report(console, page)
    elif isinstance(page, StudyEnd):
        draw_sheet(console, end_sheet(page))
    else:
        console.print(Text(safe(page)))
    drawn = console.export_text(styles=True).rstrip("\n").split("\n")
    return [_harmless(Text.from_ansi(line, end="", no_wrap=True)) for line in drawn]


def _harmless(text: Text) -> Text:
    return text if safe(text.plain) == text.plain else Text(safe(text.plain), end="", no_wrap=True)


class PageView(ScrollView, can_focus=True):
    """A page to scroll in."""

    DEFAULT_CSS = """
    PageView {
        height: 1fr;
        padding: 0 1;
        background: transparent;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._page: Page = ""
        self._lines: list[Text] = []
        self._strips: dict[int, Strip] = {}

    @property
    def plain(self) -> list[str]:
        """Every line, without its looks."""
        return [line.plain.rstrip() for line in self._lines]

    @property
    def below(self) -> int:
        """Lines that lie below the lower edge."""
        return max(0, round(self.max_scroll_y - self.scroll_y))

    def show(self, page: Page) -> None:
        """Show a page from its top; the one that is there stays as it stands."""
        if page is self._page or page == self._page:
            return
        self._page = page
        self._draw()
        self.scroll_to(y=0, animate=False, immediate=True)

    def turn(self, by: int) -> None:
        """So many pages down, one line of the last one kept."""
        self.scroll_relative(y=by * max(1, self.size.height - 1), animate=False, immediate=True)

    def _draw(self) -> None:
        width = self.scrollable_content_region.width
        self._lines = lines_of(self._page, width) if width > 0 else []
        self._strips.clear()
        self.virtual_size = Size(max(1, width), len(self._lines))
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def notify_style_update(self) -> None:
        """Colours changed."""
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        number, width = y + self.scroll_offset.y, self.size.width
        if number >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(number)
        if strip is None:
            cells = Strip(self._lines[number].render(self.app.console))
            strip = self._strips[number] = cells.apply_style(self.rich_style)
        return strip.crop_extend(0, width, self.rich_style)
