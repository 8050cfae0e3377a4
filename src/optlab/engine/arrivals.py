"""The cost of caching at the traffic it will really meet: back-to-back runs hit almost always, life does not."""

import math

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import RunRecord
from optlab.levers import complete
from optlab.stats import cache_hit_rate_poisson

TTL_MINUTES = {"5m": 5.0, "1h": 60.0}


def hit_rate(experiment: Experiment, variant: Variant) -> float | None:
    """The share of calls that will find their prefix cached, for Poisson arrivals at the declared rate.

    None where the variant does not cache or no rate is declared.
    """
    caching = next((choice for choice in variant.levers if choice.name == "caching"), None)
    if caching is None or experiment.rate_per_minute is None:
        return None
    ttl = str(complete(caching, experiment.scenario).params["ttl"])
    return cache_hit_rate_poisson(experiment.rate_per_minute, TTL_MINUTES[ttl])


def weighted_cost(experiment: Experiment, variant: Variant, run: RunRecord) -> float:
    """USD of one run: as billed, or for a caching variant with known arrivals hit_rate warm + (1 - hit_rate) cold.

    Warm and cold are the same tokens priced as reads and as writes; that is arithmetic, not another measurement.
    """
    share = hit_rate(experiment, variant)
    if share is None:
        return run.cost.total_usd
    return math.fsum(share * call.warm_usd + (1 - share) * call.cold_usd for call in run.calls)


def counted_costs(
    experiment: Experiment, variant: Variant, base: RunRecord, candidate: RunRecord
) -> tuple[float, float]:
    """USD of both runs of a pair as savings count them: a run without an answer is no cheaper than its partner."""
    b, c = base.cost.total_usd, weighted_cost(experiment, variant, candidate)
    return (b if base.answered else max(b, c)), (c if candidate.answered else max(b, c))
