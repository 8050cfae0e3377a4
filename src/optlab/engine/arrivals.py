"""The cost of caching at the traffic it will really meet: back-to-back runs hit almost always, life does not.

What misses back to back, where every entry is alive, misses in any traffic: a prefix that changes from call to call.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final, cast

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import CallRecord, RunRecord
from optlab.core.request import CacheTtl
from optlab.levers import complete
from optlab.stats import cache_hit_rate_poisson

TTL_MINUTES: Final[Mapping[CacheTtl, float]] = {"5m": 5.0, "1h": 60.0}
"""How long an unused cache entry lives."""
HITS_IN_A_BATCH = 0.30
"""Requests of a batch find each other's entries by chance: 30 to 98% of them (Anthropic's batch-processing page)."""


def hit_rate(experiment: Experiment, variant: Variant) -> float | None:
    """The share of calls that will find their prefix cached, for Poisson arrivals at the declared rate.

    In a batch nothing arrives at any rate: there it is the least that is known of batches. None where the variant does
    not cache or no rate is declared.
    """
    caching = next((choice for choice in variant.levers if choice.name == "caching"), None)
    if caching is not None and in_batch(variant):
        return HITS_IN_A_BATCH
    if caching is None or experiment.rate_per_minute is None:
        return None
    ttl = cast(CacheTtl, complete(caching, experiment.scenario).params["ttl"])
    return cache_hit_rate_poisson(experiment.rate_per_minute, TTL_MINUTES[ttl])


def in_batch(variant: Variant) -> bool:
    """Whether the variant sends its requests as a batch."""
    return any(choice.name == "batch" for choice in variant.levers)


def weighted_cost(experiment: Experiment, variant: Variant, run: RunRecord) -> float:
    """USD of one run: as billed, or for a caching variant with known arrivals hit_rate warm + (1 - hit_rate) cold.

    Cold is the same tokens priced as writes; that is arithmetic, not another measurement. Warm is all of them priced as
    reads, or where the call wrote although it came right behind another, what was billed.
    """
    share = hit_rate(experiment, variant)
    if share is None:
        return run.cost.total_usd
    return math.fsum(share * _warm_usd(call) + (1 - share) * call.cold_usd for call in run.calls)


def counted_costs(
    experiment: Experiment, variant: Variant, base: RunRecord, candidate: RunRecord
) -> tuple[float, float]:
    """USD of both runs of a pair as savings count them: a run without an answer is no cheaper than its partner."""
    b, c = weighted_cost(experiment, experiment.baseline, base), weighted_cost(experiment, variant, candidate)
    return (b if base.answered else max(b, c)), (c if candidate.answered else max(b, c))


def weighting(experiment: Experiment, variant: Variant, runs: Iterable[RunRecord]) -> str | None:
    """What the cost is weighted by, in words; None where it is as billed."""
    share = hit_rate(experiment, variant)
    if share is None:
        return None
    wrote = [_wrote(call) for run in runs for call in run.calls]
    where = "a batch" if in_batch(variant) else f"{experiment.rate_per_minute or 0:g} calls a minute"
    told = f"weighted for {where}: {share:.0%} hits"
    return f"{told} if prefixes stayed the same, but {sum(wrote)} of {len(wrote)} wrote anew" if any(wrote) else told


def _warm_usd(call: CallRecord) -> float:
    return call.cost.total_usd if _wrote(call) else call.warm_usd


def _wrote(call: CallRecord) -> bool:
    return call.usage.cache_write_tokens > 0
