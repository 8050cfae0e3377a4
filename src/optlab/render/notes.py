"""Footnotes of a table: the conditions of its savings, each said once and marked where it holds."""

from collections.abc import Iterable

from optlab.core.scenario import FigureName
from optlab.core.verdict import Comparison

_MARKS = "¹²³⁴⁵⁶⁷⁸⁹"


class Notes:
    """Notes of the comparisons that a table shows. Above nine different ones the last mark stands for the rest."""

    def __init__(self, comparisons: Iterable[Comparison], shown: Iterable[FigureName]) -> None:
        names = set(shown)
        found = {(c.variant, c.metric): c for c in comparisons if c.metric in names}
        texts = list(dict.fromkeys(_text(c) for c in found.values() if _text(c)))
        self._marks = {text: _MARKS[min(number, len(_MARKS) - 1)] for number, text in enumerate(texts)}
        self._found = found

    def mark(self, found: Comparison | None) -> str:
        """The mark of a comparison's note, with a blank in front; empty where it has none."""
        text = "" if found is None else _text(found)
        return f" {self._marks[text]}" if text in self._marks else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """One line a note, for below the table."""
        return tuple(f"{mark} {text}" for text, mark in self._marks.items())


def _text(found: Comparison) -> str:
    items = f"{found.seen:,} items counted, their repeats averaged" if found.unit == "items" else ""
    return "; ".join(filter(None, (items, found.note)))
