"""What a chart is: a pure function from a snapshot to coloured lines of an exact size, and what is said beside it."""

import math
from collections.abc import Callable

import msgspec

from optlab.core.record import Provenance
from optlab.core.report import Figure
from optlab.render.canvas import Canvas, cells
from optlab.render.format import provenance
from optlab.render.snapshot import Point, Snapshot
from optlab.render.styled import Lines, Palette

Draw = Callable[[Snapshot, tuple[int, int], Palette], Lines]
"""(snapshot, (columns, rows), colours) -> exactly that many lines."""

FILLS = "Fills as pairs arrive."
"""What is missing where nothing was measured yet."""

MARKS = "●▲◆■▼★"
"""A mark a variant, the baseline's first, so that no colour is needed to tell them apart."""

ROOM = (56, 11)
"""Columns and rows from which a chart says more: names, marks, intervals."""


class Chart(msgspec.Struct, frozen=True):
    """A chart by name, with its title, what it is for, and what draws it.

    `key` is the letter that chooses it, one of `short`, its name in a row of names. `says` gives n and unit of what is
    drawn, `missing` what is not there yet in a sentence ("": nothing, it can be drawn).
    """

    name: str
    key: str
    short: str
    title: str
    about: str
    draw: Draw
    says: Callable[[Snapshot], str]
    missing: Callable[[Snapshot], str]

    def ready(self, snapshot: Snapshot) -> bool:
        """Whether there is anything to draw."""
        return not self.missing(snapshot)

    def caption(self, snapshot: Snapshot) -> str:
        """n, unit and provenance of what is drawn."""
        return " · ".join(filter(None, (self.says(snapshot), source(snapshot))))


def source(snapshot: Snapshot) -> str:
    """Where the figures come from, in one word with the time scale."""
    if snapshot.report is not None:
        return provenance(snapshot.report.provenance, snapshot.report.sim_speed)
    return provenance(snapshot.where.provenance, snapshot.where.sim_speed) if snapshot.where else ""


def kind(snapshot: Snapshot) -> Provenance | None:
    """The kind of figures shown."""
    return snapshot.report.provenance if snapshot.report else snapshot.where.provenance if snapshot.where else None


def measured(snapshot: Snapshot, variant: str | None = None) -> tuple[Point, ...]:
    """The measured runs of one variant or of all, in the order in which they ended."""
    return tuple(p for p in snapshot.points if p.phase == "measured" and variant in (None, p.variant))


def no_runs(snapshot: Snapshot) -> str:
    """What is missing where no measured run is finished; warm-ups and races are in no chart."""
    return "" if measured(snapshot) else FILLS


def variants(snapshot: Snapshot) -> tuple[str, ...]:
    """The names of the variants in their declared order: a colour each."""
    return snapshot.plan.variants if snapshot.plan else tuple(summary.name for summary in snapshot.variants)


def pairs(snapshot: Snapshot) -> str:
    """How many pairs are drawn: n = 12 pairs, and how many of their runs failed."""
    runs = measured(snapshot)
    failed = sum(point.failed for point in runs)
    count = snapshot.whole_pairs
    return f"n = {count} pair{'s' * (count != 1)}" + (f", {failed} failed" if failed else "")


def mark(index: int) -> str:
    """The mark of the variant with this index."""
    return MARKS[index % len(MARKS)]


def roomy(size: tuple[int, int]) -> bool:
    """Whether there is room for more than lines."""
    return size[0] >= ROOM[0] and size[1] >= ROOM[1]


def number(value: Figure) -> float | None:
    """A figure that has a place on an axis: None where it is absent or infinite."""
    return float(value) if isinstance(value, float | int) and math.isfinite(value) else None


def legend(names: tuple[str, ...], width: int, palette: Palette, *, first: int = 0) -> Lines:
    """One line that names every variant from `first` on behind its mark, in its colour."""
    canvas = Canvas(width, 1)
    column = 1
    for index, name in enumerate(names[first:], first):
        words = f"{mark(index)} {cells(name)}"
        canvas.put(0, column, words, palette.of(index))
        column += len(words) + 3
    return canvas.lines()
