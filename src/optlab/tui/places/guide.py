"""The Guide place: the decision table on what is on the desk, and the exercises of the course."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, OptionList

from optlab.core.commands import AdviseOnRun, RunBenchmark
from optlab.tui.desk import Desk
from optlab.tui.guide.asks import BASELINE, baseline_of, command_of, question_of
from optlab.tui.guide.exercise import CourseStudy, Exercise
from optlab.tui.guide.exercises import BY_NAME as EXERCISE
from optlab.tui.guide.index import Index
from optlab.tui.guide.page import exercise_sheet, symptom_sheet
from optlab.tui.guide.symptoms import ROLL_BACK, WITHOUT, pulled, row_of, title
from optlab.tui.home import Home
from optlab.tui.keys import Keys
from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import BY_NAME, LAB
from optlab.tui.scene import Kind, Scene
from optlab.tui.trim.ask_screen import AskScreen
from optlab.tui.trim.questions import Question
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header
from optlab.tui.widgets.sheet_view import SheetView

_key = Keys("guide")

NARROW = 100
"""Below so many columns the list stands above the text."""
BROAD = 116
"""From so many columns on the list shows what each lever is expected to save."""


class GuideScreen(PlaceScreen):
    """A list on the left, the text of its row on the right. It keeps the cursor, and what waits for a scenario."""

    PLACE = "guide"
    ABOUT = BY_NAME["guide"].about
    AUTO_FOCUS = "Index"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key(
            "enter", "go", "To the lab", "Pull the lever of this row, or open this exercise, in the lab", shown_as="⏎"
        ),
        _key("r", "measure", "Measure", "Run what this exercise measures, or a small baseline for the decision table"),
        _key("d", "on_desk", "On the desk", "Measure the same on the scenario that is on the desk: your own"),
        _key("k", "kept", "Kept run", "Read the decision table off the newest kept run; nothing is sent"),
        _key("escape", "escape", "Cancel", "Cancel what runs; what was paid for is kept", shown_as="esc"),
    ]

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._wanted: tuple[Exercise, bool] | None = None
        self._looked_for = ""
        self._at = ""

    def compose(self) -> ComposeResult:
        yield Header()
        yield Banner(markup=False)
        with Horizontal(id="guide-body"):
            yield Index(id="guide-index", classes="pane")
            with VerticalScroll(id="guide-page", classes="pane"):
                yield SheetView(id="guide-sheet")
        yield Footer(show_command_palette=True, compact=True)

    def on_mount(self) -> None:
        """Name the frames."""
        self.query_one(Index).border_title = Content("Course")

    def show(self, scene: Scene) -> None:
        """See PlaceScreen.show."""
        super().show(scene)
        if isinstance(self.app.screen, AskScreen):
            self.app.screen.show(scene.cuts)
        self.query_one(Index).show(scene.course, scene.desk)
        self._to_chosen()
        self._draw()
        self._look_at_kept(scene)
        self._go_on(scene)
        self.refresh_bindings()

    def _draw(self, *, moved: bool = False) -> None:
        """The text of the row at the cursor."""
        index, page, scene = self.query_one(Index), self.query_one("#guide-page"), self.home.scene
        if index.symptom is not None:
            sheet, name = symptom_sheet(index.symptom, scene.course, scene.desk), index.symptom
            page.border_title = Content(f"Decision table: {name}")
        elif index.exercise:
            sheet = exercise_sheet(EXERCISE[index.exercise], scene.course)
            page.border_title = Content(f"Exercise: {EXERCISE[index.exercise].scenario}")
        else:
            return
        self.query_one(SheetView).show(sheet)
        if moved:
            page.scroll_home(animate=False)

    def _look_at_kept(self, scene: Scene) -> None:
        """Read the decision table off the newest kept run, once for each: it is free."""
        due = scene.course.due(scene.desk)
        if due and scene.ready and not scene.running and self._looked_for != scene.desk.source:
            self._looked_for = scene.desk.source
            self._ask_kept()
        elif not due:
            self._looked_for = ""

    def _go_on(self, scene: Scene) -> None:
        """Go on with the exercise whose scenario was being opened."""
        if self._wanted is None or scene.running or not scene.ready or scene.desk.source != self._wanted[0].scenario:
            return
        (exercise, measure), self._wanted = self._wanted, None
        self.call_later(self._prepared, exercise, measure)

    def _prepared(self, exercise: Exercise, measure: bool) -> None:
        """The scenario is on the desk: pull what is to be pulled, then ask, or go to the lab."""
        desk = self.home.scene.desk
        if exercise.levers:
            self._pull(pulled(desk, exercise.levers[0]))
        if measure:
            self._ask_exercise(exercise)
        else:
            self.home.go(LAB)

    def _pull(self, desk: Desk) -> None:
        """Put a desk with one lever on it in the lab's."""
        self.home.put_desk(desk, f"{title(desk.pulled[0].name)} is pulled alone; r in the lab measures it.")

    def _open(self, exercise: Exercise, *, measure: bool) -> None:
        """Put the scenario of an exercise on the desk, then go on."""
        if self.home.scene.running or self.home.scene.dead:
            self.app.bell()
            return
        self._wanted = (exercise, measure)
        if self.home.scene.desk.source == exercise.scenario:
            self._go_on(self.home.scene)
        else:
            self.home.open_scenario(exercise.scenario)

    def _ask_exercise(self, exercise: Exercise) -> None:
        desk = self.home.scene.desk
        self._ask(question_of(exercise), lambda values: command_of(exercise, values, desk), exercise.kind)

    def _ask(
        self, question: Question, make: Callable[[dict[str, str]], CourseStudy | RunBenchmark], kind: Kind
    ) -> None:
        self.app.push_screen(AskScreen(question, make, self._estimate), partial(self._start, kind))

    def _estimate(self, command: CourseStudy | RunBenchmark) -> None:
        self.home.tell(msgspec.structs.replace(command, dry=True))

    def _start(self, kind: Kind, command: CourseStudy | RunBenchmark | None) -> None:
        if command is None:
            return
        if isinstance(command, RunBenchmark):
            cap = "" if command.budget_usd is None else f"{command.budget_usd:g}"
            desk = self.home.scene.desk
            self.home.put_desk(
                msgspec.structs.replace(desk, settings=msgspec.structs.replace(desk.settings, budget=cap))
            )
        self.home.study(command, kind)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys the footer offers now."""
        running = self.home.scene.running
        if action == "on_desk" and not self.query_one(Index).exercise:
            return False
        if action in ("measure", "on_desk", "kept"):
            return not running
        return running if action == "escape" else True

    def action_go(self) -> None:
        """Do in the lab what the row at the cursor says."""
        index, scene = self.query_one(Index), self.home.scene
        if index.exercise:
            self._open(EXERCISE[index.exercise], measure=False)
        elif index.symptom is not None and scene.desk.scenario is not None:
            row = row_of(scene.course.advice_on(scene.desk), index.symptom)
            lever = row.lever if row is not None else WITHOUT[index.symptom].lever
            if lever == ROLL_BACK:
                self.home.roll_back()
            else:
                self._pull(pulled(scene.desk, lever, row))
            self.home.go(LAB)

    def action_measure(self) -> None:
        """Run what the row at the cursor is about."""
        index, desk = self.query_one(Index), self.home.scene.desk
        if index.exercise:
            self._open(EXERCISE[index.exercise], measure=True)
        elif index.symptom is not None and desk.scenario is not None and not self.home.scene.dead:
            self._ask(BASELINE, partial(baseline_of, desk=desk), "advice")

    def action_on_desk(self) -> None:
        """Run what the exercise at the cursor is about on the scenario on the desk."""
        exercise, scene = self.query_one(Index).exercise, self.home.scene
        if exercise and scene.desk.scenario is not None and not scene.dead:
            self._prepared(EXERCISE[exercise], measure=True)

    def action_kept(self) -> None:
        """The decision table on the newest kept run of the scenario."""
        self._ask_kept()
        self.notify("The decision table is on the newest kept run of the scenario.", markup=False)

    def _ask_kept(self) -> None:
        self.home.tell(AdviseOnRun("last", scenario=self.home.scene.desk.source))

    def action_escape(self) -> None:
        """Cancel what is under way."""
        if self.home.scene.running:
            self.home.cancel()

    @on(Index.Moved)
    def _moved(self) -> None:
        self._draw(moved=True)
        self.refresh_bindings()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_go()

    def choose(self, name: str) -> None:
        """Put the cursor on an exercise, now or when the place is first seen."""
        self._at = name
        if self.is_mounted:
            self._to_chosen()

    def _to_chosen(self) -> None:
        if self._at and self.query_one(Index).option_count:
            self.query_one(Index).choose(self._at)
            self._at = ""

    def on_resize(self, event: events.Resize) -> None:
        """One above the other where it is narrow."""
        narrow = event.size.width < NARROW
        self.set_class(narrow, "-narrow")
        self.set_class(event.size.width >= BROAD, "-broad")
        self.query_one(Footer).show_command_palette = not narrow
