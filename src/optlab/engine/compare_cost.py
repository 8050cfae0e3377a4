"""Bills of two variants compared. Money adds, ratios do not: verdicts rest on sums, never on typical ratios."""

import math
from collections.abc import Mapping, Sequence

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import Pair
from optlab.core.verdict import Comparison, Interval
from optlab.engine.arrivals import counted_costs, weighting
from optlab.engine.items import decided
from optlab.engine.notes import FEW_DEAR, decided_note
from optlab.engine.planning import HEADROOM, fewest_pairs, typical
from optlab.engine.summary import flipped
from optlab.stats import (
    CostDecision,
    cost_sequence,
    decide_cost,
    decide_cost_once,
    ratio_interval,
    smallest_bill_saving,
)


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
    one_look = ratio_interval(base, candidate, 1 - experiment.alpha) if total > 0 else Interval(None, None)
    # Before the last pair the bill is looked at again and again: an interval for one look would promise too much.
    interval = (
        one_look if complete or total <= 0 else cost_sequence(base, candidate, most[0], most[1], experiment.alpha)
    )
    saving = flipped(interval)
    ratio = math.fsum(candidate) / total if total > 0 else None
    clustered = len(rows) > len(items)
    return Comparison(
        variant=variant.name,
        metric="cost_usd",
        verdict=decision.verdict,
        estimate=None if ratio is None else 1 - ratio,
        interval=saving,
        pairs=decision.pairs,
        seen=len(items),
        final=decision.final,
        won=sum(c < b for b, c in items),
        pairs_needed=_needed_for_cost(ratio, one_look, len(items), experiment)
        if decision.verdict == "undecided" and not clustered
        else None,
        smallest_visible=_visible_in_cost(experiment, base, candidate),
        note=_cost_note(
            experiment, weighting(experiment, variant, (c for _, c in pairs)), decision, saving, len(items)
        ),
        unit="items" if clustered else "pairs",
        won_by=typical([math.log(b / c) for b, c in items if b > c > 0]),
        lost_by=typical([math.log(b / c) for b, c in items if c > b > 0]),
        loss_excluded=saving.low is not None and saving.low > -plan.delta_min,
    )


def _visible_in_cost(experiment: Experiment, base: Sequence[float], candidate: Sequence[float]) -> float | None:
    """The smallest saving that so many pairs usually show; None where they are few, say the same, or are not billed."""
    if len(base) < fewest_pairs(experiment.alpha) or math.fsum(base) == 0:
        return None
    smallest = smallest_bill_saving(base, candidate, experiment.alpha)
    return smallest if 0 < smallest < 1 else None


def _needed_for_cost(ratio: float | None, interval: Interval, seen: int, experiment: Experiment) -> int | None:
    """Pairs after which the interval, which closes with the square root of their number, would tell.

    No fewer than planned: on the way a bill is judged on overwhelming evidence only, by the interval at the end.
    """
    if ratio is None or interval.low is None or interval.high is None:
        return None
    effect = max(abs(1 - ratio), experiment.scenario.plan.delta_min)
    most = math.ceil(HEADROOM * seen * ((interval.high - interval.low) / 2 / effect) ** 2)
    return max(seen + 1, experiment.pairs, most)


def _cost_note(experiment: Experiment, weighed: str | None, decision: CostDecision, saving: Interval, seen: int) -> str:
    delta = experiment.scenario.plan.delta_min
    notes = [] if weighed is None else [weighed]
    if decision.final and decision.verdict == "undecided" and _excludes_even(saving):
        notes.append(FEW_DEAR)
    notes.append(decided_note(decision.verdict, decision.pairs, seen, saving, delta, last_look=False))
    return "; ".join(filter(None, notes))


def _excludes_even(saving: Interval) -> bool:
    return (saving.high is not None and saving.high < 0) or (saving.low is not None and saving.low > 0)
