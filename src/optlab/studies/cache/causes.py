"""Why a request read what it read: the first reason of the list (`Cause`) that applies, and at which block.

What a request could have read is taken from the previous request of its template: the tokens up to the last breakpoint
of that one at which this one could look, had it offered the same tools. A request that read all of that is a hit; so is
one whose first difference is its own question, if it read all that stood in front of it, and one that read nine tenths
and differs in a message. Any other partial hit is told as a miss, with the tokens between what was and what could have
been read.
"""

from typing import Final

import msgspec

from optlab.core.cache_report import Cause
from optlab.stats.breaker import kind_of_change
from optlab.studies.cache.asked import Asked
from optlab.studies.cache.books import Books, reachable
from optlab.studies.cache.pieces import LEVELS, Piece, alike
from optlab.studies.cache.templates import Template, common
from optlab.studies.cache.tools import held, tools_of, with_tools_of

ENOUGH: Final = 0.9
"""The share of what could have been read from which a request that differs in a message counts as a hit."""

ANOTHER_QUESTION: Final = 0.8
"""Below this likeness a message that differs is another question, not the same one with something changed in it."""


class Found(msgspec.Struct, frozen=True):
    """One cause, the block or setting it lies at, the kind of change, the tokens that could have been read, and the two
    pieces that differ."""

    cause: Cause
    block: str | None = None
    breaker: str | None = None
    could_read: int = 0
    before: Piece | None = None
    after: Piece | None = None


def why(request: Asked, hit: int, template: Template, books: Books) -> Found:
    """The cause of a request that reads up to position `hit`; `books` and `template` as they were before it."""
    if not request.usable:
        return _without_entry(request, template.all.previous(request))
    read = max(request.tokens[hit] if hit >= 0 else 0, request.read_tokens or 0)
    previous = template.writers.previous(request)
    if previous is None:
        return Found("hit" if read else "first_of_template")
    differs = common(previous, request)
    if tools_of(previous) != tools_of(request):
        lost = _other_tools(previous, request, differs)
        if not max(read, lost.could_read):
            return Found("first_of_template")
        return lost if read < lost.could_read else _contradicted(request, hit)
    target = _target(previous, request, differs)
    if target is None:
        return _behind_the_mark(previous, request, differs, read)
    could = request.tokens[target]
    if read >= could:
        return _contradicted(request, hit)
    found = (
        _other_root(previous, request, could)
        or _switched(previous, request, target)
        or _changed(previous, request, target, differs)
        or _gone(request, target, books)
    )
    if found.cause == "expired":
        return _cycled(request, template.writers.latest(request.root), found)
    in_message = found.after is not None and found.after.level == "messages"
    if found.cause == "changed_block" and in_message and read >= ENOUGH * could:
        return _contradicted(request, hit)
    return found


def _without_entry(request: Asked, previous: Asked | None) -> Found:
    """No breakpoint, or none long enough: what the beginning shared with the previous request would have saved."""
    marks = request.marks
    same = common(previous, request) if previous else 0
    if not marks:
        shared = request.before(same)
        return Found("no_breakpoint", could_read=shared if shared >= request.minimum else 0)
    return Found("below_minimum", request.pieces[marks[-1]].path, could_read=request.before(min(same, marks[-1] + 1)))


def _target(previous: Asked, request: Asked, differs: int) -> int | None:
    """The position up to which `request` could read what `previous` left: None where it left nothing in reach."""
    last = max(request.usable, default=-1)
    reach = [mark for mark in previous.usable if mark <= last]
    if _own_question(previous, request, differs):
        reach = [mark for mark in reach if mark < differs]
    return max(reach, default=None)


def _own_question(previous: Asked, request: Asked, differs: int) -> bool:
    """Whether what differs first is only what this request asks: a message unlike the one before, and nothing behind it
    that both share."""
    if differs >= min(len(previous.pieces), len(request.pieces)):
        return False
    was, now = previous.pieces[differs], request.pieces[differs]
    if was.level != "messages" or now.level != "messages":
        return False
    behind = {piece.content.digest for piece in previous.pieces[differs + 1 :]}
    if any(piece.content.digest in behind for piece in request.pieces[differs + 1 :]):
        return False
    if alike(was.content, now.content) >= ANOTHER_QUESTION:
        return False
    return kind_of_change(was.content.text, now.content.text) == "content"


def _behind_the_mark(previous: Asked, request: Asked, differs: int, read: int) -> Found:
    """Every breakpoint stands on or behind the part that is different in each request; where nothing differs, the
    previous request marked only what this one does not look at."""
    shared = request.before(differs)
    if read or shared < request.minimum or differs >= min(len(previous.pieces), len(request.pieces)):
        return Found("hit" if read else "first_of_template")
    was, now = previous.pieces[differs], request.pieces[differs]
    return Found("changed_block", now.path, kind_of_change(was.content.text, now.content.text), shared, was, now)


def _contradicted(request: Asked, hit: int) -> Found:
    """A hit, unless the response itself says that nothing was read: reads are best effort."""
    if request.read_tokens == 0:
        return Found("unknown", request.pieces[hit].path, could_read=request.tokens[hit])
    return Found("hit")


def _cycled(request: Asked, latest: Asked | None, found: Found) -> Found:
    """An entry that expired because a clock or an id came round again: what changed since the latest request is why."""
    if latest is None:
        return found
    differs = common(latest, request)
    if tools_of(latest) != tools_of(request):
        changed: Found | None = _other_tools(latest, request, differs)
    else:
        target = _target(latest, request, differs)
        changed = None if target is None else _changed(latest, request, target, differs)
    if changed is None or changed.breaker == "content" or (changed.after and changed.after.level == "messages"):
        return found
    return changed


def _other_root(previous: Asked, request: Asked, could: int) -> Found | None:
    for name in ("model", "speed", "workspace"):
        if getattr(previous.root, name) != getattr(request.root, name):
            return Found("other_model", name, could_read=could)
    return None


def _other_tools(previous: Asked, request: Asked, differs: int) -> Found:
    """Tools added, removed, changed or in another order lose everything: what the request could have read with those of
    the previous one, as far as it holds it.

    Where every breakpoint stands behind what is new in each request, it is the beginning that both would have shared.
    """
    meant = with_tools_of(previous, request)
    same = common(previous, meant)
    target = _target(previous, meant, same)
    if target is None and meant.before(same) >= request.minimum:
        target = same - 1
    could = 0 if target is None else min(meant.tokens[target], held(previous, request, target))
    was, now = (piece if piece and piece.level == "tools" else None for piece in _pieces_at(previous, request, differs))
    path = (now or was or request.pieces[differs]).path
    found = Found("invalidating_switch", path, _kind(was, now), could, was, now)
    return _other_root(previous, request, could) or found


def _switched(previous: Asked, request: Asked, target: int) -> Found | None:
    """Another setting that is part of the prefix at its target."""
    could = request.tokens[target]
    level = LEVELS.index(request.pieces[target].level)
    for name, switch in request.switches.items():
        before = previous.switches[name]
        if before.value != switch.value and LEVELS.index(switch.level) <= level:
            path = switch.path if "[" in switch.path or "[" not in before.path else before.path
            return Found("invalidating_switch", path, could_read=could)
    return None


def _changed(previous: Asked, request: Asked, target: int, differs: int) -> Found | None:
    if differs > target:
        return None
    was, now = _pieces_at(previous, request, differs)
    path = (now or was or request.pieces[target]).path
    return Found("changed_block", path, _kind(was, now), request.tokens[target], was, now)


def _gone(request: Asked, target: int, books: Books) -> Found:
    """The prefix is the same: out of reach, too early, too late, or for no reason that shows."""
    path, could = request.pieces[target].path, request.tokens[target]
    if not any(target in reachable(request, mark) for mark in request.usable):
        return Found("beyond_lookback", path, could_read=could)
    if books.alive(request, target) and not books.begun(request, target):
        return Found("not_yet_readable", path, could_read=could)
    if books.written(request, target) and not books.alive(request, target):
        return Found("expired", path, could_read=could)
    return Found("unknown", path, could_read=could)


def _pieces_at(previous: Asked, request: Asked, position: int) -> tuple[Piece | None, Piece | None]:
    was = previous.pieces[position] if position < len(previous.pieces) else None
    now = request.pieces[position] if position < len(request.pieces) else None
    return was, now


def _kind(was: Piece | None, now: Piece | None) -> str:
    if was is None or now is None or (was.role, was.kind) != (now.role, now.kind):
        return "content"
    kind = kind_of_change(was.content.text, now.content.text)
    return "content" if kind == "same" else kind
