"""Which panes of a screen can be seen, what each is called, and which of two neighbours share a boundary."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

FRAMES = ".pane, .chart"
"""What counts as a frame."""


class Boundary(NamedTuple):
    """Where two neighbours of one container meet; `across` is true where they stand side by side."""

    before: Widget
    after: Widget
    across: bool


def frames(screen: Screen[Any]) -> list[Widget]:
    """The frames that can be seen, in reading order; one that only holds other frames is none."""
    seen = [frame for frame in screen.query(FRAMES).results(Widget) if frame.region.area and shown(frame)]
    return [frame for frame in seen if not any(frame in inner.ancestors for inner in seen)]


def shown(widget: Widget) -> bool:
    """Whether a widget and all that it stands in are displayed."""
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))


def frame_of(screen: Screen[Any], widget: Widget | None) -> Widget | None:
    """The frame that a widget stands in, or is."""
    if widget is None:
        return None
    standing = set(widget.ancestors_with_self)
    return next((frame for frame in frames(screen) if frame in standing), None)


def focusable(frame: Widget) -> Widget | None:
    """What of a frame takes the focus: the frame, or the first of its parts that can."""
    inside = (frame, *frame.walk_children(Widget))
    return next((widget for widget in inside if widget.focusable and shown(widget)), None)


def title(frame: Widget) -> str:
    """What a frame is called on the screen: the words of its border, else its name in the code."""
    return words_of(frame.border_title) or frame.id or ""


def words_of(border: str | None) -> str:
    """The words of a border, which come back from a widget as markup."""
    return Content.from_markup(border).plain if border else ""


def boundaries(screen: Screen[Any]) -> Iterator[Boundary]:
    """Every boundary between neighbours that are frames or hold some, nearest to the frames first."""
    containers = {parent for frame in frames(screen) for parent in frame.ancestors if isinstance(parent, Widget)}
    for container in sorted(containers, key=lambda widget: -len(widget.ancestors)):
        if isinstance(container, Screen) or len(held := _parts(container)) < 2:
            continue
        across = held[0].region.y == held[1].region.y
        for before, after in pairwise(held):
            yield Boundary(before, after, across)


def neighbours(boundary: Boundary) -> list[Widget]:
    """All parts of the container that a boundary is in."""
    parent = boundary.before.parent
    assert isinstance(parent, Widget)
    return _parts(parent)


def _parts(container: Widget) -> list[Widget]:
    """The children of a container that can be seen and that share its room: no line of a fixed height among them."""
    seen = (child for child in container.children if child.display and child.region.area)
    return [child for child in seen if _is_frame(child) or child.query(FRAMES)]


def _is_frame(widget: Widget) -> bool:
    return widget.has_class("pane") or widget.has_class("chart")
