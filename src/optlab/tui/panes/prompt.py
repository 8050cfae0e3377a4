"""The prompt, segment by segment, with what it will weigh in tokens."""

from textual.app import ComposeResult
from textual.content import Content

from optlab.catalogue import load as load_catalogue
from optlab.catalogue import token_weight
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.core.weight import prompt_weight
from optlab.tui.panes.pane import Pane
from optlab.tui.scene import Scene
from optlab.tui.widgets.editor import PromptEditor


def segment_tokens(prompt: Prompt, scenario: Scenario) -> tuple[int, ...]:
    """Estimated tokens of every segment, off or on, with the first sample's values filled in."""
    model = load_catalogue().find(scenario.model)
    family = model.tokenizer.family if model else "old"
    filled = prompt.filled(scenario.samples[0].variables)
    # Line by line, so that a key in a long segment costs a line.
    return tuple(max(int(bool(s.text)), round(token_weight(s.text, family))) for s in filled.segments)


def total_tokens(prompt: Prompt, scenario: Scenario) -> int:
    """Estimated tokens of what is on: as everywhere rounded once, so the segments' own may add up to a few more."""
    return round(prompt_weight(prompt, scenario.samples[0].variables, scenario.model))


class PromptPane(Pane):
    """The editor in its frame; the frame tells the total, and what editing did to it."""

    tab = "Prompt"

    def compose(self) -> ComposeResult:
        yield PromptEditor(id="editor")

    def on_mount(self) -> None:
        self.entitle(Content("Prompt"))
        self._loaded: Scenario | None = None
        self._variables: frozenset[str] | None = None
        self._shown: Prompt | None = None

    def needs(self, scene: Scene) -> tuple[object, ...]:
        return (scene.desk.scenario, scene.desk.prompt)

    def show(self, scene: Scene, now: float) -> None:
        scenario, prompt = scene.desk.scenario, scene.desk.prompt
        if scenario is None or prompt is self._shown:
            return
        editor = self.query_one(PromptEditor)
        if scenario is not self._loaded:
            self._loaded = scenario
            self.as_loaded = total_tokens(scenario.prompt, scenario)
            variables = frozenset(name for sample in scenario.samples for name in sample.variables)
            if prompt != editor.prompt or variables != self._variables:  # what was just saved stays as it is
                self._variables = variables
                editor.load(prompt, dict.fromkeys(variables, ""))
        elif prompt != editor.prompt:
            editor.put(prompt)
        self._shown = prompt
        editor.annotate(segment_tokens(prompt, scenario))
        self.entitle(subtitle=_weight(self.as_loaded, total_tokens(prompt, scenario)))


def _weight(before: int, now: int) -> Content:
    if before == now:
        return Content(f"≈ {now:,} tokens, estimated")
    share = f" · {(now - before) / before:+.0%}" if before else ""
    words = f"≈ {before:,} → {now:,} tokens{share}, estimated"
    return Content.styled(words, "$text-success" if now < before else "$text-warning")
