"""The words of a frame without its looks: to be copied, or read by a screen reader."""

from collections.abc import Callable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Checkbox, Digits, Input, OptionList, Static, TextArea

from optlab.tui.frames.found import shown, title, words_of
from optlab.tui.results.view import ResultsView
from optlab.tui.trim.rows_view import RowsView
from optlab.tui.widgets.chart_view import ChartView
from optlab.tui.widgets.choice import Choice
from optlab.tui.widgets.stream_view import StreamView


def _static(widget: Static) -> str:
    shown_as = widget.visual
    return shown_as.plain if isinstance(shown_as, Content) else str(shown_as)


_READERS: tuple[tuple[type[Widget], Callable[..., str]], ...] = (
    (TextArea, lambda widget: widget.text),
    (StreamView, lambda widget: widget.text),
    (ResultsView, lambda widget: "\n".join(widget.plain)),
    (RowsView, lambda widget: "\n".join(widget.plain)),
    (ChartView, lambda widget: f"{title(widget)}\n{widget.plain}"),
    (OptionList, lambda widget: "\n".join(str(option.prompt) for option in widget.options)),
    (Digits, lambda widget: widget.value),
    (Checkbox, lambda widget: f"[{'x' if widget.value else ' '}] {widget.label.plain}"),
    (Choice, lambda widget: widget.value),
    (Input, lambda widget: widget.value or widget.placeholder),
    (Static, _static),
)
"""Kinds of widgets that have words, the most special first."""


def plain(frame: Widget) -> str:
    """Title, words and footing of a frame, part by part in reading order; what is hidden is left out.

    Parts on one row of the screen stand on one line.
    """
    parts = [(widget.region.y, _words(widget)) for widget in (frame, *frame.walk_children(Widget)) if shown(widget)]
    lines: list[str] = []
    row = None
    for y, words in parts:
        if not words:
            continue
        if y == row and lines and "\n" not in words:
            lines[-1] += f" {words}"
        else:
            lines.append(words)
        row = y
    return "\n".join(filter(None, (title(frame), *lines, words_of(frame.border_subtitle)))) + "\n"


def _words(widget: Widget) -> str:
    reader = next((reader for kind, reader in _READERS if isinstance(widget, kind)), None)
    return "" if reader is None else reader(widget).rstrip()
