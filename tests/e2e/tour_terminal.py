"""A terminal in which the installed lab runs and whose screen can be read, cell by cell."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

LIMIT_S = 60.0
PREFIXES = ("ANTHROPIC_", "TEXTUAL", "NO_COLOR", "XDG_", "COLUMNS", "LINES")
"""What of our own environment would change the screen."""
QUIET_S = 0.3
"""A screen on which nothing is painted for so long has said what it had to say."""

SEQUENCES = {
    **{f"f{n}": f"\x1bO{'PQRS'[n - 1]}" for n in range(1, 5)},
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "esc": "\x1b",
    "tab": "\t",
    "⇥": "\t",
    "enter": "\r",
    "⏎": "\r",
    "space": " ",
    "␣": " ",
    "^p": "\x10",
    "up": "\x1b[A",
    "↑": "\x1b[A",
    "↓": "\x1b[B",
    "←": "\x1b[D",
    "→": "\x1b[C",
    "down": "\x1b[B",
    "left": "\x1b[D",
    "right": "\x1b[C",
    **{f"ctrl+{chr(96 + n)}": chr(n) for n in range(1, 27)},
    **{f"^{chr(96 + n)}": chr(n) for n in range(1, 27)},
}
"""What a terminal sends for keys as the footer writes them; a letter sends itself."""


class Tour:
    """The lab in a pseudo-terminal of its own, in a new home."""

    def __init__(self, home: Path, *arguments: str, size: tuple[int, int] = (120, 36)) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.told = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIXES)}
        environment = {**kept, "HOME": str(home), "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "optlab.tui.main", *arguments],
            stdin=slave, stdout=slave, stderr=slave, cwd=home, env=environment, start_new_session=True, close_fds=True,
        )  # fmt: skip
        os.close(slave)

    @property
    def lines(self) -> list[str]:
        """The rows of the screen as they stand."""
        return [row.rstrip() for row in self.screen.display]

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    @property
    def painted(self) -> tuple[tuple[str, str, str, bool, bool], ...]:
        """Every cell with its colours: what a person sees."""
        rows = range(self.screen.lines)
        cells = (self.screen.buffer[row][column] for row in rows for column in range(self.screen.columns))
        return tuple((cell.data, cell.fg, cell.bg, cell.reverse, cell.bold) for cell in cells)

    @property
    def offered(self) -> list[tuple[str, str]]:
        """Keys and words of the footer, which is the last row."""
        row = self.screen.buffer[self.screen.lines - 1]
        found: list[tuple[str, str]] = []
        key = word = ""
        for column in range(self.screen.columns):
            cell = row[column]
            if cell.bold:
                if word.strip():
                    found.append((key.strip(), word.strip()))
                    key = ""
                word = ""
                key += cell.data
            else:
                word += cell.data
        return [(key, word) for key, word in (*found, (key.strip(), word.strip())) if key]

    def read(self, wait_s: float) -> bool:
        """Take in what comes within so many seconds. Whether anything came."""
        if not select.select([self._master], [], [], wait_s)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return False
        self.told += data
        self._stream.feed(data)
        return bool(data)

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Until the screen is as it should be."""
        deadline = time.monotonic() + LIMIT_S
        while not true():
            assert self.process.poll() is None and time.monotonic() < deadline, f"never: {what}\n{self.text}"
            self.read(0.2)

    def shows(self, *words: str) -> None:
        """Until all of the words are on the screen."""
        self.until(lambda: all(word in self.text for word in words), " and ".join(words))

    def settle(self) -> None:
        """Until nothing is painted any more."""
        while self.read(QUIET_S):
            assert self.process.poll() is None, self.text

    def press(self, *keys: str) -> None:
        """Press keys, each when the screen has settled."""
        for key in keys:
            os.write(self._master, SEQUENCES.get(key, key).encode())
            self.settle()

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag with the left button from one cell to another (columns and rows from 0), as a terminal tells it."""
        for kind, (x, y), last in ((0, start, "M"), (32, end, "M"), (0, end, "m")):
            os.write(self._master, f"\x1b[<{kind};{x + 1};{y + 1}{last}".encode())
            self.settle()

    def close(self) -> None:
        """End it, however it stands."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)
