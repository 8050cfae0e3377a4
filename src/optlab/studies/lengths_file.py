"""A file of answer lengths, JSON Lines: each line a number of output tokens, or an object with its stop reason."""

from pathlib import Path
from typing import Annotated

import msgspec

from optlab.core.record import CUT
from optlab.studies.json_lines import read_lines

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
    return tuple(read_lines(path, _length, item="answer", write=_WRITE, label=label))


_WRITE = 'write a number of tokens a line, or an object like {"output_tokens": 400, "stop_reason": "max_tokens"}'
_decoder: msgspec.json.Decoder[Tokens | Length] = msgspec.json.Decoder(Tokens | Length)


def _length(line: bytes, number: int) -> Length:
    read = _decoder.decode(line)
    return read if isinstance(read, Length) else Length(read)
