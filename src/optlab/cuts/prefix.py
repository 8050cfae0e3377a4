"""How much of a prompt a cache could keep: the tokens in front of the first part that changes from call to call."""

import re
from functools import lru_cache

import msgspec

from optlab.catalogue import estimate_tokens, load
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request, text_of
from optlab.core.scenario import Scenario
from optlab.core.volatile import MASKS, Volatile

_SAID = r"[*_\"'`]*\s*(?:is|was|:|=|at|on|#)?\s*[*_\"'`(\[]*$"
_MOMENT = re.compile(
    r"(?:\b(?:it(?: is|['’]s)(?: now)?|now|today(?:['’]s date)?"
    r"|current (?:date|time|datetime|date and time|timestamp|day)"
    rf"(?: \([^)]*\))?|timestamp|generated(?: at| on)?|epoch)|^[\W_]*(?:date|time|datetime)){_SAID}",
    re.IGNORECASE,
)
_ID = re.compile(
    r"(?:\b(?:request|session|trace|run|conversation|correlation|span)(?:[ _-]?(?:id|uuid))?|\bnonce"
    rf"|^[\W_]*(?:uuid|guid|id)){_SAID}",
    re.IGNORECASE,
)
_CUES = (
    *("it is", "it's", "it’s", "now", "today", "current", "timestamp", "generated", "epoch", "date", "time"),
    *("request", "session", "trace", "run", "conversation", "correlation", "span", "nonce", "uuid", "guid", "id"),
)
"""Without one of these in its line nothing is said to be of now."""
_MASK_OF = dict(MASKS)
_SAYS_OF_NOW: dict[Volatile, re.Pattern[str]] = {
    "iso_timestamp": _MOMENT,
    "uuid": _ID,
    "date": _MOMENT,
    "epoch": _MOMENT,
    "clock": _MOMENT,
    "hex_id": _ID,
}
"""A date or an id in a prompt is as lasting as its other words, unless the words in front say that it is of now."""
_NAMES_OF_NOW = re.compile(
    r"(?:^|_)(?:now|today|date|time|timestamp|datetime|clock|nonce|uuid|guid|(?:request|session|trace|run)_?id)(?:$|_)",
    re.IGNORECASE,
)


class Spot(msgspec.Struct, frozen=True):
    """Characters of a segment's text that change from call to call, and what they are."""

    start: int
    end: int
    what: str


class Prefix(msgspec.Struct, frozen=True):
    """The estimated tokens in front of the first segment that changes, and the least a model caches (None: unknown)."""

    tokens: int
    minimum: int | None
    breaks_at: str | None
    """The first segment that changes; None where none does."""

    @property
    def reaches(self) -> bool | None:
        """Whether so much is cached at all; None where the model's minimum is unknown."""
        return None if self.minimum is None else self.tokens >= self.minimum


def in_prefix_order(prompt: Prompt) -> tuple[Segment, ...]:
    """The segments that are sent, in the order of a cache's prefix: tools, system, history, the user's turn."""
    return (*prompt.active("tools"), *prompt.active("system"), *prompt.active("history"), *prompt.active("user"))


def stable_prefix(scenario: Scenario, prompt: Prompt) -> Prefix:
    """What every call has in common from its beginning, in whole segments: a breakpoint stands behind one."""
    model = load().find(scenario.model)
    family = model.tokenizer.family if model else "new"
    minimum = model.limits.min_cacheable_tokens if model else None
    names = changing(scenario)
    tokens = 0
    for segment in in_prefix_order(prompt):
        if any(True for _ in spots(segment.text, names)):
            return Prefix(tokens, minimum, segment.name)
        tokens += estimate_tokens(segment.text, family)
    return Prefix(tokens, minimum, None)


def stable_parts(request: Request, names: dict[str, str]) -> int:
    """How many parts of a request, no sample filled in, stand in front of the first that changes from call to call.

    `names` are the variables that change (`changing`). A breakpoint behind more of them is written by every call and
    read by none.
    """
    parts = request.parts
    return next((at for at, part in enumerate(parts) if any(True for _ in spots(text_of(part), names))), len(parts))


def changing(scenario: Scenario) -> dict[str, str]:
    """The variables whose values change from call to call, each with what it is.

    A single sample cannot show it, so all of its variables count; a value that is equal in all samples counts where its
    name or its shape is that of a moment or of an id.
    """
    values: dict[str, set[str]] = {}
    for sample in scenario.samples:
        for name, value in sample.variables.items():
            values.setdefault(name, set()).add(value)
    found = {}
    for name, seen in values.items():
        shape = _shape(next(iter(seen)).strip())
        if len(seen) > 1:
            found[name] = f"{{{name}}}, which has {len(seen)} values in {len(scenario.samples)} samples"
        elif len(scenario.samples) == 1 or shape or _NAMES_OF_NOW.search(name):
            found[name] = f"{{{name}}}, {shape or 'which a program fills in'}"
    return found


def _shape(value: str) -> str:
    return next((words for kind, words in _WORDS.items() if _MASK_OF[kind].fullmatch(value)), "")


_WORDS: dict[Volatile, str] = {
    "iso_timestamp": "a time stamp",
    "uuid": "a UUID",
    "date": "a date",
    "epoch": "a time stamp",
    "clock": "a time of day",
    "hex_id": "an id",
}


@lru_cache(maxsize=256)
def _literal_spots(text: str) -> tuple[Spot, ...]:
    """Moments and ids that a text says are of now."""
    found: list[Spot] = []
    start = 0
    for line in text.split("\n"):
        low = line.casefold()
        if any(cue in low for cue in _CUES):
            found += _in_line(line, start)
        start += len(line) + 1
    return tuple(found)


def _in_line(line: str, start: int) -> list[Spot]:
    found: list[Spot] = []
    for kind, says in _SAYS_OF_NOW.items():
        for at in _MASK_OF[kind].finditer(line):
            since, until = start + at.start(), start + at.end()
            overlaps = any(spot.start < until and spot.end > since for spot in found)
            if not overlaps and says.search(line[max(0, at.start() - 60) : at.start()]):
                found.append(Spot(since, until, f"{_WORDS[kind]} written into the prompt ({at.group()[:40]})"))
    return found


def spots(text: str, names: dict[str, str]) -> tuple[Spot, ...]:
    """Where a text changes from call to call, in order: variables that do, and moments and ids said to be of now."""
    found = list(_literal_spots(text))
    if names:
        pattern = re.compile(r"\{(" + "|".join(map(re.escape, names)) + r")\}")
        found += [Spot(*at.span(), names[at.group(1)]) for at in pattern.finditer(text)]
    return tuple(sorted(found, key=lambda spot: spot.start))
