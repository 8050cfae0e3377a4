"""The first line: where one is, what is on the bench, where figures come from, and what is going on."""

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from optlab.render.format import line
from optlab.tui.places.table import BY_NAME, LAB, PLACES
from optlab.tui.scene import Scene

_NAME = " optlab "
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

    scenario: reactive[str] = reactive("")
    """Name of the scenario and its model."""

    badge: reactive[str] = reactive("")
    """SIMULATED, MEASURED or REPLAYED with the time scale; empty until it is known."""

    state: reactive[str] = reactive("")
    """What is going on, in a few words."""

    working: reactive[bool] = reactive(False)
    """Whether something is under way."""

    def show(self, scene: Scene) -> None:
        """Take in a scene."""
        scenario = scene.desk.scenario
        self.scenario = f"{scenario.name} · {scenario.model}" if scenario else scene.desk.source
        self.badge, self.state = scene.badge, scene.state
        self.working = scene.running

    def render(self) -> RenderResult:
        places = [(words, "reverse bold" if name == self.place else "") for name, words in self._places()]
        badge = f" {line(self.badge)} " if self.badge else ""
        state = f" {line(self.state)} "
        taken = sum(cell_len(words) for words, _ in places)
        room = self.size.width - len(_NAME) - taken - cell_len(badge) - cell_len(state)
        name = _cut(f" {line(self.scenario)} ", room)
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
