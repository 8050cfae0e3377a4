"""The real lab in a real pseudo-terminal: killed in the middle of an edit, started again, the edit is back."""

import os
import signal
import stat
from pathlib import Path

from test_tui_terminal import Terminal, assert_gone, children


def unsaved(home: Path) -> list[Path]:
    return list((home / ".local" / "state" / "optlab" / "unsaved").glob("*.json"))


def test_an_edit_survives_kill_9_and_is_restored_by_one_key(tmp_path: Path) -> None:
    """Kept a second later; the next lab offers it, `y` puts it back, `ctrl+s` saves it, and then nothing is left."""
    home = tmp_path
    first = Terminal(home, "--sim-speed", "50")
    try:
        first.wait_for("SIMULATED", "ready")
        first.press("e")
        first.wait_for("Prompt")  # its frame is painted anew with the focus
        first.press("Edited by hand. ")
        first.wait_for("Edited by hand.")
        first.wait_until(lambda _: bool(unsaved(home)))
        (kept,) = unsaved(home)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        started = children(first.process.pid)
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        assert_gone(started)
    finally:
        first.close()
    second = Terminal(home, "--sim-speed", "50")
    try:
        second.wait_for("Unsaved edits", "the text of", "Restore (y)")
        second.press("y")
        second.wait_for("Edited by hand. Summarise the plot")
        second.press("\x13")
        second.wait_for("hamlet.toml")
        second.press("\r")
        second.wait_for("Saved as")
        second.wait_until(lambda _: not unsaved(home))
        assert "Edited by hand. Summarise the plot" in (home / "hamlet.toml").read_text()
        second.press("q")
        assert second.end() == 0
        assert unsaved(home) == []
    finally:
        second.close()
