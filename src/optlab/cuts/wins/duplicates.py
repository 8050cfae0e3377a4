"""Sentences and list items that are there twice, in the same words or in others; the first stays.

A copy is offered only where it says nothing more by its place: under all that the words that stay stand under, be it
headings, the line that opens a list, or an item of a list around it; and not where it leans on a sentence before it
that is another one. Passages that are repeated as a whole are one offer.
"""

from collections.abc import Iterator, Mapping, Sequence

from optlab.cuts.wins.reading import Ground, Unit, cut_span
from optlab.cuts.wins.win import Edit, FreeWin, Quote, WinKind
from optlab.cuts.wins.wording import meaning, same_words, say_the_same

_LEAST_WORDS = 2


def duplicates(ground: Ground) -> Iterator[FreeWin]:
    """Sentences and list items that are there twice, but for case, white space and stops."""
    units = ground.units
    keys = [same_words(unit.text) for unit in units]
    for kept, copies in _passages(units, _exact(units, keys)):
        yield _win(ground, "duplicate", kept, copies)


def near_duplicates(ground: Ground) -> Iterator[FreeWin]:
    """Sentences and list items that say in other words what another one says; of two the shorter stays."""
    units = ground.units
    keys = [same_words(unit.text) for unit in units]
    seen: set[str] = set()
    groups: dict[tuple[str, ...], list[int]] = {}
    meanings = {}
    for index, unit in enumerate(units):
        if keys[index] in seen or unit.heading or unit.leans or any(True for _ in _below(units, index)):
            continue
        seen.add(keys[index])
        found = meaning(unit.text)
        if found is not None:
            meanings[index] = found
            groups.setdefault(found.bag, []).append(index)
    for group in groups.values():
        if len(group) < 2:
            continue
        kept = min(group, key=lambda index: _wanted(units[index]))
        copies = [
            index
            for index in group
            if index != kept and _may_go(units[index], units[kept]) and say_the_same(meanings[kept], meanings[index])
        ]
        if copies:
            yield _win(ground, "near duplicate", (units[kept],), [(units[index],) for index in copies])


def _exact(units: Sequence[Unit], keys: Sequence[str]) -> dict[int, int]:
    """For every unit that may go the one that stays in its place."""
    groups: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        if len(key.split()) >= _LEAST_WORDS or units[index].heading:
            groups.setdefault(key, []).append(index)
    found: dict[int, int] = {}
    for group in groups.values():
        kept: list[int] = []
        # What the scenario says must stay comes first, then what holds more generally.
        for index in sorted(group, key=lambda index: (units[index].segment.trimmable, len(units[index].scope))):
            stays = next((other for other in kept if _may_go(units[index], units[other])), None)
            if stays is None:
                kept.append(index)
            else:
                found[index] = stays
    leaning = [i for i in sorted(found) if units[i].leans and not _follow_alike(units, keys, i, found[i])]
    for index in leaning:
        del found[index]
    return _with_whole_sections(units, found)


def _wanted(unit: Unit) -> tuple[bool, int, int]:
    """The less, the more a unit is wanted: it must stay, it holds more generally, it is shorter."""
    return unit.segment.trimmable, len(unit.scope), len(unit.text)


def _may_go(copy: Unit, kept: Unit) -> bool:
    if not copy.segment.trimmable or copy.heading != kept.heading:
        return False
    return copy.scope[: len(kept.scope)] == kept.scope


def _follow_alike(units: Sequence[Unit], keys: Sequence[str], one: int, other: int) -> bool:
    """Whether two units that lean on the one before have the same one before them."""
    if not one or not other:
        return False
    before = (units[one - 1], units[other - 1])
    own = (units[one].segment, units[other].segment)
    return before[0].segment is own[0] and before[1].segment is own[1] and keys[one - 1] == keys[other - 1]


def _with_whole_sections(units: Sequence[Unit], found: Mapping[int, int]) -> dict[int, int]:
    """Without what stands over something that stays, and without whole sections whose heading would be left alone."""
    kept = dict(found)
    for index, unit in enumerate(units):
        below = list(_below(units, index))
        whole = all(i in kept for i in below)
        if index in kept and not (whole and (below or not unit.heading)):
            del kept[index]
        elif index not in kept and unit.heading and below and whole:
            for i in below:
                del kept[i]
    return kept


def _below(units: Sequence[Unit], over: int) -> Iterator[int]:
    """The units under a heading, in a list under its first line, or further down in a list item."""
    top = units[over]
    for index in range(over + 1, len(units)):
        unit = units[index]
        if unit.segment is not top.segment or len(unit.scope) <= len(top.scope):
            return
        yield index


def _passages(
    units: Sequence[Unit], found: Mapping[int, int]
) -> Iterator[tuple[tuple[Unit, ...], list[tuple[Unit, ...]]]]:
    """Copies that follow one another as what stays does, taken together; by what stays, in order."""
    runs: list[list[int]] = []
    for index in sorted(found):
        last = runs[-1] if runs else None
        if (
            last
            and index == last[-1] + 1
            and found[index] == found[last[-1]] + 1
            and units[index].segment is units[last[-1]].segment
            and units[found[index]].segment is units[found[last[-1]]].segment
        ):
            last.append(index)
        else:
            runs.append([index])
    by_kept: dict[tuple[int, ...], list[list[int]]] = {}
    for run in runs:
        by_kept.setdefault(tuple(found[index] for index in run), []).append(run)
    for kept, copies in by_kept.items():
        yield tuple(units[i] for i in kept), [tuple(units[i] for i in run) for run in copies]


def _win(ground: Ground, kind: WinKind, kept: Sequence[Unit], copies: Sequence[Sequence[Unit]]) -> FreeWin:
    first, last = kept[0], kept[-1]
    keep = Quote(first.segment.name, first.start, first.segment.text[first.start : last.end])
    spans: dict[str, list[tuple[int, int]]] = {}
    segments = {copy[0].segment.name: copy[0].segment for copy in copies}
    for copy in copies:
        spans.setdefault(copy[0].segment.name, []).append((copy[0].start, copy[-1].end))
    edits = [
        Edit.of(segments[name], *span) for name, found in spans.items() for span in _cuts(segments[name].text, found)
    ]
    words = "the same words stand" if kind == "duplicate" else "the same is said in other words"
    passage = "" if len(kept) == 1 else f" ({len(kept)} in a row)"
    times = "" if len(copies) == 1 else f"; {len(copies)} copies can go"
    where = f"in {first.segment.name!r}"
    place = "already" if kind == "duplicate" and first.start < copies[0][0].start else "also"
    saved = sum(ground.saved(segments[e.segment].text, e.start, e.end, "") for e in edits)
    return FreeWin(kind, f"{words} {place} {where}{passage}{times}", saved, tuple(edits), (keep,))


def _cuts(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What to take out of one text; neighbours are taken out as one."""
    together: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if together and not text[together[-1][1] : start].strip():
            together[-1] = (together[-1][0], end)
        else:
            together.append((start, end))
    yield from (cut_span(text, *span) for span in together)
