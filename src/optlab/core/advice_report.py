"""The decision table on measured symptoms: what was found, what it suggests, and what that is expected to save."""

from typing import Literal

import msgspec

from optlab.core.record import Provenance

Symptom = Literal["quality fell", "stable prefix", "easy questions", "somebody waits", "high bill", "good but slow"]
Holds = Literal["yes", "no", "not measured"]
QuantityUnit = Literal["usd", "usd_per_million", "s", "share", "tokens", "per_min", "per_s", "count", "times"]


class Quantity(msgspec.Struct, frozen=True):
    """One figure by the name that a text calls it, `{name}`. `assumed`: nobody measured it here."""

    name: str
    value: float
    unit: QuantityUnit
    assumed: bool = False


class AdviceRow(msgspec.Struct, frozen=True):
    """One line of the decision table.

    `why` and `formula` name quantities in braces. `saving_usd` is dollars a call, `saving_s` seconds a call; None where
    nothing can be expected or nobody knows. `blocked` says what must be there before the lever can be adopted.
    """

    symptom: Symptom
    holds: Holds
    why: str
    lever: str
    command: str | None = None
    quantities: tuple[Quantity, ...] = ()
    formula: str = ""
    saving_usd: float | None = None
    saving_s: float | None = None
    blocked: str = ""


class AdviceReport(msgspec.Struct, frozen=True):
    """The whole table, and the row to begin with (None: no symptom holds).

    `run_id` is the run whose baseline was looked at, `cost_usd_per_call` its mean bill, `wait_s` the median time to its
    first text; `earlier` is the run that quality was compared with.
    """

    scenario: str
    source: str
    provenance: Provenance
    sim_speed: float
    run_id: str
    runs: int
    cost_usd_per_call: float
    wait_s: float | None
    rows: tuple[AdviceRow, ...]
    first: Symptom | None
    earlier: str | None = None
