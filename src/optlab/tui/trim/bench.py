"""The bench: a draft with everything that was done to it, undone and redone; and how finely each segment is shown."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from optlab.core.prompt import Prompt, Segment
from optlab.cuts.pieces import Piece, pieces
from optlab.cuts.splitting import By
from optlab.tui.trim.draft import Draft

STEPS = 200
"""How many steps can be taken back."""
FINENESS: tuple[By | None, ...] = (None, "paragraph", "bullet", "example", "sentence")
"""How finely a segment can be shown, coarsest first; None: as one row."""


class Step(msgspec.Struct, frozen=True):
    """What was done, in words, and the draft before it (or, to be redone, after it)."""

    words: str
    draft: Draft


class Bench(msgspec.Struct, frozen=True):
    """The prompt of a scenario on the bench. `original` is what every cut is held against."""

    original: Prompt
    draft: Draft
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()
    fineness: dict[str, By] = {}

    @classmethod
    def of(cls, original: Prompt, now: Prompt) -> "Bench":
        """A bench for a scenario's prompt that may have been changed already."""
        return cls(original, Draft(original).put(now))

    @property
    def trimmed(self) -> Prompt:
        """The prompt as it stands."""
        return self.draft.trimmed

    def do(self, words: str, draft: Draft) -> "Bench":
        """The bench after a step that can be undone; the same one where nothing changes."""
        if draft == self.draft:
            return self
        past = (*self.past, Step(words, self.draft))[-STEPS:]
        return msgspec.structs.replace(self, draft=draft, past=past, future=())

    def put(self, words: str, prompt: Prompt) -> "Bench":
        """The bench with this prompt as one step."""
        return self if prompt == self.trimmed else self.do(words, self.draft.put(prompt))

    def undo(self) -> "Bench":
        """The bench before the last step."""
        if not self.past:
            return self
        *past, step = self.past
        future = (Step(step.words, self.draft), *self.future)
        return msgspec.structs.replace(self, draft=step.draft, past=tuple(past), future=future)

    def redo(self) -> "Bench":
        """The bench with the last step that was undone."""
        if not self.future:
            return self
        step, *future = self.future
        past = (*self.past, Step(step.words, self.draft))
        return msgspec.structs.replace(self, draft=step.draft, past=past, future=tuple(future))

    def shown(self, fineness: Mapping[str, By]) -> "Bench":
        """The bench with its segments shown as finely as this says; whole where it says nothing."""
        return msgspec.structs.replace(self, fineness=dict(fineness))

    def finer(self, name: str) -> "Bench":
        """The bench with a segment shown in the next fineness that makes other pieces of it, after the finest whole."""
        segment = self.draft.segment(name)
        offered: list[By | None] = [None]
        shapes: list[list[tuple[int, int]]] = []
        for by in FINENESS[1:]:
            shape = _spans(segment, by)
            if len(shape) > 1 and shape not in shapes:
                offered.append(by)
                shapes.append(shape)
        now = self.fineness.get(name)
        chosen = offered[(offered.index(now) + 1) % len(offered)] if now in offered else offered[0]
        rest = {other: by for other, by in self.fineness.items() if other != name}
        return self.shown(rest if chosen is None else {**rest, name: chosen})

    def parts(self, name: str) -> tuple[Piece, ...]:
        """The pieces of a segment as finely as it is shown, also of one that is off; none where it is shown whole."""
        by = self.fineness.get(name)
        found = parts_of(self.draft.segment(name), by) if by else ()
        return found if len(found) > 1 else ()


def whole(segment: Segment) -> Piece:
    """A segment as one piece."""
    return Piece(segment.name, 0, "segment", segment.text, 0, len(segment.text), segment.trimmable)


@lru_cache(maxsize=128)
def parts_of(segment: Segment, by: By) -> tuple[Piece, ...]:
    """The pieces of a segment, whether it is on or off."""
    return pieces(Prompt((msgspec.structs.replace(segment, on=True),)), {segment.name: by})


def _spans(segment: Segment, by: By | None) -> list[tuple[int, int]]:
    return [(piece.start, piece.end) for piece in parts_of(segment, by)] if by else []
