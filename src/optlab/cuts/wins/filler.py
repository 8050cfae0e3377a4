"""Filler and politeness: phrases that instructions can do without, taken out so that the sentence still stands."""

import re
from collections.abc import Iterator

from optlab.cuts.wins.phrases import PHRASES, Phrase
from optlab.cuts.wins.protected import PAINT, is_letter
from optlab.cuts.wins.reading import Ground, Unit, cut_span
from optlab.cuts.wins.win import Edit, FreeWin

_CLAUSE = re.compile(r"(?:[,;:–—]|\b(?:and|but|then|so))\s+$", re.IGNORECASE)
_UNFINISHED = re.compile(
    r"\b(?:must|should|to|can|could|will|would|shall|may|might|you|we|they|agents?|assistant|customers?|users?|it"
    r"|phrases?|words|sentences?|templates?|greetings?|wording)\s*$",
    re.IGNORECASE,
)
"""A line that opens a list whose items go on with its sentence, or are to be said as they stand."""
_LONGEST = 2000
"""Characters of a sentence that is reworded; what is longer is none."""
_NEAR = 24
"""Characters in front of a phrase that are looked at."""


def filler(ground: Ground) -> Iterator[FreeWin]:
    """Instructions with phrases that can go, each sentence one offer."""
    for index in sorted(_noticed(ground)):
        unit = ground.units[index]
        if unit.heading or unit.end - unit.start > _LONGEST or (unit.scope and _UNFINISHED.search(unit.scope[-1])):
            continue
        win = _shorter(ground, unit)
        if win is not None:
            yield win


def _noticed(ground: Ground) -> set[int]:
    """The units in which any phrase may stand."""
    found: set[int] = set()
    for segment in ground.instructing:
        if not segment.trimmable or is_letter(segment.text):
            continue
        low = _lower(ground.masks[segment.name])
        for notice in {phrase.notice for phrase in PHRASES}:
            at = low.find(notice)
            while at >= 0:
                index = ground.unit_at(segment.name, at)
                if index is not None:
                    found.add(index)
                    at = ground.units[index].end - 1
                at = low.find(notice, at + 1)
    return found


def _lower(text: str) -> str:
    """In lower case and as long as before, also where a letter has a longer small one; line ends as spaces."""
    low = text.lower().replace("\n", " ")
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _shorter(ground: Ground, unit: Unit) -> FreeWin | None:
    segment, start = unit.segment, unit.words_start
    words, mask = segment.text[start : unit.end], ground.masks[segment.name][start : unit.end]
    taken: list[str] = []
    low = _lower(mask)
    for phrase in PHRASES:
        if phrase.notice not in low:
            continue
        found = _find(phrase, mask)
        while found is not None:
            begin, end = found
            taken.append(" ".join(words[begin:end].split()).strip(" ,"))
            if phrase.position == "whole":
                return _gone(ground, unit, taken) if unit.kind != "bullet" else None
            words, mask = _without(words, mask, begin, end, phrase.into)
            found = _find(phrase, mask)
    if not taken or not words.strip(" .!?"):
        return None
    saved = ground.saved(segment.text, start, unit.end, words)
    if saved < 1:
        return None
    said = ", ".join(f"“{phrase}”" for phrase in dict.fromkeys(taken))
    return FreeWin("filler", f"says nothing: {said}", saved, (Edit.of(segment, start, unit.end, words),))


def _find(phrase: Phrase, mask: str) -> tuple[int, int] | None:
    """Where a phrase stands in a position in which it can go."""
    if phrase.position == "whole":
        return (0, len(mask)) if phrase.pattern.fullmatch(mask) else None
    if phrase.position == "start":
        found = phrase.pattern.match(mask)
        return found.span() if found and _free(phrase, mask, found) else None
    for found in phrase.pattern.finditer(mask):
        begins = found.start() == 0 or _CLAUSE.search(mask[max(0, found.start() - _NEAR) : found.start()])
        if (phrase.position == "anywhere" or begins) and _free(phrase, mask, found):
            return found.span()
    return None


def _free(phrase: Phrase, mask: str, found: re.Match[str]) -> bool:
    rest = mask[found.end() :]
    if phrase.unless and phrase.unless.match(rest):
        return False
    return not (phrase.not_after and phrase.not_after.search(mask[max(0, found.start() - _NEAR) : found.start()]))


def _without(words: str, mask: str, begin: int, end: int, into: str) -> tuple[str, str]:
    """Words and their mask without a phrase; what then begins the sentence gets its capital."""
    capital = words[begin : begin + 1].isupper()
    if into:
        into = into[0].upper() + into[1:] if capital else into
        return words[:begin] + into + words[end:], mask[:begin] + into + mask[end:]
    rest, rest_mask = words[end:], mask[end:]
    if capital and rest[:1].islower() and rest_mask[:1] != PAINT:
        rest = rest[0].upper() + rest[1:]
        rest_mask = rest[0] + rest_mask[1:]
    return words[:begin] + rest, mask[:begin] + rest_mask


def _gone(ground: Ground, unit: Unit, taken: list[str]) -> FreeWin:
    text = unit.segment.text
    start, end = cut_span(text, unit.start, unit.end)
    saved = ground.saved(text, start, end, "")
    return FreeWin("filler", f"asks for nothing: “{taken[0]}”", saved, (Edit.of(unit.segment, start, end),))
