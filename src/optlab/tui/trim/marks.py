"""What is known of every row of the bench, from the heat map and the search as they stand."""

from collections.abc import Sequence

from optlab.tui.trim.bench import Bench
from optlab.tui.trim.findings import Heat, Search
from optlab.tui.trim.known import name_of, wheres
from optlab.tui.trim.paint import Mark
from optlab.tui.trim.rows import Row


def marks_of(bench: Bench, rows: Sequence[Row], heat: Heat, search: Search | None) -> tuple[Mark, ...]:
    """A mark a row; `rows` are all of the bench's."""
    words = search.words if search else {}
    if not (heat.rows or words):
        return (Mark(),) * len(rows)
    marks = []
    for row, where in zip(rows, wheres(bench, rows), strict=True):
        mapped = name_of(heat.asked, row.piece, where) if heat.rows else None
        searched = name_of(search.asked, row.piece, where) if search and words else None
        marks.append(Mark(heat.rows.get(mapped) if mapped else None, words.get(searched, "") if searched else ""))
    return tuple(marks)
