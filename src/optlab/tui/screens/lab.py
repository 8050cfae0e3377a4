"""The lab on one screen: it hears the worker, hands the scene to the panes, and asks for runs."""

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Footer, Static

from optlab.core.commands import Cancel, Command, Connect, Consent, ListPrices, LoadScenario, Pause, Resume
from optlab.core.events import Failed, ScenarioLoaded
from optlab.core.prompt import Prompt
from optlab.render.format import line
from optlab.tui.bridge import BATCH_S, Bridge, Heard, Session
from optlab.tui.desk import Desk
from optlab.tui.files.clerk import Clerk
from optlab.tui.guide.course import Course
from optlab.tui.guide.exercise import Look
from optlab.tui.guide.kept import read, ticks_path, write
from optlab.tui.hold import Hold
from optlab.tui.keys import Keys
from optlab.tui.panes.floor import Floor
from optlab.tui.places.guide import GuideScreen
from optlab.tui.places.rooms import ROOMS
from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import LAB
from optlab.tui.race.screen import RacersScreen, Taken
from optlab.tui.scene import Kind, Scene, asked, edited
from optlab.tui.screens.bench import BENCH_KEYS, BenchScreen
from optlab.tui.screens.consent import ConsentScreen
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header

_key = Keys("lab")

SMALLEST = (80, 24)
FULL = (120, 36)
FORECAST_AFTER_S = 0.5
STILL_READING = "A scenario is still being read; ask again when it is there."
LOST = "The measuring process has ended; what it had finished is in the history. q leaves; start the lab again."


class LabScreen(BenchScreen):
    """All of the lab: the bench, and the worker that measures what is on it."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("s", "race", "Race", "Race the two racers once: to look at, no verdict"),
        _key("r", "benchmark", "Benchmark", "Run the benchmark: pairs, intervals, a verdict"),
        _key("escape", "escape", "Cancel", "Leave a text field, then cancel what runs", shown_as="esc"),
        *BENCH_KEYS,
        _key("x", "racers", "Racers", "Choose who races: levers, models, streaming or not", show=False),
    ]
    DEFAULT_CSS = """
    LabScreen {
        #too-small { display: none; width: 1fr; height: 1fr; content-align: center middle; text-align: center; }
    }
    """

    def __init__(
        self, desk: Desk, session: Session, clock: Callable[[], float] = time.monotonic, hold: Hold | None = None
    ) -> None:
        super().__init__()
        self._clock = clock
        self.hold = hold or Hold(clock)
        self._shown_at = float("-inf")
        self.bridge = Bridge(session, self.heard, self.lost, clock, self.hold)
        self.files = Clerk(self, self.tell)
        self.set_reactive(LabScreen.scene, Scene(desk, course=Course(ticks=read(ticks_path()))))
        self._wanted: Kind | None = None
        self._consent_for = ""
        self._forecast_timer: Timer | None = None
        self._forecast_owed = False
        self._rooms: dict[str, PlaceScreen] = {}

    def compose(self) -> ComposeResult:
        yield Header()
        yield Banner(markup=False)
        yield Floor(id="floor")
        yield Static(id="too-small", markup=False)
        yield Footer(show_command_palette=True)

    def on_mount(self) -> None:
        self.set_interval(BATCH_S, self._tick)
        self.watch_scene(self.scene, self.scene)

    async def open(self) -> None:
        """Furnish the screen, start the worker, and let it load the scenario and open the backend."""
        await self.query_one(Floor).furnish()
        self.query_one(Floor).show(self.scene, self._clock())
        self.run_worker(self.bridge.run(), name="bridge", exit_on_error=True)
        self.files.load(self.scene.desk.source)
        self.bridge.ask(Connect(self.scene.desk.wire))
        self.bridge.ask(ListPrices())
        self.files.start()

    def heard(self, batch: tuple[Heard, ...]) -> None:
        """Take in what the worker told."""
        if any(isinstance(heard.event, ScenarioLoaded) for heard in batch):
            self.settle()  # what was typed a moment ago belongs to the scenario that is left
        scene = self.scene
        for heard in batch:
            first = scene.desk.scenario is None
            scene = self.files.hear(scene, heard)
            if isinstance(heard.command, LoadScenario) and isinstance(heard.event, Failed):
                self._wanted = None
                if first:
                    self.app.exit(return_code=2, message=heard.event.sentence)
        self.scene = scene
        self.files.settle()
        if self._wanted and scene.desk.scenario and not self.files.reading:
            wanted, self._wanted = self._wanted, None
            self._start(wanted)

    def lost(self) -> None:
        """The worker is gone, and nobody asked it to."""
        self.scene = msgspec.structs.replace(
            self.scene, dead=True, asked=None, over_at=self._clock(), trouble=self.scene.trouble or LOST
        )

    def watch_scene(self, before: Scene, scene: Scene) -> None:
        """Show it, here or in the place one is at: what lies under another screen is painted when it comes back."""
        place = self.place
        if place is not None:
            place.show(scene)
        else:
            self._show(scene)
        if (before.running, before.dead) != (scene.running, scene.dead):
            self.refresh_bindings()
        self._ask_consent(scene)
        if before.course.ticks != scene.course.ticks:
            self.run_worker(self._keep_ticks(scene.course.ticks), group="ticks")
        if before.desk is not scene.desk:
            self.files.changed()
        if before.desk != scene.desk or before.ready != scene.ready or (before.running and not scene.running):
            self._forecast_soon()

    async def _keep_ticks(self, ticks: dict[str, Look]) -> None:
        """In a thread: a disk may be slow, and a frame may not wait for it."""
        try:
            await asyncio.to_thread(write, ticks_path(), ticks)
        except OSError as error:
            words = f"The ticked goals cannot be kept in {ticks_path()} ({error.strerror}); make the folder writable."
            self.notify(line(words), severity="warning", markup=False)

    @property
    def place(self) -> PlaceScreen | None:
        """The place one is at; None in the lab."""
        up = (screen for screen in self.app.screen_stack if isinstance(screen, PlaceScreen) and screen.is_mounted)
        return next(up, None)

    def on_screen_resume(self) -> None:
        if self.query(Floor):
            self._show(self.scene)
        if self._forecast_owed:
            self._forecast_soon()

    def _show(self, scene: Scene) -> None:
        self.query_one(Header).show(scene)
        scenario = scene.desk.scenario
        about = scenario.about if scenario else ""
        self.query_one(Banner).say(
            about=about, note=scene.said, trouble=scene.trouble, headway=scene.headway(self.now())
        )
        self._shown_at = self._clock()
        self.query_one(Floor).show(scene, self._shown_at)

    def _ask_consent(self, scene: Scene) -> None:
        plan = scene.plan
        if scene.needs_consent and plan is not None and plan.run_id != self._consent_for:
            self._consent_for = plan.run_id
            self.app.push_screen(ConsentScreen(plan), lambda given: self.bridge.ask(Consent(bool(given))))

    def _tick(self) -> None:
        now = self._clock()
        if self.place is not None or self.hold.wait_s or now - self._shown_at < BATCH_S / 2:
            return  # a later tick will do: the clocks were just shown, or a key comes first
        if any(lane.under_way for lane in self.scene.stage.lanes):
            self._shown_at = now
            self.query_one(Floor).tick(self.scene, now)

    def _forecast_soon(self) -> None:
        if self._forecast_timer is not None:
            self._forecast_timer.stop()
        self._forecast_timer = self.set_timer(FORECAST_AFTER_S, self._forecast)

    def _forecast(self) -> None:
        scene = self.scene
        self._forecast_owed = self.place is not None
        if scene.ready and not scene.running and not scene.desk.problem and self.place is None:
            self.bridge.ask(scene.desk.with_first_lever().benchmark(dry=True))

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        small = width < SMALLEST[0] or height < SMALLEST[1]
        self.set_class(small, "-small")
        tabs = not small and (width < FULL[0] or height < FULL[1])
        if tabs != self.has_class("-tabs"):
            self.set_focus(None)
        self.set_class(tabs, "-tabs")
        self.set_class(height >= 44, "-tall")
        self.set_class(width >= 150, "-broad")
        self.query_one(Footer).show_command_palette = width >= FULL[0]  # every key first; ctrl+p works all the same
        words = (
            f"The lab needs {SMALLEST[0]}×{SMALLEST[1]} cells; this terminal has {width}×{height}. "
            "Make it larger, or q leaves."
        )
        self.query_one("#too-small", Static).update(Content(words))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys the footer offers now."""
        if action in ("race", "benchmark", "racers"):
            return not self.scene.running
        if action == "escape" and not self.scene.running:
            return self.in_text
        return True

    def _start(self, kind: Kind) -> None:
        self.settle()
        if self.scene.running or self.scene.dead:
            return
        if self.scene.desk.scenario is None or self.files.reading:
            self._wanted = kind
            return
        desk = self.scene.desk
        if kind != "race" or desk.racers.needs_lever(desk.pulled):
            desk = desk.with_first_lever()
        problem = desk.race_problem if kind == "race" else desk.problem
        if problem:
            self.scene = msgspec.structs.replace(self.scene, trouble=problem)
            return
        self.scene = asked(self.scene, desk, kind)
        self.set_focus(None)
        self.query_one(Floor).choose("streams" if kind == "race" else "results")
        self.bridge.ask(desk.race() if kind == "race" else desk.benchmark())

    def action_race(self) -> None:
        """Both racers once."""
        self._start("race")

    def action_racers(self) -> None:
        """Choose who races."""
        if self.scene.desk.scenario is None or self.scene.running:
            return

        def taken(chosen: Taken | None) -> None:
            if chosen is not None:
                self.scene = edited(self.scene, msgspec.structs.replace(self.scene.desk, racers=chosen.racers))
                if chosen.start:
                    self._start("race")

        self.app.push_screen(RacersScreen(self.scene.desk), taken)

    def action_benchmark(self) -> None:
        """Pairs of both variants."""
        self._start("benchmark")

    def go(self, name: str) -> None:
        """Go to a place. A place is made when it is first gone to, and stays until the lab is left."""
        self.settle()
        here = self.place
        if self.scene.desk.scenario is None or (here.PLACE if here else LAB) == name:
            return
        if here is not None:
            here.leave()
            self.app.pop_screen()
        if name == LAB:
            return
        if name not in self._rooms:
            self._rooms[name] = ROOMS[name](self)
            self.app.install_screen(self._rooms[name], name)
        self.app.push_screen(self._rooms[name])

    def to_exercise(self, name: str) -> None:
        """Go to an exercise of the Guide."""
        self.go("guide")
        guide = self._rooms.get("guide")
        if isinstance(guide, GuideScreen):
            guide.choose(name)

    def now(self) -> float:
        """The screen's clock, in seconds."""
        return self._clock()

    def pause(self) -> None:
        """Have long work wait after the pair under way, or let it go on."""
        progress = self.scene.progress
        if self.scene.long:
            pause = progress.pausing == "no"
            self.bridge.ask(Pause() if pause else Resume())
            self.scene = msgspec.structs.replace(self.scene, progress=progress.asked(pause=pause))

    def put_prompt(self, prompt: Prompt) -> None:
        """Put a prompt on the desk."""
        if prompt != self.scene.desk.prompt:
            self._put(msgspec.structs.replace(self.scene.desk, prompt=prompt))

    def put_desk(self, desk: Desk, note: str = "") -> None:
        """Put prompt, levers and settings on the desk, with a sentence about it."""
        self.scene = msgspec.structs.replace(edited(self.scene, desk), note=note)

    def open_scenario(self, source: str) -> None:
        """Open another scenario."""
        if not self.scene.running and not self.scene.dead:
            self.files.open(source)

    def roll_back(self) -> None:
        """Prompt and levers as last adopted, or as loaded."""
        self.action_roll_back()

    def tell(self, command: Command) -> None:
        """Ask the worker something."""
        self.bridge.ask(command)

    def study(self, command: Command, kind: Kind) -> None:
        """Start a study."""
        if self.files.reading:
            self.scene = msgspec.structs.replace(self.scene, note=STILL_READING)
        elif not self.scene.running and not self.scene.dead:
            self.scene = asked(self.scene, self.scene.desk, kind)
            self.bridge.ask(command)

    def action_escape(self) -> None:
        """Leave a text field; outside of one, cancel what is under way."""
        if self.scene.running and not self.in_text:
            self.bridge.ask(Cancel())
        else:
            self.set_focus(None)
