"""The list of the Guide: rows of the decision table, then the exercises with their ticks."""

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from optlab.core.advice_report import Holds, Symptom
from optlab.core.record import Provenance
from optlab.render.advice import saving
from optlab.tui.desk import Desk
from optlab.tui.guide.course import Course
from optlab.tui.guide.exercises import EXERCISES
from optlab.tui.guide.symptoms import WITHOUT, row_of, title

_MARKS: dict[Holds | None, tuple[str, str]] = {
    "yes": ("●", "bold $text-warning"),
    "no": ("–", "$foreground 60%"),
    "not measured": ("?", "$foreground 60%"),
    None: ("·", "$foreground 60%"),
}
"""How a row stands: it applies, it does not, nobody knows, nothing was looked at."""
SYMPTOM, EXERCISE = "symptom:", "exercise:"


class Index(OptionList, inherit_bindings=False):
    """Rows to choose from. A click moves the cursor; a click on the row at the cursor, or enter, does what it says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key for key in OptionList.BINDINGS if not (isinstance(key, Binding) and key.key == "enter")
    ]
    """Enter is the screen's: it does the same wherever the focus is."""
    DEFAULT_CSS = """
    Index {
        padding: 0;
        height: 1fr;
        scrollbar-size-vertical: 1;
        background: transparent;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &:focus { background-tint: $foreground 0%; }
        & > .option-list--option { padding: 0 1; }
        & > .option-list--option-highlighted { background: $primary 12%; color: $foreground; text-style: none; }
        &:focus > .option-list--option-highlighted { background: $primary 28%; color: $foreground; text-style: bold; }
        & > .option-list--option-disabled { color: $text-muted; text-style: bold; }
    }
    """

    class Moved(Message):
        """The cursor is at another row."""

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(id=id, classes=classes, markup=False, compact=True)
        self.tooltip = "↑ ↓ choose, ⏎ goes to the lab with it, r measures"
        self._drawn: tuple[object, ...] = ()

    @property
    def symptom(self) -> Symptom | None:
        """The symptom at the cursor, where one is."""
        chosen = (self._chosen or "").removeprefix(SYMPTOM)
        return next((symptom for symptom in WITHOUT if symptom == chosen), None)

    @property
    def exercise(self) -> str:
        """The name of the exercise at the cursor; empty where none is."""
        return self._chosen.removeprefix(EXERCISE) if self._chosen and self._chosen.startswith(EXERCISE) else ""

    @property
    def _chosen(self) -> str | None:
        option = self.highlighted_option
        return option.id if option is not None else None

    @property
    def plain(self) -> str:
        """All rows as text."""
        return "\n".join(str(option.prompt) for option in self.options)

    def choose(self, name: str) -> None:
        """Put the cursor on an exercise."""
        self.highlighted = self.get_option_index(EXERCISE + name)

    def show(self, course: Course, desk: Desk) -> None:
        """Show how every row stands."""
        drawn = (course.ticks, course.advice_on(desk), self.content_size.width)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        options = list(_options(course, desk))
        if self.option_count != len(options):
            self.set_options(options)
            self.highlighted = next(i for i, option in enumerate(options) if option.id == EXERCISE + EXERCISES[0].name)
            return
        for option in options:
            if option.id is not None:
                self.replace_option_prompt(option.id, option.prompt)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved())

    def on_resize(self, event: events.Resize) -> None:
        self.scroll_to_highlight()

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        clicked: int | None = event.style.meta.get("option")
        if clicked is None or self.get_option_at_index(clicked).disabled:
            return
        if clicked == self.highlighted:
            self.action_select()
        else:
            self.highlighted = clicked


def _options(course: Course, desk: Desk) -> Iterator[Option]:
    report = course.advice_on(desk)
    kept = f"  {report.provenance.value.upper()} · n = {report.runs}" if report is not None else ""
    yield Option(Content.assemble("Decision table", (kept, "not bold $foreground 60%")), id="table", disabled=True)
    for symptom, without in WITHOUT.items():
        row = row_of(report, symptom)
        mark, style = _MARKS[row.holds if row is not None else None]
        worth = saving(row, report).split(" (")[0] if row is not None and report is not None else ""
        worth = f"  {worth} a call" if worth and row is not None and row.holds == "yes" else ""
        lever = title(row.lever if row is not None else without.lever)
        yield Option(
            Content.assemble(
                (f"{mark} ", style), symptom.ljust(15), (f"→ {lever}", "$text-primary"), (worth, "$foreground 60%")
            ),
            id=SYMPTOM + symptom,
        )
    done = sum(exercise.name in course.ticks for exercise in EXERCISES)
    yield Option(Content(f"Exercises  {done} of {len(EXERCISES)}"), id="exercises", disabled=True)
    for number, exercise in enumerate(EXERCISES, 1):
        tick = course.ticks.get(exercise.name)
        box = ("✓ ", "bold $text-success") if tick else ("○ ", "$foreground 60%")
        yield Option(
            Content.assemble(box, f"{number} {exercise.title}", *_provenance(tick.provenance if tick else None)),
            id=EXERCISE + exercise.name,
        )


def _provenance(kind: Provenance | None) -> tuple[tuple[str, str], ...]:
    """The word that must not be missed."""
    return () if kind is None else ((f"  {kind.value.upper()}", "$foreground 60%"),)
