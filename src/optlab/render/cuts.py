"""Free wins in words and as plain values: a table of offers, and what taking them means for a cache."""

from collections.abc import Sequence
from typing import Any

import msgspec

from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.core.weight import prompt_weight
from optlab.cuts.prefix import Prefix, stable_prefix
from optlab.cuts.wins import FreeWin
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.tables import Grid

SCHEMA = "optlab.wins/1"

_SHOWN_BLANKS = 24
"""Marks of white space that are shown, at most."""
_LONGEST = 60
"""Characters of words that are shown."""


def wins_object(scenario: Scenario, wins: Sequence[FreeWin], taken: Prompt) -> dict[str, Any]:
    """The free wins of a scenario's prompt as plain values; `taken` is the prompt with all of them taken.

    Tokens are estimated offline, as the prompt's on the whole are. A place is in characters of the segment's text.
    """
    before, after = (stable_prefix(scenario, prompt) for prompt in (scenario.prompt, taken))
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "source": scenario.source,
        "model": scenario.model,
        "tokens_before": _weight(scenario, scenario.prompt),
        "tokens_after": _weight(scenario, taken),
        "cacheable_tokens_before": before.tokens,
        "cacheable_tokens_after": after.tokens,
        "cache_minimum": after.minimum,
        "wins": [_win_object(win) for win in wins],
        "prompt": msgspec.to_builtins(taken),
    }


def _win_object(win: FreeWin) -> dict[str, Any]:
    moved = win.placed
    edits = [
        {"segment": edit.segment, "start": edit.start, "end": edit.end, "before": edit.before, "after": edit.after}
        for edit in win.edits
    ]
    return {
        "kind": win.kind,
        "segments": list(win.segments),
        "reason": win.reason,
        "tokens": win.tokens,
        "advice": not win.can_be_applied,
        "edits": edits,
        "moves": None if moved is None else {"segment": moved.segment.name, "where": moved.segment.where},
        "cacheable_tokens": win.cacheable,
    }


def wins_sheet(scenario: Scenario, wins: Sequence[FreeWin], taken: Prompt) -> Sheet:
    """The free wins of a scenario's prompt as a page; `taken` is the prompt with all of them taken."""
    crossing = prefix_line(stable_prefix(scenario, scenario.prompt), stable_prefix(scenario, taken))
    return (
        heading(f"{scenario.name}: what can go without a call"),
        Words((wins_line(wins, _weight(scenario, scenario.prompt), _weight(scenario, taken)),)),
        *((wins_grid(wins),) if wins else ()),
        *((Words((f"{crossing[:1].upper()}{crossing[1:]}.",)),) if crossing else ()),
    )


def _weight(scenario: Scenario, prompt: Prompt) -> int:
    return round(prompt_weight(prompt, scenario.samples[0].variables, scenario.model))


def wins_grid(wins: Sequence[FreeWin]) -> Grid:
    """The offers, one a row, numbered from 1: kind, where, the words, what becomes of them, tokens saved, why."""
    rows = (
        (str(number), win.kind, _where(win), _words(win), _becomes(win), _tokens(win), spell.line(win.reason))
        for number, win in enumerate(wins, 1)
    )
    return Grid(("", "kind", "segment", "words", "become", "tokens saved", "why"), tuple(rows))


def wins_line(wins: Sequence[FreeWin], before: int, after: int) -> str:
    """All offers in one line: how many, and the estimated tokens of the prompt before and after all are taken."""
    if not wins:
        return "No free wins: every sentence says something of its own, and nothing stands in a cache's way."
    count = f"{len(wins)} free {'win' if len(wins) == 1 else 'wins'}"
    if before == after:
        return f"{count}; the prompt keeps its {before:,} tokens (estimated offline)."
    return f"{count}; with all taken the prompt goes from about {before:,} to {after:,} tokens (estimated offline)."


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
