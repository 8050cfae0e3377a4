"""Lines of a chart as an SVG document: what is drawn of cells as shapes, so that no font is needed, words as text.

Braille dots, blocks and box lines become one path a colour. Words keep their columns by `textLength`. The document
names no font file, no style sheet, no script and no address but that of SVG itself.
"""

import html
from collections.abc import Iterator
from itertools import groupby

from optlab.render.styled import RGB, Lines, Palette, Span

CELL = (8, 16)
"""Width and height of a cell."""
_EDGE = 16
_FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_BRAILLE = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""(column, row) of each bit of a braille character, the lowest first."""

_LEFT, _RIGHT, _UP, _DOWN = 1, 2, 4, 8
_BOX = {
    "─": _LEFT | _RIGHT,
    "│": _UP | _DOWN,
    "┃": _UP | _DOWN,
    "┌": _RIGHT | _DOWN,
    "┐": _LEFT | _DOWN,
    "└": _RIGHT | _UP,
    "┘": _LEFT | _UP,
    "├": _UP | _DOWN | _RIGHT,
    "┤": _UP | _DOWN | _LEFT,
    "┬": _LEFT | _RIGHT | _DOWN,
    "┴": _LEFT | _RIGHT | _UP,
    "┼": _LEFT | _RIGHT | _UP | _DOWN,
}
_WIDE = {"┃"}
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
_LOWER = "▁▂▃▄▅▆▇█"
_LEFTWARD = "▏▎▍▌▋▊▉█"
Box = tuple[float, float, float, float]
"""x, y, width and height within a document."""


def svg(lines: Lines, palette: Palette, title: str, about: str) -> str:
    """The document. `title` and `about` are told to whoever cannot see it."""
    columns = max((sum(len(span.text) for span in line) for line in lines), default=0)
    width, height = columns * CELL[0] + 2 * _EDGE, len(lines) * CELL[1] + 2 * _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title about">',
        f'<title id="title">{html.escape(title)}</title>',
        f'<desc id="about">{html.escape(about)}</desc>',
        f'<rect width="{width}" height="{height}" rx="8" fill="{_colour(palette.ground)}"/>',
        f'<g transform="translate({_EDGE} {_EDGE})" font-family="{_FONT}" font-size="13">',
        *_shapes(lines, palette),
        *_words(lines, palette),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _shapes(lines: Lines, palette: Palette) -> Iterator[str]:
    """A path for every colour and opacity."""
    paths: dict[tuple[RGB, float], list[str]] = {}
    for row, column, character, colour in _cells(lines, palette):
        for x, y, width, height in boxes(character):
            left, top = column * CELL[0] + x, row * CELL[1] + y
            shape = f"M{left:g} {top:g}h{width:g}v{height:g}h{-width:g}z"
            paths.setdefault((colour, _SHADES.get(character, 1.0)), []).append(shape)
    for (colour, opacity), shapes in paths.items():
        faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        yield f'<path fill="{_colour(colour)}"{faint} d="{"".join(shapes)}"/>'


def _words(lines: Lines, palette: Palette) -> Iterator[str]:
    """Text elements, one a run of words of one colour."""
    for row, line in enumerate(lines):
        written = [(at, c, colour) for at, c, colour in _line(line, palette)]
        for colour, group in groupby(written, key=lambda cell: cell[2]):
            found = [(at, " " if boxes(c) else c) for at, c, _ in group]
            yield from _runs(found, row, colour)


def _runs(found: list[tuple[int, str]], row: int, colour: RGB) -> Iterator[str]:
    text = "".join(character for _, character in found)
    start = found[0][0]
    at = 0
    for word in text.split("  "):
        stripped = word.strip()
        if stripped:
            left = start + at + word.index(stripped[0])
            length = len(stripped) * CELL[0]
            yield (
                f'<text x="{left * CELL[0]}" y="{row * CELL[1] + 12}" fill="{_colour(colour)}" '
                f'textLength="{length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">'
                f"{html.escape(stripped)}</text>"
            )
        at += len(word) + 2


def _cells(lines: Lines, palette: Palette) -> Iterator[tuple[int, int, str, RGB]]:
    for row, line in enumerate(lines):
        for column, character, colour in _line(line, palette):
            yield row, column, character, colour


def _line(line: tuple[Span, ...], palette: Palette) -> Iterator[tuple[int, str, RGB]]:
    column = 0
    for span in line:
        for character in span.text:
            yield column, character, span.colour or palette.text
            column += 1


def boxes(character: str) -> tuple[Box, ...]:
    """The rectangles that make a drawn character, within its cell; none for a character that is written."""
    width, height = CELL
    if "\u2800" <= character <= "\u28ff":
        bits = ord(character) - 0x2800
        dots = (dot for bit, dot in enumerate(_BRAILLE) if bits >> bit & 1)
        return tuple((x * width / 2, y * height / 4, width / 2, height / 4) for x, y in dots)
    if character in _BOX:
        return _strokes(_BOX[character], 3.0 if character in _WIDE else 1.0)
    if character in _SHADES:
        return ((0, 0, width, height),)
    if character in _LOWER:
        tall = height * (_LOWER.index(character) + 1) / 8
        return ((0, height - tall, width, tall),)
    if character in _LEFTWARD:
        return ((0, 0, width * (_LEFTWARD.index(character) + 1) / 8, height),)
    if character == "╌":
        return ((0, height / 2, 3, 1), (4, height / 2, 3, 1))
    if character == "┈":
        return ((1, height / 2, 1, 1), (5, height / 2, 1, 1))
    if character == "┊":
        return tuple((width / 2, y, 1, height / 8) for y in range(0, height, height // 4))
    return ()


def _strokes(arms: int, weight: float) -> tuple[Box, ...]:
    width, height = CELL
    x, y = width / 2 - (weight - 1) / 2, height / 2
    found: list[Box] = []
    if arms & _LEFT:
        found.append((0, y, width / 2 + 1, 1))
    if arms & _RIGHT:
        found.append((width / 2, y, width / 2, 1))
    if arms & _UP:
        found.append((x, 0, weight, height / 2))
    if arms & _DOWN:
        found.append((x, height / 2, weight, height / 2))
    return tuple(found)


def _colour(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
