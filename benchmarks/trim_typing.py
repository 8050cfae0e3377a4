"""How long a key takes to the screen while a 20,000-token prompt is edited and two answers stream in.

Usage: python benchmarks/trim_typing.py [KEYS] [COLUMNSxROWS]
Runs the whole lab without a terminal on a worker that only talks: two streams of 100 deltas a second each, told as
events. For the prompt pane of the lab, and for the Trim place with one sentence and with the whole prompt open, prints
milliseconds from the key to the end of the repaint that shows it: p50, p99, worst; and the same in processor time of
the process, which other programs on the machine do not spoil.
"""

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import AsyncIterator

from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import TextArea

from optlab.catalogue import estimate_tokens
from optlab.core import commands
from optlab.core import events as told_events
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import Provenance
from optlab.core.scenario import Sample, Scenario
from optlab.tui.app import LabApp
from optlab.tui.desk import Desk, LeverSetting, Settings
from optlab.tui.trim.piece_pane import PieceText
from optlab.tui.widgets.editor import PromptEditor

Event = told_events.Event
TOKENS = 20_000
STREAM_HZ = 100
KEYS_HZ = 8
SENTENCE = (
    "Rule {}: when a customer of the {} desk asks about parcel number {}, answer in two sentences and stay calm. "
)
MODEL = "claude-sonnet-4-6"


def prompt() -> Prompt:
    """One system segment of about 20,000 tokens in paragraphs of eight sentences, and a question."""
    text, number = "", 0
    while estimate_tokens(text, "old") < TOKENS:
        for _ in range(40):
            number += 1
            text += SENTENCE.format(number, ("first", "second", "night")[number % 3], 7919 * number)
            text += "\n\n" if number % 8 == 0 else ""
    return Prompt((Segment("handbook", "system", text), Segment("question", "user", "{question}")))


class TalkingSession:
    """A worker's end that loads, connects, and streams two answers for as long as it is asked to."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._told: asyncio.Queue[Event | None] = asyncio.Queue()
        self._streams: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Say that there is a worker."""
        self._tell(told_events.WorkerReady("0", 0))

    async def send(self, command: commands.Command) -> None:
        """Answer what must be answered."""
        match command:
            case commands.LoadScenario():
                self._tell(told_events.ScenarioLoaded(self._scenario))
            case commands.Connect():
                self._tell(told_events.Connected(Provenance.SIMULATED, 1.0, "127.0.0.1:0", "a benchmark", False))
            case commands.ListPrices():
                self._tell(told_events.PricesListed("prices.toml", {}))
            case commands.RunBenchmark(dry=True):
                self._tell(self._planned(dry=True))
            case commands.RunRace():
                self._tell(self._planned(dry=False), told_events.ExperimentStarted("r", "2026-11-22T12:00:00+00:00"))
                self._streams = [asyncio.create_task(self._stream(name)) for name in ("baseline", "streaming")]

    async def events(self) -> AsyncIterator[Event]:
        """Everything told."""
        while (event := await self._told.get()) is not None:
            yield event

    async def close(self) -> None:
        """Stop streaming."""
        for stream in self._streams:
            stream.cancel()

    def _tell(self, *said: Event) -> None:
        for event in said:
            self._told.put_nowait(event)

    def _planned(self, *, dry: bool) -> told_events.ExperimentPlanned:
        return told_events.ExperimentPlanned(
            run_id="r",
            scenario=self._scenario.name,
            model=MODEL,
            variants=("baseline", "streaming"),
            pairs=1,
            primary="first_visible",
            primary_reason="what streaming is for",
            provenance=Provenance.SIMULATED,
            why_backend="a benchmark",
            sim_speed=1.0,
            server="127.0.0.1:0",
            estimate=told_events.Estimate(2, 0.0, 0.1, 10.0),
            budget_usd=None,
            needs_consent=False,
            dry=dry,
        )

    async def _stream(self, variant: str) -> None:
        self._tell(told_events.CallStarted("r", f"r.{variant}", variant, 0, "race"))
        started = time.perf_counter()
        for number in range(1_000_000):
            await asyncio.sleep(max(0.0, started + number / STREAM_HZ - time.perf_counter()))
            word = f"word{number} " + ("\n" if number % 40 == 39 else "")
            self._tell(told_events.TextDelta(f"r.{variant}", variant, number / STREAM_HZ, word, "text"))


async def typed(pilot: Pilot[None], area: TextArea, keys: int) -> list[tuple[float, float]]:
    """Milliseconds a key from its arrival to the repaint after the area shows it: on the wall, and of the processor."""
    app, took = pilot.app, list[tuple[float, float]]()
    painted = asyncio.Event()
    for number in range(keys):
        await asyncio.sleep(1 / KEYS_HZ + (number % 7) / 500)  # no rhythm with the frames
        painted.clear()
        row, column = area.cursor_location
        started, used = time.perf_counter(), time.process_time()
        letter = "e" if number % 6 else " "
        app.post_message(Key("space" if letter == " " else letter, letter))
        while area.cursor_location == (row, column):
            await asyncio.sleep(0)
        area.call_after_refresh(painted.set)
        await painted.wait()
        took.append(((time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000))
    return took


def told(title: str, took: list[tuple[float, float]]) -> None:
    """Two lines of figures."""
    for what, values in zip(("wall", "processor"), zip(*took, strict=True), strict=True):
        p99 = statistics.quantiles(values, n=100)[98]
        figures = f"p50 {statistics.median(values):5.1f}  p99 {p99:5.1f}  worst {max(values):5.1f} ms"
        print(f"{title:<36} {what:<9} {figures}  n {len(values)}", flush=True)


async def run(keys: int, size: tuple[int, int]) -> None:
    """All three places, streams running throughout."""
    scenario = Scenario("Long", MODEL, 400, prompt(), (Sample("one", {"question": "Where is it?"}),))
    session = TalkingSession(scenario)
    levers = tuple(
        LeverSetting(setting.name, on=setting.name == "streaming", params=setting.params) for setting in Desk("").levers
    )
    app = LabApp(Desk("long", levers=levers, settings=Settings()), session)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.5)
        await pilot.press("s")
        await pilot.pause(1.0)
        gc.collect()
        gc.freeze()
        await pilot.press("e")
        editor = app.screen.query_one(PromptEditor)
        editor.move_cursor((editor.document.line_count // 2, 3))
        await pilot.pause(0.5)
        told("lab, prompt pane, streams on screen", await typed(pilot, editor, keys))
        await pilot.press("escape", "f3")
        await pilot.pause(1.0)
        await pilot.press("enter")
        area = app.screen.query_one(PieceText)
        area.move_cursor((area.document.line_count // 2, 3))
        await pilot.pause(0.5)
        told("Trim, the whole prompt open", await typed(pilot, area, keys))
        await pilot.press("escape", *"zzz", *["down"] * 300)
        await pilot.pause(1.0)
        await pilot.press("enter")
        await pilot.pause(0.5)
        told("Trim, one sentence of 900 open", await typed(pilot, area, keys))
        await pilot.press("escape")
        await session.close()
        await pilot.pause(0.5)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    columns, rows = (sys.argv[2] if len(sys.argv) > 2 else "160x48").split("x")
    asyncio.run(run(count, (int(columns), int(rows))))
