"""The worker's two pipes, each with a thread of its own, so that neither reading nor writing touches the stopwatch."""

import asyncio
import os
import queue
import sys
import threading

import msgspec

from optlab.core.commands import Command, decode
from optlab.core.events import Event, Failed, encode


class Outbox:
    """Writes events in a thread of its own, so that a slow reader never holds up the stopwatch."""

    def __init__(self) -> None:
        # Whatever prints by mistake must not land between the events.
        self._file = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="outbox", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        """Send one event."""
        self._lines.put(encode(event))

    def close(self) -> None:
        """Send what is left."""
        self._lines.put(None)
        self._thread.join()

    def _write(self) -> None:
        try:
            while (line := self._lines.get()) is not None:
                self._file.write(line)
                if self._lines.empty():
                    self._file.flush()
            self._file.close()
        except BrokenPipeError:
            # Nobody reads any more; the end of stdin will tell the loop.
            if not self._file.closed:  # closing itself may be what failed
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())


class Inbox:
    """Reads commands in a thread of its own; None is the end."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._commands: asyncio.Queue[Command | Failed | None] = asyncio.Queue()
        threading.Thread(target=self._read, args=(loop,), name="inbox", daemon=True).start()

    async def get(self) -> Command | Failed | None:
        """The next command; a Failed where a line was no command; None at the end."""
        return await self._commands.get()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        def tell(item: Command | Failed | None) -> None:
            loop.call_soon_threadsafe(self._commands.put_nowait, item)

        for line in sys.stdin.buffer:
            try:
                tell(decode(line))
            except msgspec.DecodeError as error:
                tell(Failed("worker", f"the worker got a line that is no command ({error})"))
        tell(None)
