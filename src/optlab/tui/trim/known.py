"""Which row of the bench a finding is about, whatever was cut by hand before the study or since.

A study knows the prompt that it was given: without what is cut by hand, its pieces counted anew. A piece is found again
by its place in a text that is the same, whole or as it is sent now; else by its words, where nothing else has the same.
"""

from collections.abc import Sequence

import msgspec

from optlab.core.commands import By
from optlab.core.prompt import Prompt, Segment
from optlab.cuts.pieces import Piece
from optlab.cuts.splitting import By as Fineness
from optlab.tui.trim.bench import Bench, parts_of
from optlab.tui.trim.draft import Range
from optlab.tui.trim.rows import Row

AUTO_FINER: Fineness = "sentence"
"""What `auto` cuts those segments into that must stay."""


class Asked(msgspec.Struct, frozen=True):
    """The pieces of a prompt that a study was given, by the names it gives them; `texts` are those of the segments.

    `at` has their names by segment and place, `saying` by segment and words.
    """

    texts: dict[str, str] = {}
    pieces: dict[str, Piece] = {}
    at: dict[tuple[str, Range], str] = {}
    saying: dict[tuple[str, str], tuple[str, ...]] = {}


def asked_of(prompt: Prompt, by: By) -> Asked:
    """Every piece of a prompt that a study of this fineness knows."""
    found: dict[str, Piece] = {}
    for segment in prompt.segments:
        if not segment.on:
            continue
        whole = Piece(segment.name, 0, "segment", segment.text, 0, len(segment.text), segment.trimmable)
        if by in ("segment", "auto"):
            found[segment.name] = whole
        if by != "segment":
            found |= {piece.name: piece for piece in parts_of(segment, AUTO_FINER if by == "auto" else by)}
    saying: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, piece in found.items():
        words = (piece.segment, piece.text.strip())
        saying[words] = (*saying.get(words, ()), name)
    return Asked(
        texts={segment.name: segment.text for segment in prompt.segments if segment.on},
        pieces=found,
        at={(piece.segment, (piece.start, piece.end)): name for name, piece in reversed(found.items())},
        saying=saying,
    )


class Where(msgspec.Struct, frozen=True):
    """Where the piece of a row stands: in its segment's text whole, and in that text as it is sent.

    `sent_at` is None for what is not sent, and where that cannot be told. `alone`: no other row of its segment says
    the same.
    """

    whole: str
    sent: str
    at: Range
    sent_at: Range | None
    alone: bool


def wheres(bench: Bench, rows: Sequence[Row]) -> tuple[Where, ...]:
    """Where the pieces of these rows stand, row by row; `rows` are all of the bench's."""
    by_segment: dict[str, list[Row]] = {}
    for row in rows:
        by_segment.setdefault(row.piece.segment, []).append(row)
    found: dict[str, Where] = {}
    for name, group in by_segment.items():
        found |= _of_segment(bench, bench.draft.segment(name), group)
    return tuple(found[row.piece.name] for row in rows)


def _of_segment(bench: Bench, segment: Segment, rows: Sequence[Row]) -> dict[str, Where]:
    draft = bench.draft.switched_on(segment.name)
    sent = next(one for one in draft.trimmed.segments if one.name == segment.name)
    parts = [row.piece for row in rows if row.depth]
    left = [piece for piece in parts if draft.state(piece) != "off"]
    by = bench.fineness.get(segment.name)
    pieces = parts_of(sent, by) if by and parts else ()
    spans: dict[str, Range] = {}
    if len(left) == len(pieces):  # else what is left falls apart in another way, which tells nothing of places
        spans = {one.name: (two.start, two.end) for one, two in zip(left, pieces, strict=True)}
    words = [piece.text.strip() for piece in parts]
    found = {}
    for row in rows:
        piece = row.piece
        sent_at = spans.get(piece.name) if row.depth else (0, len(sent.text))
        alone = not row.depth or words.count(piece.text.strip()) == 1
        found[piece.name] = Where(segment.text, sent.text, (piece.start, piece.end), sent_at, alone)
    return found


def name_of(asked: Asked, piece: Piece, where: Where) -> str | None:
    """What a study calls the piece of a row; None where it does not know it, or which of several it is."""
    text = asked.texts.get(piece.segment)
    if text is None:
        return None
    spots = [at for known, at in ((where.whole, where.at), (where.sent, where.sent_at)) if known == text and at]
    for at in spots:
        if (name := asked.at.get((piece.segment, at))) is not None:
            return name
    if not piece.number:
        known = piece.segment in asked.pieces and _is_left(where.sent, text)
        return piece.segment if known else None
    names = asked.saying.get((piece.segment, piece.text.strip()), ())
    return names[0] if len(names) == 1 and where.alone else None


def _is_left(now: str, before: str) -> bool:
    """Whether a text is what is left of another one after cuts: its sentences stand in that, in this order."""
    rest = iter(_sentences(before))
    return all(any(one == other for other in rest) for one in _sentences(now))


def _sentences(text: str) -> list[str]:
    return [piece.text.strip() for piece in parts_of(Segment("text", "system", text), "sentence")]
