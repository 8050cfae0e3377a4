"""A simulator process per module, a clock that tests move by hand, and texts of an exact number of tokens."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import anthropic
import pytest

from optlab.simulator.simulation import Settings, Simulator

COURSE_PROMPT = "You are a customer support agent. Tone: warm but precise. " * 200


class FakeClock:
    """Time that passes only when somebody sleeps or a test says so."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class Running:
    """A simulator process that accepts connections."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url
        self.port = int(url.rsplit(":", 1)[1])
        self._clients: list[anthropic.Anthropic] = []

    def client(self, key: str = "test-key") -> anthropic.Anthropic:
        """A client that is closed with the simulator at the latest."""
        self._clients.append(anthropic.Anthropic(api_key=key, base_url=self.url, max_retries=0))
        return self._clients[-1]

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def spawn(*arguments: str) -> Iterator[Running]:
    """Starts a simulator, waits for its URL line, stops it at the end."""
    command = [sys.executable, "-m", "optlab.simulator", "--port", "0", "--die-with-stdin", *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin and process.stdout and process.stderr
    try:
        running = Running(process, process.stdout.readline().strip())
        try:
            yield running
        finally:
            running.close()
    finally:
        process.terminate()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture(scope="session")
def start() -> Callable[..., AbstractContextManager[Running]]:
    """For tests that need a process of their own."""
    return spawn


@pytest.fixture(scope="session")
def course_prompt() -> str:
    """The long system prompt of the course: 2,851 estimated tokens in the older family."""
    return COURSE_PROMPT


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with spawn("--seed", "7", "--speed", "100") as simulator:
        yield simulator


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def simulator(clock: FakeClock) -> Simulator:
    return Simulator(Settings(seed=7), clock)
