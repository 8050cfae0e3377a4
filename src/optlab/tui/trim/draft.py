"""A prompt under the knife: every text whole, and what of it is cut, so that all of it can come back."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import msgspec

from optlab.core.prompt import Prompt, Segment
from optlab.cuts.pieces import Piece, without

Range = tuple[int, int]
"""Characters of a segment's text, from and up to."""

State = Literal["on", "off", "partly"]


class Draft(msgspec.Struct, frozen=True):
    """`prompt` has every text whole; `cut` are the ranges cut out of segments, by name: sorted, apart, not empty."""

    prompt: Prompt
    cut: dict[str, tuple[Range, ...]] = {}

    @property
    def trimmed(self) -> Prompt:
        """The prompt as it would be sent."""
        return Prompt(tuple(_trimmed(segment, self.cut.get(segment.name, ())) for segment in self.prompt.segments))

    def segment(self, name: str) -> Segment:
        """One segment, its text whole. Raises KeyError for an unknown name."""
        for segment in self.prompt.segments:
            if segment.name == name:
                return segment
        raise KeyError(name)

    def state(self, piece: Piece) -> State:
        """Whether a piece is in the prompt, cut, or partly cut."""
        segment = self.segment(piece.segment)
        if not segment.on:
            return "off"
        gone = sum(
            _letters(segment.text, max(start, piece.start), min(end, piece.end))
            for start, end in self.cut.get(piece.segment, ())
        )
        if not gone:
            return "on"
        return "off" if gone == _letters(segment.text, piece.start, piece.end) else "partly"

    def switched(self, piece: Piece) -> "Draft":
        """The draft with a piece cut, or restored where any of it is cut."""
        return self.cut_out((piece,)) if self.state(piece) == "on" else self.restored(piece)

    def cut_out(self, pieces: Iterable[Piece]) -> "Draft":
        """The draft without these pieces. A whole segment is switched off."""
        draft = self
        for piece in pieces:
            if piece.number == 0:
                draft = draft._with_segment(msgspec.structs.replace(draft.segment(piece.segment), on=False))
            else:
                ranges = (*draft.cut.get(piece.segment, ()), (piece.start, piece.end))
                draft = draft._with_cut(piece.segment, _united(ranges))
        return draft

    def restored(self, piece: Piece) -> "Draft":
        """The draft with a piece back in. The first piece back in a segment that is off brings back only itself."""
        segment = self.segment(piece.segment)
        if piece.number == 0:
            return self._with_segment(msgspec.structs.replace(segment, on=True))._with_cut(piece.segment, ())
        cut = self.cut.get(piece.segment, ()) if segment.on else ((0, len(segment.text)),)
        on = self._with_segment(msgspec.structs.replace(segment, on=True))
        return on._with_cut(piece.segment, _less(cut, (piece.start, piece.end)))

    def edited(self, piece: Piece, text: str) -> "Draft":
        """The draft with another text in a piece's place; what was cut inside of it is part of the new text's past."""
        segment = self.segment(piece.segment)
        whole = segment.text[: piece.start] + text + segment.text[piece.end :]
        by = len(text) - (piece.end - piece.start)
        cut = tuple(
            (start, end) if end <= piece.start else (start + by, end + by)
            for start, end in _less(self.cut.get(piece.segment, ()), (piece.start, piece.end))
        )
        return self._with_segment(msgspec.structs.replace(segment, text=whole))._with_cut(piece.segment, cut)

    def switched_on(self, name: str) -> "Draft":
        """The draft with a segment on, what is cut of its text still cut."""
        return self._with_segment(msgspec.structs.replace(self.segment(name), on=True))

    def put(self, prompt: Prompt) -> "Draft":
        """The draft that gives this prompt; a segment that gives its text already keeps what is cut from it."""
        whole = {segment.name: segment.text for segment in self.prompt.segments}
        segments, cut = [], {}
        for segment in prompt.segments:
            uncut = msgspec.structs.replace(segment, text=whole.get(segment.name, segment.text))
            ranges = self.cut.get(segment.name, ())
            given = _trimmed(msgspec.structs.replace(uncut, on=True), ranges).text
            if segment.text == given or (segment.text == uncut.text and not segment.on):  # what is off is given whole
                segments.append(uncut)
                cut[segment.name] = ranges
            else:
                segments.append(segment)
        return Draft(Prompt(tuple(segments)), {name: ranges for name, ranges in cut.items() if ranges})

    def _with_segment(self, changed: Segment) -> "Draft":
        segments = (changed if segment.name == changed.name else segment for segment in self.prompt.segments)
        return Draft(Prompt(tuple(segments)), self.cut)

    def _with_cut(self, name: str, ranges: tuple[Range, ...]) -> "Draft":
        rest = {other: cut for other, cut in self.cut.items() if other != name}
        return Draft(self.prompt, {**rest, name: ranges} if ranges else rest)


@lru_cache(maxsize=128)
def _trimmed(segment: Segment, ranges: tuple[Range, ...]) -> Segment:
    if not segment.on or not ranges:
        return segment
    gone = [Piece(segment.name, 1, "cut", segment.text[start:end], start, end, True) for start, end in ranges]
    return without(Prompt((segment,)), gone).segments[0]


def _letters(text: str, start: int, end: int) -> int:
    """How many characters of a range say something: white space between pieces belongs to one of them by chance."""
    return sum(map(len, text[start:end].split())) if end > start else 0


def _united(ranges: Iterable[Range]) -> tuple[Range, ...]:
    united: list[Range] = []
    for start, end in sorted(ranges):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return tuple(united)


def _less(ranges: Iterable[Range], back: Range) -> tuple[Range, ...]:
    parts = [part for start, end in ranges for part in ((start, min(end, back[0])), (max(start, back[1]), end))]
    return tuple((start, end) for start, end in parts if start < end)
