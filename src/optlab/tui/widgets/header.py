"""The first line: what is on the bench, where figures come from, and what is going on."""

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from optlab.render.format import line


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

    scenario: reactive[str] = reactive("")
    """Name of the scenario and its model."""

    badge: reactive[str] = reactive("")
    """SIMULATED, MEASURED or REPLAYED with the time scale; empty until it is known."""

    state: reactive[str] = reactive("")
    """What is going on, in a few words."""

    working: reactive[bool] = reactive(False)
    """Whether something is under way."""

    def render(self) -> RenderResult:
        badge = f" {line(self.badge)} " if self.badge else ""
        state = f" {line(self.state)} "
        room = self.size.width - len(" optlab ") - cell_len(badge) - cell_len(state)
        name = _cut(f" {line(self.scenario)} ", room)
        gap = " " * max(0, room - cell_len(name))
        ground = "$error-darken-1" if self.badge.startswith("MEASURED") else "$warning"
        loud = f"bold {'white' if self.badge.startswith('MEASURED') else 'black'} on {ground}"
        return Content.assemble(
            (" optlab ", "bold $primary"),
            (name, "$foreground"),
            gap,
            (badge, loud),
            (state, "bold $text-accent" if self.working else "$foreground 60%"),
        )


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    while text and cell_len(text) > max(0, room - 1):
        text = text[:-1]
    return text + "…" if text else ""
