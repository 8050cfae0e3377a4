"""The measuring process itself: JSON lines in and out, one command at a time, an end that leaves nothing behind."""

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from optlab.core import commands, events
from optlab.core.commands import (
    Cancel,
    Command,
    Connect,
    Connection,
    Consent,
    ListDays,
    ListHistory,
    LoadScenario,
    Pause,
    Resume,
    RunBenchmark,
    RunRace,
    ShowRun,
)
from optlab.core.events import Connected, Event, Failed, HistoryListed, ScenarioLoaded, WorkerReady
from optlab.core.experiment import LeverChoice
from optlab.core.plan_events import ExperimentPlanned
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import Provenance
from optlab.core.run_events import (
    BudgetReached,
    CallStarted,
    ExperimentFinished,
    RunFinished,
    RunPaused,
    RunResumed,
    RunsSetAside,
    TextDelta,
)
from rogue_server import Rogue, Seen, answer, plain_message, refusal, well_behaved

STREAMING = (LeverChoice("streaming"),)
LIMIT_S = 25


class Pipe:
    """A worker and both ends of its pipes; every line of its stdout must be an event."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.seen: list[Event] = []

    def say(self, *lines: Command | bytes) -> None:
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write(line if isinstance(line, bytes) else commands.encode(line))

    async def next(self) -> Event | None:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), LIMIT_S)
        if not line:
            return None
        self.seen.append(events.decode(line))
        return self.seen[-1]

    async def until(self, wanted: Callable[[Event], bool] = events.ends) -> Any:
        while (event := await self.next()) is not None:
            if wanted(event):
                return event
        raise AssertionError(f"the worker ended; it had said {self.seen[-3:]}")

    async def ask(self, command: Command | bytes) -> Any:
        self.say(command)
        return await self.until()

    async def hang_up(self) -> int:
        """Close its stdin; the exit code of its end. What it still says is an event too."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        while await self.next() is not None:
            pass
        return await asyncio.wait_for(self.process.wait(), LIMIT_S)


@asynccontextmanager
async def worker(env: dict[str, str], **more: str) -> AsyncIterator[Pipe]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "optlab.worker", env=env | more, cwd=env["HOME"], limit=2**24,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    pipe = Pipe(process)
    try:
        ready = await pipe.next()
        assert isinstance(ready, WorkerReady)
        assert ready.pid == process.pid
        yield pipe
        if process.returncode is None:
            assert await pipe.hang_up() == 0
        assert process.stderr is not None
        assert b"Traceback" not in await process.stderr.read()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def simulator(speed: float, seed: int = 0) -> Connection:
    return Connection("sim", speed, seed)


def answers(server: str) -> bool:
    host, port = server.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True


def is_a(*kinds: type) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, kinds)


def kept(env: dict[str, str]) -> list[tuple[Any, ...]]:
    """Status of every run in the history, and how many records it has."""
    db = sqlite3.connect(Path(env["XDG_DATA_HOME"]) / "optlab" / "history.sqlite3")
    try:
        return db.execute(
            "SELECT status, (SELECT count(*) FROM records WHERE run = runs.id) FROM runs ORDER BY rowid"
        ).fetchall()
    finally:
        db.close()


async def test_a_sitting_in_the_simulator(own_env: dict[str, str], tmp_path: Path) -> None:
    """Questions, nonsense, a plan, a run, a race and the history, one after the other in one worker."""
    async with worker(own_env) as pipe:
        pipe.say(Cancel(), Consent(True))  # nothing is under way: nothing happens
        failed = await pipe.ask(b"this is no command\n")
        assert isinstance(failed, Failed)
        assert failed.error == "worker"
        assert "no command" in failed.sentence
        for nonsense in (b"\n", b"{}\n", b'{"command":"dance"}\n', b"\xff\xfe\n", b"[" * 5000 + b"\n"):
            assert isinstance(await pipe.ask(nonsense), Failed)

        loaded = await pipe.ask(LoadScenario("hamlet"))
        assert isinstance(loaded, ScenarioLoaded)
        assert loaded.scenario.model == "claude-sonnet-4-6"
        (tmp_path / "broken.toml").write_text('name = "x"\nmodel = 3\n')
        failed = await pipe.ask(LoadScenario(str(tmp_path / "broken.toml")))
        assert (failed.error, "line 2, key 'model'" in failed.sentence) == ("scenario", True)

        assert await pipe.ask(ListHistory()) == HistoryListed(())
        failed = await pipe.ask(ShowRun("last"))
        assert failed.error == "usage"

        connected = await pipe.ask(Connect(simulator(100)))
        assert isinstance(connected, Connected)
        assert (connected.provenance, connected.sim_speed, connected.charges) == (Provenance.SIMULATED, 100.0, False)
        assert answers(connected.server)

        plan = await pipe.ask(RunBenchmark("hamlet", levers=STREAMING, dry=True, connection=simulator(100)))
        assert isinstance(plan, ExperimentPlanned)
        assert (plan.dry, plan.needs_consent, plan.pairs, plan.estimate.calls) == (True, False, 12, 26)
        assert await pipe.ask(ListHistory()) == HistoryListed(())

        before = len(pipe.seen)
        done = await pipe.ask(RunBenchmark("hamlet", levers=STREAMING, pairs=2, connection=simulator(100)))
        assert isinstance(done, ExperimentFinished)
        planned = pipe.seen[before]
        assert isinstance(planned, ExperimentPlanned)
        assert planned.server == connected.server, "one simulator for the whole sitting"
        assert (planned.needs_consent, planned.budget_usd) == (False, None)
        assert planned.variants == ("baseline", "streaming")
        assert (done.report.status, done.report.pairs, done.report.run_id) == ("finished", 2, planned.run_id)
        runs = [e for e in pipe.seen[before:] if isinstance(e, RunFinished)]
        assert len(runs) == 6
        assert {c.error for e in runs for c in e.run.calls} == {None}
        assert not any(isinstance(e, TextDelta) for e in pipe.seen[before:])

        listed = await pipe.ask(ListHistory())
        assert [(r.id, r.status, r.cost_usd) for r in listed.runs] == [
            (planned.run_id, "finished", done.report.cost_usd)
        ]
        assert (await pipe.ask(ShowRun(planned.run_id[:12]))).report == done.report
        (day,) = (await pipe.ask(ListDays(planned.scenario, done.report.source))).days
        assert (day.id, [arm.name for arm in day.arms], day.arms[0].n) == (planned.run_id, ["baseline", "streaming"], 2)
        assert planned.caps == (400, 400) and planned.smallest_useful == 0.05

        own = Prompt((Segment("question", "user", "Explain tea."),))
        before = len(pipe.seen)
        turned = await pipe.ask(RunRace("hamlet", prompt=own, left=STREAMING, connection=simulator(100)))
        assert isinstance(turned, ExperimentFinished)
        assert [e.variants for e in pipe.seen[before:] if isinstance(e, ExperimentPlanned)] == [
            ("streaming", "baseline")
        ]
        before = len(pipe.seen)
        raced = await pipe.ask(RunRace("hamlet", prompt=own, levers=STREAMING, connection=simulator(100)))
        assert [c.code for c in raced.report.caveats] == ["demonstration"]
        told = pipe.seen[before:]
        assert {e.variant for e in told if isinstance(e, TextDelta)} == {"baseline", "streaming"}
        race_plan = next(e for e in told if isinstance(e, ExperimentPlanned))
        assert [call.variant for call in race_plan.ahead] == ["baseline", "streaming"]
        assert (race_plan.pairs, race_plan.estimate.calls) == (0, 2)
        assert kept(own_env) == [("finished", 6), ("finished", 2), ("finished", 2)]

        empty = Prompt((Segment("question", "user", "Explain tea.", on=False),))
        failed = await pipe.ask(RunRace("hamlet", prompt=empty, connection=simulator(100)))
        assert (failed.error, "no user text left" in failed.sentence) == ("scenario", True)
        failed = await pipe.ask(RunBenchmark("hamlet", levers=(LeverChoice("nope"),), connection=simulator(100)))
        assert failed.error == "usage"
        assert kept(own_env) == [("finished", 6), ("finished", 2), ("finished", 2)], "what is refused is no run"

        other = await pipe.ask(Connect(simulator(100, seed=1)))
        assert other.server != connected.server
        assert not answers(connected.server), "the simulator of another connection is let go"
        assert await pipe.hang_up() == 0
        assert not answers(other.server)


async def test_cancel_and_a_busy_worker(own_env: dict[str, str]) -> None:
    async with worker(own_env) as pipe:
        pipe.say(RunBenchmark("hamlet", levers=STREAMING, pairs=400, connection=simulator(100)))
        await pipe.until(is_a(RunFinished))
        busy = await pipe.ask(ListHistory())
        assert isinstance(busy, Failed)
        assert "busy" in busy.sentence
        pipe.say(Cancel())
        done = await pipe.until()
        assert isinstance(done, ExperimentFinished)
        assert done.report.status == "cancelled"
        runs = [e for e in pipe.seen if isinstance(e, RunFinished)]
        assert 1 <= len(runs) < 100
        assert done.report.cost_usd == runs[-1].spent_usd
        assert kept(own_env) == [("cancelled", len(runs))]
        listed = await pipe.ask(ListHistory())
        assert isinstance(listed, HistoryListed), "the next command is heard"


async def test_the_end_of_stdin_in_the_middle_of_a_run(own_env: dict[str, str]) -> None:
    """At the pace of the real API the call under way would take seconds: nobody waits for it."""
    async with worker(own_env) as pipe:
        pipe.say(RunBenchmark("essay", levers=STREAMING, connection=simulator(1)))
        plan = await pipe.until(is_a(ExperimentPlanned))
        await pipe.until(is_a(CallStarted))
        assert answers(plan.server)
        assert await asyncio.wait_for(pipe.hang_up(), 8) == 0
        assert not any(isinstance(e, Failed | ExperimentFinished) for e in pipe.seen)
        assert not answers(plan.server)
    assert kept(own_env) == [("left", 0)]


async def test_killed_it_leaves_no_simulator_and_a_readable_history(own_env: dict[str, str]) -> None:
    async with worker(own_env) as pipe:
        pipe.say(RunBenchmark("hamlet", levers=STREAMING, pairs=400, connection=simulator(50)))
        plan = await pipe.until(is_a(ExperimentPlanned))
        for _ in range(3):
            await pipe.until(is_a(RunFinished))
        # The end of the simulator's stdout would be seen by its owner; we see the port close.
        reader, writer = await asyncio.open_connection(*plan.server.split(":"))
        pipe.process.kill()
        assert await asyncio.wait_for(reader.read(), LIMIT_S) == b""
        writer.close()
        await pipe.process.wait()
        while await pipe.next() is not None:
            pass
    ((status, records),) = kept(own_env)
    assert status == "running"
    assert records >= 3


async def test_same_seed_same_tokens_texts_and_bill(own_env: dict[str, str]) -> None:
    """Times are measured, so they differ by what the machine does; everything else is drawn by the seed.

    A new seed is a new simulator, so both runs with seed 5 begin on an empty cache. It is kept for an hour, 18 s of
    wall time: the five minutes of the default are over in 1.5 s, which a busy machine takes between two calls.
    """
    seen = []
    async with worker(own_env) as pipe:
        for seed in (5, 6, 5):
            before = len(pipe.seen)
            caching = (LeverChoice("caching", {"ttl": "1h"}),)
            await pipe.ask(RunBenchmark("support_rules", levers=caching, pairs=2, connection=simulator(200, seed)))
            runs = [e.run for e in pipe.seen[before:] if isinstance(e, RunFinished)]
            seen.append([(r.variant, r.phase, r.answer, r.usage, r.cost) for r in runs])
    assert seen[0] == seen[2]
    assert seen[0] != seen[1]
    assert len(seen[0]) == 6


async def test_real_money_is_asked_about_above_the_user_s_own_threshold(own_env: dict[str, str], rogue: Rogue) -> None:
    """Each time above it, never below; a cap below it is no reason to ask."""
    folder = Path(own_env["XDG_CONFIG_HOME"]) / "optlab"
    folder.mkdir()
    (folder / "config.toml").write_text("ask_above_usd = 0.005\n")
    small = RunBenchmark("hamlet", pairs=1, aa=True, budget_usd=0.004)
    large = RunBenchmark("hamlet", levers=STREAMING, pairs=1)
    async with worker(own_env, ANTHROPIC_API_KEY="test", ANTHROPIC_BASE_URL=rogue.url) as pipe:
        await pipe.ask(small)
        plans = [event for event in pipe.seen if isinstance(event, ExperimentPlanned)]
        assert [plan.needs_consent for plan in plans] == [False]
        for _ in range(2):
            pipe.say(large)
            plan = await pipe.until(is_a(ExperimentPlanned))
            assert plan.needs_consent and plan.estimate.high_usd > 0.005
            await pipe.ask(Consent(True))


async def test_another_model_takes_the_scenario_s_place(own_env: dict[str, str]) -> None:
    async with worker(own_env) as pipe:
        done = await pipe.ask(RunBenchmark("hamlet", model="claude-opus-4-8", dry=True, connection=simulator(100)))
        assert done.model == "claude-opus-4-8"
        failed = await pipe.ask(RunBenchmark("hamlet", model="no-such-model", dry=True, connection=simulator(100)))
        assert isinstance(failed, Failed) and "no-such-model" in failed.sentence


async def test_a_run_is_paused_and_goes_on(own_env: dict[str, str]) -> None:
    async with worker(own_env) as pipe:
        pipe.say(RunBenchmark("hamlet", levers=STREAMING, pairs=3, connection=simulator(100)))
        await pipe.until(is_a(RunFinished))
        pipe.say(Pause())
        await pipe.until(is_a(RunPaused))
        pipe.say(Resume())
        await pipe.until(is_a(RunResumed))
        done = await pipe.until(is_a(ExperimentFinished))
        assert (done.report.status, done.report.pairs) == ("finished", 3)


async def test_real_money_is_asked_about_once_and_capped(own_env: dict[str, str], rogue: Rogue) -> None:
    """A server that does not say it simulates, and a key: nothing is sent before a yes, and a --yes is for one run."""
    run = RunBenchmark("hamlet", levers=STREAMING, pairs=1)
    async with worker(own_env, ANTHROPIC_API_KEY="test", ANTHROPIC_BASE_URL=rogue.url) as pipe:
        plan = await pipe.ask(RunBenchmark("hamlet", dry=True))
        assert (plan.needs_consent, plan.provenance, plan.budget_usd) == (False, Provenance.MEASURED, 0.5)

        done = await pipe.ask(RunBenchmark("hamlet", levers=STREAMING, yes=True, budget_usd=0.007))
        plan, reached = pipe.seen[2], next(e for e in pipe.seen if isinstance(e, BudgetReached))
        assert isinstance(plan, ExperimentPlanned)
        assert (plan.needs_consent, plan.budget_usd) == (False, 0.007)
        assert done.report.status == "budget"
        assert reached.spent_usd == done.report.cost_usd <= 0.007
        paid = len(rogue.posts)
        assert 1 <= paid < 26
        assert kept(own_env) == [("budget", paid)]

        pipe.say(run)
        plan = await pipe.until(is_a(ExperimentPlanned))
        assert (plan.needs_consent, plan.budget_usd, plan.provenance) == (True, 0.5, Provenance.MEASURED)
        assert plan.why_backend == "a credential was found"
        assert plan.estimate.calls == 4
        assert 0 < plan.estimate.low_usd < plan.estimate.high_usd < 0.1
        failed = await pipe.ask(Consent(False))
        assert isinstance(failed, Failed)
        assert failed.error == "declined"

        pipe.say(run)
        await pipe.until(is_a(ExperimentPlanned))
        failed = await pipe.ask(Cancel())
        assert failed.error == "declined"

        assert len(rogue.posts) == paid, "nothing more was sent"
        assert kept(own_env) == [("budget", paid)]

        pipe.say(RunRace("hamlet", levers=STREAMING))
        assert (await pipe.until(is_a(ExperimentPlanned))).needs_consent, "a race costs money too"
        assert (await pipe.ask(Consent(False))).error == "declined"

        pipe.say(run)
        assert (await pipe.until(is_a(ExperimentPlanned))).needs_consent, "a no is no yes"
        done = await pipe.ask(Consent(True))
        assert (done.report.status, done.report.provenance) == ("finished", Provenance.MEASURED)
        assert len(rogue.posts) == paid + 4
        assert {p.headers["authorization"] for p in rogue.posts} == {"Bearer test"}
        assert done.report.cost_usd == pytest.approx(4 * (20 * 3 + 6 * 15) / 1e6)

        before = len(pipe.seen)
        await pipe.ask(run)
        again = pipe.seen[before]
        assert isinstance(again, ExperimentPlanned)
        assert (again.needs_consent, again.budget_usd) == (False, 0.5), "one yes a sitting; the cap stays"


async def test_the_good_half_of_a_pair_that_a_quota_spoilt_is_kept_as_set_aside(
    own_env: dict[str, str], rogue: Rogue
) -> None:
    """Four good calls, two warm-ups and a pair; the fourth POST, the second half of the pair, is refused once."""

    async def turns(writer: asyncio.StreamWriter, seen: Seen) -> None:
        refused = len(rogue.posts) == 4
        behave = refusal(429, "rate_limit_error", retry_after="0.01") if refused else well_behaved
        await behave(writer, seen)

    rogue.messages = turns
    async with worker(own_env, ANTHROPIC_API_KEY="test", ANTHROPIC_BASE_URL=rogue.url) as pipe:
        done = await pipe.ask(RunBenchmark("hamlet", levers=STREAMING, pairs=1, yes=True))
        (aside,) = [event for event in pipe.seen if isinstance(event, RunsSetAside)]
        assert {c.code for c in done.report.caveats} >= {"quota"}
    told = [event.run for event in pipe.seen if isinstance(event, RunFinished)]
    assert aside.runs == (told[2].id,)
    assert [run.phase for run in told] == ["cold", "cold", "measured", "set aside", "measured", "measured"]
    with sqlite3.connect(Path(own_env["XDG_DATA_HOME"], "optlab", "history.sqlite3")) as db:
        phases = [json.loads(row)["phase"] for (row,) in db.execute("SELECT record FROM records ORDER BY number")]
    assert phases == ["cold", "cold", "set aside", "set aside", "measured", "measured"]


async def test_a_real_server_in_the_place_of_a_simulator_is_asked_about(own_env: dict[str, str], rogue: Rogue) -> None:
    """The run that meets it ends with its first answer; the next one needs a yes of its own and has the cap."""
    of = Saying(rogue)
    run = RunBenchmark("hamlet", pairs=1)
    async with worker(own_env, ANTHROPIC_API_KEY="test", ANTHROPIC_BASE_URL=rogue.url) as pipe:
        of.says(simulated=False)
        pipe.say(run)
        assert (await pipe.until(is_a(ExperimentPlanned))).needs_consent
        assert (await pipe.ask(Consent(True))).report.status == "finished"

        of.says(simulated=True)
        failed = await pipe.ask(run)
        assert failed.error == "unreachable", "what was measured by now is not what answers"
        assert "may have been billed" not in failed.sentence
        before = len(pipe.seen)
        done = await pipe.ask(run)
        plan = pipe.seen[before]
        assert isinstance(plan, ExperimentPlanned)
        assert (plan.needs_consent, plan.budget_usd, plan.provenance) == (False, None, Provenance.SIMULATED)
        assert done.report.provenance is Provenance.SIMULATED

        of.says(simulated=False)
        sent = len(rogue.posts)
        failed = await pipe.ask(run)
        assert failed.error == "unreachable"
        assert "that call may have been billed" in failed.sentence
        assert len(rogue.posts) == sent + 1

        pipe.say(run)
        plan = await pipe.until(is_a(ExperimentPlanned))
        assert (plan.needs_consent, plan.budget_usd, plan.provenance) == (True, 0.5, Provenance.MEASURED)
        assert (await pipe.ask(Consent(False))).error == "declined"
        assert len(rogue.posts) == sent + 1


class Saying:
    """A server that says, or no longer says, that it is simulated."""

    def __init__(self, rogue: Rogue) -> None:
        self._rogue = rogue

    def says(self, *, simulated: bool) -> None:
        headers = {"optlab_simulated": "10"} if simulated else {}
        self._rogue.models = answer(200, {"data": []}, **headers)
        self._rogue.messages = answer(200, plain_message(), **headers)


async def test_a_connection_that_fails_is_told_and_can_be_mended(own_env: dict[str, str]) -> None:
    async with worker(own_env, ANTHROPIC_API_KEY="test", ANTHROPIC_BASE_URL="http://127.0.0.1:9") as pipe:
        failed = await pipe.ask(Connect())
        assert failed.error == "unreachable"
        assert "127.0.0.1:9 cannot be reached" in failed.sentence
        assert isinstance(await pipe.ask(Connect(simulator(100))), Connected)


def test_what_is_printed_by_mistake_is_not_among_the_events(own_env: dict[str, str]) -> None:
    code = (
        "import os, subprocess, sys\n"
        "from optlab.core.events import HistoryListed\n"
        "from optlab.worker.pipes import Outbox\n"
        "outbox = Outbox()\n"
        "print('from print', flush=True)\n"
        "os.write(1, b'from a library\\n')\n"
        "subprocess.run(['echo', 'from a child'])\n"
        "for _ in range(3):\n"
        "    outbox.put(HistoryListed(()))\n"
        "outbox.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=own_env, timeout=20)
    nothing = {"event": "history_listed", "runs": [], "total": None}
    assert [json.loads(line) for line in done.stdout.splitlines()] == [nothing] * 3
    assert all(f"from {who}" in done.stderr for who in ("print", "a library", "a child"))


def test_a_reader_that_went_away_does_no_harm(own_env: dict[str, str]) -> None:
    """Events nobody reads are dropped; the worker goes on to the end of its stdin."""
    process = subprocess.Popen(
        [sys.executable, "-m", "optlab.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=own_env, cwd=own_env["HOME"],
    )  # fmt: skip
    assert process.stdin and process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write(commands.encode(LoadScenario("hamlet")) * 3)
    process.stdin.close()
    code = process.wait(15)
    said = process.stderr.read().decode()
    process.stderr.close()
    assert code == 0
    assert "Traceback" not in said


def test_own_folders_are_used(own_env: dict[str, str]) -> None:
    """A guard on these tests: nothing of theirs reaches the user's own history."""
    assert own_env["XDG_DATA_HOME"] != os.environ.get("XDG_DATA_HOME")
