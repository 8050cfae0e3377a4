"""The piece at the cursor: its text to read, and a text area while it is edited."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from optlab.core.trim_report import HeatRow
from optlab.cuts.pieces import Piece
from optlab.render.format import line, safe
from optlab.tui.widgets.long_text import LongText

READ = 4000
"""Characters of a piece that are shown to be read; all of it is there to be edited."""


class PieceText(LongText):
    """The text area of a piece."""


class PiecePane(Vertical):
    """Shows a piece, or edits it. Line ends of an edited text are \\n."""

    DEFAULT_CSS = """
    PiecePane {
        #reader { height: 1fr; scrollbar-size-vertical: 1; padding: 0 1; }
        PieceText { display: none; padding: 0 1; }
        &.-editing PieceText { display: block; }
        &.-editing #reader { display: none; }
    }
    """

    class Typed(Message):
        """The text of the piece that is edited is another one now."""

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(id=id, classes=classes)
        self._shown: tuple[Piece, str, HeatRow | None] | None = None
        self._loaded = ""
        self.piece: Piece | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="reader", can_focus=False):
            yield Static(id="piece-text", markup=False)
        yield PieceText()

    @property
    def editing(self) -> bool:
        """Whether a piece is edited."""
        return self.has_class("-editing")

    @property
    def text(self) -> str:
        """The text as it was typed; exactly the piece's own where nothing was."""
        typed = self.query_one(PieceText).text
        assert self.piece is not None
        return self.piece.text if typed == self._loaded else typed

    def show(self, piece: Piece, state: str, heat: HeatRow | None = None) -> None:
        """Show a piece to be read, with what a heat map says of it."""
        if (piece, state, heat) == self._shown:
            return
        self._shown = (piece, state, heat)
        self.border_title = Content(line(piece.name))
        self.border_subtitle = Content(f"{piece.kind}, {state}{worth(heat)}")
        text = safe(piece.text[:READ]) + (" …" if len(piece.text) > READ else "")
        self.query_one("#piece-text", Static).update(Content.styled(text, "strike dim" if state == "off" else ""))

    def edit(self, piece: Piece, *, cut: bool = False) -> None:
        """Begin to edit a piece; one that is cut comes back with what is typed, and that is said."""
        self.piece = piece
        self.add_class("-editing")
        area = self.query_one(PieceText)
        with self.prevent(TextArea.Changed):
            area.load_text(piece.text)
        self._loaded = area.text
        self.border_title = Content(f"edit {line(piece.name)}")
        back = ", and brings back this piece, which is cut" if cut else ""
        self.border_subtitle = Content(f"esc keeps what is typed{back}")
        area.focus()

    def leave(self) -> None:
        """No more editing."""
        self.remove_class("-editing")
        self.piece = self._shown = None

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Typed())


def worth(heat: HeatRow | None) -> str:
    """What a piece contributes, in points, with its interval; empty where no map says it."""
    if heat is None:
        return ""
    low, high = heat.interval.low, heat.interval.high
    known = "interval open" if low is None or high is None else f"{100 * low:+.0f} to {100 * high:+.0f}"
    return f" · {100 * heat.points:+.1f} points ({known})"
