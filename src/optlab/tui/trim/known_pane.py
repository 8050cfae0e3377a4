"""The pane of what is known: longer words are scrolled by key, and its lower edge says how much is left."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from optlab.tui.widgets.words import Words


class KnownPane(Vertical):
    """Shows findings from their beginning; a new question is shown from the top again."""

    DEFAULT_CSS = """
    KnownPane VerticalScroll { padding: 0 1; scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(id=id, classes=classes)
        self._topic: object = None
        self._badge = ""

    def compose(self) -> ComposeResult:
        self.border_title = Content("What is known")
        with VerticalScroll():
            yield Words(id="findings")

    def on_mount(self) -> None:
        reach = self.query_one(VerticalScroll)
        for changes in ("scroll_y", "virtual_size"):
            self.watch(reach, changes, self._tell)

    @property
    def room(self) -> int:
        """Cells that a line may take."""
        return max(24, (self.size.width or 48) - 5)

    @property
    def below(self) -> int:
        """Lines that lie below the lower edge."""
        reach = self.query_one(VerticalScroll)
        return max(0, round(reach.max_scroll_y - reach.scroll_y))

    def say(self, words: Content, topic: object, badge: str) -> None:
        """Show these words, from their top where the topic is another one than before."""
        self._badge = badge
        self.query_one(Words).say(words, layout=True)
        if topic != self._topic:
            self._topic = topic
            self.query_one(VerticalScroll).scroll_home(animate=False, immediate=True)
        self.call_after_refresh(self._tell)

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell)

    def turn_page(self, by: int) -> None:
        """So many pages down, one line of the last one kept."""
        reach = self.query_one(VerticalScroll)
        reach.scroll_relative(y=by * max(1, reach.size.height - 1), animate=False, immediate=True)

    def _tell(self) -> None:
        reach = self.query_one(VerticalScroll)
        lines = "1 more line" if self.below == 1 else f"{self.below} more lines"
        more = f"{lines}: J · " if self.below else "K goes up · " if reach.scroll_y else ""
        self.border_subtitle = Content(f"{more}{self._badge}")
