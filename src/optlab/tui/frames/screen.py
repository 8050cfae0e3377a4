"""Keys and mouse that every place has for its frames: maximise, resize, jump, read as plain text."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, TextArea

from optlab.tui.frames.found import Boundary, boundaries, focusable, frame_of, frames, neighbours
from optlab.tui.frames.plain import plain
from optlab.tui.frames.screens import JumpScreen, PlainScreen
from optlab.tui.frames.sizes import moved
from optlab.tui.keys import Keys
from optlab.tui.screens.help import HelpScreen
from optlab.tui.screens.keys_first import KeysFirst

_key = Keys("frame")

STEPS = {"shorter": (-1, False), "taller": (1, False), "narrower": (-4, True), "wider": (4, True)}
"""Cells that one key press moves a boundary, and whether it is one between neighbours side by side."""


class FramedScreen(KeysFirst):
    """A screen whose frames can be handled one by one."""

    ALLOW_IN_MAXIMIZED_VIEW = ".-textual-system,Header,Banner,Footer"
    ESCAPE_TO_MINIMIZE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("m", "maximise", "Maximise", "One pane as large as the screen; again: all panes", show=False),
        _key("ctrl+o", "jump", "Jump", "Go to a pane by its letter", show=False),
        _key("y", "plain", "Plain text", "The words of a pane alone, to copy or to have read aloud", show=False),
        _key("alt+up", "resize('shorter')", "Shorter", "Make the pane in focus shorter", show=False),
        _key("alt+down", "resize('taller')", "Taller", "Make the pane in focus taller", show=False),
        _key("alt+left", "resize('narrower')", "Narrower", "Make the pane in focus narrower", show=False),
        _key("alt+right", "resize('wider')", "Wider", "Make the pane in focus wider", show=False),
        _key("f1", "help", "Help", "This page"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._dragged: Boundary | None = None
        self._held: Widget | None = None

    @property
    def in_text(self) -> bool:
        """Whether letters are text now."""
        return isinstance(self.focused, Input) or (isinstance(self.focused, TextArea) and not self.focused.read_only)

    def action_help(self) -> None:
        """What the keys do."""
        declared = (binding for kind in type(self).__mro__ for binding in kind.__dict__.get("BINDINGS", ()))
        offered = [binding for binding in declared if isinstance(binding, Binding)]
        app = [binding for binding in self.app.BINDINGS if isinstance(binding, Binding)]
        self.app.push_screen(HelpScreen([*offered, *app], _own_keys(self.app)))

    def _with_frame(self, what: str, do: Callable[[Widget], None]) -> None:
        """Do something with the frame in focus; where none is, ask which."""
        here = frame_of(self, self.focused)
        if here is not None:
            do(here)
        else:
            self._choose(what, do)

    def _choose(self, what: str, do: Callable[[Widget], None]) -> None:
        def chosen(frame: Widget | None) -> None:
            if frame is not None:
                do(frame)

        self.app.push_screen(JumpScreen(frames(self), what), chosen)

    def action_jump(self) -> None:
        """Go to a frame by its letter."""
        self._choose("Go to a pane", self._focus)

    def _focus(self, frame: Widget) -> None:
        target = focusable(frame)
        if target is not None:
            target.focus()
        else:
            self.set_focus(None)
            self._maximise(frame)

    def action_maximise(self) -> None:
        """One frame as large as the screen; all of them again."""
        if self.maximized is not None:
            self.minimize()
        else:
            self._with_frame("Maximise a pane", self._maximise)

    def _maximise(self, frame: Widget) -> None:
        self.maximized = frame

    def action_plain(self) -> None:
        """The words of a frame."""
        self._with_frame("Plain text of a pane", self._read)

    def _read(self, frame: Widget) -> None:
        self.app.push_screen(PlainScreen(plain(frame)))

    def action_resize(self, how: str) -> None:
        """Move a boundary of the frame in focus; where none is in focus, ask of which."""
        by, across = STEPS[how]
        self._with_frame("Resize a pane", partial(self._resize, by=by, across=across))

    def _resize(self, frame: Widget, *, by: int, across: bool) -> None:
        focusable_part = focusable(frame)
        if focusable_part is not None and self.focused is None:
            focusable_part.focus()
        standing = set(frame.ancestors_with_self)
        found = [edge for edge in boundaries(self) if edge.across == across]
        ends = next((edge for edge in found if edge.before in standing), None)
        begins = next((edge for edge in found if edge.after in standing), None)
        if ends is not None:
            self._move(ends, by)
        elif begins is not None:
            self._move(begins, -by)
        else:
            self.app.bell()

    def _move(self, boundary: Boundary, by: int) -> None:
        """Give every part of the container a share of its room, as large as it is in cells."""
        parts = neighbours(boundary)
        sizes = [part.outer_size.width if boundary.across else part.outer_size.height for part in parts]
        shares = moved(sizes, parts.index(boundary.before), by, across=boundary.across)
        with self.app.batch_update():
            for part, share in zip(parts, shares, strict=True):
                if boundary.across:
                    part.styles.width = f"{share}fr"
                else:
                    part.styles.height = f"{share}fr"

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of a border that two neighbours share."""
        if self.maximized is not None or event.button != 1:
            return
        x, y = event.screen_x, event.screen_y
        held = next((edge for edge in boundaries(self) if _on(edge, x, y)), None)
        if held is not None:
            self._dragged, self._held = held, self.get_widget_at(x, y)[0]
            self._held.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let the border follow."""
        if self._dragged is None:
            return
        edge = self._dragged.after.region
        by = event.screen_x - edge.x if self._dragged.across else event.screen_y - edge.y
        if by:
            self._move(self._dragged, by)

    def on_mouse_up(self) -> None:
        """Let go of it."""
        if self._held is not None:
            self._held.release_mouse()
        self._dragged = self._held = None


def _on(edge: Boundary, x: int, y: int) -> bool:
    """Whether a cell is on the border of two neighbours."""
    after = edge.after.region
    if edge.across:
        return x in (after.x - 1, after.x) and after.y < y < after.bottom - 1
    return y == after.y and after.x <= x < after.right


def _own_keys(app: object) -> Mapping[str, str]:
    """The keys that the user chose, where the app knows of any."""
    return getattr(app, "own_keys", {})
