"""How long a key takes to the screen while a 20,000-token prompt is edited and two answers stream in.

Usage: python benchmarks/trim_typing.py [KEYS] [COLUMNSxROWS]
Runs the whole lab on a pseudo-terminal, with a worker that only talks: two streams of 100 deltas a second each, told as
events. A process of its own presses the keys and reads the screen (`typing_terminal`), so a key comes whatever the lab
is at, and counts as shown when the bytes of the row with the new letter have come out. For the prompt pane of the lab,
for the Trim place with one sentence and with the whole prompt open, and for a bare text area of Textual with the same
text as the floor, prints milliseconds from key to bytes: p50, p99, worst; and the same in processor time of the
process, which other programs on the machine spoil less.
"""

import asyncio
import gc
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import TextArea
from typing_terminal import Terminal

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


def told(title: str, took: list[tuple[float, float] | None]) -> None:
    """Two lines of figures."""
    seen = [one for one in took if one is not None]
    lost = f"  NEVER SEEN {len(took) - len(seen)}" if len(seen) < len(took) else ""
    for what, values in zip(("wall", "processor"), zip(*seen, strict=True), strict=True):
        p99 = statistics.quantiles(values, n=100, method="inclusive")[98]
        figures = f"p50 {statistics.median(values):5.1f}  p99 {p99:5.1f}  worst {max(values):5.1f} ms"
        print(f"{title:<36} {what:<9} {figures}  n {len(values)}{lost}", file=sys.__stdout__, flush=True)


async def floor(terminal: Terminal, keys: int, text: str) -> None:
    """The least Textual can do: an application of one bare text area, as large as the prompt pane of the lab."""

    class Bare(App[None]):
        CSS = "TextArea { width: 96; height: 13; }"

        def compose(self) -> ComposeResult:
            yield TextArea(text)

    app = Bare(driver_class=terminal.driver())
    running = asyncio.create_task(app.run_async())
    await asyncio.sleep(1.5)
    gc.collect()
    gc.freeze()
    area = app.query_one(TextArea)
    area.focus()
    await measured("a bare text area, nothing else", terminal, area, keys)
    app.exit()
    await running


async def measured(title: str, terminal: Terminal, area: TextArea, keys: int) -> None:
    """Type in a sentence in the middle of an area, and tell."""
    lines = area.document.lines
    row = next((n for n in range(len(lines) // 2, len(lines)) if len(lines[n]) > 40), len(lines) // 2)
    area.move_cursor((row, 3))
    await asyncio.sleep(0.5)
    told(title, await terminal.typed(area, keys, KEYS_HZ))


async def press(app: App[None], *names: str) -> None:
    """Keys on the way from one place to the next."""
    for name in names:
        app.post_message(Key(name, name if len(name) == 1 else None))
        await asyncio.sleep(0.005)
    await asyncio.sleep(1.0)


async def lab(terminal: Terminal, keys: int, scenario: Scenario) -> None:
    """All three places, streams running throughout."""
    session = TalkingSession(scenario)
    levers = tuple(
        LeverSetting(setting.name, on=setting.name == "streaming", params=setting.params) for setting in Desk("").levers
    )
    app = LabApp(Desk("long", levers=levers, settings=Settings()), session)
    app.driver_class = terminal.driver()
    running = asyncio.create_task(app.run_async())
    await asyncio.sleep(2.0)
    await press(app, "s")
    await press(app, "e")
    await measured("lab, prompt pane, streams on screen", terminal, app.screen.query_one(PromptEditor), keys)
    await press(app, "escape", "f3")
    await press(app, "enter")
    await measured("Trim, the whole prompt open", terminal, app.screen.query_one(PieceText), keys)
    await press(app, "escape", *"zzz", *["down"] * 300)
    await press(app, "enter")
    await measured("Trim, one sentence of 900 open", terminal, app.screen.query_one(PieceText), keys)
    await press(app, "escape")
    app.exit()
    await running
    await session.close()


def main(keys: int, size: tuple[int, int]) -> None:
    """The floor, then the lab, on one terminal."""
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    scenario = Scenario("Long", MODEL, 400, prompt(), (Sample("one", {"question": "Where is it?"}),))
    terminal = Terminal(size)
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    asyncio.run(floor(terminal, keys, scenario.prompt.segments[0].text))
    asyncio.run(lab(terminal, keys, scenario))
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    terminal.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    columns, rows = (sys.argv[2] if len(sys.argv) > 2 else "160x48").split("x")
    main(count, (int(columns), int(rows)))
