"""What the history knows of a scenario's answers: as it is now, and as it was before it was last changed."""

from optlab.core.record import Provenance
from optlab.core.scenario import Scenario
from optlab.history import Store
from optlab.studies.evidence import Earlier, passed, runs_of
from optlab.studies.symptoms.fell import changes


class Past:
    """Checked baselines of earlier runs, parted by the state of the scenario.

    `kept` answered the very prompt of now, on the same model. `earlier` is the newest state that was another, with
    every answer kept of it; where there never was another, the newest run of this one, and `kept` is empty.
    """

    def __init__(self, store: Store, scenario: Scenario, provenance: Provenance, before: str = "") -> None:
        """Of runs that began before the run `before` (empty: all)."""
        same: list[Earlier] = []
        other: list[Earlier] = []
        for run_id in store.earlier(scenario.name, provenance, before):
            _, experiment, runs = store.records(run_id)
            found = Earlier(run_id, experiment.scenario, runs_of(experiment.baseline, runs))
            if not passed(found.runs)[1] or experiment.baseline.levers:
                continue
            if not changes(found.scenario, scenario):
                same.append(found)
            elif not other or not changes(found.scenario, other[0].scenario):
                other.append(found)
        self.earlier = _pooled(other) or (same[0] if same else None)
        self.kept = tuple(run for one in same for run in one.runs) if other else ()


def _pooled(runs: list[Earlier]) -> Earlier | None:
    if not runs:
        return None
    return Earlier(runs[0].run_id, runs[0].scenario, tuple(run for one in runs for run in one.runs))
