"""Coloured text that belongs to no screen library: what charts hand to whoever draws them."""

import msgspec

RGB = tuple[int, int, int]


class Span(msgspec.Struct, frozen=True):
    """A piece of one line in one colour; None is the colour of plain text."""

    text: str
    colour: RGB | None = None


Lines = tuple[tuple[Span, ...], ...]
"""Lines of spans, from top to bottom."""


class Palette(msgspec.Struct, frozen=True):
    """The colours of a chart: axis text, grid, one a variant, the baseline's first, and what it stands on."""

    text: RGB
    grid: RGB
    series: tuple[RGB, ...]
    ground: RGB = (18, 20, 28)

    def of(self, index: int) -> RGB:
        """The colour of the variant with this index; colours begin anew where there are more variants."""
        return self.series[index % len(self.series)]


def plain(lines: Lines) -> str:
    """The text alone."""
    return "\n".join("".join(span.text for span in line) for line in lines)
