"""What stands below a table of times: whose times they are, and what the instrument itself takes."""

from optlab.core.metrics import BY_NAME
from optlab.core.report import Report
from optlab.core.verdict import Comparison

SERVICE_TIME = "times are service time, one call after the other: not what users see under load"


def floor_s(report: Report) -> float | None:
    """Model seconds of client and loopback alone, for figures of a simulator; None elsewhere.

    On a real server a null answer takes the way there and back, which every user waits for as well.
    """
    if report.provenance != "simulated" or report.floor_ms is None:
        return None
    return report.floor_ms / 1000 * report.sim_speed


def near_floor(report: Report, found: Comparison) -> bool:
    """Whether the two middles of a comparison are closer than the floor, so that their difference is not reported."""
    floor = floor_s(report)
    if floor is None or BY_NAME[found.metric].unit != "s" or found.metric in ("tpot", "tpot_visible"):
        return False
    middles = {v.name: v.metrics[found.metric].p50 for v in report.variants if found.metric in v.metrics}
    base, other = middles.get(report.variants[0].name), middles.get(found.variant)
    return isinstance(base, float) and isinstance(other, float) and 0 < abs(base - other) < floor


def condition_lines(report: Report) -> list[str]:
    """One line each, where times are printed at all."""
    timed = any(BY_NAME[name].unit == "s" for v in report.variants for name in v.metrics)
    if not timed:
        return []
    floor = floor_s(report)
    scaled = f" at speed {report.sim_speed:g}" if report.sim_speed != 1 else ""
    return [
        SERVICE_TIME,
        *(
            []
            if floor is None
            else [f"the client itself takes {floor * 1000:.1f} ms{scaled}; smaller differences say nothing"]
        ),
    ]
