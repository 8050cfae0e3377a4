"""The bench: what keys and clicks change on the desk, and where the focus goes. Nothing here asks the worker."""

import msgspec
from textual import on
from textual.binding import Binding
from textual.reactive import var
from textual.widgets import Checkbox, Input

from optlab.levers import LEVERS
from optlab.levers.lever import MODEL_ID
from optlab.tui.desk import Desk
from optlab.tui.frames.screen import FramedScreen
from optlab.tui.keys import Keys
from optlab.tui.panes.floor import Floor
from optlab.tui.panes.levers import LeverRow
from optlab.tui.panes.run import RunPane
from optlab.tui.scene import Scene, edited, rolled_back
from optlab.tui.screens.models import ModelScreen
from optlab.tui.widgets.editor import PromptEditor
from optlab.tui.widgets.later import Later

TYPED_S = 0.1
"""So long after a key the desk takes over what was typed; until then nothing but the editor is at work."""

_key = Keys("lab")

MODEL_FIELDS = {f"param-{param.name}" for lever in LEVERS for param in lever.spec.params if param.unit == MODEL_ID}
"""Fields of levers in which a model is named."""

BENCH_KEYS: list[Binding] = [
    _key(
        "M,ctrl+g",
        "model",
        "Model",
        "Choose a model from the catalogue, with prices and limits beside it",
        shown_as="M",
    ),
    _key("e", "edit", "Edit", "Edit the prompt: ctrl+z undoes, ctrl+t switches a segment"),
    _key("l", "levers", "Levers", "Go to the levers; up and down choose one, space pulls it"),
    _key("u", "roll_back", "Roll back", "Prompt and levers as last adopted; again: as loaded"),
    *(
        _key(
            str(n),
            f"segment({n - 1})",
            "Segment",
            "Switch a segment of the prompt off or on, by its number" if n == 1 else "",
            shown_as="1–9",
            show=False,
        )
        for n in range(1, 10)
    ),
    _key("right_square_bracket", "next_tab", "Next tab", "Next tab, where panes are tabs", shown_as="]", show=False),
    _key("left_square_bracket", "previous_tab", "Previous tab", "The tab before", shown_as="[", show=False),
]
"""Keys of the bench, for the screen that stands on it."""


class BenchScreen(FramedScreen):
    """A screen with a floor of panes. `scene` is its one piece of state."""

    scene: var[Scene] = var(Scene(Desk("")), init=False)
    """Everything shown. Panes paint what of it is theirs: no `reactive`, which has the whole screen painted anew."""

    def __init__(self) -> None:
        super().__init__()
        self._typed = Later(self, TYPED_S, self._take_over)

    def action_edit(self) -> None:
        """Go to the prompt."""
        self.query_one(Floor).choose("prompt")
        for editor in self.query(PromptEditor):
            editor.focus()

    def action_model(self) -> None:
        """Choose a model for the field in focus, or else for the prompt as written."""
        desk = self.scene.desk
        if desk.scenario is None or self.scene.running:
            return
        field = self.focused
        if isinstance(field, Input) and field.id in MODEL_FIELDS:
            what, now = f"Model: {(field.id or '').removeprefix('param-')}", field.value
        else:
            field, what, now = None, "Model of the prompt as written", desk.scenario.model

        def take(name: str | None) -> None:
            if name and isinstance(field, Input):
                field.value = name
            elif name and name != now:
                self._put(self.scene.desk.with_model(name))

        self.app.push_screen(ModelScreen(what, now, self.scene.cuts.own_prices), take)

    def action_levers(self) -> None:
        """Go to the levers."""
        self.query_one(Floor).choose("levers")
        for box in self.query("LeverRow Checkbox").results(Checkbox):
            box.focus()
            break

    def action_roll_back(self) -> None:
        """Prompt and levers as they were."""
        self.settle()
        self.scene = rolled_back(self.scene)

    def action_next_tab(self) -> None:
        """The next tab."""
        self._step(1)

    def action_previous_tab(self) -> None:
        """The tab before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        self.set_focus(None)  # what is hidden must not go on hearing keys
        self.query_one(Floor).step(by)

    def action_segment(self, index: int) -> None:
        """Switch one segment of the prompt off or on."""
        self.settle()
        prompt = self.scene.desk.prompt
        if index < len(prompt.segments):
            segment = prompt.segments[index]
            self._put(msgspec.structs.replace(self.scene.desk, prompt=prompt.switched(segment.name, not segment.on)))

    def switch_lever(self, name: str) -> None:
        """Pull one lever, or let it go."""
        setting = self.scene.desk.lever(name)
        self._put(self.scene.desk.with_lever(msgspec.structs.replace(setting, on=not setting.on)))

    @on(PromptEditor.Switched)
    def _segment_switched(self, event: PromptEditor.Switched) -> None:
        self.action_segment(event.index)
        if event.clicked:
            self.set_focus(None)  # the click was meant for the switch; the next letter must not land in the text

    @on(PromptEditor.Edited)
    def _prompt_edited(self) -> None:
        self._typed.ask()

    def settle(self) -> None:
        """Have what was typed on the desk: nothing may be made of an older prompt."""
        self._typed.now()

    def _take_over(self) -> None:
        prompt = self.query_one(PromptEditor).prompt
        if prompt != self.scene.desk.prompt:
            self._put(msgspec.structs.replace(self.scene.desk, prompt=prompt))

    @on(LeverRow.Changed)
    def _lever_changed(self, event: LeverRow.Changed) -> None:
        self._put(self.scene.desk.with_lever(event.setting))

    @on(RunPane.Changed)
    def _settings_changed(self, event: RunPane.Changed) -> None:
        self._put(msgspec.structs.replace(self.scene.desk, settings=event.settings))

    def _put(self, desk: Desk) -> None:
        self.scene = edited(self.scene, desk)
