"""The dialog of free wins: offered one by one with a reason, taken or passed."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from optlab.cuts.wins import FreeWin
from optlab.render.cuts import visible_blanks
from optlab.render.format import line, safe
from optlab.tui.trim.dialog import DIALOG_CSS

QUOTED = 300
"""Characters of the words that would go, at most."""
NO_MORE = "No more free wins."
NONE = "No free win: no word of this prompt can go, or move, without asking a model."


class WinsScreen(ModalScreen[None]):
    """Offers what `find` finds; `take` applies one and gives a sentence where it cannot; `undo` takes it back."""

    AUTO_FOCUS = "#yes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take it", priority=True),
        Binding("n,right,down,space", "step(1)", "Next"),
        Binding("p,left,up", "step(-1)", "The one before"),
        Binding("u", "undo", "Undo"),
        Binding("escape", "dismiss", "Enough"),
    ]
    DEFAULT_CSS = f"""
    WinsScreen {{ {DIALOG_CSS}
        #offer {{ height: auto; max-height: 16; scrollbar-size-vertical: 1; }}
        .buttons {{ margin-top: 1; }}
    }}
    """

    def __init__(
        self,
        find: Callable[[], tuple[FreeWin, ...]],
        take: Callable[[FreeWin], str],
        undo: Callable[[], str],
    ) -> None:
        super().__init__()
        self._find = find
        self._take = take
        self._undo = undo
        self._wins: tuple[FreeWin, ...] = ()
        self._at = 0
        self._note = ""
        self._taken = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box", can_focus=False) as box:
            box.border_title = Content("Free wins: no call is needed")
            yield Static(id="offer", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("Enough (esc)"), id="no", compact=True)
                yield Button(Content("Next (n)"), id="next", compact=True)
                yield Button(Content("Take it (⏎)"), id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._look()

    def _look(self) -> None:
        self._wins = self._find()
        self._at = min(self._at, max(0, len(self._wins) - 1))
        self._show()

    def _show(self) -> None:
        box = self.query_one(".box")
        count = f"{self._at + 1} of {len(self._wins)}" if self._wins else "none"
        box.border_subtitle = Content(f"{count} · u undoes")
        note = [Content.styled(line(self._note), "$text-accent"), Content("")] if self._note else []
        offer = offered(self._wins[self._at]) if self._wins else [Content(NO_MORE if self._taken else NONE)]
        self.query_one("#offer", Static).update(Content("\n").join([*note, *offer]))
        self.query_one("#yes", Button).disabled = not (self._wins and self._wins[self._at].can_be_applied)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        {"yes": self.action_take, "next": self.action_step, "no": self.action_enough}[event.button.id or "no"]()

    def action_enough(self) -> None:
        """Leave."""
        self.dismiss(None)

    def action_step(self, by: int = 1) -> None:
        """Offer another one; the first after the last."""
        if self._wins:
            self._at = (self._at + by) % len(self._wins)
        self._note = ""
        self._show()

    def action_take(self) -> None:
        """Apply the one that is offered, and look again."""
        if isinstance(self.focused, Button) and self.focused.id != "yes":
            self.focused.press()
            return
        if not self._wins:
            self.dismiss(None)
            return
        win = self._wins[self._at]
        if not win.can_be_applied:
            self.app.bell()
            return
        self._note, self._taken = self._take(win), True
        self._look()

    def action_undo(self) -> None:
        """Take back the last step."""
        self._note = self._undo()
        self._look()


def offered(win: FreeWin) -> list[Content]:
    """One offer in words: what goes, what stays, why, and what it saves."""
    helps = ", but helps the cache" if win.kind == "cache" else " by the estimate"
    saves = f"saves ≈{win.tokens:,} tokens a call" if win.tokens else f"saves no token{helps}"
    where = ", ".join(map(line, win.segments))
    lines = [
        Content.assemble((f"{win.kind}", "bold $primary"), (f" in {where} · {saves}", "$foreground 60%")),
        Content.styled(line(win.reason), "bold"),
    ]
    for edit in win.edits:
        blank = not edit.before.strip() and not edit.after.strip()
        before, becomes = ((visible_blanks(text) if blank else _quote(text)) for text in (edit.before, edit.after))
        after: list[Content | str] = [" → ", Content.styled(becomes, "bold $text-success")] if edit.after else []
        lines.append(Content.assemble("  − ", Content.styled(before, "strike $text-error"), *after))
    lines += [
        Content.assemble("  = ", Content.styled(_quote(quote.text), "$text-success"), " stays") for quote in win.keep
    ]
    if win.placed is not None:
        to = f"in front of {line(win.placed.in_front_of)}" if win.placed.in_front_of else "to the end"
        lines.append(Content(f"  ↓ {line(win.placed.segment.name)} moves {to}"))
    if win.cacheable is not None:
        lines.append(Content(f"  then ≈{win.cacheable:,} tokens are a prefix that stays the same"))
    if not win.can_be_applied:
        lines.append(
            Content.styled("  advice: this is done where the variable is made, not in the prompt", "$text-warning")
        )
    return lines


def _quote(text: str) -> str:
    shown = " ".join(safe(text).split()) or "white space"
    return shown if len(shown) <= QUOTED else shown[:QUOTED] + "…"
