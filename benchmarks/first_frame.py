"""How long until the lab shows something, beside an empty Textual app in the same terminal, runs alternating.

Usage: python benchmarks/first_frame.py [RUNS] [COLUMNSxROWS]
Prints milliseconds from starting the process to the marker on the screen, and the ratio of lab to empty app.
"""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("hello world")
Empty().run()
"""
LIMIT_S = 30.0


def first_frame_ms(command: Sequence[str], marker: bytes, size: tuple[int, int], home: Path) -> float:
    """Milliseconds until `marker` has been written to a new pseudo-terminal of `size` (columns, rows)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "HOME": str(home)}
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    seen = b""
    while marker not in seen:
        if not select.select([master], [], [], LIMIT_S)[0]:
            process.kill()
            raise SystemExit(f"nothing of {marker!r} within {LIMIT_S:g} s")
        seen += os.read(master, 65536)
    took = (time.perf_counter() - started) * 1000
    process.send_signal(signal.SIGTERM)
    with suppress(OSError):  # the end of the terminal
        while process.poll() is None:
            if select.select([master], [], [], 0.1)[0]:
                os.read(master, 65536)
    process.wait()
    os.close(master)
    return took


def main() -> None:
    """Measure and print one line a marker."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    columns, _, rows = (sys.argv[2] if len(sys.argv) > 2 else "120x36").partition("x")
    size = int(columns), int(rows)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        empty_app = home / "empty.py"
        empty_app.write_text(EMPTY)
        commands = {
            "empty app": ([sys.executable, str(empty_app)], b"hello world"),
            "lab, header": ([sys.executable, "-m", "optlab.tui.main"], b"optlab"),
        }
        if size >= (120, 36):  # below, panes are tabs, and the first of them has nothing of its own to wait for
            commands["lab, panes"] = ([sys.executable, "-m", "optlab.tui.main"], b"stack")
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, (command, marker) in commands.items():
                times[name].append(first_frame_ms(command, marker, size, home))
    base = times["empty app"]
    print(f"{columns}x{rows}, {runs} runs each, milliseconds")
    for name, found in times.items():
        ratio = statistics.median(found) / statistics.median(base)
        print(f"{name:12} min {min(found):4.0f}  median {statistics.median(found):4.0f}  ratio of medians {ratio:.2f}")


if __name__ == "__main__":
    main()
