"""A free win: words that can go, or move, without a call; what it saves, why, and how it is applied to a prompt."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from optlab.core.prompt import Prompt, Segment

WinKind = Literal["duplicate", "near duplicate", "filler", "example", "white space", "cache", "key order"]

_MARGIN = 16
"""Characters on both sides of an edit by which it is found again when others have moved it."""


class Edit(msgspec.Struct, frozen=True):
    """Characters `start` to `end` of a segment's text, which read `before`, become `after`.

    `lead` and `trail` are the characters around them: by these the place is found again after other edits.
    """

    segment: str
    start: int
    end: int
    before: str
    after: str
    lead: str = ""
    trail: str = ""

    @classmethod
    def of(cls, segment: Segment, start: int, end: int, after: str = "") -> "Edit":
        """An edit of a segment as it stands."""
        text = segment.text
        lead, trail = text[max(0, start - _MARGIN) : start], text[end : end + _MARGIN]
        return cls(segment.name, start, end, text[start:end], after, lead, trail)

    def found(self, text: str) -> int:
        """Where in a text the words to change begin. Raises ValueError where they are gone or there more than once."""
        start, end = self.start, self.start + len(self.before)
        around = self.lead + self.before + self.trail
        if text[max(0, start - len(self.lead)) : end + len(self.trail)] == around and start >= len(self.lead):
            return start
        at = text.find(around)
        if at < 0 or text.find(around, at + 1) >= 0:
            raise ValueError(f"the segment {self.segment!r} has changed where words would be cut; look for wins again")
        return at + len(self.lead)


class Quote(msgspec.Struct, frozen=True):
    """Words of a segment, and where they begin."""

    segment: str
    start: int
    text: str


class Placed(msgspec.Struct, frozen=True):
    """A segment put at a new place: in front of the segment `in_front_of`, or last of all.

    One of the same name that is already there is taken away: the segment has moved.
    """

    segment: Segment
    in_front_of: str | None = None


class FreeWin(msgspec.Struct, frozen=True):
    """One offer. `tokens` is what every call saves by the offline estimate; 0 for what only helps a cache.

    `keep` are the words that stay and make the others superfluous. `placed` is a part that moves. `cacheable` is, for
    what breaks a cache, the tokens in front of the first thing that changes once this one and those before it have
    moved. An offer with neither edits nor a part to move is advice: it is about what a program writes into a variable.
    """

    kind: WinKind
    reason: str
    tokens: int
    edits: tuple[Edit, ...] = ()
    keep: tuple[Quote, ...] = ()
    placed: Placed | None = None
    cacheable: int | None = None
    about: str = ""
    """What advice is about: the segment."""

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments it changes, or is about."""
        moved = (self.placed.segment.name,) if self.placed and not self.edits else ()
        return tuple(dict.fromkeys((*(edit.segment for edit in self.edits), *moved))) or (self.about,)

    @property
    def can_be_applied(self) -> bool:
        """Whether there is something to apply: advice has nothing."""
        return bool(self.edits or self.placed)

    def apply(self, prompt: Prompt) -> Prompt:
        """The prompt with this win taken. Raises ValueError where the prompt is no longer one it can be taken of."""
        return apply(prompt, (self,))


def apply(prompt: Prompt, wins: Iterable[FreeWin]) -> Prompt:
    """The prompt with all these wins taken at once; a segment of which nothing is left is switched off.

    Raises ValueError where two touch the same words, where words to change or to keep are not in the prompt any more,
    and for advice, which has nothing to apply.
    """
    chosen = tuple(wins)
    edits: dict[str, list[tuple[int, int, str]]] = {}
    texts = {segment.name: segment.text for segment in prompt.segments if segment.on}
    for win in chosen:
        if not win.can_be_applied:
            raise ValueError(f"this is done where a variable of {win.about!r} is made, not in the prompt")
        for edit in win.edits:
            at = edit.found(_text(texts, edit.segment))
            edits.setdefault(edit.segment, []).append((at, at + len(edit.before), edit.after))
    for quote in (quote for win in chosen for quote in win.keep):
        _must_stay(quote, _text(texts, quote.segment), edits.get(quote.segment, ()))
    changed = Prompt(tuple(_edited(segment, edits.get(segment.name, [])) for segment in prompt.segments))
    for placed in (win.placed for win in chosen if win.placed):
        changed = _with(changed, placed)
    return changed


def _text(texts: dict[str, str], name: str) -> str:
    if name not in texts:
        raise ValueError(f"the segment {name!r} is not there or switched off; look for wins again")
    return texts[name]


def _must_stay(quote: Quote, text: str, edits: Iterable[tuple[int, int, str]]) -> None:
    """Raise ValueError unless one copy of the words is there that nothing is about to change."""
    taken = list(edits)
    at = text.find(quote.text)
    while at >= 0:
        until = at + len(quote.text)
        if not any(start < until and end > at for start, end, _ in taken):
            return
        at = text.find(quote.text, at + 1)
    raise ValueError(f"the words to keep in {quote.segment!r} are not there any more; look for wins again")


def _edited(segment: Segment, edits: list[tuple[int, int, str]]) -> Segment:
    if not edits:
        return segment
    kept, at = [], 0
    for start, end, after in sorted(edits):
        if start < at:
            raise ValueError(f"two of these wins touch the same words of {segment.name!r}; take one after the other")
        kept += [segment.text[at:start], after]
        at = end
    text = "".join([*kept, segment.text[at:]])
    return msgspec.structs.replace(segment, text=text, on=segment.on and bool(text.strip()))


def _with(prompt: Prompt, placed: Placed) -> Prompt:
    """The prompt with a segment at its new place."""
    moved = placed.segment
    before = next((s for s in prompt.segments if s.name == moved.name), None)
    if before is not None and before.text != moved.text:
        raise ValueError(f"the segment {moved.name!r} has changed; look for wins again")
    rest = [segment for segment in prompt.segments if segment.name != moved.name]
    names = [segment.name for segment in rest]
    if placed.in_front_of is None:
        return Prompt((*rest, moved))
    if placed.in_front_of not in names:
        raise ValueError(f"the segment {placed.in_front_of!r} is not there any more; look for wins again")
    at = names.index(placed.in_front_of)
    return Prompt((*rest[:at], moved, *rest[at:]))
