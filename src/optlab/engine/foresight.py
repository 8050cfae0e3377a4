"""What the planned pairs can be expected to show, told before any money is spent."""

import math
from collections.abc import Sequence

from optlab.core.experiment import Experiment
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.plan_events import Foresight
from optlab.core.record import RunRecord
from optlab.engine.planning import HEADROOM, fewest_pairs
from optlab.stats import log_ratios, pairs_needed, smallest_bill_saving, smallest_saving, spread

ASSUMED_SPREAD = 0.6
"""Of the log ratios of two times: public pings of Claude models over 24 hours (modelstats.ai)."""
FEWEST = 6
"""From so many kept pairs on their spread is believed."""


def foresee(experiment: Experiment, run: str, kept: Sequence[RunRecord]) -> Foresight | None:
    """The smallest saving that the planned pairs usually show (nine times in ten).

    `kept` are the measured runs of the kept run `run` of the same scenario. Without enough of them the spread of times
    is assumed, and that of bills is not: then None, and so where nothing is compared or so few pairs show nothing.
    """
    if not experiment.candidates or experiment.pairs < fewest_pairs(experiment.alpha):
        return None
    pairs = _values(experiment, kept)
    if experiment.primary == "cost_usd":
        return _of_bills(experiment, run, pairs) if len(pairs) >= FEWEST else None
    found = spread(log_ratios([b for b, _ in pairs], [c for _, c in pairs])) if len(pairs) >= FEWEST else 0.0
    sd = found or ASSUMED_SPREAD
    delta, alpha = experiment.scenario.plan.delta_min, experiment.alpha
    smallest = smallest_saving(sd, experiment.pairs, alpha)
    needed = math.ceil(HEADROOM * pairs_needed(sd, delta, alpha)) if smallest > delta else None
    return Foresight(smallest, run if found else "", needed)


def _of_bills(experiment: Experiment, run: str, pairs: Sequence[tuple[float, float]]) -> Foresight | None:
    if math.fsum(b for b, _ in pairs) == 0:
        return None
    now = smallest_bill_saving([b for b, _ in pairs], [c for _, c in pairs], experiment.alpha)
    # What is visible shrinks with the square root of the number of pairs.
    once, delta = now * math.sqrt(len(pairs)), experiment.scenario.plan.delta_min
    smallest = min(1.0, once / math.sqrt(experiment.pairs))
    needed = math.ceil(HEADROOM * (once / delta) ** 2) if smallest > delta else None
    return Foresight(smallest, run, needed) if now else None


def _values(experiment: Experiment, kept: Sequence[RunRecord]) -> list[tuple[float, float]]:
    """(baseline, first candidate) of every whole pair, in the metric that will decide."""
    read, base = METRICS[experiment.primary].read, experiment.baseline.name
    other = next((run.variant for run in kept if run.variant != base), base)
    values = {(run.pair, run.variant): value for run in kept if (value := read(run)) is not None}
    pairs = sorted({pair for pair, _ in values})
    return [(values[p, base], values[p, other]) for p in pairs if (p, base) in values and (p, other) in values]
