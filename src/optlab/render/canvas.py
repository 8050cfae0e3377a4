"""A grid of characters in colours: what charts draw by hand, and what they write over a plot."""

import unicodedata
from collections.abc import Sequence

from optlab.render.format import line
from optlab.render.styled import RGB, Lines, Span

_BLANK = (" ", None)
_EMPTY = " ┈"
"""What a label may be written over: nothing, and the dotted lines of a grid."""


def cells(text: str) -> str:
    """Text of which every character takes one cell; what takes none or two becomes a dot."""
    return "".join(
        "·" if unicodedata.east_asian_width(c) in "WF" or unicodedata.combining(c) else c for c in line(text)
    )


class Canvas:
    """Rows of cells. What lies outside is not written, so that no size breaks a drawing."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(0, width), max(0, height)
        self._rows: list[list[tuple[str, RGB | None]]] = [[_BLANK] * self.width for _ in range(self.height)]

    @classmethod
    def of(cls, lines: Lines, width: int, height: int) -> "Canvas":
        """A canvas with lines on it."""
        canvas = cls(width, height)
        for row, spans in enumerate(lines):
            column = 0
            for span in spans:
                canvas.put(row, column, span.text, span.colour)
                column += len(span.text)
        return canvas

    def put(self, row: int, column: int, text: str, colour: RGB | None = None) -> None:
        """Write characters of one cell each."""
        if not 0 <= row < self.height:
            return
        for at, character in enumerate(text, column):
            if 0 <= at < self.width:
                self._rows[row][at] = (character, colour)

    def text(self, row: int) -> str:
        """The characters of one row."""
        return "".join(character for character, _ in self._rows[row])

    def free(self, row: int, column: int, width: int) -> bool:
        """Whether nothing stands in these cells, all of which there are."""
        if not 0 <= row < self.height or column < 0 or column + width > self.width:
            return False
        return all(character in _EMPTY for character in self.text(row)[column : column + width])

    def lines(self) -> Lines:
        """The rows as lines, as few spans as can be."""
        return tuple(_spans(row) for row in self._rows)


def _spans(row: Sequence[tuple[str, RGB | None]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for character, colour in row:
        if spans and spans[-1].colour == colour:
            spans[-1] = Span(spans[-1].text + character, colour)
        else:
            spans.append(Span(character, colour))
    return tuple(spans)
