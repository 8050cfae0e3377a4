"""A page of findings on the screen: the same sheet that the command line prints, laid out for so many columns."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from optlab.core.verdict import Card, CardWord
from optlab.render.cards import card_lines
from optlab.render.format import line, safe
from optlab.render.sheet import Sheet, Words
from optlab.render.tables import Grid

BADGES = {
    CardWord.ADOPT: "bold black on $success",
    CardWord.ROLL_BACK: "bold white on $error-darken-1",
    CardWord.NOISE: "bold $background on $foreground 60%",
    CardWord.NOT_YET_KNOWN: "bold black on $warning",
}
_DIM = "$foreground 60%"
_GAP = "  "
_LEAST_LAST = 16
"""Columns that the last cell of a row must have beside the others, or each cell gets a line of its own."""


class SheetView(Static):
    """Shows one sheet, laid out anew where its width changes."""

    DEFAULT_CSS = "SheetView { height: auto; width: 1fr; padding-right: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._sheet: Sheet = ()
        self._laid_out: tuple[Sheet, int] | None = None

    def show(self, sheet: Sheet) -> bool:
        """Show a sheet; whether it is another one than before."""
        changed = sheet != self._sheet
        self._sheet = sheet
        self._lay_out()
        return changed

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.container_size.width
        if width and self._laid_out != (self._sheet, width):
            self._laid_out = (self._sheet, width)
            self.update(sheet_content(self._sheet, max(24, self.content_size.width or width)))


def sheet_content(sheet: Sheet, width: int) -> Content:
    """A sheet for so many columns; parts are an empty line apart."""
    blocks = [block for part in sheet if (block := list(_part(part, width)))]
    return Content("\n\n").join(Content("\n").join(block) for block in blocks)


def _part(part: Words | Grid | Card, width: int) -> Iterator[Content]:
    if isinstance(part, Words):
        yield from _words(part, width)
    elif isinstance(part, Card):
        yield from _card(part, width)
    else:
        yield from _grid(part, width)


def _words(words: Words, width: int) -> Iterator[Content]:
    for text in words.lines:
        if words.how == "heading":
            yield from _folded(line(text), width, "bold $text-primary")
        elif words.how == "drawing":
            yield Content(safe(text))
        elif words.how == "list":
            yield from _folded(line(text), width, "", first="· ", rest="  ")
        else:
            yield from _folded(line(text), width, "")


def _card(card: Card, width: int) -> Iterator[Content]:
    yield Content.assemble((f" {card.verdict.value} ", BADGES[card.verdict]), (f" {line(card.variant)}", "bold"))
    yield from _folded(line(card.reason), width, "")
    for words in card_lines(card):
        yield from _folded(line(words), width, _DIM, first="· ", rest="  ")


def _grid(grid: Grid, width: int) -> Iterator[Content]:
    rows = [tuple(map(line, row)) for row in grid.rows]
    if not any(rows):
        return
    head = tuple(map(line, grid.header))
    widths = [max(cell_len(row[i]) for row in (head, *filter(None, rows)) if i < len(row)) for i in range(len(head))]
    before = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
    if before + min(widths[-1], _LEAST_LAST) > width:
        yield from _stacked(head, rows, width)
    else:
        if any(head):
            yield from _row(head, widths, width, "bold $foreground 60%")
        for row in rows:
            yield from _row(row, widths, width, "") if row else [Content("")]
    for note in grid.notes:
        yield from _folded(line(note), width, _DIM)


def _row(row: Sequence[str], widths: Sequence[int], width: int, style: str) -> Iterator[Content]:
    """Cells side by side; what of the last one does not fit goes on below it."""
    *cells, last = row
    first = "".join(cell + " " * (room - cell_len(cell)) + _GAP for cell, room in zip(cells, widths, strict=False))
    yield from _folded(last, width, style, first=first, rest=" " * cell_len(first))


def _stacked(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[Content]:
    """A table too wide for its columns: the first cell of each row, the others below it with their headers."""
    for row in filter(None, rows):
        yield from _folded(row[0], width, "bold")
        for name, cell in zip(head[1:], row[1:], strict=False):
            if cell:
                yield from _folded(f"{name}: {cell}" if name else cell, width, "", first="  ", rest="    ")


def _folded(text: str, width: int, style: str, *, first: str = "", rest: str = "") -> Iterator[Content]:
    """A text in lines of at most so many columns, folded between its words."""
    room = width - cell_len(first)
    lines, now = [], ""
    for word in text.split(" "):
        longer = f"{now} {word}" if now else word
        if now and cell_len(longer) > room:
            lines.append(now)
            now, room = word, width - cell_len(rest)
        else:
            now = longer
    for number, words in enumerate([*lines, now]):
        yield Content.styled((rest if number else first) + words, style)
