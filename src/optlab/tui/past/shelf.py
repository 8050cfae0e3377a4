"""The list as rows: every entry, and below a study that is unfolded its runs. No row is made before it is looked at."""

from typing import NamedTuple

from optlab.core.study import KeptStudy
from optlab.tui.past.book import PAGE, Book, Entry


class Row(NamedTuple):
    """One row. `entry` is None while it is being read; `number` is that of the entry, or of the study it belongs to."""

    number: int
    entry: Entry | None
    inside: bool = False
    open: bool = False


class Shelf:
    """Rows of a book in which some studies are unfolded."""

    def __init__(self, book: Book, unfolded: frozenset[str] = frozenset()) -> None:
        self._book = book
        self._open: list[tuple[int, str]] = sorted(
            (number * PAGE + at, entry.id)
            for number, page in book.pages.items()
            for at, entry in enumerate(page)
            if isinstance(entry, KeptStudy) and entry.id in unfolded and entry.id in book.runs
        )

    def __len__(self) -> int:
        return self._book.total + sum(len(self._book.runs[study]) for _, study in self._open)

    def row(self, at: int) -> Row:
        """The row at a place from 0."""
        passed = 0
        for number, study in self._open:
            runs = self._book.runs[study]
            if at <= number + passed:
                break
            if at <= number + passed + len(runs):
                return Row(number, runs[at - number - passed - 1], inside=True)
            passed += len(runs)
        number = at - passed
        entry = self._book.entry(number)
        return Row(number, entry, open=any(number == opened for opened, _ in self._open))

    def find(self, entry_id: str) -> int | None:
        """Where an entry stands, among what was read."""
        for page, entries in self._book.pages.items():
            for number, entry in enumerate(entries, page * PAGE):
                if entry.id == entry_id:
                    return number + self._passed(number)
        for number, study in self._open:
            for at, run in enumerate(self._book.runs[study], 1):
                if run.id == entry_id:
                    return number + self._passed(number) + at
        return None

    def _passed(self, number: int) -> int:
        """Rows of unfolded runs above an entry."""
        return sum(len(self._book.runs[study]) for opened, study in self._open if opened < number)
