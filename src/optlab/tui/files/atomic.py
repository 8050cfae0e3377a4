"""A file replaced as a whole or not at all, also where the machine stops in the middle."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

OWN_FILE = 0o600
OWN_FOLDER = 0o700


def replace_file(path: Path, data: bytes, mode: int = OWN_FILE) -> None:
    """Put `data` in the place of a file: on the disk in full before the name points at it. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    with suppress(OSError):  # not every file system can do this, and the file itself is safe by now
        _sync_folder(path.parent)


def own_folder(path: Path) -> Path:
    """A folder of the user's alone, made where it is missing, as is the one it stands in. Raises OSError."""
    path.parent.mkdir(OWN_FOLDER, parents=True, exist_ok=True)
    path.mkdir(OWN_FOLDER, exist_ok=True)
    return path


def _write(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
