"""A light client for the benchmarks: keep-alive connections that ask for one stream after another and check each whole.

Bytes are looked at only when a stream has ended, so that the client takes as little of the machine as it can.
"""

import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_COUNT = re.compile(rb'"output_tokens":(\d+)')


def request(prompt: str, model: str = "claude-haiku-4-5", max_tokens: int = 4_000) -> bytes:
    """The bytes of a streamed request."""
    body = {
        "model": model,
        "max_tokens": max_tokens,
        "stream": True,
        "messages": [{"role": "user", "content": prompt}],
    }
    data = json.dumps(body).encode()
    head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2026-10-21\r\n"
    return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data


class Connection(asyncio.Protocol):
    """One connection; `ask` sends a request and returns the whole response."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._tail = b""
        self._done: asyncio.Future[bytes] | None = None
        self.lost = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._end()

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        self._tail = (self._tail + data)[-7:]
        if self._tail == b"\r\n0\r\n\r\n":
            self._end()

    async def ask(self, data: bytes) -> bytes:
        """The response as it came, chunk sizes included; shorter where the connection was lost."""
        assert self.transport is not None
        if self.lost:
            return b""
        self._parts, self._done = [], asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return await self._done

    def _end(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(b"".join(self._parts))


async def connect(port: int) -> Connection:
    """A new connection to 127.0.0.1."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def complaint(response: bytes) -> str | None:
    """What is wrong with a streamed response, if anything."""
    if not response.startswith(b"HTTP/1.1 200 "):
        return f"answered {response[:60]!r}"
    if b"event: error" in response:
        return "holds an error event"
    if response.count(b"event: message_stop\n") != 1:
        return "has no message_stop"
    starts, stops = response.count(b"event: content_block_start\n"), response.count(b"event: content_block_stop\n")
    counts = [int(number) for number in _COUNT.findall(response)]
    if starts < 1 or starts != stops or len(counts) != 2 or not 0 < counts[0] <= counts[1]:
        return f"does not add up: {starts} blocks begun, {stops} ended, output tokens {counts}"
    return None


@contextmanager
def simulator(*arguments: str) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """A simulator process: its port and the process. It must end with exit code 0 and without a word on stderr."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "optlab.simulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stderr
    try:
        yield int(process.stdout.readline().rsplit(":", 1)[1]), process
        process.terminate()
        code, said = process.wait(10), process.stderr.read()
        if code or said:
            raise SystemExit(f"the simulator ended with {code} and said {said!r}")
    finally:
        process.kill()
        process.wait()


def allow_files(wanted: int) -> None:
    """Raises the soft limit of open files, as far as the hard one lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def status_mb(pid: int, name: str) -> float:
    """A figure of /proc/PID/status in megabytes, such as VmRSS or VmHWM."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(f"{name}:"))


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / 100


async def keep_streaming(port: int, number: int, until: float, prompts: Sequence[str]) -> list[str | None]:
    """Streams one after another on one connection until a time of `time.monotonic`; the complaint about each."""
    connection = await connect(port)
    found: list[str | None] = []
    while time.monotonic() < until:
        if connection.lost:
            connection = await connect(port)
        prompt = prompts[len(found) % len(prompts)]
        found.append(complaint(await connection.ask(request(f"{prompt} (reader {number}, {len(found)})"))))
    assert connection.transport is not None
    connection.transport.close()
    return found
