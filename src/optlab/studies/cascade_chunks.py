"""A cascade study by chunks of its samples: what is asked to the end is complete, whenever the study is stopped."""

import random
from collections.abc import Collection, Sequence
from typing import TypeVar

from optlab.core.record import RunRecord
from optlab.core.report import Caveat
from optlab.studies.cascade_runs import Judged, judged_of
from optlab.studies.study import Lab, Stage

T = TypeVar("T")

FIRST_CHUNK = 10
"""So many samples can say something; every further chunk is twice as large, as each costs warm-ups of its own."""


def chunk_size(number: int, left: int, fits: int | None = None) -> int:
    """How many of the `left` items the chunk with this number (from 0) takes, at most as many as what is left `fits`.

    A rest of less than half of the chunk that would be next goes with this one.
    """
    size = FIRST_CHUNK << number
    size = size if left >= 2 * size else left
    return size if fits is None else max(1, min(size, fits))


def chunks(items: Sequence[T]) -> list[list[T]]:
    """The items in their order, in the chunks that they make where nothing limits them."""
    found: list[list[T]] = []
    at = 0
    while at < len(items):
        end = at + chunk_size(len(found), len(items) - at)
        found.append(list(items[at:end]))
        at = end
    return found


class Made:
    """Everything made so far. `open` drafts wait for the big model, `complete` ones were asked to the end.

    `big` are all runs of the big model, `broken` how many samples have no draft or no verdict.
    """

    def __init__(self) -> None:
        self.open: list[Judged] = []
        self.complete: list[Judged] = []
        self.big: list[RunRecord] = []
        self.broken = 0
        self.drafts = 0
        self.caveats: tuple[Caveat, ...] = ()

    def fits(self, lab: Lab) -> int | None:
        """How many more samples the budget will pay for, as dear as those so far; None where nothing is known.

        One is left for the warm-ups, one as no call is made that could cross the budget.
        """
        if lab.left_usd is None or not self.complete or lab.spent_usd == 0.0:
            return None
        return int(lab.left_usd * len(self.complete) / lab.spent_usd) - 2

    def draft(self, stage: Stage) -> None:
        """Take in what small model and judge said of a chunk."""
        self.open = [judged for run in stage.measured if (judged := judged_of(run)) is not None]
        self.broken += len(stage.measured) - len(self.open)
        self.drafts += len(self.open)
        self.caveats = self.caveats or stage.report.caveats

    def close(self, wanted: Collection[str], asked: Sequence[RunRecord], seed: int) -> None:
        """Take in the big model's runs of a chunk, and with them the drafts that are complete now.

        `wanted` are the samples it was to be asked about. Where it was stopped on the way, which it does in random
        order, as large a share of the others is taken at random: escalated and passed drafts keep their proportions.
        """
        self.big += asked
        answered = {run.sample for run in asked}
        others = sorted(draft.sample for draft in self.open if draft.sample not in wanted)
        share = len(answered) / len(wanted) if wanted else 1.0
        taken = answered | set(random.Random(f"{seed}:others").sample(others, round(share * len(others))))
        self.complete += [draft for draft in self.open if draft.sample in taken]
        self.open = []
