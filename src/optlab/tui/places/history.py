"""The History place: all that was kept, newest first; any entry in full, and its setup back on the desk."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar, Literal

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType

from optlab.core.commands import ListHistory, RecallSetup, ShowRun
from optlab.core.events import SetupRecalled
from optlab.core.study import KeptStudy
from optlab.render.format import line
from optlab.tui.home import Home
from optlab.tui.keys import Keys
from optlab.tui.past.back import fits, going_on, note_of, put_back
from optlab.tui.past.book import RUNS_OF_A_STUDY, Book, Entry, Recalled
from optlab.tui.past.filtered import FilteredSurface
from optlab.tui.past.kept_list import KeptList
from optlab.tui.past.page_view import PageView
from optlab.tui.scene import Scene

_key = Keys("history")

LOOKED_EVERY_S = 5.0
"""How often what runs in another lab is looked at."""

_GOES_ON = ("budget", "cancelled", "left", "failed", "broken off")


class HistoryScreen(FilteredSurface):
    """The History place with its keys. What was chosen in it stays until the lab is left."""

    AUTO_FOCUS = "KeptList"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape", "escape", "Back", "Close what is open, take the filter away, cancel what runs", shown_as="esc"),
        _key("enter", "open", "Open", "The entry in full, as the command line shows it", shown_as="⏎"),
        _key(
            "slash", "filter", "Filter", "Only what holds the words you type: scenario, kind, verdict, …", shown_as="/"
        ),
        _key("space,right", "unfold(True)", "Runs", "The runs of a study, or the study alone again", shown_as="␣"),
        _key("left", "unfold(False)", "Fold", "The study alone", show=False),
        _key("o", "only", "Only this", "Only what is of this scenario, or everything again"),
        _key("b", "back", "To the desk", "Put prompt and levers of this entry on the desk"),
        _key("g", "go_on", "Go on", "Go on with a heat map that was stopped, where it was stopped"),
        _key("J,shift+down", "read('on')", "On", "The opened entry, a page on", shown_as="J", show=False),
        _key("K,shift+up", "read('back')", "Up", "The opened entry, a page back", shown_as="K", show=False),
    ]

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._book: Book | None = None
        self._was_running = False
        self._offered: tuple[bool | None, ...] = ()
        self._wanted: Literal["", "back", "go on"] = ""
        self._recalled: Recalled | None = None
        self._owed: SetupRecalled | None = None
        self._said = ""

    def on_mount(self) -> None:
        self.set_interval(LOOKED_EVERY_S, self._look_again)

    def on_screen_resume(self) -> None:
        self.stale = True
        super().on_screen_resume()

    def show(self, scene: Scene) -> None:
        """Take in a scene: what was read since, and whether a run has ended."""
        super().show(scene)
        if self._was_running and not scene.running:
            self.stale = True
        self._was_running = scene.running
        if scene.past is not self._book:
            self._book, self.awaited = scene.past, False
            self.lay()
            self.show_sheet()
            self._heard_setup(scene)
        self._put_owed(scene)
        self.fetch()
        self._offer()

    def _offer(self) -> None:
        """Have the footer drawn anew where it offers other keys than before."""
        names = ("escape", "open", "unfold", "only", "back", "go_on")
        offered = tuple(self.check_action(name, ()) for name in names)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    @property
    def note(self) -> str:
        """What came of the last key, where there is something to say of it."""
        return self._said

    def _tell(self, words: str) -> None:
        self._said = words
        self.say_banner(self.home.scene)

    def _look_again(self) -> None:
        """What runs in another lab ends without a word to this one."""
        if self.app.screen is not self or self.home.scene.running:
            return
        rows = self.query_one(KeptList).rows_in_sight
        if any(row.entry is not None and row.entry.status == "running" for row in rows):
            self.stale = True
            self.fetch()

    @on(KeptList.Moved)
    def _moved(self) -> None:
        if self._said:
            self._tell("")
        self.entitle()
        self.fetch()
        self._offer()

    @on(KeptList.Chosen)
    def action_open(self) -> None:
        """Show the entry at the cursor in full."""
        self.entry = self.query_one(KeptList).entry
        if self.entry is None:
            return
        self.add_class("-open")
        opened = self.home.scene.past.opened
        if self.entry.status != "running" and (opened is None or opened.id != self.entry.id or opened.problem):
            self.home.tell(ShowRun(self.entry.id))
        self.show_sheet()
        self.query_one(PageView).focus()
        self._offer()

    def action_read(self, way: Literal["on", "back"]) -> None:
        """A page of the opened entry on, or back."""
        self.query_one(PageView).turn(1 if way == "on" else -1)

    @on(KeptList.Turned)
    def _turned(self) -> None:
        self.action_unfold(True)

    def action_unfold(self, open_too: bool) -> None:
        """Unfold the study at the cursor, or fold it."""
        rows = self.query_one(KeptList)
        entry, row = rows.entry, rows.row
        if entry is None or row is None:
            return
        study = entry.id if isinstance(entry, KeptStudy) else entry.study if row.inside else None
        if study is None:
            return
        if study in self.unfolded:
            self.unfolded -= {study}
        elif open_too:
            self.unfolded |= {study}
            self.home.tell(ListHistory(RUNS_OF_A_STUDY, study=study))
        self.lay()

    def action_escape(self) -> None:
        """Close what is open; then take the filter away; then cancel what runs."""
        if self.has_class("-open"):
            self.remove_class("-open")
            self.query_one(KeptList).focus()
        elif self.filtered:
            self.unfilter()
        elif self.home.scene.running:
            self.home.cancel()
        self._offer()

    def commands(self) -> Iterable[SystemCommand]:
        """What the palette offers here: everything that a key does with the entry at the cursor."""
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.show and binding.action != "escape":
                yield SystemCommand(
                    f"History: {binding.description.lower()}", binding.tooltip, partial(self.run_action, binding.action)
                )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys the footer offers now."""
        scene, entry = self.home.scene, self._at
        if action == "escape":
            return self.has_class("-open") or self.filtered or scene.running
        if action == "unfold":
            return isinstance(entry, KeptStudy) or (entry is not None and entry.study is not None)
        if action == "back":
            return entry is not None and not scene.running and not scene.dead
        if action == "go_on":
            stopped = isinstance(entry, KeptStudy) and entry.kind == "heat" and entry.status in _GOES_ON
            return stopped and not scene.running and not scene.dead
        if action == "open":
            return entry is not None and not (self.has_class("-open") and self.has_class("-narrow"))
        return action != "only" or entry is not None or self.filter.scenario is not None

    @property
    def _at(self) -> Entry | None:
        """The entry that is opened, else the one at the cursor."""
        if self.has_class("-open"):
            return self.entry
        return self.query_one(KeptList).entry if self.is_mounted else None

    def action_back(self) -> None:
        """Ask what the entry was made of, to put it on the desk."""
        self._recall("back")

    def action_go_on(self) -> None:
        """Ask what the study was asked, to ask it again."""
        self._recall("go on")

    def _recall(self, why: Literal["back", "go on"]) -> None:
        if self._at is not None:
            self._wanted, self._owed = why, None
            self._tell("")
            self.home.tell(RecallSetup(self._at.id))

    def _heard_setup(self, scene: Scene) -> None:
        recalled = scene.past.recalled
        if recalled is None or recalled is self._recalled or not self._wanted:
            return
        self._recalled, wanted, self._wanted = recalled, self._wanted, ""
        if recalled.setup is None:
            self._tell(f"This cannot be put back: {recalled.problem}")
        elif wanted == "back":
            self.call_later(self._put_back, recalled.setup)
        else:
            command = going_on(scene.desk, recalled.setup)
            if isinstance(command, str):
                self._tell(command)
                return
            self._tell("The heat map goes on where it was stopped; F3 shows it.")
            self.call_later(self.home.study, command, "heat")

    def _put_back(self, setup: SetupRecalled) -> None:
        """Put a setup on the desk; where that is another scenario's, once that is open."""
        desk = self.home.scene.desk
        if setup.scenario.source != desk.source:
            self._owed = setup
            self.home.open_scenario(setup.scenario.source)
        elif not fits(desk, setup):
            self._tell(f"{line(desk.source)} has changed since it was read: ctrl+r reads it again, then b.")
        else:
            self.home.put_desk(put_back(desk, setup), note_of(setup))

    def _put_owed(self, scene: Scene) -> None:
        if self._owed is not None and scene.desk.source == self._owed.scenario.source:
            owed, self._owed = self._owed, None
            self.call_later(self._put_back, owed)
