"""Runs of two variants become comparisons: per metric a saving with its interval and a verdict."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Pair
from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison, Interval
from optlab.engine.compare_cost import compare_cost
from optlab.engine.notes import decided_note
from optlab.engine.planning import fewest_pairs, pairs_for, typical
from optlab.engine.summary import savings
from optlab.stats import (
    Decision,
    confidence_sequence,
    decide,
    hodges_lehmann,
    log_ratios,
    probability_faster,
    smallest_saving,
    spread,
)


def compare(
    experiment: Experiment, variant: Variant, metric: MetricName, pairs: Sequence[Pair], ceilings: Mapping[str, float]
) -> Comparison | None:
    """The candidate against the baseline on one metric; None where the metric is absent on one side.

    `ceilings` is the most one run of each variant can cost, in USD, as it was known before the first pair.
    """
    if metric == "cost_usd":
        return compare_cost(experiment, variant, pairs, ceilings)
    read = METRICS[metric].read
    values = [
        (b, c) for base, candidate in pairs if (b := read(base)) is not None and (c := read(candidate)) is not None
    ]
    if not values:
        return None
    plan = experiment.scenario.plan
    ratios = log_ratios([b for b, _ in values], [c for _, c in values])
    decision, interval, centre, sd = _judged(tuple(ratios), experiment.pairs, plan.delta_min, experiment.alpha)
    return Comparison(
        variant=variant.name,
        metric=metric,
        verdict=decision.verdict,
        estimate=1 - math.exp(-centre),
        interval=interval,
        pairs=decision.pairs,
        seen=len(ratios),
        final=decision.final,
        won=sum(ratio > 0 for ratio in ratios),
        pairs_needed=_needed(sd, centre, len(ratios), experiment) if decision.verdict == "undecided" else None,
        smallest_visible=_visible(sd, len(ratios), experiment.alpha),
        note=_note(decision, interval, len(ratios), experiment),
        won_by=typical([ratio for ratio in ratios if ratio > 0]),
        lost_by=typical([ratio for ratio in ratios if ratio < 0]),
        faster=probability_faster([b for b, _ in values], [c for _, c in values]),
        loss_excluded=interval.low is not None and interval.low > -plan.delta_min,
    )


@lru_cache(maxsize=8)
def _judged(
    ratios: tuple[float, ...], n_max: int, delta: float, alpha: float
) -> tuple[Decision, Interval, float, float]:
    """The decision, the interval of the saving, and centre and spread of the log ratios.

    This is nearly all the work of a look, and kept: a plain answer is visible when it ends, so two metrics have the
    same ratios, and the last look at a run mostly sees what the look before it saw.
    """
    interval = savings(confidence_sequence(ratios, alpha))
    return decide(ratios, n_max, delta, alpha), interval, hodges_lehmann(ratios), spread(ratios)


def _note(decision: Decision, interval: Interval, seen: int, experiment: Experiment) -> str:
    proven = {"better": decision.log_e_better, "worse": decision.log_e_worse}.get(decision.verdict)
    if decision.verdict == "negligible":
        proven = decision.log_e_no_gain
    last_look = proven is not None and decision.pairs == experiment.pairs and proven < math.log(2 / experiment.alpha)
    delta = experiment.scenario.plan.delta_min
    return decided_note(decision.verdict, decision.pairs, seen, interval, delta, last_look=last_look)


def _visible(sd: float, seen: int, alpha: float) -> float | None:
    """The smallest saving that so many pairs usually show; None where they are too few to show any."""
    return smallest_saving(sd, seen, alpha) if sd > 0 and seen >= fewest_pairs(alpha) else None


def _needed(sd: float, centre: float, seen: int, experiment: Experiment) -> int | None:
    """Pairs that would show the effect seen so far, or the smallest useful one if that is larger."""
    effect = max(-math.expm1(-abs(centre)), experiment.scenario.plan.delta_min)
    return pairs_for(sd, effect, experiment.alpha, seen)
