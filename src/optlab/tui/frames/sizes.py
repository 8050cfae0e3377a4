"""Sizes of neighbours, as pure numbers: what moving a boundary makes of them."""

from collections.abc import Sequence

LEAST = {True: 18, False: 4}
"""Cells a part keeps: columns where parts stand side by side (True), rows where they stand one above the other."""


def moved(sizes: Sequence[int], boundary: int, by: int, *, across: bool) -> tuple[int, ...]:
    """Sizes in cells after boundary number `boundary` (between it and the next) moved by so many cells.

    Both neighbours keep the least size, or what they have where that is less; the others stay as they are.
    """
    before, after = sizes[boundary], sizes[boundary + 1]
    least = LEAST[across]
    by = max(by, min(least, before) - before)
    by = min(by, after - min(least, after))
    return (*sizes[:boundary], before + by, after - by, *sizes[boundary + 2 :])
