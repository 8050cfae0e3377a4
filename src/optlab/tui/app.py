"""The application around the lab: theme, palette, signals, exit codes."""

import asyncio
import gc
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from optlab.core.prompt import Prompt
from optlab.levers import BY_NAME
from optlab.render.format import line
from optlab.tui import ending
from optlab.tui.bridge import Session
from optlab.tui.desk import Desk
from optlab.tui.files.keys import FILE_DEEDS, FILE_KEYS
from optlab.tui.files.question_screen import QuestionScreen
from optlab.tui.guide.exercises import EXERCISES
from optlab.tui.hold import Hold
from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import PLACES
from optlab.tui.screens.lab import LabScreen
from optlab.tui.themes import OURS, chosen

WORKER_LOST = 5
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
TERMINAL_LOOKS_S = 1.0
NEVER_BY_ITSELF = 1_000_000
"""A threshold at which no full collection of garbage begins: it takes as long as two frames, and waits for a pause."""
SWITCH_S = 0.001
"""The threads that read keys and write frames wait no longer for one that computes; Python's own is 5 ms."""
TIDY_EVERY_S = 10.0
PAUSE_S = 1.5
"""Who has not touched a key for so long does not notice."""


class LabApp(App[None]):
    """optlab on a terminal."""

    TITLE = "optlab"
    CSS_PATH = "optlab.tcss"
    PAUSE_GC_ON_SCROLL = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "q", "leave", "Quit", id="app.quit", tooltip="Leave; whatever runs is ended, what was paid for is kept"
        ),
        Binding("p", "pause", "Pause", id="app.pause", tooltip="Hold what runs after the pair under way; again: go on"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit-always"),
        *(
            Binding(
                place.key,
                f"place({place.name!r})",
                place.title,
                key_display=place.key,
                priority=True,
                tooltip=f"{place.title}: {place.about[0].lower()}{place.about[1:]}",
                show=False,
                id=f"place.{place.name}",
            )
            for place in PLACES
        ),
        *FILE_KEYS,
    ]

    def __init__(
        self,
        desk: Desk,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        *,
        theme: str = "",
        keys: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        for ours in OURS:
            self.register_theme(ours)
        self.theme = theme or chosen("", "")
        self.own_keys = dict(keys or {})
        self.set_keymap(self.own_keys)
        self.session = session
        self._hold = Hold()
        self._lab = LabScreen(desk, session, clock, self._hold)
        self.last_words = ""
        self._terminal: select.poll | None = None
        self._thresholds = gc.get_threshold()
        self._switch_s = sys.getswitchinterval()

    def get_default_screen(self) -> Screen[None]:
        return self._lab

    async def on_ready(self) -> None:
        """The first frame is out: now start what takes time."""
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, partial(self._signalled, number))
        if hasattr(select, "poll") and sys.__stdin__ is not None and sys.__stdin__.isatty():
            terminal = select.poll()
            terminal.register(sys.__stdin__, 0)  # hang-ups and errors are always told
            self._terminal = terminal
            self.set_interval(TERMINAL_LOOKS_S, self._leave_with_the_terminal)
        await self._lab.open()
        gc.collect()
        gc.freeze()  # what is there by now stays; looking through it again would stall the screen
        gc.set_threshold(gc.get_threshold()[0], gc.get_threshold()[1], NEVER_BY_ITSELF)
        gc.enable()
        sys.setswitchinterval(SWITCH_S)
        self.set_interval(TIDY_EVERY_S, self._tidy)

    def on_unmount(self) -> None:
        self._lab.files.close()
        gc.set_threshold(*self._thresholds)
        sys.setswitchinterval(self._switch_s)

    async def on_event(self, event: events.Event) -> None:
        """Note when a key was pressed, and go on."""
        if isinstance(event, events.Key):
            self._hold.typed()
        await super().on_event(event)

    def _tidy(self) -> None:
        """Collect garbage while nobody types."""
        if self._hold.quiet_s >= PAUSE_S:
            gc.collect()

    def action_place(self, name: str) -> None:
        """Go to a place."""
        self._lab.go(name)

    def action_file(self, deed: str) -> None:
        """Open, save or reload the scenario."""
        self._lab.files.act(deed)

    def action_pause(self) -> None:
        """Pause long work, or let it go on."""
        self._lab.pause()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key leads to another place or file while a dialog waits for an answer."""
        if action in ("place", "file"):
            return not isinstance(self.screen, ModalScreen)
        if action == "pause":
            return self._lab.scene.long
        return True

    def _leave_with_the_terminal(self) -> None:
        """Leave where the terminal has gone without a signal; nobody could ever quit then."""
        if self._terminal is not None and self._terminal.poll(0):
            self.exit(return_code=128 + signal.SIGHUP)

    def _signalled(self, number: int) -> None:
        self.exit(return_code=128 + number)

    async def action_leave(self) -> None:
        """Leave; where a run would be lost, only after a question."""
        scene, now = self._lab.scene, self._lab.now()
        if not ending.worth_asking(scene, now):
            await self.action_quit()
            return

        async def answered(answer: str | None) -> None:
            if answer == "leave":
                await self.action_quit()

        self.push_screen(QuestionScreen(*ending.leaving(scene)), answered)

    async def action_quit(self) -> None:
        """Leave; a worker that died is told to whoever started us."""
        if self._lab.scene.dead:
            self.exit(return_code=WORKER_LOST, message=self._lab.scene.trouble)
        else:
            self.exit()

    def exit(self, result: None = None, return_code: int = 0, message: object = None) -> None:
        """Leave with a code; a message is kept for the plain terminal."""
        self._lab.settle()  # what was typed a moment ago is kept too
        self.last_words = line(str(message)) if message else self.last_words
        super().exit(result, return_code)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: everything a key does, every lever, every segment."""
        yield from super().get_system_commands(screen)
        lab = self._lab
        yield SystemCommand("Race", "Baseline and candidate once, to look at", lab.action_race)
        yield SystemCommand("Racers", "Choose who races: levers, models, streaming or not", lab.action_racers)
        yield SystemCommand("Benchmark", "Pairs of runs, a verdict", lab.action_benchmark)
        for place in PLACES:
            yield SystemCommand(f"Place: {place.title}", place.about, partial(lab.go, place.name))
        for exercise in EXERCISES:
            yield SystemCommand(f"Exercise: {exercise.title}", exercise.goal, partial(lab.to_exercise, exercise.name))
        for deed in FILE_DEEDS:
            yield SystemCommand(f"File: {deed.title.lower()}", deed.about, partial(lab.files.act, deed.name))
        if lab.scene.long:
            yield SystemCommand("Pause or go on", "Hold what runs after the pair under way; again: go on", lab.pause)
        yield SystemCommand("Roll back", "Prompt and levers as last adopted, or as loaded", lab.action_roll_back)
        for setting in lab.scene.desk.levers:
            spec = BY_NAME[setting.name].spec
            word = "let go" if setting.on else "pull"
            yield SystemCommand(
                f"Lever: {word} {spec.title.lower()}", spec.does, partial(lab.switch_lever, setting.name)
            )
        if isinstance(screen, PlaceScreen):
            yield from screen.commands()
        yield from _segments(lab.scene.desk.prompt, lab)


def _segments(prompt: Prompt, lab: LabScreen) -> Iterable[SystemCommand]:
    for index, segment in enumerate(prompt.segments):
        word = "off" if segment.on else "on"
        yield SystemCommand(
            f"Segment {word}: {line(segment.name)}",
            f"Switch this part of the prompt {word}",
            partial(lab.action_segment, index),
        )
