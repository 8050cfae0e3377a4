"""Files the user asks for: written as a whole or not at all, and never over another by accident."""

import os
from pathlib import Path


def name_of(words: str) -> str:
    """Words as part of a file name: letters and digits, with a dash between."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in words.lower())
    return "-".join(filter(None, plain.split("-")))


def write_whole(target: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file. Raises FileExistsError where it is there and may not be replaced, or is a folder, else OSError."""
    if not overwrite or not target.exists():
        with target.open("xb") as file:
            file.write(data)
        return
    if target.is_dir():
        raise FileExistsError
    beside = target.resolve()
    beside = beside.with_name(f".{beside.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(target.resolve())
    finally:
        beside.unlink(missing_ok=True)
