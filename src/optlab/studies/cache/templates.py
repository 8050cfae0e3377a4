"""Which earlier request a request has to be compared with: the previous one of the same template.

Two requests are of one template when at least half of their system prompts is the same, whatever tools stand in front
of them, or nearly all of tools and system. Where one of them has no system prompt, tools of the same names make one
template; where neither has one, half of their tools, or of the shorter conversation where one offers no tool. Texts are
compared block by block by the words they share, so that a time, an id or another order of lines makes no other
template.

Among the earlier requests of a template the one that shares most with the new one is taken, the latest of several: by
the identical beginning of the prompt and by the blocks both hold behind it. Requests to the same model, speed and
workspace come before all others.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from optlab.studies.cache.asked import Asked, Root
from optlab.studies.cache.pieces import Level, Piece, alike

SAME: Final = 0.5
"""The share of system prompts from which two requests are of one template."""

NEARLY_ALL: Final = 0.8
"""The share of tools and system together from which they are, another system prompt or not."""

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
        self._recent: OrderedDict[Template, Asked] = OrderedDict()
        self.count = 0

    def of(self, request: Asked) -> Template:
        """The template of a request, a new one where it is like none before."""
        stable = tuple(piece.content.digest for piece in _stable(request))
        found = (self._by_stable.get(stable) if stable else None) or self._most_alike(request)
        if found is None:
            found = Template()
            self.count += 1
        if stable:
            self._by_stable[stable] = found
        self._recent[found] = request
        self._recent.move_to_end(found)
        return found

    def _most_alike(self, request: Asked) -> Template | None:
        best, most = None, 0.0
        for template, latest in list(reversed(self._recent.items()))[:_MOST_COMPARED]:
            share = likeness(latest, request)
            if share >= SAME and share > most:
                best, most = template, share
        return best


def likeness(before: Asked, after: Asked) -> float:
    """How much of what makes a template two requests have in common, from 0 to 1."""
    if _of(before, "system") and _of(after, "system"):
        whole = _share(_stable(before), _stable(after), max)
        system = _share(_of(before, "system"), _of(after, "system"), max)
        return max(system, whole if whole >= NEARLY_ALL else 0.0)
    names = _tool_names(before), _tool_names(after)
    if all(names) and names[0] == names[1]:
        return 1.0
    if all(names) or _of(before, "system") or _of(after, "system"):
        return _share(_stable(before), _stable(after), max)
    return _share(_of(before, "messages"), _of(after, "messages"), min)


def _share(old: Sequence[Piece], new: Sequence[Piece], size: Callable[[int, int], int]) -> float:
    """The tokens that two lists of pieces share, of the longer or the shorter one as `size` says."""
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


def _of(request: Asked, level: Level) -> Sequence[Piece]:
    return [piece for piece in request.pieces if piece.level == level]


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
