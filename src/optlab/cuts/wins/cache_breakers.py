"""Parts that change from call to call and stand in front of a long rest that does not: nothing behind them is cached.

Offered is to move them: the whole segment where it is hardly more than the part, else its sentence, list item or tag
with all it holds, as a segment of its own. They go into the user's turn, in front of its first part that changes
anyway: there they follow everything a cache can keep, also the conversation so far, and no text that ends in `Label:`
is torn from its answer. A tool goes behind the other tools; what changes inside one list of tools cannot be moved.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import msgspec

from optlab.core.prompt import Segment
from optlab.cuts.prefix import Prefix, Spot, changing, spots, stable_prefix
from optlab.cuts.wins.protected import in_tags
from optlab.cuts.wins.reading import MARKER, Ground, cut_span, sentences
from optlab.cuts.wins.win import Edit, FreeWin, Placed, apply

_LONG = 256
"""Tokens that a move must bring into reach of a cache to be worth a word."""
_HARDLY_MORE = 2
"""So many times the part that changes a segment may be long and still be moved as a whole."""
_MOST_SPOTS = 4
"""A text with more places that change is written around them: it cannot be had without."""


class _Move(msgspec.Struct, frozen=True):
    win: FreeWin
    """Without its reason."""
    what: str
    to: str


def cache_breakers(ground: Ground) -> Iterator[FreeWin]:
    """One offer for every part that stands in front of a long stable rest, in the order of the prefix."""
    names = changing(ground.scenario)
    moves = [*_tool_moves(ground, names), *_system_moves(ground, names)]
    if not moves:
        return
    before = stable_prefix(ground.scenario, ground.prompt)
    reached = [before]
    for count in range(1, len(moves) + 1):
        moved = apply(ground.prompt, [move.win for move in moves[:count]])
        reached.append(stable_prefix(ground.scenario, moved))
    for index, move in enumerate(moves):
        # A part right in front of another one brings nothing by itself; the two together may.
        until = next(
            (at for at in range(index + 1, len(reached)) if reached[at].tokens - reached[at - 1].tokens >= _LONG), None
        )
        if until is not None:
            others = until - 1
            yield msgspec.structs.replace(
                move.win,
                reason=_reason(move, before, reached[until], others),
                cacheable=reached[until].tokens,
            )


def _reason(move: _Move, before: Prefix, after: Prefix, others: int) -> str:
    also = "" if not others else f", with {others} more such {'part' if others == 1 else 'parts'} moved"
    least = ""
    if after.minimum is not None:
        least = f", {'above' if after.reaches else 'still below'} the {after.minimum:,} the model caches from"
    return (
        f"{move.what} changes with the call, and no cache keeps what stands behind it; {move.to}{also}, about "
        f"{after.tokens:,} tokens in a row stay the same instead of {before.tokens:,}{least}"
    )


def _tool_moves(ground: Ground, names: dict[str, str]) -> Iterator[_Move]:
    tools = ground.prompt.active("tools")
    order = [segment.name for segment in ground.prompt.segments]
    for index, segment in enumerate(tools):
        found = spots(segment.text, names)
        if not found or all(spots(other.text, names) for other in tools[index + 1 :]):
            continue
        behind = order.index(tools[-1].name) + 1
        placed = Placed(segment, order[behind] if behind < len(order) else None)
        yield _Move(FreeWin("cache", "", 0, placed=placed), found[0].what, "moved behind the other tools")


def _system_moves(ground: Ground, names: dict[str, str]) -> Iterator[_Move]:
    taken = {segment.name for segment in ground.prompt.segments}
    users = ground.prompt.active("user")
    in_front_of = next((segment.name for segment in users if spots(segment.text, names)), None)
    to = "moved into the user's turn" + (f", in front of {in_front_of!r}" if in_front_of else "")
    for segment in ground.prompt.active("system"):
        found = spots(segment.text, names)
        parts = _parts(segment.text, found)
        if len(found) > _MOST_SPOTS:
            return
        if sum(end - start for start, end, _ in parts) * _HARDLY_MORE >= len(segment.text.strip()) and parts:
            moved = msgspec.structs.replace(segment, where="user")
            yield _Move(FreeWin("cache", "", 0, placed=Placed(moved, in_front_of)), found[0].what, to)
            continue
        for start, end, spot in parts:
            words = segment.text[start:end].strip()
            marker = MARKER.match(words)
            name = _free_name(segment.name, taken)
            part = Segment(name, "user", words[marker.end() if marker else 0 :], trimmable=segment.trimmable)
            edit = Edit.of(segment, *cut_span(segment.text, start, end))
            yield _Move(FreeWin("cache", "", 0, (edit,), placed=Placed(part, in_front_of)), spot.what, to)


def _parts(text: str, found: Sequence[Spot]) -> list[tuple[int, int, Spot]]:
    """What must move for these spots to be gone: tags with all they hold, sentences, list items; none overlap."""
    if not found:
        return []
    blocks = in_tags(text)
    pieces = [(start, end) for start, end, _ in sentences(text)]
    starts = [start for start, _ in pieces]
    parts: list[tuple[int, int, Spot]] = []
    for spot in found:
        if parts and spot.start < parts[-1][1]:
            continue
        around = next((block for block in blocks if block[0] <= spot.start and spot.end <= block[1]), None)
        start, end = around or pieces[bisect_right(starts, spot.start) - 1]
        if parts and not text[parts[-1][1] : start].strip():  # neighbours move together
            parts[-1] = (parts[-1][0], max(end, parts[-1][1]), parts[-1][2])
        else:
            parts.append((start, end, spot))
    return parts


def _free_name(name: str, taken: set[str]) -> str:
    number = 1
    while (free := f"{name} moved{'' if number == 1 else f' {number}'}") in taken:
        number += 1
    taken.add(free)
    return free
