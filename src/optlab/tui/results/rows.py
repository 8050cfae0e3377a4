"""What the results are painted from: rows of pieces of text, and the figures among them that a cursor can stand on."""

from typing import Literal

import msgspec

Tone = Literal["plain", "strong", "dim", "faint", "good", "bad", "warm", "adopt", "roll back", "noise", "unknown"]
Part = tuple[str, Tone]


class Stop(msgspec.Struct, frozen=True):
    """A figure that the cursor can stand on: its cells in the row, and what it is (see `render.explain`)."""

    start: int
    end: int
    key: str
    column: int


class Row(msgspec.Struct, frozen=True):
    """One line of the sheet."""

    parts: tuple[Part, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def text(self) -> str:
        """The line without its tones."""
        return "".join(words for words, _ in self.parts)
