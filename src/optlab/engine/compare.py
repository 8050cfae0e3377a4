"""Runs of two variants become comparisons: per metric a saving with its interval and a verdict."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Pair
from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison, Interval, Verdict
from optlab.engine.compare_cost import compare_cost
from optlab.engine.planning import HEADROOM, typical
from optlab.engine.summary import savings
from optlab.stats import (
    Decision,
    confidence_sequence,
    decide,
    hodges_lehmann,
    log_ratios,
    pairs_needed,
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
        pairs_needed=_needed(sd, centre, plan.delta_min, experiment.alpha) if decision.verdict == "undecided" else None,
        smallest_visible=smallest_saving(sd, len(ratios), experiment.alpha) if sd > 0 else None,
        note=_last_look_note(decision.verdict, interval),
        won_by=typical([ratio for ratio in ratios if ratio > 0]),
        lost_by=typical([ratio for ratio in ratios if ratio < 0]),
        faster=probability_faster([b for b, _ in values], [c for _, c in values]),
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


def _last_look_note(verdict: Verdict, interval: Interval) -> str:
    """The interval holds at every look and is wider than the test at the last pair: the two may seem to disagree."""
    if verdict not in ("better", "worse") or interval.low is None or interval.high is None:
        return ""
    if interval.low <= 0 <= interval.high:
        return "by the exact test at the last pair; the interval is the wider one that holds at every look"
    return ""


def _needed(sd: float, centre: float, delta: float, alpha: float) -> int | None:
    """Pairs that would show the effect seen so far, or the smallest useful one if that is larger."""
    effect = max(abs(1 - math.exp(-abs(centre))), delta)
    if sd <= 0 or effect >= 1:
        return None
    return math.ceil(HEADROOM * pairs_needed(sd, effect, alpha))
