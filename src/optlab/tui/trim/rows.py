"""The rows of the bench: every segment, and its pieces where they are asked for, with what each of them weighs."""

from collections.abc import Iterator

import msgspec

from optlab.cuts.pieces import Piece
from optlab.tui.trim.bench import Bench, whole
from optlab.tui.trim.draft import State
from optlab.tui.trim.weight import Scale


class Row(msgspec.Struct, frozen=True):
    """One row. `share` is of the whole prompt with everything on; `depth` 1 is a piece of the segment above.

    `tokens` are those of the piece whole, on or off; `usd_per_1000` is their price in 1,000 calls, None where no price
    is known.
    """

    piece: Piece
    depth: int
    state: State
    tokens: float
    share: float
    usd_per_1000: float | None
    open: bool = False


def rows_of(bench: Bench, scale: Scale) -> tuple[Row, ...]:
    """All rows, in the order of the prompt."""
    total = sum(scale.tokens(segment.text) for segment in bench.draft.prompt.segments)
    rates = scale.rates(total)
    per_1000 = None if rates is None else rates.input / 1e3

    def row(piece: Piece, depth: int, opened: bool = False) -> Row:
        tokens = scale.tokens(piece.text)
        return Row(
            piece=piece,
            depth=depth,
            state=bench.draft.state(piece),
            tokens=tokens,
            share=tokens / total if total else 0.0,
            usd_per_1000=None if per_1000 is None else tokens * per_1000,
            open=opened,
        )

    def each() -> Iterator[Row]:
        for segment in bench.draft.prompt.segments:
            parts = bench.parts(segment.name)
            yield row(whole(segment), 0, bool(parts))
            yield from (row(part, 1) for part in parts)

    return tuple(each())
