"""What a sentence stands under: headings, the line that opens a list, the items of a list around it."""

import re

_UNDERLINED = re.compile(r"[^\n]+\n[ \t]*(=|-|~|\^){3,}[ \t]*\r?$")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t]+\S.*|\*\*[^*\n]+\*\*:?|[^\n.!?]{1,80}:)[ \t]*\r?$")
_BOLD = 7
"""The level of a line in bold: below all headings."""


def is_heading(words: str) -> bool:
    """Whether a line is a heading, or one that opens a list."""
    return (_HEADING.match(words) or _UNDERLINED.match(words)) is not None


class Place:
    """What stands over the unit that is being read: headings, the line that opens a list, list items around it."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, str]] = []
        self._intro = ""
        self._items: list[tuple[int, str]] = []
        self._opened = False

    def over(self) -> tuple[str, ...]:
        """All of it, outermost first; this is also what stands over a further sentence of a list item."""
        intro = [self._intro] if self._intro else []
        return (*(words for _, words in self._headings), *intro, *(words for _, words in self._items))

    def of(self, words: str, indent: int | None, *, fresh: bool, heading: bool) -> tuple[str, ...]:
        """What stands over these words; `indent` is that of a list item, None for anything else.

        `fresh`: a blank line stands before them.
        """
        own = " ".join(words.casefold().strip("#*: \t").split())
        opened, self._opened = self._opened, False
        if indent is not None:
            _leave(self._items, indent)
            over = self.over()
            self._items.append((indent, own))
            return over
        self._items = []
        level = _level(words) if heading else 0
        if level:
            _leave(self._headings, level)
            self._intro = ""
            over = self.over()
            self._headings.append((level, own))
            return over
        if words.endswith(":"):
            self._intro = ""
            over = self.over()
            self._intro, self._opened = own, True
            return over
        if fresh and not opened:
            self._intro = ""
        return self.over()


def _level(words: str) -> int:
    """How deep a heading stands, from 1 on; 0 for a line that merely opens a list."""
    if underlined := _UNDERLINED.match(words):
        return 1 + "=-~^".index(underlined.group(1))
    if words[0] not in "#*":
        return 0
    return len(words) - len(words.lstrip("#")) or _BOLD


def _leave(levels: list[tuple[int, str]], level: int) -> None:
    """Forget what does not stand over something of this level."""
    while levels and levels[-1][0] >= level:
        levels.pop()


def indent_of(text: str, start: int) -> int:
    """How far in the line begins whose first words are at `start`; 0 where other words stand before them."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return len(line.expandtabs()) if not line.strip() else 0
