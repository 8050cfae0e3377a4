"""Quality fell after a change: item by item against what was there before it, and what was changed."""

from collections.abc import Sequence

import msgspec

from optlab.core.advice_report import AdviceRow, Quantity
from optlab.core.prompt import Segment
from optlab.core.record import RunRecord
from optlab.core.scenario import Scenario
from optlab.stats import mcnemar_exact
from optlab.studies.evidence import Evidence
from optlab.studies.symptoms.row import with_


def quality_fell(evidence: Evidence) -> AdviceRow:
    """Fewer answers pass than before the last change, over every item answered on both sides: McNemar's exact test."""
    earlier = evidence.earlier
    row = AdviceRow("quality fell", "not measured", "", "roll back")
    now = _by_sample([*evidence.runs, *evidence.kept])
    if not now or earlier is None:
        why = "the scenario has no check" if not now else "no earlier run of this scenario with checks is kept"
        return with_(row, why=f"{why}, so nobody knows")
    before = _by_sample(earlier.runs)
    common = [sample for sample in now if sample in before]
    lost = sum(before[s] and not now[s] for s in common)
    won = sum(now[s] and not before[s] for s in common)
    quantities = (
        Quantity("before", sum(before[s] for s in common), "count"),
        Quantity("now", sum(now[s] for s in common), "count"),
        Quantity("items", len(common), "count"),
        Quantity("p", mcnemar_exact(lost, won), "times"),
    )
    fell = lost > won and mcnemar_exact(lost, won) <= evidence.scenario.plan.alpha
    told = "{now} of {items} common items pass, {before} did in run " + earlier.run_id
    if not fell:
        return with_(row, holds="no", why=f"{told}: no fall that chance would not explain", quantities=quantities)
    changed = changes(earlier.scenario, evidence.scenario)
    what = f"; changed since: {', '.join(changed)}" if changed else "; nothing in the scenario changed since"
    return with_(
        row,
        holds="yes",
        why=told + what,
        quantities=quantities,
        command=f"optlab show {earlier.run_id}",
    )


def _by_sample(runs: Sequence[RunRecord]) -> dict[str, bool]:
    """Whether a sample's first scored answer passed."""
    found: dict[str, bool] = {}
    for run in runs:
        if run.score is not None:
            found.setdefault(run.sample, run.score >= 1.0)
    return found


def changes(before: Scenario, now: Scenario) -> list[str]:
    """What a person changed between two states of a scenario, in words."""
    found = []
    if before.model != now.model:
        found.append(f"the model, {before.model} before")
    if before.max_tokens != now.max_tokens:
        found.append(f"max_tokens, {before.max_tokens} before")
    old, new = ({s.name: s for s in one.prompt.segments} for one in (before, now))
    found += [f"segment {name!r}" for name in new if name in old and _sent(old[name]) != _sent(new[name])]
    found += [f"segment {name!r} is new" for name in new if name not in old]
    found += [f"segment {name!r} is gone" for name in old if name not in new]
    if old.keys() == new.keys() and list(old) != list(new):
        found.append("the order of the segments")
    return found


def _sent(segment: Segment) -> Segment:
    """What of a segment a model sees."""
    return msgspec.structs.replace(segment, trimmable=True)
