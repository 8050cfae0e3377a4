"""Bills of two variants compared. Money adds, ratios do not: verdicts rest on sums, never on typical ratios."""

import math
from collections.abc import Mapping, Sequence

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import Pair
from optlab.core.verdict import Comparison, Interval
from optlab.engine.arrivals import counted_costs, weighting
from optlab.engine.items import decided
from optlab.engine.planning import HEADROOM, typical
from optlab.engine.summary import flipped
from optlab.stats import CostDecision, decide_cost, decide_cost_once, ratio_interval, smallest_bill_saving


def compare_cost(
    experiment: Experiment, variant: Variant, pairs: Sequence[Pair], ceilings: Mapping[str, float]
) -> Comparison:
    """The candidate against the baseline on its bill. `ceilings` is the most one run of each can cost, in USD."""
    plan = experiment.scenario.plan
    rows = [counted_costs(experiment, variant, *pair) for pair in pairs]
    # The largest cost is fixed before the first pair; a call that outran it all the same must not stop the verdict.
    names = (experiment.baseline.name, variant.name)
    most = [max(ceilings[name], *column) for name, column in zip(names, zip(*rows, strict=True), strict=True)]
    complete = len(pairs) >= experiment.pairs
    items, decision = decided(
        experiment,
        [base.sample for base, _ in pairs],
        rows,
        len(experiment.scenario.samples),
        complete,
        lambda rows, n_max: decide_cost(
            [b for b, _ in rows], [c for _, c in rows], most[0], most[1], n_max, plan.delta_min, experiment.alpha
        ),
        lambda rows: decide_cost_once([b for b, _ in rows], [c for _, c in rows], plan.delta_min, experiment.alpha),
    )
    base, candidate = [b for b, _ in items], [c for _, c in items]
    total = math.fsum(base)
    interval = ratio_interval(base, candidate, 1 - experiment.alpha) if total > 0 else Interval(None, None)
    ratio = math.fsum(candidate) / total if total > 0 else None
    return Comparison(
        variant=variant.name,
        metric="cost_usd",
        verdict=decision.verdict,
        estimate=None if ratio is None else 1 - ratio,
        interval=flipped(interval),
        pairs=decision.pairs,
        seen=len(items),
        final=decision.final,
        won=sum(c < b for b, c in items),
        pairs_needed=_needed_for_cost(ratio, interval, len(items), plan.delta_min)
        if decision.verdict == "undecided"
        else None,
        smallest_visible=_visible_in_cost(experiment, base, candidate),
        note=_cost_note(
            weighting(experiment, variant, (run for _, run in pairs)), decision, interval, clustered=items is not rows
        ),
        won_by=typical([math.log(b / c) for b, c in items if b > c > 0]),
        lost_by=typical([math.log(b / c) for b, c in items if c > b > 0]),
    )


def _visible_in_cost(experiment: Experiment, base: Sequence[float], candidate: Sequence[float]) -> float | None:
    """The smallest saving that so many pairs usually show; None where all say the same or nothing is billed."""
    if len(base) < 2 or math.fsum(base) == 0:
        return None
    return smallest_bill_saving(base, candidate, experiment.alpha) or None


def _needed_for_cost(ratio: float | None, interval: Interval, seen: int, delta: float) -> int | None:
    """Pairs after which the interval, which closes with the square root of their number, would tell."""
    if ratio is None or interval.low is None or interval.high is None:
        return None
    effect = max(abs(1 - ratio), delta)
    return max(seen + 1, math.ceil(HEADROOM * seen * ((interval.high - interval.low) / 2 / effect) ** 2))


def _cost_note(weighed: str | None, decision: CostDecision, interval: Interval, *, clustered: bool) -> str:
    notes = [] if weighed is None else [weighed]
    if clustered:
        notes.append("items counted, not pairs")
    if decision.final and decision.verdict == "undecided" and _excludes_even(interval):
        notes.append("a few dear calls carry the difference: the interval excludes none, a t test does not")
    return "; ".join(notes)


def _excludes_even(interval: Interval) -> bool:
    return (interval.low is not None and interval.low > 1) or (interval.high is not None and interval.high < 1)
