"""A file of answer lengths, JSON Lines: each line a number of output tokens, or an object with its stop reason."""

from pathlib import Path
from typing import Annotated

import msgspec

from optlab.core.errors import UsageError
from optlab.core.record import CUT

Tokens = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Length(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer: its output tokens, thinking included, and its stop reason where the line has one."""

    output_tokens: Tokens
    stop_reason: str | None = None

    @property
    def censored(self) -> bool:
        """Whether it ended because there was no room for more: the whole answer is longer than this."""
        return self.stop_reason in CUT


def read_lengths(path: Path, label: str) -> tuple[Length, ...]:
    """Every answer of a file that the user named `label`. Raises UsageError with file and line where it is broken."""
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise UsageError(f"{label} cannot be read: {error.strerror or error}") from None
    found = tuple(_length(line, f"{label} line {number}") for number, line in enumerate(lines, 1) if line.strip())
    if not found:
        raise UsageError(f"{label} holds no answer; give one JSON value a line, as in 212 or {_EXAMPLE}")
    return found


_EXAMPLE = '{"output_tokens": 400, "stop_reason": "max_tokens"}'
_decoder: msgspec.json.Decoder[Tokens | Length] = msgspec.json.Decoder(Tokens | Length)


def _length(line: bytes, where: str) -> Length:
    try:
        read = _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{where} is neither a number of tokens nor an object like {_EXAMPLE} ({error})") from None
    return read if isinstance(read, Length) else Length(read)
