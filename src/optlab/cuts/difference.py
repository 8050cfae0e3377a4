"""What changed between two prompts, as a unified diff, segment by segment."""

import difflib
from collections.abc import Iterator

from optlab.core.prompt import Prompt, Segment

_NO_LINE_END = "\\ No newline at end of file\n"
_CONTEXT = 3


def prompt_diff(before: Prompt, after: Prompt, context: int = _CONTEXT) -> str:
    """A unified diff from one prompt to the other; empty where they send the same.

    Every segment is a file of its own, named `PLACE/NAME`; one that is off sends nothing, so switching it off removes
    all its lines. A segment that moved to another place is told as such, with its lines only where they differ. Lines
    end at \\n alone: other line ends are part of a line.
    """
    old = {segment.name: segment for segment in before.segments}
    new = {segment.name: segment for segment in after.segments}
    names = [*old, *(name for name in new if name not in old)]
    return "".join(line for name in names for line in _of_segment(old.get(name), new.get(name), context)) + _reordered(
        before, after
    )


def _of_segment(old: Segment | None, new: Segment | None, context: int) -> Iterator[str]:
    before, after = _sent(old), _sent(new)
    was, now = _path(old) if before else "/dev/null", _path(new) if after else "/dev/null"
    if before == after and (was == now or not before):
        return
    if before and after and was != now:
        yield f"rename from {was}\nrename to {now}\n"
    lines = difflib.unified_diff(_lines(before), _lines(after), was, now, n=context)
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n{_NO_LINE_END}"


def _sent(segment: Segment | None) -> str:
    return segment.text if segment is not None and segment.on else ""


def _path(segment: Segment | None) -> str:
    if segment is None:
        return "/dev/null"
    return " ".join(f"{segment.where}/{segment.name}".split())


def _lines(text: str) -> list[str]:
    found = [f"{line}\n" for line in text.split("\n")]
    found[-1] = found[-1][:-1]
    return [line for line in found if line]


def _reordered(before: Prompt, after: Prompt) -> str:
    """A line that says so where segments of both prompts are sent in another order."""
    old = [segment.name for segment in before.segments if segment.on]
    new = [segment.name for segment in after.segments if segment.on]
    both = set(old) & set(new)
    order = [name for name in new if name in both]
    if [name for name in old if name in both] == order:
        return ""
    return f"order of segments: {', '.join(' '.join(name.split()) for name in order)}\n"
