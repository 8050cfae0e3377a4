"""Whether a scenario's file, or a file that it names, has changed on the disk since it was read."""

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from optlab.tui.files.names import own_file

Stamp = tuple[tuple[str, int, int, int], ...]
"""Path, time of the last change (ns), size and inode of each file; -1 where it is not there."""


class Seen(msgspec.Struct, frozen=True):
    """Files as they were at one moment. `digest` is of what they hold, so that a touched file is no changed one."""

    files: tuple[Path, ...]
    stamp: Stamp
    digest: str


def look(source: str) -> Seen | None:
    """The files of a scenario as they are; None for one that comes with optlab."""
    path = Path(source)
    try:
        if not path.is_file():
            return None
    except (OSError, ValueError):
        return None
    files = (path, *named_files(path)) if own_file(source) else (path,)
    return Seen(files, _stamp(files), _digest(files))


def look_again(seen: Seen) -> Seen:
    """The same files as they are now; what they hold is read only where a time, size or inode is another one."""
    stamp = _stamp(seen.files)
    return seen if stamp == seen.stamp else Seen(seen.files, stamp, _digest(seen.files))


def named_files(path: Path) -> tuple[Path, ...]:
    """The files in its own folder that a scenario file names: texts, samples, schemas. None where it is no TOML.

    Others are no part of any scenario, and must not even be looked into: a device may never come to an end.
    """
    try:
        folder = path.resolve().parent
        named = dict.fromkeys(_files(tomllib.loads(path.read_text("utf-8-sig"))))
        return tuple(path.parent / name for name in named if (folder / name).resolve().is_relative_to(folder))
    except (OSError, ValueError, RuntimeError):  # RecursionError and symbolic links in a circle are of the last kind
        return ()


def _files(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _files(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "file" and isinstance(inner, str):
                yield inner
            else:
                yield from _files(inner)


def _stamp(files: tuple[Path, ...]) -> Stamp:
    def of(path: Path) -> tuple[str, int, int, int]:
        try:
            found = path.stat()
        except (OSError, ValueError):
            return str(path), -1, -1, -1
        return str(path), found.st_mtime_ns, found.st_size, found.st_ino

    return tuple(map(of, files))


def _digest(files: tuple[Path, ...]) -> str:
    found = hashlib.sha256()
    for path in files:
        found.update(_digest_of(path))
    return found.hexdigest()


def _digest_of(path: Path) -> bytes:
    """What a file holds; of what is no file, such as a pipe that nobody writes to, only that it is none."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").digest()
    except (OSError, ValueError):
        pass
    return b"gone"
