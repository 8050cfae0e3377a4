"""Which earlier request a request has to be compared with: the previous one of the same template.

Two requests are of one template when they offer tools of the same names, or when at least half of their tools and
system prompt (of the shorter conversation, where they have neither) is the same: block by block, texts by the words
they share, so that a time, an id or another order of lines makes no other template. Among the earlier requests of a
template the one that shares most with the new one is taken, the latest of several: by the identical beginning of the
prompt and by the blocks both hold behind it. Requests to the same model, speed and workspace come before all others.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final

from optlab.studies.cache.asked import Asked, Root
from optlab.studies.cache.pieces import Piece, alike

SAME: Final = 0.5
"""The share of tools and system prompt from which two requests are of one template."""

_MOST_COMPARED: Final = 100
_TAIL: Final = 6
"""Last messages of a request by which its successor in the same conversation finds it."""


class Lineage:
    """Earlier requests of one template, and how the one that shares most with a new one is found."""

    def __init__(self) -> None:
        self._latest: Asked | None = None
        self._latest_of: dict[Root, Asked] = {}
        self._prefixes: dict[tuple[Root, bytes], Asked] = {}
        self._holders: dict[tuple[Root, bytes], Asked] = {}

    def add(self, request: Asked) -> None:
        """The next request."""
        self._latest = self._latest_of[request.root] = request
        for trail in request.trail:
            self._prefixes[request.root, trail] = request
        for piece in (*_tail(request, _TAIL), *_stable(request)):
            self._holders[request.root, piece.content.digest] = request

    def previous(self, request: Asked) -> Asked | None:
        """The request to compare with; None where there is none yet."""
        candidates = list(self._candidates(request))
        if not candidates:
            return self._latest
        return max(candidates, key=lambda earlier: (_shared(earlier, request), earlier.index))

    def latest(self, root: Root) -> Asked | None:
        """The latest request of a root; None where there is none."""
        return self._latest_of.get(root)

    def _candidates(self, request: Asked) -> Iterator[Asked]:
        root = request.root
        if root not in self._latest_of:
            return
        yield self._latest_of[root]
        longest = (found for trail in reversed(request.trail) if (found := self._prefixes.get((root, trail))))
        yield from _first_of(longest)
        largest = sorted(_stable(request), key=lambda piece: -piece.content.tokens)
        for pieces in (_tail(request, 2 * _TAIL), largest):
            held = (found for piece in pieces if (found := self._holders.get((root, piece.content.digest))))
            yield from _first_of(held)


class Template:
    """The requests of one template so far: all of them, and those with a breakpoint that is long enough to exist."""

    def __init__(self) -> None:
        self.all = Lineage()
        self.writers = Lineage()

    def add(self, request: Asked) -> None:
        """The next request of the template."""
        self.all.add(request)
        if request.usable:
            self.writers.add(request)


class Templates:
    """All templates of a log."""

    def __init__(self) -> None:
        self._by_stable: dict[tuple[bytes, ...], Template] = {}
        self._by_tools: dict[tuple[str, ...], Template] = {}
        self._recent: OrderedDict[Template, Asked] = OrderedDict()
        self.count = 0

    def of(self, request: Asked) -> Template:
        """The template of a request, a new one where it is like none before."""
        stable = tuple(piece.content.digest for piece in _stable(request))
        names = _tool_names(request)
        found = (self._by_stable.get(stable) if stable else None) or (self._by_tools.get(names) if names else None)
        found = found or self._most_alike(request)
        if found is None:
            found = Template()
            self.count += 1
        if stable:
            self._by_stable[stable] = found
        if names:
            self._by_tools[names] = found
        self._recent[found] = request
        self._recent.move_to_end(found)
        return found

    def _most_alike(self, request: Asked) -> Template | None:
        best, most = None, 0.0
        for template, latest in list(reversed(self._recent.items()))[:_MOST_COMPARED]:
            if bool(_tool_names(latest)) == bool(_tool_names(request)):
                share = likeness(latest, request)
                if share >= SAME and share > most:
                    best, most = template, share
        return best


def likeness(before: Asked, after: Asked) -> float:
    """The share of the tokens of tools and system that two requests have in common; of the shorter conversation's
    where neither has any. From 0 to 1."""
    old, new = _stable(before), _stable(after)
    size = max
    if not old and not new:
        old, new = before.pieces, after.pieces
        size = min
    whole = size(sum(piece.content.tokens for piece in old), sum(piece.content.tokens for piece in new))
    if not whole:
        return 0.0
    there = {piece.content.digest for piece in old}
    shared = 0.0
    for i, piece in enumerate(new):
        if piece.content.digest in there:
            shared += piece.content.tokens
        elif i < len(old):
            shared += piece.content.tokens * alike(old[i].content, piece.content)
    return min(1.0, shared / whole)


def common(before: Asked, after: Asked) -> int:
    """How many pieces two requests share at their beginning."""
    for i, (was, now) in enumerate(zip(before.pieces, after.pieces, strict=False)):
        if was.content.digest != now.content.digest:
            return i
    return min(len(before.pieces), len(after.pieces))


def _shared(before: Asked, after: Asked) -> int:
    """Tokens of the identical beginning, and of the blocks behind it that both requests hold."""
    same = common(before, after)
    there = {piece.content.digest for piece in before.pieces[same:]}
    behind = (piece.content for piece in after.pieces[same:])
    return after.before(same) + sum(content.tokens for content in behind if content.digest in there)


def _stable(request: Asked) -> Sequence[Piece]:
    return [piece for piece in request.pieces if piece.level != "messages"]


def _tool_names(request: Asked) -> tuple[str, ...]:
    return tuple(sorted({piece.name for piece in request.pieces if piece.level == "tools"}))


def _tail(request: Asked, many: int) -> list[Piece]:
    return [piece for piece in request.pieces[-many:] if piece.level == "messages"][::-1]


def _first_of(found: Iterator[Asked]) -> Iterator[Asked]:
    """At most one: the others share less."""
    for request in found:
        yield request
        return
