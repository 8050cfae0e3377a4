"""Two texts side by side, word by word, with what differs marked. Plain words and marks; no markup is ever read."""

import re
from difflib import SequenceMatcher
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

from optlab.render.format import safe

Run = tuple[str, bool]
"""Some text, and whether it differs from the other side."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST = 600
"""Words of each text that are compared; what follows is left out."""


def differing(one: str, other: str) -> tuple[list[Run], list[Run]]:
    """Both texts as runs, those that differ marked."""
    left, right = _words(one), _words(other)
    runs: tuple[list[Run], list[Run]] = ([], [])
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        marked = tag != "equal"
        for side, words in zip(runs, (left[a:b], right[c:d]), strict=True):
            if words:
                side.append(("".join(words), marked))
    return runs


def side_by_side(one: str, other: str, width: int) -> list[tuple[list[Run], list[Run]]]:
    """Both texts in columns of `width` cells each, row by row."""
    left, right = (_wrapped(runs, width) for runs in differing(one, other))
    return [(a or [], b or []) for a, b in zip_longest(left, right)]


def _words(text: str) -> list[str]:
    words = _WORDS.findall(safe(text))
    return [*words[:LONGEST], "…"] if len(words) > LONGEST else words


def _wrapped(runs: list[Run], width: int) -> list[list[Run]]:
    rows: list[list[Run]] = [[]]
    used = 0
    for text, marked in runs:
        for word in _WORDS.findall(text):
            if "\n" in word:
                rows += [[] for _ in range(word.count("\n"))]
                used = 0
                continue
            for part in chop_cells(word, width):
                size = cell_len(part)
                if used + size > width:
                    rows.append([])
                    used = 0
                if part.isspace() and not used:
                    continue
                rows[-1].append((part, marked))
                used += size
    return rows
