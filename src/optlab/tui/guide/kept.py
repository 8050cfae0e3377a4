"""Ticked goals on the disk: one file in the state folder, replaced as a whole, read as far as it can be read.

The history cannot tell them: a roll back is no run, and what the texts of a tick say was true of the figures then.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import msgspec

from optlab.config import state_folder
from optlab.tui.files.atomic import own_folder, replace_file
from optlab.tui.guide.course import better
from optlab.tui.guide.exercise import Look
from optlab.tui.guide.exercises import BY_NAME

MOST_BYTES = 1_000_000
_one_at_a_time = Lock()


def ticks_path() -> Path:
    """Where ticks are kept."""
    return state_folder() / "guide.json"


def read(path: Path) -> dict[str, Look]:
    """The ticks in a file by the name of their exercise; what is damaged, or of no exercise, is left out."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    ticks = {}
    for name, value in found.items() if isinstance(found, dict) else ():
        look = _look(value)
        if name in BY_NAME and look is not None and not look.missing:
            ticks[name] = look
    return ticks


def write(path: Path, ticks: Mapping[str, Look]) -> None:
    """Put ticks into a file, beside those that another lab has put there meanwhile. Raises OSError."""
    with _one_at_a_time:
        own_folder(path.parent)
        replace_file(path, json.dumps(msgspec.to_builtins(better(read(path), ticks)), indent=1).encode())


def _look(value: object) -> Look | None:
    try:
        return msgspec.convert(value, Look)
    except msgspec.ValidationError:
        return None
