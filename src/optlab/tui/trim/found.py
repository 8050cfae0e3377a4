"""What a search found dead, cut on the bench."""

from typing import Literal

from optlab.cuts.pieces import Piece
from optlab.cuts.splitting import By
from optlab.tui.trim.bench import Bench, parts_of, whole
from optlab.tui.trim.findings import Search
from optlab.tui.trim.known import AUTO_FINER

Reached = Literal["here", "ahead", "past"]
"""Whether what a search found is the prompt as it stands, the one after it is applied, or neither."""


def reached(bench: Bench, search: Search) -> Reached:
    """How the prompt on the bench stands to what a search found; "past" while it has found nothing yet."""
    if search.end is None:
        return "past"
    found = search.end.report.prompt
    if bench.trimmed == found:
        return "here"
    return "ahead" if with_found(bench, search).trimmed == found else "past"


def with_found(bench: Bench, search: Search) -> Bench:
    """The bench without what the search found dead, as one step, its segments shown as finely as it looked at them.

    Pieces are found by their words, also where the search was asked without some that are cut by hand; one that has
    been edited since stays as it is. Where the prompt is still the one the search began with, what comes out is exactly
    the prompt that was verified.
    """
    assert search.end is not None
    report = search.end.report
    fineness: dict[str, By] = dict(bench.fineness)
    dead: list[Piece] = []
    for found in report.pieces:
        known = search.asked.pieces.get(found.name)
        if known is None:
            continue
        piece, by = _piece(bench, found.name, known.text, search)
        if by is not None:
            fineness[known.segment] = by
        if piece is not None and not found.kept:
            dead.append(piece)
    draft = bench.draft.cut_out(dead)
    if bench.trimmed == search.of and draft.trimmed != report.prompt:  # pieces of a text that was cut before
        draft = bench.draft.put(report.prompt)
    return bench.do(f"{len(dead)} pieces found dead", draft).shown(fineness)


def _piece(bench: Bench, name: str, text: str, search: Search) -> tuple[Piece | None, By | None]:
    """The piece that goes by a name, where its words are still there, and how finely its segment is taken apart."""
    segment = next(
        (s for s in bench.draft.prompt.segments if name in (s.name, f"{s.name}#{name.rpartition('#')[2]}")), None
    )
    if segment is None:
        return None, None
    if name == segment.name:
        sent = next(s.text for s in bench.trimmed.segments if s.name == name)
        return (whole(segment) if text in (segment.text, sent) else None), None
    by: By = AUTO_FINER if search.by == "auto" or search.by == "segment" else search.by
    parts = parts_of(segment, by)
    exact = next((p for p in parts if p.name == name and p.text == text), None)
    # What is cut in front of a piece counts its number down, and what is cut behind it changes the space between.
    alike = [p for p in parts if p.text.strip() == text.strip() and bench.draft.state(p) == "on"]
    return exact or (alike[0] if len(alike) == 1 else None), by
