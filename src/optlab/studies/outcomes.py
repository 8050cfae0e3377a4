"""Stored outcomes of a cascade, one JSON object a line: read strictly, told by file and line where they are broken."""

from pathlib import Path

import msgspec

from optlab.studies.json_lines import read_lines

LEAST_USD, MOST_USD = 1e-12, 1e6
"""What one call may cost, if it costs anything: beyond that somebody has mistaken the unit."""


class Outcome(msgspec.Struct, frozen=True):
    """One item. What is not known is None: `big_right` and `big_usd` where the big model was not asked."""

    id: str
    small_right: bool | None
    judge_pass: bool
    small_usd: float
    judge_usd: float
    big_right: bool | None = None
    big_usd: float | None = None
    judge_score: float | None = None

    @property
    def paid_usd(self) -> float:
        """Small model and judge, which every item pays."""
        return self.small_usd + self.judge_usd


class _Line(msgspec.Struct, frozen=True):
    """A line as it has to be; other keys are left alone."""

    id: str | int
    small_right: bool
    big_right: bool
    judge_pass: bool
    small_usd: float
    judge_usd: float
    big_usd: float
    judge_score: float | None = None


_KEYS = "id, small_right, big_right, judge_pass, small_usd, judge_usd and big_usd"
_decoder = msgspec.json.Decoder(_Line)


def read_outcomes(name: str) -> list[Outcome]:
    """The outcomes of a file. Raises UsageError that names file and line."""
    lines: dict[str, int] = {}

    def read(line: bytes, number: int) -> Outcome:
        outcome = _outcome(line)
        first = lines.setdefault(outcome.id, number)
        if first != number:
            raise ValueError(f"the id {outcome.id!r} stands in line {first} already, and every item has its own")
        return outcome

    return read_lines(Path(name), read, item="outcome", write=f"write one JSON object a line with the keys {_KEYS}")


def _outcome(line: bytes) -> Outcome:
    """Raises ValueError, or what msgspec raises."""
    read = _decoder.decode(line)
    for key in ("small_usd", "judge_usd", "big_usd"):
        usd = getattr(read, key)
        if usd != 0 and not LEAST_USD <= usd <= MOST_USD:
            raise ValueError(f"{key} is {usd:g}, but is what one call cost, in dollars from 0 to {MOST_USD:,.0f}")
    if read.judge_score is not None and not 0 <= read.judge_score <= 100:
        raise ValueError(f"judge_score is {read.judge_score:g}, but is a number from 0 to 100")
    return Outcome(
        id=str(read.id),
        small_right=read.small_right,
        judge_pass=read.judge_pass,
        small_usd=read.small_usd,
        judge_usd=read.judge_usd,
        big_right=read.big_right,
        big_usd=read.big_usd,
        judge_score=read.judge_score,
    )
