"""The dialog of a question: its fields, what it will take, and start or not."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Static

from optlab.core.commands import RunBenchmark, Study
from optlab.core.errors import UsageError
from optlab.core.plan_events import Planned
from optlab.core.study_events import StudyPlanned
from optlab.render.format import line, usd
from optlab.tui.trim.dialog import DIALOG_CSS
from optlab.tui.trim.findings import Findings
from optlab.tui.trim.outcome_words import takes
from optlab.tui.trim.questions import Field, Question
from optlab.tui.widgets.choice import Choice

Command = TypeVar("Command", bound=Study | RunBenchmark)
ESTIMATE_AFTER_S = 0.4


class AskScreen(ModalScreen[Command | None]):
    """Gives the command to start, or None. `make` turns fields into a command; `estimate` asks what one will take."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start", priority=True),
        Binding("escape", "leave", "Not now"),
    ]
    DEFAULT_CSS = f"AskScreen {{ {DIALOG_CSS} }}"

    def __init__(
        self, question: Question, make: Callable[[dict[str, str]], Command], estimate: Callable[[Command], None]
    ) -> None:
        super().__init__()
        self._question = question
        self._make = make
        self._estimate = estimate
        self._values = {field.name: field.default for field in question.fields}
        self._asked: Command | None = None
        self._timer: Timer | None = None
        self._told = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self._question.title)
            yield Static(Content(self._question.about), classes="about", markup=False)
            yield Static("", markup=False)
            for field in self._question.fields:
                with Horizontal(classes="field"):
                    label = Label(Content(field.label))
                    label.tooltip = Content(field.about)
                    yield label
                    yield _widget(field)
            yield Static(classes="line", id="outlook", markup=False)
            yield Static(classes="notes", id="notes", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("Not now (esc)"), id="no", compact=True)
                yield Button(Content("Start (⏎)"), id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._look()

    @property
    def values(self) -> dict[str, str]:
        """The fields as they are filled in."""
        return dict(self._values)

    def show(self, findings: Findings) -> None:
        """Tell what the question will take, once it is known."""
        if self._asked is None or findings.forecast_of is None or _bare(findings.forecast_of) != _bare(self._asked):
            return
        if findings.forecast is None:
            self._say(findings.forecast_problem, "$text-error")
        else:
            plan = findings.forecast
            self._say(outlook(plan), "$foreground")
            for box in self.query("#ask-items").results(Input):
                samples = plan.samples if isinstance(plan, StudyPlanned) else 0
                box.placeholder = f"{samples:,}, as a verdict takes" if samples else box.placeholder
            self.query_one("#notes", Static).update(Content("\n".join(f"⚠ {line(note)}" for note in plan.notes)))

    @on(Input.Changed)
    @on(Choice.Changed)
    def _filled_in(self, event: Input.Changed | Choice.Changed) -> None:
        event.stop()
        control = event.control
        self._values[(control.id or "").removeprefix("ask-")] = event.value
        self._look()

    def _look(self) -> None:
        """Say what is wrong at once; ask for an estimate when the typing is over."""
        if self._timer is not None:
            self._timer.stop()
        try:
            self._asked = self._make(self._values)
        except UsageError as error:
            self._asked = None
            self._say(str(error), "$text-error")
            return
        self._say("estimating…", "$foreground 60%")
        self._timer = self.set_timer(ESTIMATE_AFTER_S, self._ask)

    def _ask(self) -> None:
        if self._asked is not None:
            self._estimate(self._asked)

    def _say(self, words: str, tone: str) -> None:
        self._told = words
        self.query_one("#outlook", Static).update(Content.styled(line(words), tone))

    @property
    def told(self) -> str:
        """What the line below the fields says."""
        return self._told

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self.action_start()
        else:
            self.dismiss(None)

    def action_start(self) -> None:
        """Start, unless something is wrong; on the other button leave."""
        if isinstance(self.focused, Button) and self.focused.id == "no":
            self.dismiss(None)
        elif self._asked is None:
            self.app.bell()
        else:
            self.dismiss(self._asked)

    def action_leave(self) -> None:
        """Not now."""
        self.dismiss(None)


def outlook(plan: Planned) -> str:
    """What a study takes at most, and usually where that depends on the answers, and where its cap is."""
    estimate = plan.estimate
    cap = "no cap" if plan.budget_usd is None else f"stops before {usd(plan.budget_usd)}"
    cost = f"{usd(estimate.low_usd)} to {usd(estimate.high_usd)}"
    most = f"At most {estimate.calls:,} calls{takes(estimate.seconds)}; {cost} estimated, {cap}."
    usual = plan.usual if isinstance(plan, StudyPlanned) else None
    if usual is None or usual.expected_usd is None:
        return most
    return f"{most} Usually about {usual.calls:,} calls, {usd(usual.expected_usd)}."


def _widget(field: Field) -> Input | Choice:
    if field.choices:
        return Choice(field.choices, field.default, id=f"ask-{field.name}")
    box = Input(field.default, compact=True, select_on_focus=False, id=f"ask-{field.name}", placeholder=field.empty)
    box.tooltip = Content(field.about)
    return box


def _bare(command: object) -> object:
    """A command without its dryness: what was estimated is what would be started."""
    assert isinstance(command, msgspec.Struct)
    return msgspec.structs.replace(command, dry=False)
