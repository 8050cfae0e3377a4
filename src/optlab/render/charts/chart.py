"""What a chart is: a pure function from a snapshot to coloured lines of an exact size."""

from collections.abc import Callable

import msgspec

from optlab.render.snapshot import Snapshot
from optlab.render.styled import Lines, Palette

Draw = Callable[[Snapshot, tuple[int, int], Palette], Lines]
"""(snapshot, (columns, rows), colours) -> exactly that many lines."""


class Chart(msgspec.Struct, frozen=True):
    """A chart by name, with its title, what it is for, and what draws it. `ready` says whether it has data."""

    name: str
    title: str
    about: str
    draw: Draw
    ready: Callable[[Snapshot], bool]


def measured_points(snapshot: Snapshot) -> bool:
    """Whether any measured run is finished; warm-ups and races are in no chart."""
    return any(point.phase == "measured" for point in snapshot.points)


def variants(snapshot: Snapshot) -> tuple[str, ...]:
    """The names of the variants in their declared order: a colour each."""
    return snapshot.plan.variants if snapshot.plan else tuple(summary.name for summary in snapshot.variants)
