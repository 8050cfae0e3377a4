"""The clerk of a lab's files: opens, saves and reloads, and notices what changes on the disk.

It stands beside the lab's screen, which owns the scene. Whatever touches a disk by itself is done in one thread behind
it (`autosave`); only a deed that the user asked for is done at once.
"""

import time
from asyncio import AbstractEventLoop, get_running_loop, wrap_future
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context, copy_context
from functools import partial
from pathlib import Path

import msgspec
from textual.app import App
from textual.worker import Worker

from optlab.config import state_folder
from optlab.core.commands import Command, ListScenarios, LoadScenario
from optlab.core.events import Failed, ScenarioLoaded, ScenariosListed
from optlab.core.scenario import Scenario, ScenarioHead
from optlab.tui.bridge import Heard
from optlab.tui.desk import Desk
from optlab.tui.files import words
from optlab.tui.files.autosave import Autosave
from optlab.tui.files.disk import Seen, look, look_again
from optlab.tui.files.keeper import Keeper
from optlab.tui.files.names import opened_as, own_file, suggested
from optlab.tui.files.open_screen import OpenScreen
from optlab.tui.files.question_screen import QuestionScreen
from optlab.tui.files.recent import recent, remember
from optlab.tui.files.save_screen import SaveScreen
from optlab.tui.files.saving import WouldOverwrite, losses, save, unsaved
from optlab.tui.files.unsaved import FOLDER
from optlab.tui.scene import Scene, hear, saved
from optlab.tui.screens.bench import BenchScreen

LOOK_EVERY_S = 2.0


class Clerk:
    """`tell` asks the worker; `clock` gives epoch seconds."""

    def __init__(
        self, bench: BenchScreen, tell: Callable[[Command], None], clock: Callable[[], float] = time.time
    ) -> None:
        self._bench = bench
        self._tell = tell
        self._folder = state_folder()
        self._autosave = Autosave(self._folder / FOLDER, self._failed)
        self._keeper = Keeper(bench, self._autosave, clock)
        self._heads: Sequence[ScenarioHead] = ()
        self._saving: Desk | None = None
        self._seen: Seen | None = None
        self._news = False
        self._reading = 0
        self._home: tuple[AbstractEventLoop, Context] | None = None
        """Loop and context of the screen, for what the thread behind has to say."""

    @property
    def _app(self) -> App[object]:
        return self._bench.app

    @property
    def _scene(self) -> Scene:
        return self._bench.scene

    def start(self) -> None:
        """From now on look at the files every other second."""
        self._home = get_running_loop(), copy_context()
        self._bench.set_interval(LOOK_EVERY_S, self.look)

    def close(self) -> None:
        """Write what is still unwritten; this waits for the disk."""
        self._keeper.close()
        self._autosave.close()

    def changed(self) -> None:
        """The desk is another one."""
        self._keeper.changed()

    def load(self, source: str) -> None:
        """Have the worker read a scenario, and note what its files are like meanwhile."""
        self._reading += 1
        self._tell(LoadScenario(source))
        self._watch(source)

    @property
    def reading(self) -> bool:
        """Whether a scenario is on its way that will take the place of the one on the desk."""
        return self._reading > 0

    def _watch(self, source: str) -> None:
        """From now on look whether the files of this scenario change."""
        self._seen = None
        self._behind(partial(self._first_look, source), "first look")

    async def _first_look(self, source: str) -> None:
        self._seen = await wrap_future(self._autosave.do(partial(look, source)))

    def _behind(self, work: Callable[[], Coroutine[None, None, None]], group: str = "files") -> Worker[None]:
        """Do this meanwhile; of the same group only the newest, groups that have a name of their own."""
        return self._bench.run_worker(work, group=group, exclusive=group != "files")

    def hear(self, scene: Scene, heard: Heard) -> Scene:
        """The scene after one more event; what concerns files is answered here."""
        if isinstance(heard.event, ScenariosListed):
            self._heads = heard.event.scenarios
            if (asking := self._asking) is not None:
                asking.take(self._heads)
        if isinstance(heard.command, LoadScenario):
            saving = self._saving
            self._reading -= isinstance(heard.event, ScenarioLoaded | Failed)
            match heard.event:
                case ScenarioLoaded(scenario=found) if saving and heard.command.scenario == saving.source:
                    return self._read_back(scene, saving, found)
                case ScenarioLoaded(notes=notes):
                    if self._asking is not None:
                        self._asking.opened()
                    self._keeper.leave(scene.desk, heard.command.scenario)
                    self._news = True
                    scene = hear(scene, heard)
                    return msgspec.structs.replace(scene, note=words.look_at(notes)) if notes else scene
                case Failed(sentence=sentence) if scene.desk.scenario is not None:
                    self._saving = None
                    if heard.command.scenario != scene.desk.source:
                        self._watch(scene.desk.source)
                    if self._asking is not None and self._asking.refused(sentence):
                        return scene
                    return msgspec.structs.replace(scene, trouble=sentence)
        return hear(scene, heard)

    def _read_back(self, scene: Scene, saving: Desk, found: Scenario) -> Scene:
        """What was saved can be read: now nothing needs to be kept of it."""
        self._saving = None
        if found.prompt != saving.prompt:
            return msgspec.structs.replace(scene, trouble=words.OTHERWISE.format(saving.source))
        self._autosave.drop()
        self._keeper.rest(saving.from_file(saving.source, found))
        self._behind(partial(self._remember, saving.source))
        return msgspec.structs.replace(saved(scene, saving.source, found), note=words.SAVED.format(saving.source))

    def settle(self) -> None:
        """After a batch of events: where a scenario was opened, remember it and offer what was left of it."""
        if self._news:
            self._news = False
            self._keeper.rest(self._scene.loaded)
            self._behind(partial(self._arrive, self._scene.desk.source))

    async def _arrive(self, source: str) -> None:
        await self._remember(source)
        await self._keeper.offer(source)

    async def _remember(self, source: str) -> None:
        await wrap_future(self._autosave.do(partial(remember, self._folder, source)))

    def _failed(self, sentence: str) -> None:
        """Called in the thread behind, also while the lab is being left."""
        if self._home is not None:
            loop, context = self._home
            loop.call_soon_threadsafe(self._say, sentence, context=context.copy())

    def _say(self, sentence: str) -> None:
        self._bench.scene = msgspec.structs.replace(self._scene, note=sentence)

    def look(self) -> None:
        """Look whether the files of the scenario have changed since they were read."""
        if self._seen is not None and not self._scene.disk:
            self._behind(partial(self._look, self._seen), "look")

    async def _look(self, seen: Seen) -> None:
        now = await wrap_future(self._autosave.do(partial(look_again, seen)))
        if self._seen is not seen:
            return
        if now.digest == seen.digest:
            self._seen = now
        else:
            told = words.CHANGED.format(seen.files[0].name)
            self._bench.scene = msgspec.structs.replace(self._scene, disk=told, note="")

    def act(self, deed: str) -> None:
        """Do what a key or the palette asks for."""
        self._bench.settle()
        if self._scene.desk.scenario is None or (self._scene.dead and deed != "save"):
            return
        if self._scene.running:
            self._say(words.BUSY)
        elif deed == "open":
            self._ask_open()
        elif deed == "save":
            self._ask_save()
        else:
            self._ask_reload()

    @property
    def _asking(self) -> OpenScreen | None:
        """The dialog that waits for a scenario, where one is up."""
        screen = self._app.screen
        return screen if isinstance(screen, OpenScreen) else None

    def _ask_open(self) -> None:
        if not self._heads:
            self._tell(ListScenarios())
        self._app.push_screen(OpenScreen(recent(self._folder), self._heads, Path.cwd(), self._open_typed))

    def _open_typed(self, typed: str) -> None:
        """What the dialog asks for; it stays until that has come, which for the same file is a matter of its own."""
        source = opened_as(typed)
        if source == self._scene.desk.source and self._asking is not None:
            self._asking.opened()
        self.open(source)

    def open(self, source: str) -> None:
        """Open another scenario; edits of this one are kept for when it is opened again."""
        if source == self._scene.desk.source:
            self._ask_reload()
        else:
            self.load(source)

    def _ask_save(self) -> None:
        source, changed = self._scene.desk.source, bool(self._scene.disk)
        own = own_file(source)
        about = words.save_about(own, losses(own) if own else "", changed)
        free = str(own) if own and not changed else ""
        self._app.push_screen(SaveScreen(suggested(source), about, self._save, free))

    def _save(self, name: str, overwrite: bool) -> str:
        desk = self._scene.desk
        own = own_file(desk.source)
        if own and name == str(own):
            self._look_before(own)
        path = save(desk, name, overwrite=overwrite)
        source = desk.source if own and own.absolute() == path else str(path)
        if self._scene.dead:  # nobody can read it back
            self._autosave.drop()
            self._keeper.rest(desk)
            self._say(words.SAVED.format(source))
        else:
            self._saving = msgspec.structs.replace(desk, source=source)
            self.load(source)
        return source

    def _look_before(self, own: Path) -> None:
        """Raise WouldOverwrite where the file has changed since anybody looked; told once, it may be overwritten."""
        seen = self._seen
        if seen is not None and not self._scene.disk and look_again(seen).digest != seen.digest:
            self._bench.scene = msgspec.structs.replace(self._scene, disk=words.CHANGED.format(own.name))
            raise WouldOverwrite(words.CHANGED_MEANWHILE.format(own.name))

    def _ask_reload(self) -> None:
        if unsaved(self._scene.desk):
            self._app.push_screen(QuestionScreen(*words.reload(self._scene.desk.source)), self._reload)
        else:
            self._reload("reload")

    def _reload(self, answer: str | None) -> None:
        if answer == "save":
            self._ask_save()
        elif answer == "reload":
            self.load(self._scene.desk.source)
