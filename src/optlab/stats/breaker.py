"""What kind of change made a text differ from the one before it: the usual breakers of a prompt cache, by name.

The order of the kinds counts: the first that explains the whole difference is the answer.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal

from optlab.core.volatile import MASKS, Volatile

Breaker = Literal["same", "whitespace", "json_key_order", "line_order", Volatile, "content"]

_PART_OF_A_DATE: Final = re.compile(
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*|[AaPp][Mm]|Z|UTC"
    r"|[0-9A-Fa-f]{16,}"
)
_MARGIN_WORDS: Final = 5
"""Words kept on both sides of a difference, so that a date of several words is masked whole."""
_MOST_JSON_STARTS: Final = 200


def kind_of_change(before: str, after: str) -> Breaker:
    """The first kind that explains how `after` differs from `before`.

    Equal: same. Equal lists of words: whitespace. Equal once parsed as JSON, also where the JSON stands inside a text:
    json_key_order. The same lines in another order: line_order. Equal once each of these is masked, one after the
    other: ISO date-time, UUID, date, 10 or 13 digits that start 15 to 19 (epoch), hh:mm (clock), req_, run_, trace_ or
    id_ with 8 characters or 16 hexadecimal digits and more (hex_id), any digits (number). Else content.

    Only the part that differs is looked at, with a few words around it: linear in the length of the texts.
    """
    if before == after:
        return "same"
    old, new = _windows(before, after)
    if old.split() == new.split():
        return "whitespace"
    if _same_json(before, after, old, new):
        return "json_key_order"
    if _same_lines(before, after):
        return "line_order"
    if _untouchable(old) != _untouchable(new):
        return "content"
    for kind, mask in MASKS:
        old, new = mask.sub("\0", old), mask.sub("\0", new)
        if old == new:
            return kind
    return "content"


def first_difference(before: str, after: str) -> int:
    """How many characters two texts share at their beginning; found by bisection, so that long texts take no time."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def shared_ends(before: str, after: str) -> tuple[int, int]:
    """How many characters two texts share at their beginning, and how many of the rest at their end."""
    same = first_difference(before, after)
    rest = min(len(before), len(after)) - same
    return same, first_difference(before[len(before) - rest :][::-1], after[len(after) - rest :][::-1])


def differing_words(before: str, after: str, longest: int = 60) -> tuple[str, str]:
    """The first words in which two texts differ, each at most `longest` characters, from the word's beginning on."""
    at = first_difference(before, after)
    start = _word_start(before, at, 0)
    start = start if at - start <= longest // 2 else at
    return _cut(before, start, longest), _cut(after, start, longest)


def _cut(text: str, start: int, longest: int) -> str:
    piece = text[start : start + longest]
    return piece if start + longest >= len(text) else piece.rsplit(" ", 1)[0]


def _windows(before: str, after: str) -> tuple[str, str]:
    """The differing middles of two texts, widened by a few words on both sides."""
    same, tail = shared_ends(before, after)
    start = _word_start(before, same, _MARGIN_WORDS)
    more = _word_end(before, len(before) - tail, _MARGIN_WORDS) - (len(before) - tail)
    return before[start : len(before) - tail + more], after[start : len(after) - tail + more]


_SPACE: Final = re.compile(r"\s")


def _word_start(text: str, at: int, margin: int) -> int:
    """Where the word around `at` begins, `margin` words earlier."""
    for _ in range(margin + 1):
        while at > 0 and not text[at - 1].isspace():
            # A step of a thousand characters at a time keeps texts without spaces linear.
            piece = text[max(0, at - 1000) : at]
            found = len(piece) - len(piece.split()[-1]) if not piece[-1].isspace() else len(piece)
            at = at - len(piece) + found
            if found:
                break
        while at > 0 and margin and text[at - 1].isspace():
            at -= 1
    return at


def _word_end(text: str, at: int, margin: int) -> int:
    """Where the word around `at` ends, `margin` words later."""
    for _ in range(margin + 1):
        while at < len(text) and margin and text[at].isspace():
            at += 1
        found = _SPACE.search(text, at)
        at = found.start() if found else len(text)
    return at


def _untouchable(text: str) -> list[str]:
    """The words that no mask changes: where these differ, none of the masks needs to be tried."""
    return [word for word in text.split() if word.isalpha() and not _PART_OF_A_DATE.fullmatch(word)]


def _same_lines(before: str, after: str) -> bool:
    return len(before) == len(after) and sorted(before.split("\n")) == sorted(after.split("\n"))


def _same_json(before: str, after: str, old: str, new: str) -> bool:
    whole = _parsed(before)
    if whole is not None:
        return whole == _parsed(after)
    # Another order of keys moves characters and adds none: cheap to look at before anything is parsed.
    if not ("{" in before and "{" in after) or _letters(old) != _letters(new):
        return False
    return list(_with_json_sorted(before)) == list(_with_json_sorted(after))


def _letters(text: str) -> Counter[str]:
    return Counter("".join(text.replace(",", " ").split()))


def _parsed(text: str) -> str | None:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return None


def _with_json_sorted(text: str) -> Iterator[str]:
    """The text in pieces, every JSON object in it with its keys sorted; what is no JSON as it stands."""
    decoder = json.JSONDecoder()
    done = 0
    for _ in range(_MOST_JSON_STARTS):
        start = text.find("{", done)
        if start < 0:
            break
        yield text[done:start]
        try:
            value, done = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            yield "{"
            done = start + 1
            continue
        yield json.dumps(value, sort_keys=True)
    yield text[done:]
