"""All panes: rows of them where there is room, tabs where there is not."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Tab, Tabs

from optlab.render.format import line
from optlab.tui.panes.charts import ChartsPane
from optlab.tui.panes.levers import LeversPane
from optlab.tui.panes.pane import Pane
from optlab.tui.panes.prompt import PromptPane
from optlab.tui.panes.results import ResultsPane
from optlab.tui.panes.run import RunPane
from optlab.tui.panes.stream import StreamPane
from optlab.tui.scene import Scene
from optlab.tui.widgets.frame import Frame
from optlab.tui.widgets.words import Words

TABS: tuple[tuple[str, str], ...] = (
    ("prompt", "Prompt"),
    ("levers", "Levers"),
    ("streams", "Streams"),
    ("results", "Results"),
    ("charts", "Charts"),
)
"""Names and titles of the tabs, in their order."""


class Floor(Vertical):
    """The lab's panes. Below the full size one tab of them is shown at a time."""

    DEFAULT_CSS = """
    Floor {
        height: 1fr;
        & > #tabs { display: none; }
    }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._panes: tuple[Pane, ...] = ()
        self._shown: dict[Pane, tuple[object, ...]] = {}

    def compose(self) -> ComposeResult:
        yield Tabs(*(Tab(Content(title), id=f"tab-{name}") for name, title in TABS), id="tabs")

    def on_mount(self) -> None:
        self.query_one(Tabs).can_focus = False
        self.choose(TABS[0][0])

    async def furnish(self) -> None:
        """Bring the panes in, once the first frame is out: a hundred widgets take as long as all before them."""
        controls = Frame(LeversPane(id="levers"), RunPane(id="run"), id="controls", classes="pane")
        controls.entitle(Content("Levers, in the order they stack"))
        streams = (StreamPane(0, id="baseline"), StreamPane(1, id="candidate"))
        with self.app.batch_update():
            await self.mount_all(
                (
                    Horizontal(PromptPane(id="prompt", classes="pane"), controls, id="bench", classes="row"),
                    Horizontal(*streams, id="streams", classes="row"),
                    Words(id="finish"),
                    Horizontal(
                        ResultsPane(id="results", classes="pane"), ChartsPane(id="charts"), id="outcome", classes="row"
                    ),
                )
            )

        self._panes = tuple(self.query(Pane))

    def show(self, scene: Scene, now: float) -> None:
        """Hand the scene to every pane."""
        with self.app.batch_update():
            for pane in self._panes:
                needs = pane.needs(scene)
                shown = self._shown.get(pane, ())
                if len(shown) != len(needs) or any(a is not b for a, b in zip(shown, needs, strict=True)):
                    self._shown[pane] = needs
                    pane.show(scene, now)
            self.set_class(scene.kind == "race", "-race")
            self.set_class(bool(scene.finish), "-finish")
            for words in self.query("#finish").results(Words):
                words.say(Content(line(scene.finish)), layout=True)

    def tick(self, scene: Scene, now: float) -> None:
        """Move the clocks of the streams on."""
        for pane in self._panes:
            if isinstance(pane, StreamPane):
                pane.tick(scene, now)

    def choose(self, tab: str) -> None:
        """Bring a tab to the front; where all panes are shown this changes nothing to see."""
        for name, _ in TABS:
            self.set_class(name == tab, f"-at-{name}")
        self.query_one(Tabs).active = f"tab-{tab}"

    def step(self, by: int) -> None:
        """Go to the next tab, or the one before."""
        names = [name for name, _ in TABS]
        at = next(index for index, name in enumerate(names) if self.has_class(f"-at-{name}"))
        self.choose(names[(at + by) % len(names)])

    @on(LeversPane.Stacked)
    def _stacked(self, event: LeversPane.Stacked) -> None:
        event.stop()
        self.query_one("#controls", Frame).entitle(subtitle=event.words)

    @on(Tabs.TabActivated)
    def _tab_chosen(self, event: Tabs.TabActivated) -> None:
        event.stop()
        if event.tab.id != self.query_one(Tabs).active:
            return  # late news of a tab that was left since; to follow it would bring the next late news
        tab = (event.tab.id or "").removeprefix("tab-")
        if not self.has_class(f"-at-{tab}"):
            self.screen.set_focus(None)  # what is hidden must not go on hearing keys
            self.choose(tab)
