"""Parts of a prompt between `<tag>` and `</tag>`, found in one pass over a bounded number of tags."""

import re
from functools import lru_cache

import msgspec

_MOST = 400
_OPENING = re.compile(r"<([A-Za-z][\w-]{0,30})(?: [^<>\n]{0,80})?>")


class Tagged(msgspec.Struct, frozen=True):
    """What stands between a pair of tags, and where the pair begins and ends."""

    tag: str
    text: str
    start: int
    end: int


@lru_cache(maxsize=128)
def tagged(text: str) -> tuple[Tagged, ...]:
    """The outermost pairs of tags of a text, in order. A tag that is never closed counts as text."""
    found: list[Tagged] = []
    at, unclosed = 0, set[str]()
    for _ in range(_MOST):
        opening = _OPENING.search(text, at)
        if opening is None:
            break
        tag = opening[1]
        close = -1 if tag in unclosed else text.find(f"</{tag}>", opening.end())
        if close < 0:
            unclosed.add(tag)
            at = opening.end()
            continue
        at = close + len(tag) + 3
        found.append(Tagged(tag.lower(), text[opening.end() : close].strip(), opening.start(), at))
    return tuple(found)
