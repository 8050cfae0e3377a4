"""The doors' end of the pipe: start the worker, send commands, receive events. A worker's death becomes an event.

The worker is a session of its own, so that a Ctrl-C at the keyboard reaches the door alone; the door then asks for a
cancel. It ends when its stdin does, that is with the door, whatever ends the door.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn

import msgspec

from optlab.core.commands import Command, encode
from optlab.core.events import Event, Failed, decode, ends

LINE_LIMIT = 64 * 1024 * 1024
END_LIMIT_S = 10.0
# -P: the working folder is the user's; a file of theirs named like a module must not be imported, or run.
_WORKER = (sys.executable, "-P", "-m", "optlab.worker")


def _stderr() -> int | None:
    # The worker has nothing to say there but a traceback, and that only whoever debugs wants to see.
    return None if os.environ.get("OPTLAB_DEBUG") else subprocess.DEVNULL


def _read(line: bytes) -> Event:
    try:
        return decode(line)
    except msgspec.DecodeError as error:
        return Failed("worker", f"the worker sent a line that is no event ({error}); run the command again")


def _died(returncode: int | None) -> Failed:
    how = f"by signal {-returncode}" if returncode is not None and returncode < 0 else f"with code {returncode}"
    return Failed(
        "worker",
        f"the measuring process ended unexpectedly ({how}); what it had finished is in the history, "
        "run the command again for the rest",
    )


class Session:
    """A worker for a door that blocks (the command line). Use it as a context manager."""

    def __enter__(self) -> "Session":
        self._process = subprocess.Popen(
            _WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=_stderr(), start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def send(self, command: Command) -> None:
        """Send a command; a dead worker shows in the events, not here."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(encode(command))
            self._process.stdin.flush()

    def events(self) -> Iterator[Event]:
        """Events up to the one that ends the command under way."""
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            event = _read(line)
            yield event
            if ends(event):
                return
        yield _died(self._process.wait())


class AsyncSession:
    """A worker for a door with an event loop (the screen)."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the worker; its WorkerReady is the first event."""
        self._process = await asyncio.create_subprocess_exec(
            *_WORKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=_stderr(),
            start_new_session=True,
            limit=LINE_LIMIT,
        )

    async def send(self, command: Command) -> None:
        """Send a command; a dead worker shows in the events, not here."""
        assert self._process is not None and self._process.stdin is not None
        with suppress(BrokenPipeError, ConnectionResetError):
            self._process.stdin.write(encode(command))
            await self._process.stdin.drain()

    async def events(self) -> AsyncIterator[Event]:
        """Every event until the worker ends; if it was not asked to, a Failed that says so is the last."""
        process = self._process
        assert process is not None and process.stdout is not None
        while line := await process.stdout.readline():
            yield _read(line)
        returncode = await process.wait()
        if self._process is not None:
            yield _died(returncode)

    async def close(self) -> None:
        """End the worker, and with it the simulator it started."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def become_simulator(arguments: Sequence[str]) -> NoReturn:
    """Turn this process into the simulator, in the foreground, by way of the worker, which alone may start it."""
    sys.stdout.flush()
    os.execv(sys.executable, [*_WORKER, "simulate", *arguments])
