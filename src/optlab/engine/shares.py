"""Shares of runs, candidate against baseline, pair by pair: cut, refused, passed, and so on. Told, not decided on.

Given its items, pairs are independent, so interval and test speak of these items (and hold all the more where items
differ: Hoeffding 1956). Whether quality holds for other items is `answers.quality`'s to say.
"""

from collections.abc import Sequence

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import METRICS, Metric
from optlab.core.record import Pair
from optlab.core.verdict import ShareDifference
from optlab.stats import mcnemar_exact, newcombe_paired


def share_differences(experiment: Experiment, variant: Variant, pairs: Sequence[Pair]) -> list[ShareDifference]:
    """Every share that both sides have, in the order of the table of metrics."""
    found = [_difference(experiment, variant, metric, pairs) for metric in METRICS if metric.kind == "share"]
    return [difference for difference in found if difference is not None]


def _difference(
    experiment: Experiment, variant: Variant, metric: Metric, pairs: Sequence[Pair]
) -> ShareDifference | None:
    """P(candidate) - P(baseline): Newcombe 1998, method 10; whether it is real: McNemar's exact test."""
    read = [
        (base.sample, b > 0, c > 0)
        for base, candidate in pairs
        if (b := metric.read(base)) is not None and (c := metric.read(candidate)) is not None
    ]
    if not read:
        return None
    rows = [(b, c) for _, b, c in read]
    only_candidate = sum(c and not b for b, c in rows)
    only_baseline = sum(b and not c for b, c in rows)
    both = sum(b and c for b, c in rows)
    neither = len(rows) - both - only_candidate - only_baseline
    return ShareDifference(
        variant=variant.name,
        share=metric.name,
        difference=(only_candidate - only_baseline) / len(rows),
        interval=newcombe_paired(both, only_candidate, only_baseline, neither, 1 - experiment.alpha),
        only_candidate=only_candidate,
        only_baseline=only_baseline,
        pairs=len(rows),
        items=len({sample for sample, _, _ in read}),
        real=mcnemar_exact(only_candidate, only_baseline) <= experiment.alpha,
    )
