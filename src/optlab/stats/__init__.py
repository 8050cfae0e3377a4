"""The method: pure functions on numbers. Times in seconds, money in dollars, rates in [0, 1], ratios as ln(base / new).

Nothing here reads a file, a clock or an unseeded source of randomness. scipy and rapidfuzz are imported inside the
functions that need them, because scipy alone costs a second.
"""

from optlab.core.verdict import Interval
from optlab.stats.change import energy_statistic, energy_test
from optlab.stats.cost import CostDecision, decide_cost
from optlab.stats.economics import cache_hit_rate_poisson, ceiling_rank, payback_calls, truncation_bound
from optlab.stats.guard import GuardState, guard_no_loss, guard_share
from optlab.stats.paired import (
    hodges_lehmann,
    log_ratios,
    pairs_needed,
    probability_faster,
    ratio_interval,
    signed_rank_p,
    spread,
)
from optlab.stats.proportions import clopper_pearson, mcnemar_exact, newcombe_paired, tango_interval, wilson
from optlab.stats.quality import QualityDecision, decide_quality
from optlab.stats.quantiles import min_runs, quantile, quantile_interval, quantile_ranks
from optlab.stats.sequential import (
    Decision,
    bounded_mean_log_e_path,
    confidence_sequence,
    decide,
    log_e_path,
    noninferiority_log_e_path,
)
from optlab.stats.similarity import rouge_l
from optlab.stats.timeline import Timeline, timeline

__all__ = [
    "CostDecision",
    "Decision",
    "GuardState",
    "Interval",
    "QualityDecision",
    "Timeline",
    "bounded_mean_log_e_path",
    "cache_hit_rate_poisson",
    "ceiling_rank",
    "clopper_pearson",
    "confidence_sequence",
    "decide",
    "decide_cost",
    "decide_quality",
    "energy_statistic",
    "energy_test",
    "guard_no_loss",
    "guard_share",
    "hodges_lehmann",
    "log_e_path",
    "log_ratios",
    "mcnemar_exact",
    "min_runs",
    "newcombe_paired",
    "noninferiority_log_e_path",
    "pairs_needed",
    "payback_calls",
    "probability_faster",
    "quantile",
    "quantile_interval",
    "quantile_ranks",
    "ratio_interval",
    "rouge_l",
    "signed_rank_p",
    "spread",
    "tango_interval",
    "timeline",
    "truncation_bound",
    "wilson",
]
