"""Files of the user's with one value a line: read line by line, complained of by file and line, in one wording."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from optlab.core.errors import UsageError

T = TypeVar("T")


def read_lines(path: Path, read: Callable[[bytes, int], T], *, item: str, write: str, label: str = "") -> list[T]:
    """What `read` makes of every line that is not blank and its number, counted from 1; it raises ValueError in a few
    words, or what msgspec raises.

    Only \\n ends a line: other line ends of Unicode may stand inside a text. A byte-order mark is left out. `item` is
    what a line holds ("request"), `write` what to do about a broken one ("a line is …"), `label` what the user calls
    the file (else its path). Raises UsageError in one sentence: "FILE, line 3: what is wrong; what to do".
    """
    label = label or str(path)
    try:
        with path.open("rb") as file:
            found = [_read(line, number, read, label, write) for number, line in _lines(file) if line.strip()]
    except OSError as error:
        raise UsageError(f"{label}: cannot be read ({error.strerror or error}); give the path of a file") from None
    except ValueError:  # a NUL in the name
        raise UsageError(f"{label}: no file can have such a name; give the path of a file") from None
    if not found:
        raise UsageError(f"{label}: holds no {item}; {write}")
    return found


def _lines(file: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(file, 1):
        yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _read(line: bytes, number: int, read: Callable[[bytes, int], T], label: str, write: str) -> T:
    try:
        return read(line, number)
    except msgspec.ValidationError as error:
        why = str(error).replace("`", "").replace("$.", "")
    except UnicodeError:
        why = "it is not UTF-8"
    except RecursionError:
        why = "it is nested too deep"
    except msgspec.MsgspecError as error:
        why = f"it is not JSON ({str(error)[:100]})"
    except ValueError as error:
        why = str(error)
    raise UsageError(f"{label}, line {number}: {why}; {write}") from None
