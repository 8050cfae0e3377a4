"""The method: pure functions on numbers. Times in seconds, money in dollars, rates in [0, 1], ratios as ln(base / new).

Nothing here reads a file, a clock or an unseeded source of randomness. scipy and rapidfuzz are imported inside the
functions that need them, because scipy alone costs a second.
"""

from optlab.core.verdict import Interval
from optlab.stats.cascade import cascade_break_even_interval, cascade_saving, effective_number, weighted_share
from optlab.stats.change import energy_smallest_p, energy_statistic, energy_test
from optlab.stats.cost import CostDecision, cost_sequence, decide_cost, decide_cost_once, smallest_bill_saving
from optlab.stats.crossed import crossed_mean_interval
from optlab.stats.economics import (
    cache_break_even_calls,
    cache_break_even_hit_rate,
    cache_hit_rate_poisson,
    cache_multiplier,
    cascade_break_even,
    cascade_cost,
    cascade_quality,
    payback_calls,
)
from optlab.stats.factorial import effect_intervals, fractional_design, main_effects, pair_columns
from optlab.stats.guard import GuardState, guard_no_loss, guard_share
from optlab.stats.judge import judge_interval, true_rate_from_judge
from optlab.stats.lengths import answers_for_cap, ceiling_rank, proven_cap, truncation_bound
from optlab.stats.multiplicity import benjamini_hochberg, e_bh, holm
from optlab.stats.noisy_search import Ask, NoisySearch
from optlab.stats.paired import (
    hodges_lehmann,
    log_ratios,
    pairs_needed,
    probability_faster,
    ratio_interval,
    signed_rank_p,
    smallest_saving,
    spread,
)
from optlab.stats.pareto import pareto_front
from optlab.stats.proportions import (
    clopper_pearson,
    mcnemar_exact,
    mcnemar_midp,
    newcombe_paired,
    tango_interval,
    wilson,
)
from optlab.stats.quality import (
    QualityDecision,
    decide_quality,
    decide_quality_once,
    excluded_loss,
    fewest_items,
    graded,
)
from optlab.stats.quantiles import min_runs, quantile, quantile_interval, quantile_ranks
from optlab.stats.replay import Replay, replay_cache
from optlab.stats.search import Reduced, antithetic_orders, ddmin, greedy_backward, probdd, shapley
from optlab.stats.sequential import (
    Decision,
    bounded_mean_log_e_path,
    confidence_sequence,
    decide,
    log_e_path,
    noninferiority_log_e_path,
)
from optlab.stats.similarity import chrf, levenshtein, rouge_l
from optlab.stats.timeline import Timeline, timeline

__all__ = [
    "Ask",
    "CostDecision",
    "Decision",
    "GuardState",
    "Interval",
    "NoisySearch",
    "QualityDecision",
    "Reduced",
    "Replay",
    "Timeline",
    "answers_for_cap",
    "antithetic_orders",
    "benjamini_hochberg",
    "bounded_mean_log_e_path",
    "cache_break_even_calls",
    "cache_break_even_hit_rate",
    "cache_hit_rate_poisson",
    "cache_multiplier",
    "cascade_break_even",
    "cascade_break_even_interval",
    "cascade_cost",
    "cascade_quality",
    "cascade_saving",
    "ceiling_rank",
    "chrf",
    "clopper_pearson",
    "confidence_sequence",
    "cost_sequence",
    "crossed_mean_interval",
    "ddmin",
    "decide",
    "decide_cost",
    "decide_cost_once",
    "decide_quality",
    "decide_quality_once",
    "e_bh",
    "effect_intervals",
    "effective_number",
    "energy_smallest_p",
    "energy_statistic",
    "energy_test",
    "excluded_loss",
    "fewest_items",
    "fractional_design",
    "graded",
    "greedy_backward",
    "guard_no_loss",
    "guard_share",
    "hodges_lehmann",
    "holm",
    "judge_interval",
    "levenshtein",
    "log_e_path",
    "log_ratios",
    "main_effects",
    "mcnemar_exact",
    "mcnemar_midp",
    "min_runs",
    "newcombe_paired",
    "noninferiority_log_e_path",
    "pair_columns",
    "pairs_needed",
    "pareto_front",
    "payback_calls",
    "probability_faster",
    "probdd",
    "proven_cap",
    "quantile",
    "quantile_interval",
    "quantile_ranks",
    "ratio_interval",
    "replay_cache",
    "rouge_l",
    "shapley",
    "signed_rank_p",
    "smallest_bill_saving",
    "smallest_saving",
    "spread",
    "tango_interval",
    "timeline",
    "true_rate_from_judge",
    "truncation_bound",
    "weighted_share",
    "wilson",
]
