"""One row of the bench as it is painted: pieces of text, each with the name of a tone. Readable without any colour."""

from typing import Literal

import msgspec
from rich.cells import cell_len, set_cell_size

from optlab.core.trim_report import HeatRow
from optlab.render.format import line
from optlab.tui.trim.rows import Row

Tone = Literal["plain", "dim", "strong", "good", "warm", "hot", "off"]
Part = tuple[str, Tone]

BLOCKS = " ▏▎▍▌▋▊▉█"
BAR = 6
FOUND = 6
_MARKS = {"on": "●", "off": "○", "partly": "◐"}


class Mark(msgspec.Struct, frozen=True):
    """What is known of a row beyond its text: what it contributes, and what a search said of it."""

    heat: HeatRow | None = None
    found: str = ""


class Columns(msgspec.Struct, frozen=True):
    """Which columns are shown. `most` is the largest contribution, in points of mean score, that fills a whole bar."""

    width: int
    heat: bool = False
    found: bool = False
    intervals: bool = False
    most: float = 0.0

    @property
    def right(self) -> int:
        """Cells of everything right of the name."""
        heat = 1 + BAR + 6 + (15 if self.intervals else 0) if self.heat else 0
        return 9 + 6 + 9 + (FOUND if self.found else 0) + heat


def heading(columns: Columns) -> str:
    """The titles of the columns."""
    name = set_cell_size("  piece", max(4, columns.width - columns.right))
    titles = f"{'≈tokens':>9}{'share':>6}{'$/1,000':>9}"
    if columns.found:
        titles += f"{'':>1}{'found':<{FOUND - 1}}"
    if columns.heat:
        titles += f" {'worth':<{BAR}}{'points':>6}" + (f"{'interval':>15}" if columns.intervals else "")
    return name + titles


def painted(row: Row, mark: Mark, columns: Columns) -> list[Part]:
    """One row, exactly as wide as the columns say."""
    room = max(4, columns.width - columns.right)
    off = row.state == "off"
    tone: Tone = "off" if off else "strong" if row.depth == 0 else "plain"
    figures: Tone = "dim" if off else "plain"
    opened = "▾ " if row.open else ""
    name = f"{'  ' * row.depth}{_MARKS[row.state]} {opened}{_name(row)}"
    if cell_len(name) > room - 1:
        name = set_cell_size(name, room - 2) + "…"
    price = "–" if row.usd_per_1000 is None else _price(row.usd_per_1000)
    parts: list[Part] = [
        (name, tone),
        (" " * (room - cell_len(name)), "plain"),
        (f"{row.tokens:>9,.0f}", figures),
        (f"{row.share:>6.0%}", "dim"),
        (f"{price:>9}", figures),
    ]
    if columns.found:
        parts.append((f" {mark.found:<{FOUND - 1}}", _found_tone(mark.found)))
    if columns.heat:
        parts += _heat(mark.heat, columns)
    return parts


def _name(row: Row) -> str:
    piece = row.piece
    if row.depth == 0:
        kept = "" if piece.cuttable else " · the scenario keeps it"
        return f"{line(piece.segment)}{kept}"
    return line(piece.text)


def _price(value: float) -> str:
    return f"${value:.3f}" if value < 1 else f"${value:,.2f}"


def _found_tone(word: str) -> Tone:
    return "good" if word == "dead" else "hot" if word == "stays" else "dim"


def _heat(heat: HeatRow | None, columns: Columns) -> list[Part]:
    if heat is None:
        return [(" " * (1 + BAR + 6 + (15 if columns.intervals else 0)), "dim")]
    tone = heat_tone(heat, columns.most)
    parts: list[Part] = [(" " + bar(heat.points, columns.most), tone), (f"{100 * heat.points:>+6.1f}", tone)]
    if columns.intervals:
        low, high = heat.interval.low, heat.interval.high
        known = f"{100 * low:+.0f} to {100 * high:+.0f}" if low is not None and high is not None else "open"
        parts.append((f"{known:>15}", "dim"))
    return parts


def heat_tone(heat: HeatRow, most: float) -> Tone:
    """Hot where a piece clearly contributes, warm where it may, good where nothing is seen to be lost without it."""
    if heat.points <= 0:
        return "good"
    low = heat.interval.low
    return "hot" if (low is not None and low > 0) or heat.points >= most / 2 else "warm"


def bar(value: float, most: float) -> str:
    """A bar of `BAR` cells, exact to an eighth of one; nothing for what is not above 0."""
    eighths = round(8 * BAR * min(1.0, max(0.0, value / most))) if most > 0 else 0
    full, rest = divmod(eighths, 8)
    return ("█" * full + (BLOCKS[rest] if rest else "")).ljust(BAR)
