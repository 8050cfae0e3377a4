"""The smallest honest screen: scenario, backend, the word that says where figures come from, and one race."""

import asyncio
import signal
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Footer, Static

from optlab.core.commands import Cancel, Connect, Consent, RunRace
from optlab.core.events import ExperimentPlanned, Failed
from optlab.core.experiment import LeverChoice
from optlab.link import AsyncSession
from optlab.render.format import line, provenance, safe, seconds, usd
from optlab.render.snapshot import Lane, Snapshot, fold

REPAINTS_A_SECOND = 12


class Lab(App[int]):
    """One snapshot, folded from the worker's events and drawn a few times a second."""

    CSS = """
    #head { height: 1; background: $panel; padding: 0 1; }
    #said { height: auto; padding: 0 1; color: $text-muted; }
    VerticalScroll { border: round $foreground 20%; padding: 0 1; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "race", "Race", tooltip="One call each, streaming against not streaming"),
        Binding("escape", "stop", "Stop", tooltip="Stop the race"),
        Binding("y", "consent", "Yes, spend", tooltip="Confirm a race that costs real money"),
        Binding("q", "quit", "Quit", tooltip="Leave the lab"),
    ]

    snapshot: reactive[Snapshot] = reactive(Snapshot(), init=False)
    """All there is to draw."""

    def __init__(self, scenario: str) -> None:
        super().__init__()
        self._scenario = scenario
        self._session = AsyncSession()
        self._latest = Snapshot()

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Static("warming up", id="said")
        with Horizontal():
            with VerticalScroll():
                yield Static(id="left")
            with VerticalScroll():
                yield Static(id="right")
        yield Footer()

    def on_mount(self) -> None:
        """Have a dying terminal end us properly; start the worker once the first frame is out."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.exit, 128 + number)
        self.set_interval(1 / REPAINTS_A_SECOND, self._show)
        self.call_after_refresh(self.run_worker, self._listen(), exclusive=True)

    async def _listen(self) -> None:
        await self._session.start()
        await self._session.send(Connect())
        async for event in self._session.events():
            self._latest = fold(self._latest, event)
            if isinstance(event, Failed) and event.error == "worker":
                self.exit(5, message=f"optlab-tui: {line(event.sentence)}")

    def _show(self) -> None:
        self.snapshot = self._latest

    def watch_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the snapshot; every text in it is text only."""
        self.query_one("#head", Static).update(Content(self._head(snapshot)))
        self.query_one("#said", Static).update(Content(self._said(snapshot)))
        for place, lane in zip(("#left", "#right"), snapshot.lanes, strict=False):
            self.query_one(place, Static).update(Content(_lane(lane)))

    def _head(self, snapshot: Snapshot) -> str:
        server = snapshot.server
        where = f"{provenance(server.provenance, server.sim_speed)} ({server.why})" if server else "warming up"
        return f"optlab   {line(self._scenario)}   {where}"

    def _said(self, snapshot: Snapshot) -> str:
        if snapshot.message:
            return line(snapshot.message)
        if snapshot.plan and snapshot.phase == "planned" and snapshot.plan.needs_consent:
            return f"Real money: up to {usd(snapshot.plan.estimate.high_usd)}. Press y to go on, Esc to leave it."
        if snapshot.phase == "finished":
            return f"one call each: a demonstration, no verdict · {usd(snapshot.spent_usd)}"
        return {"warming up": "warming up", "ready": "s races the call without streaming against the same with it"}.get(
            snapshot.phase, snapshot.phase
        )

    async def action_race(self) -> None:
        """Race the scenario as it is against the same with streaming."""
        if self._latest.phase in ("ready", "finished", "failed") and self._latest.server:
            await self._session.send(RunRace(self._scenario, levers=(LeverChoice("streaming"),)))

    async def action_stop(self) -> None:
        """Stop the race."""
        await self._session.send(Cancel())

    async def action_consent(self) -> None:
        """Confirm a race that costs real money."""
        if isinstance(self._latest.plan, ExperimentPlanned) and self._latest.plan.needs_consent:
            await self._session.send(Consent(True))

    async def on_unmount(self) -> None:
        """End the worker, and with it the simulator."""
        await self._session.close()


def _lane(lane: Lane) -> str:
    run = lane.run
    first = f"first visible {seconds(lane.first_visible_s)}" if lane.first_visible_s is not None else "waiting"
    whole = f", complete {seconds(run.e2e_s)}, {usd(run.cost.total_usd)}" if run else ""
    return f"{lane.variant}\n{first}{whole}\n\n{safe(lane.text)}"
