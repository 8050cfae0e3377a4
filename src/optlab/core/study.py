"""What every study says of itself, whatever it asks."""

from typing import Literal

import msgspec

from optlab.core.record import Provenance
from optlab.core.report import Caveat

StudyKind = Literal["cascade", "cache", "ceiling", "screen", "advice", "cut", "trim", "heat"]
StudyStatus = Literal["finished", "budget", "cancelled"]


class StudyHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where a study's figures come from, how it ended, and the cost it caused.

    `runs` are the experiments it made, by their ids in the history; `calls` and `cost_usd` are everything that was
    sent for it, warm-ups, retries and judges included.
    """

    study_id: str
    kind: StudyKind
    scenario: str
    source: str
    provenance: Provenance
    sim_speed: float
    server: str
    seed: int
    catalogue_as_of: str
    started_at: str
    status: StudyStatus
    runs: tuple[str, ...] = ()
    calls: int = 0
    cost_usd: float = 0.0
    caveats: tuple[Caveat, ...] = ()
