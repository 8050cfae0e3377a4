"""What observed lengths of answers say about a limit on them. Tokens are output tokens, shares fractions, money USD."""

from typing import Literal

import msgspec

CapName = Literal["proven", "largest", "module", "present"]
"""The limit that the sample proves, its longest answer, the rule of thumb 1.2 x p90, and the limit in force."""


class CapRow(msgspec.Struct, frozen=True):
    """One limit held against the observed answers.

    `cut` of the answers are longer, or may be (a censored answer ends where it was cut, nobody knows how long it would
    have been); `bound` is the 95% upper bound of that share. What is saved is nothing but the text that is cut off:
    `saved_share` of all output tokens, and in USD for 1,000 answers (None without a price).
    """

    name: CapName
    cap: int
    cut: int
    bound: float
    saved_share: float
    saved_usd_per_1000: float | None


class LengthBin(msgspec.Struct, frozen=True):
    """Answers with `low` to `high` tokens, both included; `censored` of them were cut where they ended."""

    low: int
    high: int
    count: int
    censored: int


class CeilingReport(msgspec.Struct, frozen=True):
    """Which max_tokens a sample of answers supports.

    `source` is what was read or measured. `recommended` is None where the sample proves no limit for `epsilon`;
    `answers_needed` is then how many uncut answers could, None where more of the same kind cannot help. `present_cap`
    is the limit in force where it is known, `thinking` tells that lengths hold thinking, `items` how many different
    inputs were answered. `command` tests the limit. Where it was measured, and
    for how much, stands in the head of the study.
    """

    source: str
    answers: int
    censored: int
    epsilon: float
    confidence: float
    median: float
    largest: int
    recommended: int | None
    answers_needed: int | None
    rows: tuple[CapRow, ...]
    bins: tuple[LengthBin, ...]
    command: str | None
    model: str | None = None
    present_cap: int | None = None
    thinking: bool = False
    items: int | None = None

    def row(self, name: CapName) -> CapRow | None:
        """The row of one limit, where there is one."""
        return next((row for row in self.rows if row.name == name), None)
