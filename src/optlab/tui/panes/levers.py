"""The levers of the table LEVERS in the order in which they stack, each a switch with its parameters."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox, Input, Label, Static

from optlab.levers import LEVERS, Lever, Param
from optlab.render.comparison import stack
from optlab.render.format import line
from optlab.tui.desk import LeverSetting
from optlab.tui.panes.pane import Pane
from optlab.tui.scene import Scene
from optlab.tui.widgets.choice import Choice
from optlab.tui.widgets.tick import Tick

A_LINE = 2
"""How many short parameters stand side by side."""


def lines(params: Sequence[Param]) -> list[tuple[Param, ...]]:
    """The parameters of a lever line by line: short ones first, then free text, as a model's id, a line each."""
    short = [param for param in params if not _wide(param)]
    pairs = [tuple(short[start : start + A_LINE]) for start in range(0, len(short), A_LINE)]
    return [*pairs, *((param,) for param in params if _wide(param))]


def _wide(param: Param) -> bool:
    return param.type == "str" and not param.choices


class LeverRow(Vertical):
    """One lever: its place in the stack, its switch, its parameters; what does not fit stands on lines of its own."""

    DEFAULT_CSS = """
    LeverRow {
        height: auto;
        Horizontal { height: 1; }
        .indent { width: 25; }
        .margin { width: 5; }
        Checkbox { width: 25; background: transparent; }
        Label { width: auto; color: $text-muted; padding: 0 1; }
        Input { width: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "lever(1)", "The lever below", show=False),
        Binding("up", "lever(-1)", "The lever above", show=False),
    ]

    class Changed(Message):
        """A lever was pulled or let go, or a parameter was typed."""

        def __init__(self, setting: LeverSetting) -> None:
            super().__init__()
            self.setting = setting

    def __init__(self, place: int, lever: Lever) -> None:
        super().__init__(id=f"lever-{lever.spec.name}")
        self._place = place
        self._spec = lever.spec
        self._setting = LeverSetting(lever.spec.name)

    def compose(self) -> ComposeResult:
        box = Tick(Content(f"{self._place} {self._spec.title}"), compact=True)
        box.tooltip = Content(f"{self._spec.symptom}: {self._spec.does}")
        first, *others = lines(self._spec.params) or [()]
        with Horizontal():
            yield box
            yield from self._fields(first)
        for params in others:
            with Horizontal():
                yield Static(classes="margin" if any(map(_wide, params)) else "indent")
                yield from self._fields(params)

    def _fields(self, params: Sequence[Param]) -> ComposeResult:
        for param in params:
            yield Label(Content(param.name))
            yield from self._field(param)

    def _field(self, param: Param) -> ComposeResult:
        if param.choices:
            yield Choice(param.choices, str(param.default), id=f"param-{param.name}")
        else:
            field = Input(str(param.default), compact=True, select_on_focus=False, id=f"param-{param.name}")
            field.tooltip = Content(f"{param.about}{f', {param.unit}' if param.unit else ''}")
            yield field

    def show(self, setting: LeverSetting) -> None:
        """Show a lever as it is set."""
        self._setting = setting
        with self.prevent(Checkbox.Changed, Input.Changed):
            self.query_one(Checkbox).value = setting.on
            for name, value in setting.params.items():
                field = self.query_one(f"#param-{name}")
                assert isinstance(field, Choice | Input)
                if field.value != value:
                    field.value = value
        for box in self.query(Input):
            box.set_class(bool(setting.problem), "-wrong")

    def action_lever(self, by: int) -> None:
        """Go to the switch of the lever above or below."""
        switches = list(self.screen.query("LeverRow Checkbox").results(Checkbox))
        at = switches.index(self.query_one(Checkbox))
        switches[(at + by) % len(switches)].focus()

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._tell(msgspec.structs.replace(self._setting, on=event.value))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._param(event.input.id, event.value)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        event.stop()
        self._param(event.choice.id, event.value)

    def _param(self, field: str | None, value: str) -> None:
        name = (field or "").removeprefix("param-")
        self._tell(msgspec.structs.replace(self._setting, params={**self._setting.params, name: value}))

    def _tell(self, setting: LeverSetting) -> None:
        self._setting = setting
        self.post_message(self.Changed(setting))


class LeversPane(Pane):
    """All levers; the frame tells what is stacked, or what is wrong."""

    tab = "Levers"

    class Stacked(Message):
        """What is stacked now, or what is wrong, for the frame around."""

        def __init__(self, words: Content) -> None:
            super().__init__()
            self.words = words

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            for place, lever in enumerate(LEVERS, 1):
                yield LeverRow(place, lever)

    def needs(self, scene: Scene) -> tuple[object, ...]:
        return (scene.desk.scenario, scene.desk.prompt, scene.desk.levers)

    def show(self, scene: Scene, now: float) -> None:
        for row in self.query(LeverRow):
            row.show(scene.desk.lever((row.id or "").removeprefix("lever-")))
        wrong = next(filter(None, (setting.problem for setting in scene.desk.levers)), "") or scene.desk.levers_problem
        pulled = [setting.name for setting in scene.desk.pulled]
        order = stack(pulled) if pulled else "none on: as written"
        words = Content.styled(line(wrong), "$text-error") if wrong else Content(order)
        self.post_message(self.Stacked(words))
