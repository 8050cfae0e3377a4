"""What every study says of itself, whatever it asks."""

from typing import Literal

import msgspec

from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.verdict import CardWord

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


class Upshot(msgspec.Struct, frozen=True):
    """What a study came to, as little as one line of a list can say; what a kind of study does not tell is None.

    `word` is the verdict of its card, `tokens` the prompt before and after a cut (offline estimates), `levers` what it
    chose or advises (none: nothing), `cap` the max_tokens it recommends, `saving` a share (of the bill: a cascade; of
    the time to the first token: a cache), `pieces` how many a heat map has values for. `found` is False where it ended
    before it could say anything.
    """

    found: bool = True
    word: CardWord | None = None
    tokens: tuple[int, int] | None = None
    levers: tuple[str, ...] | None = None
    cap: int | None = None
    saving: float | None = None
    pieces: int | None = None


class KeptStudy(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag="study"):
    """One study in the history, with how many runs it made so far.

    `at` is when it began, `ended` when it was over (None: it was not, or nobody knows). `status` is a StudyHead's, or
    "running", "failed", "left" where the user went away, "broken off" where its worker died, "unknown" where it was
    made before studies were kept; then, and where it has no end, `upshot` is None.
    """

    id: str
    at: str
    ended: str | None
    scenario: str
    source: str
    kind: str
    provenance: Provenance
    sim_speed: float
    seed: int
    status: str
    cost_usd: float
    runs: int
    upshot: Upshot | None = None
