"""How a race went: who was ahead, and by how much. One call each, so it is told and nothing follows from it."""

from collections.abc import Sequence

from optlab.core.record import RunRecord
from optlab.render import format as spell
from optlab.render.lanes import wrote
from optlab.render.snapshot import Lane

NO_VERDICT = "one call each: no verdict"
SAME_S = 0.005
"""Seconds that a figure of two places cannot tell apart."""
SAME_USD = 0.000005
"""Dollars that a figure of five places cannot tell apart."""


def called(variant: str) -> str:
    """A racer as a person calls it: as written, or its levers."""
    name = spell.line(variant)
    if name.split(" ")[0] == "baseline":
        return name.replace("baseline", "as written")
    return name if ":" in name else name.replace("+", " + ")


def finish(lanes: Sequence[Lane]) -> str:
    """One line on the finished race of two: first text, end and bill, each with who was ahead; empty until both ended.

    A racer that failed is named, and nothing is said of its times. One that wrote nothing was first with no text.
    """
    if len(lanes) != 2 or any(lane.run is None for lane in lanes):
        return ""
    runs = [lane.run for lane in lanes if lane.run is not None]
    names = [called(lane.variant) for lane in lanes]
    failed = [name for name, run in zip(names, runs, strict=True) if not run.answered]
    if failed:
        return f"{' and '.join(failed)} failed · {NO_VERDICT}"
    return " · ".join(
        (
            f"First text: {_first(names, runs)}",
            f"end: {_ahead(names, [run.e2e_s for run in runs])}",
            f"bill: {_cheaper(names, runs)}",
            NO_VERDICT,
        )
    )


def _first(names: Sequence[str], runs: Sequence[RunRecord]) -> str:
    silent = [name for name, run in zip(names, runs, strict=True) if not wrote(run)]
    return f"none from {' and '.join(silent)}" if silent else _ahead(names, [run.first_visible_s for run in runs])


def _ahead(names: Sequence[str], seconds: Sequence[float]) -> str:
    lead = abs(seconds[0] - seconds[1])
    first = 0 if seconds[0] < seconds[1] else 1
    return "level" if lead < SAME_S else f"{names[first]} by {lead:.2f} s"


def _cheaper(names: Sequence[str], runs: Sequence[RunRecord]) -> str:
    usd = [run.cost.total_usd for run in runs]
    less = abs(usd[0] - usd[1])
    low = 0 if usd[0] < usd[1] else 1
    return "the same" if less < SAME_USD else f"{names[low]} by {spell.usd(less)}"
