"""The folder of unsaved edits: one file a lab and scenario, so that two labs at one file never write over each other.

The rule: a lab writes only into a file of its own, and holds a lock beside it for as long as it lives; the system lets
go of the lock whatever ends the lab. What a lab finds unlocked was left by one that is gone, and only that is offered.
"""

import fcntl
import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from optlab.tui.files.atomic import OWN_FILE, own_folder, replace_file
from optlab.tui.files.kept import Kept, decode, encode

FOLDER = "unsaved"
MOST_BYTES = 50_000_000


def identity(source: str) -> str:
    """What two names of one scenario have in common: the path of its file without links, else its bare name."""
    try:
        return str(Path(source).resolve()) if Path(source).is_file() else f"bundled {source}"
    except (OSError, ValueError, RuntimeError):
        return f"bundled {source}"


class Slot:
    """One file of unsaved edits and its lock, which is held."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @property
    def _beside(self) -> Path:
        return self.path.with_suffix(".lock")

    def write(self, kept: Kept) -> None:
        """Replace what is kept. Raises OSError."""
        replace_file(self.path, encode(kept))

    def read(self) -> Kept | None:
        """What is kept; None where it cannot be read."""
        try:
            with self.path.open("rb") as file:
                return decode(file.read(MOST_BYTES))
        except OSError:
            return None

    def drop(self) -> None:
        """Forget what is kept, and let go."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let go: what is kept is for whoever opens the scenario next."""
        with suppress(OSError):
            if not self.path.exists():
                self._beside.unlink(missing_ok=True)
        os.close(self._lock)


def take_slot(folder: Path, source: str) -> Slot:
    """A new file of one's own for edits of a scenario. Raises OSError."""
    path = own_folder(folder) / f"{_key(source)}.{secrets.token_hex(4)}.json"
    lock = _locked(path.with_suffix(".lock"))
    if lock is None:
        raise BlockingIOError("the lock of a new file is taken")
    return Slot(path, lock)


def left_behind(folder: Path, source: str) -> list[tuple[Slot, Kept]]:
    """Edits that a lab which is gone has left, newest first; each is locked and wants to be dropped or released.

    What cannot be read is left alone.
    """
    found: list[tuple[Slot, Kept]] = []
    with suppress(OSError):
        for path in folder.glob(f"{_key(source)}.*.json"):
            with suppress(OSError):
                lock = _locked(path.with_suffix(".lock"))
                if lock is None:
                    continue  # its lab is alive
                slot = Slot(path, lock)
                kept = slot.read()
                if kept is None:
                    slot.release()
                else:
                    found.append((slot, kept))
    return sorted(found, key=lambda each: -each[1].at)


def _key(source: str) -> str:
    return hashlib.sha256(identity(source).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _locked(path: Path) -> int | None:
    """An open lock file that is ours; None where somebody else holds it. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, OWN_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
