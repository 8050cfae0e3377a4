"""The files opened last, newest first, in the state folder. Nothing here may ever keep the lab from starting."""

import json
from contextlib import suppress
from pathlib import Path

from optlab.tui.files.atomic import own_folder, replace_file

FILE = "recent.json"
MOST = 12
MOST_BYTES = 100_000


def recent(folder: Path) -> tuple[str, ...]:
    """Absolute paths that are still there; none where the list is missing or damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            found = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return ()
    listed = found.get("files") if isinstance(found, dict) else None
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    return tuple(name for name in dict.fromkeys(names) if _is_file(name))[:MOST]


def remember(folder: Path, source: str) -> None:
    """Put the file of a scenario first in the list; those that come with optlab are listed anyway.

    Where that cannot be written it is forgotten: it is a convenience.
    """
    name = str(Path(source).absolute())
    if not _is_file(name):
        return
    names = [name, *(other for other in recent(folder) if other != name)][:MOST]
    with suppress(OSError, ValueError):
        replace_file(own_folder(folder) / FILE, json.dumps({"files": names}, indent=1).encode())


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_absolute() and Path(name).is_file()
    except (OSError, ValueError):
        return False
