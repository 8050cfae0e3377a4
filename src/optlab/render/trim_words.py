"""Words that every report of a cut shares: how it stands, what it excludes, its pieces, what a file of it carries."""

from collections.abc import Sequence
from typing import Literal

from optlab.core.study import StudyHead
from optlab.core.trim_report import Change, HeatRow, PieceFound, TrimReport
from optlab.core.verdict import Card, Quality
from optlab.render import format as spell
from optlab.render.cards import card_lines
from optlab.render.tables import Grid

Standing = Literal["VERIFIED", "NOT VERIFIED", "NOTHING CUT"]

SMALLEST_P = 0.001
DIFFERING, SHORTENED = 3, 100
"""Differing answers that a page shows, and how many characters of each."""


def standing(report: TrimReport) -> Standing:
    """How the prompt that a search gives back stands."""
    if all(piece.kept for piece in report.pieces) and report.saving.tokens_before == report.saving.tokens_after:
        return "NOTHING CUT"
    return "VERIFIED" if report.verified else "NOT VERIFIED"


def named(piece: PieceFound | HeatRow) -> str:
    """A piece by its name, and by its first words where it is finer than its segment."""
    return f"{spell.line(piece.name)} “{spell.line(piece.words)}”" if piece.words else spell.line(piece.name)


def excluded_words(quality: Quality) -> str:
    """How large a loss the answers leave possible, rounded up to whole points, as everywhere."""
    loss = quality.excluded_loss
    if loss is None or loss >= 1:
        return "no loss can be ruled out on this sample"
    points = spell.percent_up(loss).removesuffix("%")
    counted = f"{points} point{'' if points == '1' else 's'}"
    if quality.verdict == "worse":
        return f"the answers are proven worse, by {counted} at most"
    return f"smallest loss ruled out: {counted}"


def p_words(p: float | None) -> str:
    """A p value; never one of 0."""
    if p is None:
        return "p unknown"
    return f"p < {SMALLEST_P:g}" if p < SMALLEST_P else f"p {p:.2g}"


def differing_grid(change: Change) -> Grid:
    """The answers that differ most, a few and shortened: sample, distance, what the original said, what the cut."""
    rows = (
        (spell.line(pair.sample), f"{pair.distance:.2f}", _short(pair.original), _short(pair.trimmed))
        for pair in change.differing[:DIFFERING]
    )
    return Grid(("sample", "distance", "original", "trimmed"), tuple(rows))


def _short(text: str) -> str:
    words = spell.line(text)
    return words if len(words) <= SHORTENED else f"{words[: SHORTENED - 1]}…"


def passport(model: str, head: StudyHead | None, card: Card | None, basis: str, *, verified: bool) -> tuple[str, ...]:
    """What a written prompt says of itself on top: whether it is verified, by which figures, of which study.

    `basis` tells the samples it was searched and verified on. Without a `head` nothing was asked about this prompt.
    """
    if head is None:
        return (f"NOT VERIFIED: no answer was asked for with exactly this prompt. Model {model}.",)
    margin = f": a loss of {spell.percent(card.quality.margin)} or more is excluded" if card else ""
    told = [
        f"VERIFIED{margin}" if verified else "NOT VERIFIED",
        f"{spell.provenance(head.provenance, head.sim_speed)} · model {model} · {head.started_at} · study "
        f"{head.study_id} · seed {head.seed}",
        basis,
    ]
    if card is not None:
        told += [excluded_words(card.quality), f"{card.verdict.value}: {card.reason}", *card_lines(card)]
    return tuple(told)


def search_basis(report: TrimReport) -> str:
    """On how many samples a search looked, and on how many others its cut was verified."""
    searched = f"searched on {report.search_items} samples"
    if not report.verifications:
        return f"{searched}, verified on none"
    return f"{searched}, verified on {report.held_out} others"


def comment(lines: Sequence[str]) -> str:
    """Lines as a comment: TOML and Python read over them, and so does what applies a diff."""
    return "".join(f"# {spell.line(each)}\n" for each in lines) + "\n"
