"""What importing the room costs, what it reaches for, and the names and arguments others rely on."""

import importlib
import inspect
import subprocess
import sys

import pytest

from optlab import stats

SIGNATURES = """
quantiles.quantile xs p
quantiles.quantile_ranks n p confidence=0.95
quantiles.quantile_interval xs p confidence=0.95
quantiles.min_runs p confidence=0.95 sides=2
proportions.wilson successes n confidence=0.95
proportions.clopper_pearson successes n confidence=0.95
proportions.mcnemar_exact b c
proportions.mcnemar_midp b c
proportions.newcombe_paired both only_first only_second neither confidence=0.95
proportions.tango_interval b c n confidence=0.95
proportions.true_rate_from_judge passed n sensitivity specificity
proportions.judge_interval p specificity sensitivity n m0 m1 confidence=0.95
sequential.log_e_path log_ratios theta0=0.0 side=1
sequential.confidence_sequence log_ratios alpha=0.05
sequential.decide log_ratios n_max delta_min=0.05 alpha=0.05
sequential.noninferiority_log_e_path differences margin
sequential.bounded_mean_log_e_path xs mean0 low high side=1
paired.hodges_lehmann log_ratios
paired.signed_rank_p log_ratios
paired.probability_faster xs ys
paired.pairs_needed sd_log effect alpha=0.05 power=0.9
paired.ratio_interval base candidate confidence=0.95
multiplicity.holm ps
multiplicity.benjamini_hochberg ps
multiplicity.e_bh es alpha=0.05
pareto.pareto_front points
factorial.fractional_design factors
factorial.main_effects design responses
change.energy_statistic distances base candidate
change.energy_test items max_exact=20000 draws=9999 seed=0
search.probdd items test prior=0.1
search.ddmin items test
search.greedy_backward items test size
search.shapley n value permutations=None seed=0
similarity.rouge_l reference hypothesis
similarity.levenshtein a b
similarity.chrf reference hypothesis
economics.cascade_cost small judge big escalation
economics.cascade_break_even small judge big
economics.cascade_quality p11 p10 p01 p00 pass_if_right pass_if_wrong
economics.cache_multiplier hit_rate write read
economics.cache_hit_rate_poisson rate_per_min ttl_min
economics.cache_break_even_hit_rate write read
economics.cache_break_even_calls write read
economics.replay_cache requests breakpoints ttl_s=300.0 write=1.25 read=0.1 min_tokens=1024 lookback=20 \
first_token_s=0.0 refresh_path=True
economics.ceiling_rank n epsilon confidence=0.95
economics.truncation_bound n exceeded confidence=0.95
economics.payback_calls experiment_cost saving_per_call
timeline.timeline sent_at deltas output_tokens stopped_at=None
"""
FIELDS = {
    "sequential.Decision": "verdict pairs final log_e_better log_e_worse log_e_no_gain log_e_no_loss",
    "search.Reduced": "kept calls",
    "economics.Replay": "cost rows",
    "timeline.Timeline": "ttft e2e tpot tpot_visible gap_mean gap_max gaps",
}

PROBE = """
import sys
import optlab.stats
print([name for name in ("scipy", "numpy", "rapidfuzz") if name in sys.modules])
print(sorted(name for name in sys.modules if name.startswith("optlab.") and not name.startswith("optlab.stats")))
"""


def test_import_is_cheap_and_reaches_only_for_the_words() -> None:
    run = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    heavy, rooms = run.stdout.splitlines()
    assert heavy == "[]"
    assert all(name.startswith("'optlab.core") for name in rooms.strip("[]").split(", "))


def test_everything_offered_exists_and_is_explained() -> None:
    for name in stats.__all__:
        assert getattr(stats, name) is not None
        assert name in {"GuardState"} or getattr(stats, name).__doc__


def named(name: str) -> object:
    module, _, attribute = name.partition(".")
    return getattr(importlib.import_module(f"optlab.stats.{module}"), attribute)


@pytest.mark.parametrize("line", SIGNATURES.replace("\\\n", "").strip().splitlines())
def test_functions_keep_their_names_and_arguments(line: str) -> None:
    name, *arguments = line.split()
    function = named(name)
    assert callable(function)
    parameters = inspect.signature(function).parameters.values()
    assert [str(p.replace(annotation=p.empty)) for p in parameters] == arguments
    assert getattr(stats, name.partition(".")[2]) is function


@pytest.mark.parametrize("name", FIELDS)
def test_results_keep_their_fields(name: str) -> None:
    assert getattr(named(name), "__struct_fields__") == tuple(FIELDS[name].split())  # noqa: B009
    assert getattr(named(name), "__struct_config__").frozen  # noqa: B009
