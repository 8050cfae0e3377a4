"""The embedded simulator: a process that lives exactly as long as its owner, spoken to by the real client."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from optlab.backends import simulated
from optlab.backends.simulated import SimulatedBackend
from optlab.core.errors import OptlabError, UnreachableError
from optlab.core.record import Delta, Provenance
from optlab.core.request import Block, Request, Turn

pytestmark = pytest.mark.usefixtures("no_credentials")

HAMLET = Turn("user", (Block("Summarise the plot of Hamlet in 3 bullets."),))


def answers(server: str) -> bool:
    host, port = server.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
async def opened() -> AsyncIterator[SimulatedBackend]:
    """One simulator for the tests that only send."""
    backend = SimulatedBackend(seed=3, speed=100.0, why="a test")
    await backend.open()
    yield backend
    await backend.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("stream", [False, True])
async def test_a_real_call(opened: SimulatedBackend, stream: bool) -> None:
    request = Request(model="claude-haiku-4-5", max_tokens=60, messages=(HAMLET,), stream=stream)
    seen: list[Delta] = []
    record = await opened.send(request, call_id="c", zero_s=opened.clock.now(), time_limit_s=60.0, watch=seen.append)
    assert record.error is None
    assert record.model == "claude-haiku-4-5-20251001"
    assert (record.provenance, record.speed, record.streamed) == (Provenance.SIMULATED, 100.0, stream)
    assert record.request_id is not None
    assert record.request_id.startswith("req_")
    assert record.text == "".join(d.text for d in seen) != ""
    assert record.usage.input_tokens > 5
    assert 0 < record.usage.output_tokens <= 60
    assert record.first_event_at_s is not None
    assert 0 <= record.sent_at_s < record.first_event_at_s <= seen[0].at_s <= seen[-1].at_s <= record.ended_at_s
    # Sixty tokens of this model take more than 0.3 s of model time, and a hundredth of that on the wall.
    assert 0.3 < record.ended_at_s - record.sent_at_s < 20
    assert (len(seen) > 1) is stream


@pytest.mark.asyncio(loop_scope="module")
async def test_refusals_of_the_simulator_are_records(opened: SimulatedBackend) -> None:
    request = Request(model="claude-haiku-4-5", max_tokens=1_000_000, messages=(HAMLET,))
    record = await opened.send(request, call_id="c", zero_s=0.0, time_limit_s=60.0)
    assert record.error is not None
    assert (record.error.kind, record.error.status) == ("bad_request", 400)
    assert "max_tokens" in record.error.sentence


@pytest.mark.asyncio(loop_scope="module")
async def test_the_cache_writes_then_reads(opened: SimulatedBackend) -> None:
    system = (Block("You are a customer support agent. Tone: warm but precise. " * 200, "5m"),)
    request = Request(model="claude-sonnet-4-6", max_tokens=5, messages=(HAMLET,), system=system)
    usages = [(await opened.send(request, call_id=f"{n}", zero_s=0.0, time_limit_s=60.0)).usage for n in range(2)]
    assert usages[0].cache_write_5m_tokens == usages[1].cache_read_tokens > 2000
    assert (usages[0].cache_read_tokens, usages[1].cache_write_tokens) == (0, 0)


async def test_it_begins_with_open_and_ends_with_close() -> None:
    backend = SimulatedBackend(speed=50.0, why="a test")
    with pytest.raises(UnreachableError, match="has not been started"):
        _ = backend.clock
    info = await backend.open()
    try:
        assert (info.provenance, info.speed, info.why) == (Provenance.SIMULATED, 50.0, "a test")
        assert (info.charges, info.fresh) == (False, True)
        assert info.server.startswith("127.0.0.1:")
        assert answers(info.server)
    finally:
        await backend.close()
    assert not answers(info.server)
    assert backend._process is not None
    assert backend._process.returncode == 0
    await backend.close()  # twice does no harm


async def test_a_start_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = SimulatedBackend(speed=1e9)
    with pytest.raises(UnreachableError, match=r"^the simulator did not start \(.*speed.*\); try the run again$"):
        await backend.open()
    assert backend._process is not None
    assert backend._process.returncode == 2
    monkeypatch.setattr(simulated, "_MODULE", "optlab.no_such_module")
    with pytest.raises(UnreachableError, match="did not start") as error:
        await SimulatedBackend().open()
    assert "\n" not in str(error.value)
    assert "Traceback" not in str(error.value)


async def test_a_start_that_says_nothing_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulator that neither listens nor ends is given up and killed."""
    (tmp_path / "sleeper.py").write_text("import time, signal\nsignal.pause()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(simulated, "_MODULE", "sleeper")
    monkeypatch.setattr(simulated, "START_LIMIT_S", 0.3)
    monkeypatch.setattr(simulated, "STOP_LIMIT_S", 0.3)
    backend = SimulatedBackend()
    with pytest.raises(UnreachableError, match=r"^the simulator did not start; try the run again$"):
        await backend.open()
    assert backend._process is not None
    assert backend._process.returncode == -signal.SIGKILL


def test_it_ends_with_an_owner_that_is_killed(own_env: dict[str, str]) -> None:
    """The owner is a process between us and the simulator; killed, it can clean nothing up."""
    code = (
        "import asyncio\n"
        "from optlab.backends.simulated import SimulatedBackend\n"
        "async def main():\n"
        "    backend = SimulatedBackend(speed=50.0)\n"
        "    info = await backend.open()\n"
        "    print(info.server, backend._process.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=own_env)
    assert owner.stdout is not None
    try:
        server, pid = owner.stdout.readline().split()
        watch = os.pidfd_open(int(pid)) if hasattr(os, "pidfd_open") else None
        assert answers(server)
    finally:
        owner.kill()
        owner.wait(10)
        owner.stdout.close()
    if watch is not None:
        import select

        ended, _, _ = select.select([watch], [], [], 10)
        os.close(watch)
        assert ended, "the simulator outlived its owner"
    assert not answers(server)


@pytest.mark.asyncio(loop_scope="module")
async def test_counts_what_a_call_is_billed_for(opened: SimulatedBackend) -> None:
    """Of all fields only the prompt goes out: count_tokens refuses every other one."""
    request = Request(
        model="claude-haiku-4-5", max_tokens=20, messages=(HAMLET,), system=(Block("Be brief."),), stream=True
    )
    counted = await opened.count(request)
    record = await opened.send(request, call_id="c", zero_s=opened.clock.now(), time_limit_s=60.0)
    assert (
        counted
        == record.usage.input_tokens
        > await opened.count(Request(model="claude-haiku-4-5", max_tokens=20, messages=(HAMLET,)))
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_a_count_that_is_refused_is_one_sentence(opened: SimulatedBackend) -> None:
    with pytest.raises(OptlabError, match="no tokens were counted: the server answered 404"):
        await opened.count(Request(model="nobody", max_tokens=20, messages=(HAMLET,)))
