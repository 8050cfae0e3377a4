"""The real program in a real pseudo-terminal, with its worker and simulator: it starts, races, and leaves nothing."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LIMIT_S = 40.0
LEFT_ALTERNATE = b"\x1b[?1049l"
_ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-_])")


class Terminal:
    """A lab in a pseudo-terminal of its own, in a new home."""

    def __init__(self, home: Path, *arguments: str, size: tuple[int, int] = (120, 36)) -> None:
        self.said = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "TEXTUAL", "NO_COLOR", "XDG_"))}
        environment = {**kept, "HOME": str(home), "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "optlab.tui.main", *arguments],
            stdin=slave, stdout=slave, stderr=slave, cwd=home, env=environment, start_new_session=True, close_fds=True,
        )  # fmt: skip
        os.close(slave)

    def read(self) -> bool:
        """Take in what comes within a moment; False once nothing more can come."""
        if not select.select([self._master], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.said += data
        return bool(data)

    def wait_for(self, *words: str) -> None:
        """Until all the words have been painted since the last key."""
        self.wait_until(lambda text: all(word in text for word in words))

    def wait_until(self, seen: Callable[[str], bool]) -> None:
        """Until what was painted since the last key is as it should be."""
        deadline = time.monotonic() + LIMIT_S
        while not seen(self.text):
            assert time.monotonic() < deadline and self.process.poll() is None, self.text[-2000:]
            self.read()

    @property
    def text(self) -> str:
        return _ESCAPES.sub(b"", self.said).decode(errors="replace")

    def press(self, keys: str) -> None:
        self.said = b""
        os.write(self._master, keys.encode())

    def end(self) -> int:
        """Read to the end of the program; gives its exit code."""
        deadline = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.text[-2000:]
            self.read()
        while select.select([self._master], [], [], 0)[0] and self.read():
            pass
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


def children(of: int) -> dict[int, str]:
    """Processes that descend from one: their ids and command lines."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found: dict[int, str] = {}
    ahead = [of]
    while ahead:
        above = ahead.pop()
        for pid in [pid for pid, parent in parents.items() if parent == above and pid not in found]:
            found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            ahead.append(pid)
    return found


def prompt_tokens(text: str) -> list[int]:
    """Prompt tokens of the bills that were painted."""
    return [int(number.replace(",", "")) for number in re.findall(r"billed \$[\d.]+: ([\d,]+) in", text)]


def assert_gone(pids: dict[int, str]) -> None:
    deadline = time.monotonic() + 5
    while alive := [pid for pid in pids if Path(f"/proc/{pid}/stat").exists()]:
        assert time.monotonic() < deadline, [pids[pid] for pid in alive]
        select.select([], [], [], 0.05)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 48)], ids=["80x24", "120x36", "160x48"])
def test_it_starts_races_and_leaves_nothing_running(home: Path, size: tuple[int, int]) -> None:
    """`s` shows the plain pane waiting while the streaming one fills; `q` ends worker and simulator too."""
    terminal = Terminal(home, "--sim-speed", "6", size=size)
    try:
        terminal.wait_for("SIMULATED at speed 6", "ready")
        terminal.press("s")
        terminal.wait_for("nothing to read yet", "Hamlet")
        terminal.wait_for("done")
        started = children(terminal.process.pid)
        assert any("optlab.worker" in c for c in started.values()) and any("simulator" in c for c in started.values())
        terminal.press("q")
        assert terminal.end() == 0
        assert LEFT_ALTERNATE in terminal.said
        assert_gone(started)
    finally:
        terminal.close()


def test_a_benchmark_ends_with_a_card(home: Path) -> None:
    terminal = Terminal(home, "--sim-speed", "200", "--pairs", "6")
    try:
        terminal.wait_for("SIMULATED", "ready")
        terminal.press("r")
        terminal.wait_for("6 of 6 pairs", "done")
        assert re.search("ADOPT|ROLL BACK|NOISE|NOT YET KNOWN", terminal.text)
        terminal.press("q")
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_a_segment_switched_off_is_neither_sent_nor_billed(home: Path) -> None:
    terminal = Terminal(home, "support_rules", "--sim-speed", "20")
    try:
        terminal.wait_for("SIMULATED", "ready", "calls")
        terminal.press("s")
        terminal.wait_until(lambda text: sum(tokens > 2000 for tokens in prompt_tokens(text)) >= 2)
        terminal.wait_for("done")
        terminal.press("1s")
        terminal.wait_until(lambda text: any(tokens < 100 for tokens in prompt_tokens(text)))
        terminal.press("q")
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_signals_restore_the_terminal_and_end_the_worker(home: Path) -> None:
    numbers = (signal.SIGTERM, signal.SIGHUP)
    terminals = [Terminal(home) for _ in numbers]
    try:
        for terminal, number in zip(terminals, numbers, strict=True):
            terminal.wait_for("SIMULATED", "ready")
            started = children(terminal.process.pid)
            terminal.process.send_signal(number)
            assert terminal.end() == 128 + number
            assert LEFT_ALTERNATE in terminal.said
            assert_gone(started)
    finally:
        for terminal in terminals:
            terminal.close()


def test_a_worker_that_dies_is_told_and_the_exit_code_is_not_zero(home: Path) -> None:
    terminal = Terminal(home)
    try:
        terminal.wait_for("SIMULATED", "ready")
        started = children(terminal.process.pid)
        os.kill(next(pid for pid, command in started.items() if "optlab.worker" in command), signal.SIGKILL)
        terminal.wait_for("ended unexpectedly")
        terminal.press("q")
        assert terminal.end() == 5
        assert "optlab-tui: " in terminal.text and LEFT_ALTERNATE in terminal.said
        assert_gone(started)
    finally:
        terminal.close()


def test_a_scenario_that_is_not_there_is_one_sentence(home: Path) -> None:
    terminal = Terminal(home, "nosuch.toml")
    try:
        assert terminal.end() == 2
        assert "optlab-tui: nosuch.toml: there is no such file" in terminal.text
    finally:
        terminal.close()


def test_a_terminal_that_is_too_small_is_refused(home: Path) -> None:
    terminal = Terminal(home, size=(70, 20))
    try:
        assert terminal.end() == 2
        assert "80×24" in terminal.text and b"\x1b[?1049h" not in terminal.said
    finally:
        terminal.close()


@pytest.mark.parametrize("arguments", [(), ("essay",)])
def test_without_a_terminal_it_names_the_other_door(home: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optlab.tui.main", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, cwd=home, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "`optlab run`" in done.stderr and len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_version_and_help_import_no_screen(home: Path) -> None:
    code = (
        "import sys, optlab.tui.main as m\n"
        "sys.argv = ['optlab-tui', '--version']\n"
        "try: m.main()\n"
        "except SystemExit as e: sys.exit(e.code or ('textual' in sys.modules) * 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0 and done.stdout.startswith("optlab-tui, version ")


def test_the_screen_imports_nothing_heavy(home: Path) -> None:
    code = (
        "import sys, optlab.tui.app\n"
        "heavy = {'anthropic', 'scipy', 'pydantic', 'plotext', 'numpy'}\n"
        "heavy |= {'optlab.engine', 'optlab.worker', 'optlab.history', 'optlab.backends'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert done.stdout.strip() == "[]"
