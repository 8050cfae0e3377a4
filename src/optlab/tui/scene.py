"""Everything the screen shows, as one frozen picture, and how an event changes it. Pure: no widget, no clock."""

from typing import Any, Literal

import msgspec

from optlab.core.commands import AdviseOnRun, CountTokens, ListDays, LoadScenario, RunBenchmark, RunRace, Study
from optlab.core.days import KeptDay
from optlab.core.events import DaysListed, Failed, ScenarioLoaded
from optlab.core.plan_events import CallAhead, ExperimentPlanned, Planned
from optlab.core.run_events import CallStarted, ExperimentFinished
from optlab.core.scenario import Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import StudyEnd
from optlab.core.verdict import CardWord, Interval
from optlab.render.finish import finish
from optlab.render.format import duration, provenance, short_interval, usd
from optlab.render.lanes import Stopped
from optlab.render.snapshot import Lane, Snapshot, fold
from optlab.tui.bridge import Heard
from optlab.tui.desk import Desk, Settings
from optlab.tui.guide.course import Course, attend, taken_back
from optlab.tui.past import book
from optlab.tui.progress import Progress, headway
from optlab.tui.trim.findings import Findings, learn

Kind = Literal["race", "benchmark", StudyKind]
"""What can be under way."""

DEMONSTRATION = "One call each: a demonstration, no verdict."
CANCELLED = "Cancelled; what was paid for is kept."
READ_AGAIN = "The file was read again."
FIRST_RACE = "No lever was on; now streaming is."


class Scene(msgspec.Struct, frozen=True):
    """The lab at one moment.

    `stage` is the experiment whose streams are shown, `results` the last benchmark: a race never touches it.
    `adopted` is the last setup whose card said ADOPT, `asked` the desk the run under way was made of; `cuts` is what
    is known of cuts, `past` of what is kept, `progress` how far the work under way is, `days` kept benchmarks of the
    scenario, as far as the charts have asked for them; `disk` tells of a file that has changed since it was read;
    `over_at` is when the screen's clock saw the last run end.
    """

    desk: Desk
    loaded: Desk | None = None
    adopted: Desk | None = None
    asked: Desk | None = None
    kind: Kind | None = None
    stage: Snapshot = Snapshot()
    results: Snapshot = Snapshot()
    forecast: ExperimentPlanned | None = None
    forecast_problem: str = ""
    started: dict[str, float] = {}
    over_at: float | None = None
    cuts: Findings = Findings()
    past: book.Book = book.Book()
    course: Course = Course()
    days: tuple[KeptDay, ...] = ()
    progress: Progress = Progress()
    trouble: str = ""
    note: str = ""
    disk: str = ""
    dead: bool = False

    @property
    def running(self) -> bool:
        """Whether a race, a benchmark or a study is under way, or has been asked for."""
        return self.asked is not None

    @property
    def ready(self) -> bool:
        """Whether scenario and backend are there."""
        return self.desk.scenario is not None and self.stage.where is not None and not self.dead

    @property
    def said(self) -> str:
        """What is told in the second line: of what was just done, else of the file."""
        return self.note or self.disk

    @property
    def needs_consent(self) -> bool:
        """Whether the worker waits for the user's yes."""
        return self.running and self.stage.phase == "planned" and bool(self.plan and self.plan.needs_consent)

    @property
    def plan(self) -> Planned | None:
        """What the run under way was declared to be."""
        return self.stage.study or self.stage.plan

    def clock_s(self, lane: Lane, now: float) -> float:
        """Model seconds since a lane's call was seen to start, by the screen's own clock.

        In a race both calls are sent at the same moment, so both are on the clock of the one that was seen first.
        """
        speed = self.stage.where.sim_speed if self.stage.where else 1.0
        now = now if self.over_at is None else min(now, self.over_at)
        begun = self.started.get(lane.run_id, now)
        if lane.phase == "race":
            begun = min(self.started.values(), default=now)
        return max(0.0, now - begun) * speed

    @property
    def finish(self) -> str:
        """How the race that is over went; empty where none is."""
        return finish(self.stage.lanes) if self.kind == "race" else ""

    @property
    def stopped(self) -> Stopped:
        """What the calls that are still on stage though nothing runs can have cost, as the history keeps it."""
        gone = sum(lane.under_way for lane in self.stage.lanes)
        report = self.stage.report
        return Stopped(report.unknown_usd if report and report.unknown_usd else None, gone)

    @property
    def ahead(self) -> tuple[CallAhead, ...]:
        """What a call of every variant on stage is going to be billed for."""
        return self.stage.plan.ahead if self.stage.plan else ()

    @property
    def badge(self) -> str:
        """The word that must not be missed; empty until it is known."""
        where = self.stage.where
        return (
            "" if where is None else provenance(where.provenance, where.sim_speed).removesuffix(", figures scaled back")
        )

    @property
    def state(self) -> str:
        """What is going on, in a few words."""
        if self.dead:
            return "worker gone"
        if self.running:
            return self._progress
        if not self.ready:
            return "no scenario" if self.trouble else "warming up…"
        if self.stage.phase == "failed":
            return "failed" if self.trouble else "ready"
        return "done" if self.stage.phase == "finished" else "ready"

    @property
    def _progress(self) -> str:
        if self.progress.pausing != "no":
            return "paused" if self.progress.pausing == "yes" else "pausing"
        if self.stage.phase != "running":
            return "waiting for your yes" if self.needs_consent else "starting…"
        if self.kind == "race":
            return "racing"
        if self.stage.batch is not None and self.stage.batch.state == "waiting":
            return f"batch waits {duration(self.stage.batch.waited_s)}"
        if self.kind == "heat" and self.cuts.heat.planned:
            return (
                f"heat map, set {min(self.cuts.heat.evaluated + 1, self.cuts.heat.planned)} of {self.cuts.heat.planned}"
            )
        if self.kind == "trim" and self.cuts.search is not None:
            return f"search, question {len(self.cuts.search.tried) + 1}"
        return f"run {min(self.stage.runs_done + 1, self.stage.runs_planned)} of {self.stage.runs_planned}"

    @property
    def long(self) -> bool:
        """Whether what is under way can be paused: anything but a race, whose two calls are made at once."""
        return self.running and self.kind != "race" and self.stage.phase == "running"

    def headway(self, now: float) -> str:
        """How far long work is, in one line; empty where there is none."""
        return headway(self.progress, self.stage, now) if self.long else ""

    @property
    def outlook(self) -> str:
        """What the next benchmark will take, or why that cannot be said."""
        if self.desk.problem:
            return self.desk.problem if self.desk.scenario else "loading the scenario…"
        if self.forecast_problem:
            return self.forecast_problem
        if self.forecast is None:
            return "estimating…"
        estimate = self.forecast.estimate
        takes = f" · ≈{duration(estimate.seconds)}" if estimate.seconds is not None else ""
        span = short_interval(Interval(estimate.low_usd, estimate.high_usd), "usd")
        costs = span if estimate.expected_usd is None else f"≈{usd(estimate.expected_usd)} ({span})"
        return f"{estimate.calls} calls{takes} · {costs}"


def asked(scene: Scene, desk: Desk, kind: Kind) -> Scene:
    """The scene once a run of a desk has been asked for."""
    pulled = "" if scene.desk.pulled or not desk.pulled else FIRST_RACE
    note = " ".join(filter(None, (pulled, DEMONSTRATION if kind == "race" else "")))
    return msgspec.structs.replace(
        scene, desk=desk, asked=desk, kind=kind, trouble="", note=note, started={}, over_at=None, progress=Progress()
    )


def hear(scene: Scene, heard: Heard) -> Scene:
    """The scene after one more event."""
    if book.is_about(heard.command):  # a kept end is no end of what runs
        return msgspec.structs.replace(scene, past=book.learn(scene.past, heard))
    course = attend(scene.course, heard)
    after = _hear(scene, heard)
    over_at = heard.at if scene.running and not after.running else after.over_at
    return msgspec.structs.replace(after, course=course, over_at=over_at)


def _hear(scene: Scene, heard: Heard) -> Scene:
    if scene.loaded is not None:
        scene = msgspec.structs.replace(scene, cuts=learn(scene.cuts, heard, scene.loaded.prompt))
    if scene.running:
        scene = msgspec.structs.replace(scene, progress=scene.progress.hear(heard))
    match heard.event:
        case ScenarioLoaded(scenario=scenario):
            asked_for = heard.command.scenario if isinstance(heard.command, LoadScenario) else scene.desk.source
            return opened(scene, asked_for, scenario)
        case ExperimentPlanned(dry=True):
            stage = fold(scene.stage, heard.event)
            return msgspec.structs.replace(scene, stage=stage, forecast=heard.event, forecast_problem="")
        case DaysListed(days=days):
            return msgspec.structs.replace(scene, days=days)
        case Failed():
            return _failed(scene, heard)
    stage = fold(scene.stage, heard.event)
    begun = stage is not scene.stage and stage.phase in ("running", "finished")  # what is only planned may be declined
    results = stage if scene.kind == "benchmark" and scene.running and begun else scene.results
    scene = msgspec.structs.replace(scene, stage=stage, results=results)
    if isinstance(heard.event, CallStarted):
        return msgspec.structs.replace(scene, started={**scene.started, heard.event.run: heard.at})
    if isinstance(heard.event, StudyEnd):
        return _study_over(scene, heard.event)
    if isinstance(heard.event, ExperimentFinished):
        return _finished(scene)
    return scene


def opened(scene: Scene, source: str, scenario: Scenario) -> Scene:
    """The scene once a scenario was read. Another file takes the place of all that was known; the same one read again
    leaves the levers that are pulled, the settings and the results."""
    if source != scene.desk.source:
        fresh = Desk(source, settings=Settings(speed=scene.desk.settings.speed), connection=scene.desk.connection)
        desk = msgspec.structs.replace(fresh, yes=scene.desk.yes).loaded(scenario)
        stage, cuts = Snapshot("ready", where=scene.stage.where), Findings(own_prices=scene.cuts.own_prices)
        return Scene(desk, loaded=desk, stage=stage, cuts=cuts, past=scene.past, dead=scene.dead)
    loaded = scene.desk.loaded(scenario)
    levers = (msgspec.structs.replace(lever, on=scene.desk.lever(lever.name).on) for lever in loaded.levers)
    return msgspec.structs.replace(
        scene,
        desk=msgspec.structs.replace(loaded, levers=tuple(levers)),
        loaded=loaded,
        disk="",
        note=READ_AGAIN if scene.loaded else scene.note,
    )


def saved(scene: Scene, source: str, scenario: Scenario) -> Scene:
    """The scene once what is on the desk was saved and read back: only where it comes from is another."""

    def at(desk: Desk | None) -> Desk | None:
        return None if desk is None else desk.from_file(source, scenario)

    desk = scene.desk.from_file(source, scenario)
    return msgspec.structs.replace(scene, desk=desk, loaded=at(scene.loaded), adopted=at(scene.adopted), disk="")


def _finished(scene: Scene) -> Scene:
    report = scene.stage.report
    adopted = scene.adopted
    if report and scene.asked and len(report.cards) == 1 and report.cards[0].verdict is CardWord.ADOPT:
        adopted = scene.asked
    note = f"{DEMONSTRATION} r measures." if scene.kind == "race" else scene.stage.message
    if report and report.status == "cancelled":
        most = f"Cancelled; calls without a bill count at the most they can have cost: {usd(report.unknown_usd)}."
        note = most if report.unknown_usd else CANCELLED
    return msgspec.structs.replace(scene, asked=None, adopted=adopted, note=note)


def _study_over(scene: Scene, end: StudyEnd) -> Scene:
    notes = {"budget": "The cap is reached: what was found by then stands.", "cancelled": CANCELLED}
    return msgspec.structs.replace(scene, asked=None, note=notes.get(end.head.status, ""))


def _failed(scene: Scene, heard: Heard) -> Scene:
    event = heard.event
    assert isinstance(event, Failed)
    if isinstance(heard.command, CountTokens | AdviseOnRun) or (isinstance(heard.command, Study) and heard.command.dry):
        return scene  # what has learnt of it says so where it was asked
    if isinstance(heard.command, RunBenchmark) and heard.command.dry:
        return msgspec.structs.replace(scene, forecast=None, forecast_problem=event.sentence)
    if isinstance(heard.command, ListDays):
        return msgspec.structs.replace(scene, trouble=event.sentence)
    stage = fold(scene.stage, event)
    was_run = heard.command is None or isinstance(heard.command, RunBenchmark | RunRace | Study)
    begun = was_run and scene.stage.phase in ("planned", "running")
    results = stage if begun and scene.kind == "benchmark" else scene.results
    if event.error == "declined":
        return msgspec.structs.replace(
            scene, stage=msgspec.structs.replace(stage, phase="ready"), asked=None, note="Nothing was sent."
        )
    still = None if was_run else scene.asked  # a run that waits behind what failed is made all the same
    return msgspec.structs.replace(scene, stage=stage, results=results, asked=still, trouble=event.sentence)


def rolled_back(scene: Scene) -> Scene:
    """Prompt and levers as last adopted; where they are that already, or nothing was, as the scenario was loaded."""
    for target, words in ((scene.adopted, "the last adopted state"), (scene.loaded, "the scenario as loaded")):
        if target is not None and not scene.desk.same_setup(target):
            desk = scene.desk.with_setup(target)
            course = taken_back(scene.course, scene.desk, desk, to_adopted=target is scene.adopted)
            return _eased(scene, desk=desk, course=course, note=f"Prompt and levers are back to {words}.")
    return _eased(scene, note="Prompt and levers are as the scenario was loaded.")


def edited(scene: Scene, desk: Desk) -> Scene:
    """The scene with another desk; what was wrong with the old one is not said any more."""
    return _eased(scene, desk=desk, note="")


def _eased(scene: Scene, **changes: Any) -> Scene:
    return msgspec.structs.replace(scene, trouble=scene.trouble if scene.dead else "", **changes)
