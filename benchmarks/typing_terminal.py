"""A terminal that types: what a person sees of an application, with the time of every key and every byte.

Usage: python benchmarks/typing_terminal.py FD PID, started by `Terminal` below as a process of its own, so that it
presses its keys whether or not the application is busy. FD is the far end of the application's pseudo-terminal, PID the
application. A line "KEYS HZ" on standard input makes it type so many keys; it answers with one line of JSON: the keys
and the chunks of output, each with the wall clock and the processor time that the application had used by then.
"""

import asyncio
import fcntl
import json
import os
import random
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import Any, NamedTuple

from textual.drivers.linux_driver import LinuxDriver
from textual.widgets import TextArea

SETTLE_S = 0.5
"""So long after the last key the output is still recorded."""
CONTROL = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|[()][A-Z0-9]|[=>])|\n")


class Key(NamedTuple):
    """Seconds on the wall clock and of the processor when a key was pressed."""

    wall: float
    used: float


class Chunk(NamedTuple):
    """What came out of the application, and when it had come."""

    wall: float
    used: float
    output: bytes


class Terminal:
    """The application's terminal. Only one in a process: it stands in for standard input and the screen."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        far, self.near = os.openpty()
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.screen = open(self.near, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - it is the application's
        arguments = [sys.executable, __file__, str(far), str(os.getpid())]
        self._typist = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(far,), text=True
        )
        os.close(far)

    def driver(self) -> type[LinuxDriver]:
        """Textual's own driver of terminals, on this one."""
        terminal = self

        class Driver(LinuxDriver):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                self._file, self.fileno, self.input_tty = terminal.screen, terminal.near, True

            def _get_terminal_size(self) -> tuple[int, int]:
                return terminal.size

        return Driver

    async def typed(self, area: TextArea, keys: int, hz: float) -> list[tuple[float, float] | None]:
        """Milliseconds from each key to the bytes of the row that shows it: on the wall, of the processor.

        None for a key that was never seen; keys that show nothing are left out.
        """
        rows = _rows_of(area)
        pipes = self._typist.stdin, self._typist.stdout
        assert pipes[0] is not None and pipes[1] is not None
        pipes[0].write(f"{keys} {hz}\n")
        pipes[0].flush()
        told = json.loads(await asyncio.to_thread(pipes[1].readline))
        pressed = [Key(*key) for key in told["keys"]]
        chunks = [Chunk(wall, used, output.encode("latin-1")) for wall, used, output in told["chunks"]]
        return [_seen(key, row, chunks) for key, row in zip(pressed, rows, strict=True) if row is not None]

    def close(self) -> None:
        """Put it away."""
        self._typist.terminate()
        self._typist.wait()


def _rows_of(area: TextArea) -> list[str | None]:
    """A list that gets, after every edit of the area, the text of the row on the screen that holds what was typed.

    None where there is nothing to see: a space that hangs over the end of its row.
    """
    rows: list[str | None] = []
    edit = type(area).edit

    def note(*args: Any) -> Any:
        result = edit(area, *args)
        line, column = area.cursor_location
        text, start = area.document.get_line(line), 0
        for end in [*area.wrapped_document.get_offsets(line), len(text)]:
            if column <= end:
                break
            start = end
        rows.append(text[start:end].rstrip() if text[column - 1 : end].strip() else None)
        return result

    area.edit = note  # type: ignore[method-assign]
    return rows


def _seen(key: Key, row: str, chunks: list[Chunk]) -> tuple[float, float] | None:
    shown, wanted = b"", row.encode()
    for chunk in chunks:
        if chunk.wall < key.wall:
            continue
        shown += chunk.output
        if wanted in CONTROL.sub(b"", shown):
            return (chunk.wall - key.wall) * 1000, (chunk.used - key.used) * 1000
    return None


def _type(far: int, application: int, keys: int, hz: float) -> dict[str, Any]:
    """Type, and write down what comes. The clock of another process: Linux, `man 2 clock_getres`."""
    clock = (~application << 3) | 2
    rng = random.Random(7)
    pressed, chunks = list[Key](), list[tuple[float, float, str]]()
    due = time.perf_counter() + 1 / hz
    while len(pressed) < keys or time.perf_counter() < due:
        ready, _, _ = select.select([far], [], [], max(0.0, due - time.perf_counter()))
        if ready:
            output = os.read(far, 1 << 20)
            chunks.append((time.perf_counter(), time.clock_gettime(clock), output.decode("latin-1")))
        elif len(pressed) < keys:
            pressed.append(Key(time.perf_counter(), time.clock_gettime(clock)))
            os.write(far, b"e" if len(pressed) % 6 else b" ")
            due = pressed[-1].wall + rng.uniform(0.7, 1.3) / hz if len(pressed) < keys else pressed[-1].wall + SETTLE_S
    return {"keys": pressed, "chunks": chunks}


def _main(far: int, application: int) -> None:
    while True:
        ready, _, _ = select.select([far, sys.stdin], [], [])
        if sys.stdin in ready:
            wanted = sys.stdin.readline().split()
            if not wanted:
                return
            print(json.dumps(_type(far, application, int(wanted[0]), float(wanted[1]))), flush=True)
        elif far in ready:
            os.read(far, 1 << 20)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
