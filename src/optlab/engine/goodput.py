"""Goodput: does a run keep every limit that the scenario declares, all at once?"""

import msgspec

from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import RunRecord
from optlab.core.scenario import FigureName, Slo


def within(run: RunRecord, slo: Slo) -> RunRecord:
    """The run with whether it kept every declared limit. A failed one kept none; an absent time breaks none."""
    limits: dict[FigureName, float | None] = {"first_visible": slo.ttft_ms, "tpot": slo.tpot_ms, "e2e": slo.e2e_ms}
    declared = {name: limit / 1000 for name, limit in limits.items() if limit is not None}
    if not declared or run.untimed:
        return run
    taken = {name: METRICS[name].read(run) for name in declared}
    kept = not run.failed and all(s is None or s <= declared[name] for name, s in taken.items())
    return msgspec.structs.replace(run, in_time=kept)
