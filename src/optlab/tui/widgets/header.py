"""The first line: where one is, what is on the bench, where figures come from, and what is going on."""

from collections.abc import Iterator
from pathlib import Path

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from optlab.render.format import line
from optlab.tui.desk import Desk
from optlab.tui.files.names import ENDINGS
from optlab.tui.files.saving import unsaved
from optlab.tui.places.table import BY_NAME, LAB, PLACES
from optlab.tui.scene import Scene

_NAME = " optlab "
_MARK, _EDITED, _SAID = "● ", "● edited · ", 120
"""Unsaved edits; from so many columns on also in a word."""
_TITLES, _KEYS = 110, 140
"""From so many columns on every place stands in the line, to be clicked, and its key too; below, where one is."""


class Header(Widget):
    """One line; the badge in its middle is never cut off, whatever the width."""

    DEFAULT_CSS = """
    Header {
        dock: top;
        height: 1;
        background: $panel;
        color: $foreground;
    }
    """

    place: reactive[str] = reactive(LAB)
    """The place one is at, by its name in the table of places."""

    desk: reactive[Desk | None] = reactive(None)
    """What is on the bench: its file, its name, its model."""

    edited: reactive[bool] = reactive(False)
    """Whether edits on the bench are in no file yet."""

    badge: reactive[str] = reactive("")
    """SIMULATED, MEASURED or REPLAYED with the time scale; empty until it is known."""

    state: reactive[str] = reactive("")
    """What is going on, in a few words."""

    working: reactive[bool] = reactive(False)
    """Whether something is under way."""

    def show(self, scene: Scene) -> None:
        """Take in a scene."""
        if scene.desk is not self.desk:
            self.desk, self.edited = scene.desk, unsaved(scene.desk)
        self.badge, self.state = scene.badge, scene.state
        self.working = scene.running

    def render(self) -> RenderResult:
        places = [(words, "reverse bold" if name == self.place else "") for name, words in self._places()]
        badge = f" {line(self.badge)} " if self.badge else ""
        state = f" {line(self.state)} "
        taken = sum(cell_len(words) for words, _ in places)
        room = self.size.width - len(_NAME) - taken - cell_len(badge) - cell_len(state)
        said = [f" {line(words)} " for words in self._names()]
        name = next((words for words in said if cell_len(words) <= room), _cut(said[-1], room))
        gap = " " * max(0, room - cell_len(name))
        ground = "$error-darken-1" if self.badge.startswith("MEASURED") else "$warning"
        loud = f"bold {'white' if self.badge.startswith('MEASURED') else 'black'} on {ground}"
        return Content.assemble(
            (_NAME, "bold $primary"),
            *((words, style or "$foreground 70%") for words, style in places),
            (name, "$foreground"),
            gap,
            (badge, loud),
            (state, "bold $text-accent" if self.working else "$foreground 60%"),
        )

    def _names(self) -> Iterator[str]:
        """What is on the bench, in fewer and fewer words; the mark of unsaved edits is in all of them."""
        mark = "" if not self.edited else _EDITED if self.size.width >= _SAID else _MARK
        if self.desk is None or self.desk.scenario is None:
            yield self.desk.source if self.desk else ""
            return
        name, model = self.desk.scenario.name, self.desk.scenario.model
        file = Path(self.desk.source).name
        if file.endswith(ENDINGS):  # what comes with optlab has no file of the user's
            yield f"{mark}{file} · {name} · {model}"
            yield f"{mark}{file} · {model}"
        yield f"{mark}{name} · {model}"

    def _places(self) -> list[tuple[str, str]]:
        """Name and words of every place in the line."""
        width = self.size.width
        if width < _TITLES:
            here = BY_NAME[self.place].title
            return [(self.place, f" {here} {PLACES[0].key}–{PLACES[-1].key} ")]
        return [(place.name, f" {place.key + ' ' if width >= _KEYS else ''}{place.title} ") for place in PLACES]

    async def on_click(self, event: events.Click) -> None:
        """Go to the place that was clicked."""
        left = len(_NAME)
        for name, words in self._places():
            right = left + len(words)
            if left <= event.x < right:
                await self.run_action(f"app.place({name!r})")
                return
            left = right


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    while text and cell_len(text) > max(0, room - 1):
        text = text[:-1]
    return text + "…" if text else ""
