"""A worker that says what a test tells it to, and events to say."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from optlab.catalogue import Cost
from optlab.core import commands, events, plan_events, run_events, study_events
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, Provenance, RunRecord
from optlab.core.report import Report
from optlab.core.scenario import Plan, Sample, Scenario
from optlab.core.study import StudyKind
from optlab.core.usage import Usage
from optlab.tui.app import LabApp

Event = events.Event
MakeLab = Callable[..., LabApp]
RUN = "20261122-165106-nqvc"
SERVER = "127.0.0.1:33107"
ESTIMATE = plan_events.Estimate(26, 0.0014, 0.1588, 106.0)
BENCHMARK = Path(__file__).parent / "data" / "benchmark.jsonl"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeSession:
    """A worker's end without a worker: loads, connects and forecasts by itself; runs are told by the test."""

    def __init__(self) -> None:
        self.scenario = scenario()
        self.sent: list[commands.Command] = []
        self.charges = False
        self.connects = True
        self.closed = False
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    async def start(self) -> None:
        self.tell(events.WorkerReady("0.1.0", 1))

    async def send(self, command: commands.Command) -> None:
        self.sent.append(command)
        match command:
            case commands.LoadScenario():
                self.tell(events.ScenarioLoaded(self.scenario))
            case commands.Connect() if self.connects:
                kind = Provenance.MEASURED if self.charges else Provenance.SIMULATED
                self.tell(events.Connected(kind, 1.0, SERVER, "no credential was found", self.charges))
            case commands.ListPrices():
                self.tell(events.PricesListed("prices.toml", {}))
            case commands.AdviseOnRun(scenario=name):
                self.tell(events.Failed("usage", f"the history has no run of {name}; leave --run out to measure it"))
            case commands.Study(dry=True):
                self.tell(study_planned(command, dry=True))
            case commands.CountTokens(prompt=prompt):
                text = "".join(s.text for s in (prompt or self.scenario.prompt).segments if s.on)
                self.tell(events.TokensCounted(len(text.split()), self.scenario.model, Provenance.MEASURED))
            case commands.RunBenchmark(dry=True):
                self.tell(planned(dry=True))

    async def events(self) -> AsyncIterator[Event]:
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        self.closed = True

    def tell(self, *said: Event) -> None:
        for event in said:
            self._events.put_nowait(event)

    def die(self) -> None:
        self.tell(
            events.Failed("worker", "the measuring process ended unexpectedly (by signal 9); run the command again")
        )
        self._events.put_nowait(None)

    def runs(self) -> list[commands.Command]:
        """Races and benchmarks that were asked for, forecasts left out."""
        asked = (commands.RunRace, commands.RunBenchmark)
        return [c for c in self.sent if isinstance(c, asked) and not getattr(c, "dry", False)]


def scenario(name: str = "Hamlet in three bullets") -> Scenario:
    prompt = Prompt((Segment("question", "user", "Summarise the plot of Hamlet in 3 bullets."),))
    params = {"max_tokens": {"cap": 120}}
    return Scenario(
        name,
        "claude-sonnet-4-6",
        400,
        prompt,
        (Sample("only"),),
        about="What does streaming change, and what does it not?",
        lever_params=params,
        plan=Plan(pairs=12),
    )


def desk_scenario() -> Scenario:
    prompt = Prompt(
        (
            Segment("rules", "system", "You answer for the support desk.\nBe warm, and never promise refunds.\n"),
            Segment("examples", "system", "Q: Where is my parcel?\nA: Let me check that for you."),
            Segment("question", "user", "{question} Answer in {language}; {other} stays as it is."),
        )
    )
    sample = Sample("cancel", {"question": "How do I cancel an order?", "language": "English"})
    return Scenario("Support desk", "claude-sonnet-4-6", 400, prompt, (sample,))


def planned(*, dry: bool = False, pairs: int = 12, consent: bool = False) -> plan_events.ExperimentPlanned:
    return plan_events.ExperimentPlanned(
        run_id=RUN,
        scenario="Hamlet in three bullets",
        model="claude-sonnet-4-6",
        variants=("baseline", "streaming"),
        pairs=pairs,
        primary="first_visible",
        primary_reason="what streaming is for",
        provenance=Provenance.MEASURED if consent else Provenance.SIMULATED,
        why_backend="no credential was found",
        sim_speed=1.0,
        server=SERVER,
        estimate=ESTIMATE,
        budget_usd=0.5 if consent else None,
        needs_consent=consent,
        dry=dry,
    )


def study_planned(command: commands.Study, *, dry: bool = False, consent: bool = False) -> study_events.StudyPlanned:
    kinds: dict[type, StudyKind] = {commands.TestCut: "cut", commands.FindCuts: "trim", commands.MapHeat: "heat"}
    kinds |= {commands.Advise: "advice", commands.StudyCascade: "cascade", commands.MeasureCeiling: "ceiling"}
    return study_events.StudyPlanned(
        run_id=RUN,
        scenario="Support desk",
        model="claude-sonnet-4-6",
        provenance=Provenance.MEASURED if consent else Provenance.SIMULATED,
        why_backend="no credential was found",
        sim_speed=1.0,
        server=SERVER,
        estimate=ESTIMATE,
        budget_usd=command.budget_usd,
        needs_consent=consent,
        dry=dry,
        kind=kinds[type(command)],
    )


def run_record(variant: str, *, streamed: bool, text: str = "An answer.", error: CallError | None = None) -> RunRecord:
    cost = Cost(input_usd=0.00005, output_usd=0.0022)
    usage = Usage(input_tokens=18, output_tokens=149)
    call = CallRecord(
        "c", "claude-sonnet-4-6", streamed, 0.0, 4.4, Provenance.SIMULATED, usage=usage, cost=cost, error=error
    )
    return RunRecord(
        id=f"{RUN}.r0.{variant}",
        variant=variant,
        sample="only",
        pair=0,
        phase="race",
        started_at="2026-11-22T16:51:06.418+00:00",
        calls=(call,),
        answer=text,
        e2e_s=4.4,
        first_visible_s=1.31 if streamed else 4.4,
        ttft_s=1.31 if streamed else None,
        tpot_s=0.0207 if streamed else None,
        error=error,
    )


PIECES = (
    "Here are the main points:\n\n- The ghost of the dead king ",
    "tells his son that he was murdered.\n",
    "- A play",
)


def race_under_way() -> list[Event]:
    """Both calls sent; the streaming one has begun to speak."""
    said: list[Event] = [planned(pairs=1), run_events.ExperimentStarted(RUN, "2026-11-22T16:51:06+00:00")]
    said += [run_events.CallStarted(RUN, f"{RUN}.r0.{v}", v, 0, "race") for v in ("baseline", "streaming")]
    for number, piece in enumerate(PIECES):
        said.append(run_events.TextDelta(f"{RUN}.r0.streaming", "streaming", 1.31 + number / 10, piece, "text"))
    return said


def race_over() -> list[Event]:
    report = msgspec.structs.replace(
        recorded_report(), variants=(), comparisons=(), cards=(), caveats=(), pairs=0, cost_usd=0.0045
    )
    return [
        run_events.RunFinished(run_record("streaming", streamed=True, text="".join(PIECES)), 0.00225),
        run_events.RunFinished(run_record("baseline", streamed=False), 0.0045),
        run_events.ExperimentFinished(report),
    ]


def recorded() -> list[Event]:
    """A benchmark of twelve pairs as a worker told it, without the text."""
    return [events.decode(line) for line in BENCHMARK.read_bytes().splitlines()]


def recorded_report() -> Report:
    last = recorded()[-1]
    assert isinstance(last, run_events.ExperimentFinished)
    return last.report


async def settle(pilot: Pilot[None]) -> None:
    """Until everything said has been heard and shown: one batch of the bridge, and what it sets off."""
    for _ in range(2):
        await pilot.pause(0.06)
