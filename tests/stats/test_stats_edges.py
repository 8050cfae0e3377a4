"""What is refused, function by function, and what little is asked of nothing at all."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from optlab import stats as s

NAN, INF = math.nan, math.inf
SQUARE = [[0.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 0.0]]
BROKEN = [[0.0, NAN, 1.0, 1.0], *SQUARE[1:]]

REFUSED: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (s.quantile, ([], 0.5)),
    (s.quantile, ([1.0, NAN], 0.5)),
    (s.quantile, ([1.0], 1.1)),
    (s.quantile, ([1.0], NAN)),
    (s.quantile_ranks, (-1, 0.5)),
    (s.quantile_ranks, (10, 0.0)),
    (s.quantile_ranks, (10, 0.5, 1.0)),
    (s.quantile_interval, ([NAN], 0.5)),
    (s.quantile_interval, ([], 1.0)),
    (s.min_runs, (1.0,)),
    (s.min_runs, (0.9, 0.0)),
    (s.min_runs, (0.9, 0.95, 3)),
    (s.wilson, (-1, 10)),
    (s.wilson, (11, 10)),
    (s.wilson, (0, 0, 1.0)),
    (s.clopper_pearson, (11, 10)),
    (s.clopper_pearson, (1, -1)),
    (s.mcnemar_exact, (-1, 3)),
    (s.newcombe_paired, (1, -1, 2, 3)),
    (s.newcombe_paired, (0, 0, 0, 0, 1.5)),
    (s.tango_interval, (3, 3, 5)),
    (s.tango_interval, (-1, 0, 5)),
    (s.tango_interval, (0, 0, 5, NAN)),
    (s.log_e_path, ([NAN],)),
    (s.log_e_path, ([0.1], INF)),
    (s.log_e_path, ([0.1], 0.0, 0)),
    (s.confidence_sequence, ([NAN],)),
    (s.confidence_sequence, ([0.1], 0.0)),
    (s.decide, ([NAN], 10)),
    (s.decide, ([0.1], 0)),
    (s.decide, ([0.1], 10, 1.0)),
    (s.decide, ([0.1], 10, 0.0)),
    (s.decide, ([0.1], 10, 0.05, 1.0)),
    (s.decide, ([0.1, 0.1, NAN], 2)),
    (s.noninferiority_log_e_path, ([0.0], 0.0)),
    (s.noninferiority_log_e_path, ([0.0], 1.0)),
    (s.noninferiority_log_e_path, ([1.5], 0.1)),
    (s.bounded_mean_log_e_path, ([0.5], 0.0, 0.0, 1.0)),
    (s.bounded_mean_log_e_path, ([1.5], 0.5, 0.0, 1.0)),
    (s.bounded_mean_log_e_path, ([NAN], 0.5, 0.0, 1.0)),
    (s.bounded_mean_log_e_path, ([0.5], 0.5, 0.0, INF)),
    (s.bounded_mean_log_e_path, ([0.5], 0.5, 0.0, 1.0, 2)),
    (s.log_ratios, ([1.0], [1.0, 2.0])),
    (s.log_ratios, ([NAN], [1.0])),
    (s.log_ratios, ([0.0], [1.0])),
    (s.log_ratios, ([1.0], [-1.0])),
    (s.hodges_lehmann, ([],)),
    (s.hodges_lehmann, ([NAN],)),
    (s.spread, ([],)),
    (s.spread, ([NAN],)),
    (s.signed_rank_p, ([NAN],)),
    (s.probability_faster, ([], [1.0])),
    (s.probability_faster, ([1.0], [])),
    (s.probability_faster, ([1.0], [NAN])),
    (s.pairs_needed, (0.5, 0.0)),
    (s.pairs_needed, (0.5, 1.0)),
    (s.pairs_needed, (0.5, NAN)),
    (s.pairs_needed, (-0.5, 0.1)),
    (s.pairs_needed, (0.5, 0.1, 0.0)),
    (s.pairs_needed, (0.5, 0.1, 0.05, 1.0)),
    (s.ratio_interval, ([1.0], [1.0, 2.0])),
    (s.ratio_interval, ([0.0, 0.0], [1.0, 2.0])),
    (s.ratio_interval, ([], [])),
    (s.ratio_interval, ([1.0, INF], [1.0, 2.0])),
    (s.ratio_interval, ([1.0, 1.0], [1.0, NAN])),
    (s.ratio_interval, ([1.0, 1.0], [1.0, 1.0], 1.0)),
    (s.decide_cost, ([1.0], [1.0, 1.0], 2.0, 2.0, 5)),
    (s.decide_cost, ([3.0], [1.0], 2.0, 2.0, 5)),
    (s.decide_cost, ([INF], [1.0], INF, 2.0, 5)),
    (s.decide_cost, ([1.0], [NAN], 2.0, 2.0, 5)),
    (s.decide_cost, ([1.0], [-1.0], 2.0, 2.0, 5)),
    (s.decide_cost, ([1.0], [1.0], 2.0, 2.0, 0)),
    (s.decide_cost, ([1.0], [1.0], 2.0, 2.0, 5, 1.0)),
    (s.decide_quality, ([(0.0, 1.5)], 0.05, 10)),
    (s.decide_quality, ([(0.0, NAN)], 0.05, 10)),
    (s.decide_quality, ([(0.0, 1.0)], 0.0, 10)),
    (s.decide_quality, ([(0.0, 1.0)], 0.05, 0)),
    (s.decide_quality, ([(0.0, 1.0)], 0.05, 10, 0.0)),
    (s.guard_no_loss, ([NAN], 10)),
    (s.guard_no_loss, ([0.1], 0)),
    (s.guard_no_loss, ([0.1], 10, 0.0)),
    (s.guard_no_loss, ([0.1], 10, 0.05, 1.0)),
    (s.guard_share, (10, 11, 0.05)),
    (s.guard_share, (10, 1, 0.0)),
    (s.guard_share, (10, 1, 0.05, 1.0)),
    (s.energy_statistic, (SQUARE, [], [1])),
    (s.energy_statistic, (SQUARE, [0, 1], [1, 2])),
    (s.energy_statistic, (SQUARE, [0], [4])),
    (s.energy_statistic, (SQUARE[:3], [0], [1])),
    (s.energy_statistic, (BROKEN, [0], [1])),
    (s.energy_test, ([],)),
    (s.energy_test, ([(SQUARE, 1)],)),
    (s.energy_test, ([(SQUARE, 3)],)),
    (s.energy_test, ([(BROKEN, 2)],)),
    (s.energy_test, ([(SQUARE, 2)], 1, 0)),
    (s.truncation_bound, (10, 11)),
    (s.truncation_bound, (10, -1)),
    (s.truncation_bound, (10, 1, 0.0)),
    (s.ceiling_rank, (-1, 0.05)),
    (s.ceiling_rank, (10, 0.0)),
    (s.ceiling_rank, (10, 0.05, 1.0)),
    (s.cache_hit_rate_poisson, (-1.0, 5.0)),
    (s.cache_hit_rate_poisson, (1.0, INF)),
    (s.payback_calls, (NAN, 1.0)),
    (s.payback_calls, (INF, 1.0)),
    (s.payback_calls, (-1.0, 1.0)),
    (s.payback_calls, (1.0, NAN)),
    (s.timeline, (NAN, [], 5)),
    (s.timeline, (0.0, [(INF, 4)], 5)),
    (s.timeline, (0.0, [(1.0, -4)], 5)),
    (s.timeline, (0.0, [(1.0, 4)], -5)),
]


@pytest.mark.parametrize(
    ("function", "arguments"), REFUSED, ids=[f"{at}-{f.__name__}" for at, (f, _) in enumerate(REFUSED)]
)
def test_refused_with_a_value_error(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError):
        function(*arguments)


def test_every_function_refuses_something() -> None:
    functions = {name for name in s.__all__ if name.islower()}
    assert functions - {function.__name__ for function, _ in REFUSED} == {"rouge_l"}, "texts are never wrong"


def test_paths_of_nothing_are_empty() -> None:
    assert s.log_e_path([]) == s.noninferiority_log_e_path([], 0.1) == s.bounded_mean_log_e_path([], 0.5, 0, 1) == []
    assert s.log_ratios([], []) == []


@pytest.mark.parametrize("ratios", [[0.2] * 30, [0.2], [INF] * 30, [-INF, INF] * 15, [0.0] * 30])
def test_dull_data_is_survived(ratios: list[float]) -> None:
    decision, interval = s.decide(ratios, 30), s.confidence_sequence(ratios)
    assert decision.verdict in {"better", "worse", "negligible", "undecided"}
    assert interval.low is None or interval.high is None or interval.low <= interval.high
    assert all(math.isfinite(log_e) for log_e in s.log_e_path(ratios))
    assert 0.0 < s.signed_rank_p(ratios) <= 1.0
