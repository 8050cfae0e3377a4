"""Free wins in words: a table of offers, and what taking them means for a cache."""

from collections.abc import Sequence

from optlab.cuts.prefix import Prefix
from optlab.cuts.wins import FreeWin
from optlab.render import format as spell
from optlab.render.tables import Grid

_SHOWN_BLANKS = 24
"""Marks of white space that are shown, at most."""
_LONGEST = 60
"""Characters of words that are shown."""


def wins_grid(wins: Sequence[FreeWin]) -> Grid:
    """The offers, one a row, numbered from 1: kind, where, the words, what becomes of them, tokens saved, why."""
    rows = (
        (str(number), win.kind, _where(win), _words(win), _becomes(win), _tokens(win), spell.line(win.reason))
        for number, win in enumerate(wins, 1)
    )
    return Grid(("", "kind", "segment", "words", "become", "tokens saved", "why"), tuple(rows))


def wins_line(wins: Sequence[FreeWin]) -> str:
    """All offers in one line: how many, and what they save together by the offline estimate."""
    if not wins:
        return "No free wins: every sentence says something of its own, and nothing stands in a cache's way."
    saved = sum(win.tokens for win in wins)
    return f"{len(wins)} free {'win' if len(wins) == 1 else 'wins'}, about {saved:,} tokens a call (estimated offline)"


def prefix_line(before: Prefix, after: Prefix) -> str | None:
    """What a change of the prompt means for what a cache could keep; None where it means nothing.

    Told is what crosses the model's minimum: below it nothing is cached, and no error says so.
    """
    if before.minimum is None or after.minimum is None or before.reaches == after.reaches:
        return None
    change = f"the beginning that every call shares goes from about {before.tokens:,} to {after.tokens:,} tokens"
    if after.reaches:
        return f"{change}, above the {after.minimum:,} from which the model caches"
    return f"{change}, below the {after.minimum:,} from which the model caches: nothing of it can be cached any more"


def visible_blanks(text: str) -> str:
    """White space by visible marks: · a space, → a tab, ⏎ a line end; a long run by its length."""
    marks = {" ": "·", "\t": "→", "\n": "⏎"}
    shown = "".join(marks.get(letter, "␣") for letter in text[:_SHOWN_BLANKS])
    return shown if len(text) <= _SHOWN_BLANKS else f"{shown}… ({len(text):,} in all)"


def _where(win: FreeWin) -> str:
    return spell.line(", ".join(win.segments))


def _words(win: FreeWin) -> str:
    if not win.edits:
        return _short(win.placed.segment.text) if win.placed else "–"
    more = f" (and {len(win.edits) - 1} more)" if len(win.edits) > 1 else ""
    before = win.edits[0].before
    return f"{_short(before) if before.strip() else visible_blanks(before)}{more}"


def _becomes(win: FreeWin) -> str:
    if win.placed is not None:
        return f"moves: {win.placed.segment.where}"
    if not win.edits:
        return "advice"
    first = win.edits[0]
    if not first.before.strip():
        return visible_blanks(first.after) or "gone"
    return _short(first.after) or "gone"


def _tokens(win: FreeWin) -> str:
    if win.cacheable is not None:
        return f"{win.cacheable:,} cacheable"
    return f"{win.tokens:,}" if win.can_be_applied else "–"


def _short(words: str) -> str:
    line = spell.line(words)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
