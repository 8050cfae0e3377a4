"""Chooses the two racers: a list for either side, whether it streams, and a race at once or later."""

from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, OptionList, Static
from textual.widgets.option_list import Option

from optlab.render.format import line
from optlab.tui.desk import FIRST_LEVER, Desk
from optlab.tui.keys import Keys
from optlab.tui.race.racers import AS_WRITTEN, PULLED, Racer, Racers, choices
from optlab.tui.widgets.tick import Tick

_key = Keys("racers")

SIDES = ("left", "right")


class Taken(msgspec.Struct, frozen=True):
    """Who was chosen, and whether to race them at once."""

    racers: Racers
    start: bool


class RacersScreen(ModalScreen[Taken | None]):
    """Two lists side by side. What is highlighted in them is what races."""

    AUTO_FOCUS = "#list-left"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("s", "take(True)", "Race", "Race these two now"),
        _key("t", "take(False)", "Take", "Take these two, to be raced by s in the lab"),
        _key("w", "swap", "Swap", "Change sides"),
        _key("escape", "dismiss", "Back", "Leave the racers as they were", shown_as="esc"),
    ]
    DEFAULT_CSS = """
    RacersScreen {
        align: center middle;
        #box {
            width: 96; max-width: 96%; height: auto; max-height: 96%; padding: 0 1;
            border: round $primary; border-title-color: $primary; background: $surface;
        }
        #sides { height: 16; max-height: 100%; }
        .side { width: 1fr; padding: 0 1; }
        .side > Static { color: $text-muted; height: 1; }
        OptionList, OptionList:focus {
            height: 1fr; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
        }
        Checkbox { background: transparent; width: 1fr; }
        #words { height: auto; min-height: 2; padding: 0 1; }
        #words.-wrong { color: $text-error; }
        #buttons { height: 1; align-horizontal: right; }
        Button { margin-left: 2; }
    }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._choices = choices(desk.scenario.model if desk.scenario else "")

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = Content("Who races")
            with Horizontal(id="sides"):
                for side in SIDES:
                    with Vertical(classes="side"):
                        yield Static(Content(side), markup=False)
                        options = OptionList(*(Option(self._words(racer)) for racer in self._choices), markup=False)
                        options.id = f"list-{side}"
                        options.tooltip = Content("Arrows or a click choose who races on this side")
                        yield options
                        tick = Tick(Content("streams"), compact=True, id=f"streams-{side}")
                        tick.tooltip = Content("Show this side's answer as it is made, whatever else it does")
                        yield tick
            yield Static(id="words", markup=False)
            with Horizontal(id="buttons"):
                for name, words in (("race", "Race (s)"), ("take", "Take (t)"), ("swap", "Swap (w)"), ("back", "Back")):
                    button = Button(Content(words), id=name, compact=True)
                    button.variant = "primary" if name == "race" else "default"
                    yield button

    def on_mount(self) -> None:
        self._put(self._desk.racers)

    def _words(self, racer: Racer, *, first: bool = False) -> Content:
        """A line of a list; `first`: nothing is pulled, and the first lever is going to be."""
        if racer == AS_WRITTEN:
            return Content("as written, no lever")
        if racer == PULLED:
            if first:
                return Content(f"nothing pulled, so {FIRST_LEVER}")
            return Content(f"the pulled stack: {self._desk.candidate or 'none on'}")
        return Content(line(racer.title("")))

    def _put(self, racers: Racers) -> None:
        with self.prevent(OptionList.OptionHighlighted, Checkbox.Changed):
            for side, racer in zip(SIDES, (racers.left, racers.right), strict=True):
                plain = msgspec.structs.replace(racer, streams=False)
                self._list(side).highlighted = self._choices.index(plain) if plain in self._choices else 0
                self.query_one(f"#streams-{side}", Tick).value = racer.streams
        self._tell()

    def _list(self, side: str) -> OptionList:
        return self.query_one(f"#list-{side}", OptionList)

    @property
    def racers(self) -> Racers:
        """The two as they are chosen now."""
        left, right = (
            msgspec.structs.replace(
                self._choices[self._list(side).highlighted or 0], streams=self.query_one(f"#streams-{side}", Tick).value
            )
            for side in SIDES
        )
        return Racers(left, right)

    @property
    def _wanted(self) -> Desk:
        desk = msgspec.structs.replace(self._desk, racers=self.racers)
        return desk.with_first_lever() if desk.racers.needs_lever(desk.pulled) else desk

    def _tell(self) -> None:
        desk = self._wanted
        left, right = (racer.title(desk.candidate) for racer in (desk.racers.left, desk.racers.right))
        problem = desk.race_problem
        first = desk.pulled != self._desk.pulled
        self._list("right").replace_option_prompt_at_index(
            self._choices.index(PULLED), self._words(PULLED, first=first)
        )
        words = self.query_one("#words", Static)
        words.set_class(bool(problem), "-wrong")
        words.update(Content(line(problem or f"{left} against {right}: one call each, at the same moment, no verdict")))
        for name in ("race", "take"):
            self.query_one(f"#{name}", Button).disabled = bool(problem)

    @on(OptionList.OptionHighlighted)
    @on(Checkbox.Changed)
    def _chosen(self) -> None:
        self._tell()

    def action_swap(self) -> None:
        """Change sides."""
        self._put(self.racers.swapped)

    def action_take(self, start: bool) -> None:
        """Answer with the two, where they can race."""
        if not self._wanted.race_problem:
            self.dismiss(Taken(self.racers, start))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "race" | "take":
                self.action_take(event.button.id == "race")
            case "swap":
                self.action_swap()
            case _:
                self.dismiss(None)
