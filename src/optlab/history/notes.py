"""What a long study has paid for already, so that it can go on where it was stopped: JSON lines, a file a question."""

import os
from pathlib import Path
from typing import IO, Any

import msgspec

from optlab.core.errors import StorageError

FOLDER = "notes"
"""Beside the history file."""


class Notes:
    """Files of notes in one folder. Every method raises StorageError, in one sentence, where the disk is unwilling."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> list[Any]:
        """Every note on a question, in the order in which they were made; a line that was cut off is left out."""
        try:
            lines = self._path(key).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._complaint(error) from None
        found = []
        for line in lines:
            try:
                found.append(msgspec.json.decode(line))
            except msgspec.DecodeError:
                continue
        return found

    def add(self, key: str, note: Any) -> None:
        """Keep one more note, a value that JSON can carry; it is on disk when this returns."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Nobody else on the machine needs to know what was asked.
            with open(os.open(self._path(key), os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600), "a+b") as file:
                file.write((b"\n" if _is_torn(file) else b"") + msgspec.json.encode(note) + b"\n")
        except OSError as error:
            raise self._complaint(error) from None

    def forget(self, key: str) -> None:
        """Drop every note on a question."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise self._complaint(error) from None

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.jsonl"

    def _complaint(self, error: OSError) -> StorageError:
        return StorageError(
            f"the notes in {self._folder} cannot be used ({error.strerror or error}); make the folder writable, or set "
            "XDG_DATA_HOME to another one"
        )


def _is_torn(file: IO[bytes]) -> bool:
    """Whether the last line was cut off in writing: what is added behind it would be lost with it."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"
