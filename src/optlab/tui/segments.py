"""A prompt as one text to edit: every segment is a header line of one marker character, then its body lines.

Why boundaries cannot drift: segments are never remembered as offsets, they are read from the text each time, and the
marker is a character that the prompt does not contain and that no edit may bring in. `allowed` lets no edit touch a
header line, so headers stay as many and in the order they were; undo and redo only ever reverse or repeat edits that
were allowed. A segment whose body is as it was loaded gives back its text byte for byte, also where the editor cannot
show it exactly (a line end other than \\n).
"""

from collections.abc import Sequence

import msgspec

from optlab.core.prompt import Prompt, Segment

Location = tuple[int, int]
"""Row and column, both from 0."""

_PRIVATE_USE = range(0xE000, 0xF8FF)


class Change(msgspec.Struct, frozen=True):
    """Text put in the place of what lies from `top` to `bottom`."""

    text: str
    top: Location
    bottom: Location


class SegmentText(msgspec.Struct, frozen=True):
    """How one prompt is laid out as text: its segments as they were loaded, and the marker of this text."""

    segments: tuple[Segment, ...]
    marker: str

    @classmethod
    def of(cls, prompt: Prompt) -> "SegmentText":
        """The layout of a prompt, with a marker that occurs nowhere in it."""
        used = set().union(*(set(segment.text) for segment in prompt.segments))
        return cls(prompt.segments, next(chr(code) for code in _PRIVATE_USE if chr(code) not in used))

    def text(self) -> str:
        """The whole prompt as one text to edit."""
        return "\n".join(part for segment in self.segments for part in (self.marker, *_lines(segment.text)))

    def headers(self, lines: Sequence[str]) -> list[int]:
        """The rows of the header lines; as many as there are segments."""
        return [row for row, line in enumerate(lines) if line == self.marker]

    def owners(self, lines: Sequence[str]) -> list[int]:
        """For every row the index of the segment it belongs to, header lines included."""
        owner = -1
        owners = []
        for line in lines:
            owner += line == self.marker
            owners.append(max(0, owner))
        return owners

    def prompt(self, lines: Sequence[str], off: frozenset[str]) -> Prompt:
        """The prompt as it stands after edits, with the segments named in `off` switched off."""
        heads = [*self.headers(lines), len(lines)]
        return Prompt(
            tuple(
                msgspec.structs.replace(
                    segment, text=_text(segment, lines[heads[i] + 1 : heads[i + 1]]), on=segment.name not in off
                )
                for i, segment in enumerate(self.segments)
            )
        )

    def allowed(self, change: Change, lines: Sequence[str]) -> Change | None:
        """The change as it may be made: without markers, cut back where it grazes a header; None where it hits one."""
        text = change.text.replace(self.marker, "")
        top, bottom = change.top, change.bottom
        if bottom[1] == 0 and bottom[0] > top[0] and lines[bottom[0]] == self.marker:
            bottom = (bottom[0] - 1, len(lines[bottom[0] - 1]))  # the line end in front of a header stays
        if bottom < top or any(lines[row] == self.marker for row in range(top[0], bottom[0] + 1)):
            return None
        return Change(text, top, bottom)


def _lines(text: str) -> list[str]:
    """Body lines as the editor will split them; an empty text is one empty line."""
    lines = text.splitlines()
    return [*lines, ""] if not lines or text[-1:] in "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029" else lines


def _text(segment: Segment, body: Sequence[str]) -> str:
    return segment.text if list(body) == _lines(segment.text) else "\n".join(body)
