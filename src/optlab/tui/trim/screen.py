"""The Trim place: keys that cut, edit, restore and undo, and questions to the worker about the cut that stands."""

from functools import partial
from typing import ClassVar

import msgspec
from textual.binding import BindingType
from textual.timer import Timer

from optlab.core.commands import CountTokens, FindCuts, MapHeat, TestCut
from optlab.core.prompt import Prompt
from optlab.core.record import Provenance
from optlab.tui.home import Home
from optlab.tui.keys import Keys
from optlab.tui.scene import Scene
from optlab.tui.trim.ask_screen import AskScreen
from optlab.tui.trim.hands import TrimHands
from optlab.tui.trim.questions import QUESTIONS, QuestionKind, command_of

_key = Keys("trim")

COUNT_AFTER_S = 0.8
"""After so long without a change the API is asked to count."""


class TrimScreen(TrimHands):
    """The bench with its keys. It is made once a sitting: what was done on it stays until the lab is left."""

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape", "escape", "Cancel", "Leave a text, then cancel what runs", shown_as="esc"),
        _key("space", "switch", "Cut", "Cut the piece at the cursor, or restore it", shown_as="␣"),
        _key("u,ctrl+z", "undo", "Undo", "Take back the last step, whatever it was", shown_as="u"),
        _key("U,ctrl+y", "redo", "Redo", "Do again what was taken back", shown_as="U", show=False),
        _key("t", "ask('cut')", "Test", "Would the answers change, would they get worse?"),
        _key("f", "ask('trim')", "Find", "Search for what can go, verified on held-out samples"),
        _key("a", "apply", "Apply", "Cut what the search found dead; u takes it back"),
        _key("h", "ask('heat')", "Heat", "Map what each piece contributes; goes on where it was stopped"),
        _key("s", "sort", "Sort", "Sort by dollars saved per quality point at risk, or back"),
        _key("w", "wins", "Wins", "Free wins: what can go without a single call, one by one"),
        _key("o", "out", "Out", "Write the prompt as a scenario, as Python, as a diff"),
        _key("v", "turn", "View", "What is known with all the room, or the piece"),
        _key("enter", "edit", "Edit", "Edit the piece; esc keeps what is typed", shown_as="⏎"),
        _key("z", "finer", "Finer", "Show the segment finer: paragraphs, bullets, examples, sentences"),
        _key("J,shift+down", "read_on", "On", "What is known, a page on", shown_as="J", show=False),
        _key("K,shift+up", "read_back", "Back", "What is known, a page back", shown_as="K", show=False),
    ]

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._count: Timer | None = None
        self._state = (False, False)

    def show(self, scene: Scene) -> None:
        """See TrimSurface.show; a dialog that waits for an estimate hears it too."""
        before = self._drawn
        super().show(scene)
        if isinstance(self.app.screen, AskScreen):
            self.app.screen.show(scene.cuts)
        if before != self._drawn:
            self._count_soon()
        state = (scene.running, scene.dead)
        if before != self._drawn or state != self._state:
            self._state = state
            self.refresh_bindings()

    def changed(self) -> None:
        """See TrimHands.changed."""
        self._count_soon()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys the footer offers now."""
        scene = self.home.scene
        if action == "ask":
            return not scene.running and not scene.dead
        if action == "apply":
            end = scene.cuts.search.end if scene.cuts.search else None
            return end is not None and any(not piece.kept for piece in end.report.pieces)
        if action == "undo":
            return self.bench is not None and bool(self.bench.past)
        if action == "sort":
            return self._by_worth or bool(scene.cuts.heat.rows)
        if action == "escape":
            return scene.running or self.editing is not None
        return True

    def action_ask(self, kind: QuestionKind) -> None:
        """Open the dialog of a question."""
        desk = self.home.scene.desk
        if self.bench is None or desk.scenario is None or self.home.scene.running or self.home.scene.dead:
            return
        if desk.problem or self._problem:
            self.app.bell()
            return
        make = partial(command_of, kind, desk=desk, trimmed=self.bench.trimmed)
        self.app.push_screen(AskScreen(QUESTIONS[kind], make, self._estimate), partial(self._start, kind))

    def _estimate(self, command: TestCut | FindCuts | MapHeat) -> None:
        self.home.tell(msgspec.structs.replace(command, dry=True))

    def _start(self, kind: QuestionKind, command: TestCut | FindCuts | MapHeat | None) -> None:
        if command is not None:
            self.add_class("-at-found")
            self._written = ""
            self.home.study(command, kind)

    def _count_soon(self) -> None:
        """Have the API count the prompt, where it is the real one and the changes pause."""
        where = self.home.scene.stage.where
        if where is None or where.provenance is not Provenance.MEASURED:
            return
        if self._count is not None:
            self._count.stop()
        self._count = self.set_timer(COUNT_AFTER_S, self._ask_count)

    def _ask_count(self) -> None:
        scene, bench = self.home.scene, self.bench
        if bench is None or not scene.ready or scene.running or scene.desk.settings.problem or self._problem:
            return
        cuts = scene.cuts
        wanted: Prompt = bench.original if cuts.counted_original is None else bench.trimmed
        if cuts.counted_of != wanted:
            own = None if wanted == bench.original else wanted
            self.home.tell(CountTokens(scene.desk.source, own, scene.desk.wire, scene.desk.model))

    def action_escape(self) -> None:
        """Keep what is typed; outside of a text, cancel what is under way."""
        if self.editing is not None:
            self._keep_typed()
        elif self.home.scene.running:
            self.home.cancel()

    def leave(self) -> None:
        """Keep what is typed; the prompt goes along."""
        if self.editing is not None:
            self._keep_typed()
