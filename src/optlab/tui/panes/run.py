"""What stands beside a run: pairs, cap, speed of the simulator, and what the next benchmark will take."""

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from optlab.render.format import line
from optlab.tui.desk import Settings
from optlab.tui.panes.pane import Pane
from optlab.tui.scene import Scene
from optlab.tui.widgets.words import Words

_FIELDS = (
    ("pairs", "pairs", "How many pairs of runs a benchmark measures"),
    (
        "budget",
        "cap $",
        "Stop before this many dollars are crossed; empty: none on the simulator, 0.50 on the real API",
    ),
    ("speed", "speed ×", "Run the simulator this many times faster; figures are scaled back to model time"),
)


class RunPane(Pane):
    """The settings of runs on one line, the outlook below."""

    tab = "Run"

    DEFAULT_CSS = """
    RunPane {
        height: auto;
        Horizontal { height: 1; }
        Label { width: auto; color: $text-muted; padding: 0 1; }
        Input { width: 1fr; max-width: 10; }
        #outlook { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
        #outlook.-wrong { color: $text-error; }
    }
    """

    class Changed(Message):
        """A setting was typed."""

        def __init__(self, settings: Settings) -> None:
            super().__init__()
            self.settings = settings

    def compose(self) -> ComposeResult:
        with Horizontal():
            for name, label, about in _FIELDS:
                yield Label(Content(label))
                field = Input(compact=True, select_on_focus=False, id=f"setting-{name}", placeholder="none")
                field.tooltip = Content(about)
                yield field
        yield Words(id="outlook")

    def on_mount(self) -> None:
        self._settings = Settings()

    def show(self, scene: Scene, now: float) -> None:
        self._settings = scene.desk.settings
        with self.prevent(Input.Changed):
            for name, _, _ in _FIELDS:
                field = self.query_one(f"#setting-{name}", Input)
                value = getattr(self._settings, name)
                if field.value != value:
                    field.value = value
                field.set_class(bool(self._settings.problem_of(name)), "-wrong")
        outlook = self.query_one("#outlook", Words)
        outlook.say(Content(line(scene.outlook)), layout=True)
        wrong = bool(scene.forecast_problem or (scene.desk.scenario and scene.desk.problem))
        outlook.set_class(wrong, "-wrong")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        name = (event.input.id or "").removeprefix("setting-")
        self._settings = msgspec.structs.replace(self._settings, **{name: event.value})
        self.post_message(self.Changed(self._settings))
