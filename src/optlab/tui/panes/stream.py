"""One variant's answer as it comes, under its large figures. Two of them side by side share one clock.

In a race both calls are sent at the same moment, so both panes show the same digits until the first of them stops.
"""

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Digits

from optlab.render.finish import called
from optlab.render.format import line
from optlab.render.lanes import NONE, LaneFigures, SoFar, figures, silence, so_far
from optlab.render.snapshot import Lane
from optlab.tui.panes.pane import Pane
from optlab.tui.scene import Scene
from optlab.tui.widgets.stream_view import StreamView
from optlab.tui.widgets.words import Words


class StreamPane(Pane):
    """Baseline (index 0) or candidate (index 1); in a race the left or the right racer."""

    tab = "Streams"

    DEFAULT_CSS = """
    StreamPane {
        .figures { height: 3; }
        Digits { width: auto; min-width: 4; padding: 0 0 0 1; color: $text-muted; text-style: none; }
        .words { width: 18; height: 3; padding: 0 0 0 1; color: $text-muted; }
        .silence { height: auto; padding: 0 1; color: $text-muted; display: none; }
        &.-live Digits.total { color: $text-muted; text-style: italic; }
        &.-final Digits, Digits.-known { color: $text-success; text-style: bold; }
        &.-failed Digits { color: $text-error; }
    }
    """

    def __init__(self, index: int, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._index = index
        self._run_id = ""
        self._shown = 0
        self._figures: LaneFigures | None = None
        self._so_far: SoFar | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="figures"):
            yield Digits(NONE, classes="first")
            yield Words(classes="words first-words")
            yield Digits(NONE, classes="total")
            yield Words(classes="words total-words")
        yield Words(classes="silence")
        yield StreamView()

    def on_mount(self) -> None:
        self.tooltip = Content("x, or a click on a title, chooses who races")

    async def on_click(self, event: events.Click) -> None:
        """A title was clicked."""
        if event.screen_y == self.region.y:
            await self.run_action("screen.racers")

    def needs(self, scene: Scene) -> tuple[object, ...]:
        lanes = scene.stage.lanes
        lane = lanes[self._index] if self._index < len(lanes) else None
        return (lane, scene.desk, scene.running, scene.kind, scene.stage.where)

    def show(self, scene: Scene, now: float) -> None:
        lane = self._lane(scene)
        self._entitle(scene, lane)
        self._write(lane)
        price = next((one for one in scene.ahead if one.variant == lane.variant), None)
        self._so_far = so_far(lane, price) if lane.under_way and (lane.text or lane.thinking or price) else None
        self.tick(scene, now)

    def _lane(self, scene: Scene) -> Lane:
        lanes = scene.stage.lanes
        return lanes[self._index] if self._index < len(lanes) else Lane("")

    def _entitle(self, scene: Scene, lane: Lane) -> None:
        racers = scene.desk.racers
        racing = scene.kind == "race" or (scene.kind is None and not racers.as_ever)
        left = self._index == 0
        planned = (racers.left if left else racers.right).title(scene.desk.candidate) if racing else ""
        if not racing:
            planned = "as written" if left else scene.desk.candidate or "no lever on"
        word = ("left" if left else "right") if racing and not racers.as_ever else "baseline" if left else "candidate"
        what = called(lane.variant) if lane.variant else line(planned)
        which = f" · pair {lane.pair + 1}" if lane.phase == "measured" and lane.run_id else ""
        which = " · warm-up" if lane.phase == "cold" else which
        self.entitle(Content.assemble((word, "bold"), f" · {what}{which}"))

    def _write(self, lane: Lane) -> None:
        view = self.query_one(StreamView)
        if lane.run_id != self._run_id or len(lane.text) < self._shown:
            self._run_id, self._shown = lane.run_id, 0
            view.clear()
        if len(lane.text) > self._shown:
            view.append(lane.text[self._shown :])
            self._shown = len(lane.text)

    def tick(self, scene: Scene, now: float) -> None:
        """Move the clock on."""
        lane = self._lane(scene)
        where = scene.stage.where
        gone = lane.under_way and not scene.running
        stopped = scene.stopped if gone else None
        source = where.provenance.value if where else ""
        found = figures(lane, scene.clock_s(lane, now), source, self._so_far, stopped)
        if found == self._figures:
            return
        self._figures = found
        self.query_one("Digits.first", Digits).update(found.first)
        self.query_one("Digits.first", Digits).set_class(found.first != NONE, "-known")
        self.query_one("Digits.total", Digits).update(found.total)
        self.query_one(".first-words", Words).say(Content("\n".join(found.first_words)))
        self.query_one(".total-words", Words).say(Content("\n".join(found.total_words)))
        self.set_class(lane.under_way and not gone, "-live")
        self.set_class(found.final, "-final")
        self.set_class(lane.run is not None and not lane.run.answered, "-failed")
        self.entitle(subtitle=Content(line(found.below)))
        self._silence(_why_silent(lane, gone))

    def _silence(self, words: str) -> None:
        silence = self.query_one(".silence", Words)
        silence.say(Content(line(words)), layout=True)
        silence.display = bool(words)


def _why_silent(lane: Lane, gone: bool) -> str:
    """What stands where the text will be while there is none."""
    if lane.run is not None:
        return silence(lane.run)
    if lane.text:
        return ""
    if gone:
        return "stopped before it had anything to show"
    if lane.under_way:
        return "thinking; nothing to read yet…" if lane.thinking else "nothing to read yet…"
    return ""
