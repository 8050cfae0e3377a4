"""The doors' end of the pipe: whatever becomes of the worker, the door hears an event with a sentence."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from optlab import link
from optlab.core.commands import ListHistory, LoadScenario
from optlab.core.events import Event, Failed, HistoryListed, ScenarioLoaded, WorkerReady
from optlab.link import AsyncSession, Session

READY = b'{"event":"worker_ready","version":"9","pid":%d}' % os.getpid()


@pytest.fixture(autouse=True)
def environment(own_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers inherit it."""
    for name in list(os.environ):
        if name not in own_env and not name.startswith("PYTEST"):
            monkeypatch.delenv(name)
    for name, value in own_env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(own_env["HOME"])


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Put code in place of the worker: `stand_in[:] = [code]`."""
    command = [sys.executable, "-c", ""]
    monkeypatch.setattr(link, "_WORKER", command)
    yield command


def play(stand_in: list[str], code: str) -> None:
    stand_in[2] = f"import sys, os, signal\ntell = lambda b: (os.write(1, b + bytes([10])))\n{code}"


def hear() -> list[Event]:
    with Session() as session:
        session.send(ListHistory())
        return list(session.events())


async def hear_async() -> list[Event]:
    session = AsyncSession()
    await session.start()
    await session.send(ListHistory())
    heard = []
    try:
        async with asyncio.timeout(20):
            async for event in session.events():
                heard.append(event)
                if isinstance(event, Failed):
                    break
    finally:
        await session.close()
    return heard


ENDS = [
    ("sys.exit(3)", "with code 3"),
    ("sys.exit(0)", "with code 0"),
    ("os.kill(os.getpid(), signal.SIGKILL)", "by signal 9"),
]


@pytest.mark.parametrize(("code", "how"), ENDS)
def test_a_worker_that_ends_is_a_sentence(stand_in: list[str], code: str, how: str) -> None:
    play(stand_in, f"tell({READY!r})\n{code}")
    ready, failed = hear()
    assert isinstance(ready, WorkerReady)
    assert isinstance(failed, Failed)
    assert failed.error == "worker"
    assert f"ended unexpectedly ({how})" in failed.sentence
    assert "\n" not in failed.sentence


@pytest.mark.parametrize(("code", "how"), ENDS)
async def test_a_worker_that_ends_is_a_sentence_for_the_screen_too(stand_in: list[str], code: str, how: str) -> None:
    play(stand_in, f"tell({READY!r})\n{code}")
    ready, failed = await hear_async()
    assert isinstance(ready, WorkerReady)
    assert isinstance(failed, Failed)
    assert how in failed.sentence


@pytest.mark.parametrize("line", ["Traceback (most recent call last):", "{}", '{"event":"dance"}', "\\xff\\xfe", ""])
async def test_a_line_that_is_no_event_is_a_sentence(stand_in: list[str], line: str) -> None:
    play(stand_in, f"tell(b'{line}')\nsys.stdin.read()")
    for heard in (hear(), await hear_async()):
        (failed,) = heard
        assert isinstance(failed, Failed)
        assert failed.error == "worker"
        assert "a line that is no event" in failed.sentence
        assert "\n" not in failed.sentence


def test_a_worker_that_never_starts_is_a_sentence(stand_in: list[str]) -> None:
    stand_in[2] = "import no_such_module"
    (failed,) = hear()
    assert isinstance(failed, Failed)
    assert "with code 1" in failed.sentence


def test_sending_to_a_dead_worker_shows_in_the_events(stand_in: list[str]) -> None:
    play(stand_in, "sys.exit(3)")
    with Session() as session:
        session._process.wait(10)
        for _ in range(3):
            session.send(LoadScenario("x" * 100_000))
        (failed,) = session.events()
        assert isinstance(failed, Failed)


def test_a_worker_that_does_not_hear_the_end_is_killed(stand_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "END_LIMIT_S", 0.2)
    play(stand_in, f"tell({READY!r})\nsignal.pause()")
    with Session() as session:
        next(session.events())
    assert session._process.returncode == -signal.SIGKILL


async def test_a_worker_that_does_not_hear_the_end_is_killed_by_the_screen_too(
    stand_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "END_LIMIT_S", 0.2)
    play(stand_in, f"tell({READY!r})\nsignal.pause()")
    session = AsyncSession()
    await session.start()
    process = session._process
    assert process is not None
    await anext(aiter(session.events()))
    await session.close()
    assert process.returncode == -signal.SIGKILL


def test_an_event_of_many_megabytes_comes_through(stand_in: list[str]) -> None:
    play(
        stand_in,
        "text = b'x' * 3_000_000\n"
        'tell(b\'{"event":"text_delta","run":"r","variant":"v","at_s":1,"kind":"text","text":"\''
        ' + text + b\'"}\')\ntell(b\'{"event":"history_listed","runs":[]}\')',
    )
    delta, last = hear()
    assert len(delta.text) == 3_000_000  # type: ignore[union-attr]
    assert isinstance(last, HistoryListed)


def test_the_worker_is_out_of_reach_of_the_keyboard(stand_in: list[str]) -> None:
    """Ctrl-C goes to the foreground's process group: the worker is in one of its own."""
    play(stand_in, f"tell({READY!r})\nsys.stdin.read()")
    with Session() as session:
        next(session.events())
        pid = session._process.pid
        assert os.getsid(pid) == pid != os.getsid(0)


def test_the_real_worker_answers_and_ends_with_the_session() -> None:
    with Session() as session:
        session.send(LoadScenario("hamlet"))
        ready, loaded = session.events()
        assert isinstance(ready, WorkerReady)
        assert ready.pid == session._process.pid
        assert isinstance(loaded, ScenarioLoaded)
        session.send(ListHistory())
        assert list(session.events()) == [HistoryListed(())]
        started = time.monotonic()
    assert session._process.returncode == 0
    assert time.monotonic() - started < 5


def test_the_real_worker_killed() -> None:
    with Session() as session:
        ready = next(session.events())
        assert isinstance(ready, WorkerReady)
        os.kill(ready.pid, signal.SIGKILL)
        (failed,) = session.events()
        assert isinstance(failed, Failed)
        assert "by signal 9" in failed.sentence


@pytest.fixture
async def session() -> AsyncIterator[AsyncSession]:
    made = AsyncSession()
    await made.start()
    yield made
    await made.close()


async def test_the_real_worker_for_the_screen(session: AsyncSession) -> None:
    events = session.events()
    assert isinstance(await anext(events), WorkerReady)
    await session.send(LoadScenario("hamlet"))
    assert isinstance(await anext(events), ScenarioLoaded)
    await session.send(ListHistory())
    assert await anext(events) == HistoryListed(())
    process = session._process
    assert process is not None
    rest = asyncio.ensure_future(anext(events, None))
    await session.close()
    assert await asyncio.wait_for(rest, 10) is None, "an end that was asked for is no failure"
    assert process.returncode == 0
    await session.close()  # twice does no harm
