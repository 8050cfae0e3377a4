"""The edges of the method: what is refused, what nothing at all gives, and odd data that must be survived."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from optlab import stats as s

NAN, INF = math.nan, math.inf
SQUARE = [[0.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 0.0]]
BROKEN = [[0.0, NAN, 1.0, 1.0], *SQUARE[1:]]

REFUSED: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (s.crossed_mean_interval, ([],)),
    (s.crossed_mean_interval, ([[1.0], [1.0, 2.0]],)),
    (s.crossed_mean_interval, ([[NAN]],)),
    (s.crossed_mean_interval, ([[1.0]], 1.0)),
    (s.cost_sequence, ([1.0], [1.0, 2.0], 2.0, 2.0)),
    (s.cost_sequence, ([1.0], [3.0], 2.0, 2.0)),
    (s.cost_sequence, ([1.0], [1.0], 2.0, 2.0, 1.0)),
    (s.excluded_loss, ([NAN],)),
    (s.excluded_loss, ([1.5],)),
    (s.excluded_loss, ([0.0], 0.0)),
    (s.fewest_items, (0.0,)),
    (s.fewest_items, (0.05, 1.0)),
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
    (s.mcnemar_exact, (3, -1)),
    (s.mcnemar_midp, (-1, 3)),
    (s.mcnemar_midp, (3, -1)),
    (s.true_rate_from_judge, (0, 0, 0.9, 0.9)),
    (s.true_rate_from_judge, (11, 10, 0.9, 0.9)),
    (s.true_rate_from_judge, (5, 10, 0.5, 0.5)),
    (s.true_rate_from_judge, (5, 10, 0.2, 0.3)),
    (s.true_rate_from_judge, (5, 10, 1.1, 0.9)),
    (s.true_rate_from_judge, (5, 10, 0.9, NAN)),
    (s.judge_interval, (1.1, 0.9, 0.9, 10, 5, 5)),
    (s.judge_interval, (NAN, 0.9, 0.9, 10, 5, 5)),
    (s.judge_interval, (0.5, -0.1, 0.9, 10, 5, 5)),
    (s.judge_interval, (0.5, 0.9, NAN, 10, 5, 5)),
    (s.judge_interval, (0.5, 0.9, 0.9, -1, 5, 5)),
    (s.judge_interval, (0.5, 0.9, 0.9, 10, -1, 5)),
    (s.judge_interval, (0.5, 0.9, 0.9, 10, 5, -1)),
    (s.judge_interval, (0.5, 0.9, 0.9, 10, 5, 5, 1.0)),
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
    (s.smallest_saving, (0.5, 0)),
    (s.smallest_saving, (-0.5, 10)),
    (s.smallest_saving, (NAN, 10)),
    (s.smallest_saving, (0.5, 10, 0.0)),
    (s.smallest_saving, (0.5, 10, 0.05, 1.0)),
    (s.ratio_interval, ([1.0], [1.0, 2.0])),
    (s.ratio_interval, ([0.0, 0.0], [1.0, 2.0])),
    (s.ratio_interval, ([], [])),
    (s.ratio_interval, ([1.0, INF], [1.0, 2.0])),
    (s.ratio_interval, ([1.0, 1.0], [1.0, NAN])),
    (s.ratio_interval, ([1.0, 1.0], [1.0, 1.0], 1.0)),
    (s.cascade_saving, ([1.0], [1.0, 2.0], [True], [1.0])),
    (s.cascade_saving, ([1.0], [1.0], [True, False], [1.0])),
    (s.cascade_saving, ([1.0], [NAN], [True], [1.0])),
    (s.cascade_saving, ([1.0], [1.0], [True], [-1.0])),
    (s.cascade_saving, ([1.0], [1.0], [True], [1.0], 1.0)),
    (s.cascade_break_even_interval, ([1.0], [1.0, 2.0], [1.0])),
    (s.cascade_break_even_interval, ([1.0, 1.0], [0.0, 0.0], [1.0, 1.0])),
    (s.cascade_break_even_interval, ([INF, 1.0], [1.0, 1.0], [1.0, 1.0])),
    (s.cascade_break_even_interval, ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], 0.0)),
    (s.effective_number, ([NAN],)),
    (s.weighted_share, ([True], [1.0, 1.0])),
    (s.weighted_share, ([True], [INF])),
    (s.decide_cost, ([1.0], [1.0, 1.0], 2.0, 2.0, 5)),
    (s.decide_cost, ([3.0], [1.0], 2.0, 2.0, 5)),
    (s.decide_cost, ([INF], [1.0], INF, 2.0, 5)),
    (s.decide_cost, ([1.0], [NAN], 2.0, 2.0, 5)),
    (s.decide_cost, ([1.0], [-1.0], 2.0, 2.0, 5)),
    (s.decide_cost, ([1.0], [1.0], 2.0, 2.0, 0)),
    (s.decide_cost, ([1.0], [1.0], 2.0, 2.0, 5, 1.0)),
    *((s.decide_cost_once, bad) for bad in (([], []), ([1.0], [1.0, 2.0]), ([-1.0], [1.0]), ([INF], [1.0]))),
    (s.decide_cost_once, ([1.0], [1.0], 0.0)),
    (s.decide_cost_once, ([1.0], [1.0], 0.05, 1.0)),
    *((s.smallest_bill_saving, bad) for bad in (([1.0], [1.0]), ([0.0, 0.0], [1.0, 1.0]), ([1.0, 1.0], [1.0]))),
    (s.smallest_bill_saving, ([1.0, NAN], [1.0, 1.0])),
    (s.smallest_bill_saving, ([1.0, 2.0], [1.0, 1.0], 0.0)),
    (s.smallest_bill_saving, ([1.0, 2.0], [1.0, 1.0], 0.05, 1.0)),
    (s.decide_quality_once, ([], 0.05)),
    (s.decide_quality_once, ([(1.0, 1.0)], 1.0)),
    (s.decide_quality_once, ([(1.0, 1.0)], 0.05, 0.0)),
    (s.decide_quality_once, ([(1.0, NAN)], 0.05)),
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
    (s.energy_smallest_p, ([2, -1],)),
    (s.energy_test, ([],)),
    (s.energy_test, ([(SQUARE, 1)],)),
    (s.energy_test, ([(SQUARE, 3)],)),
    (s.energy_test, ([(BROKEN, 2)],)),
    (s.energy_test, ([(SQUARE, 2)], 1, 0)),
    (s.holm, ([0.1, NAN],)),
    (s.holm, ([1.1],)),
    (s.benjamini_hochberg, ([0.1, NAN],)),
    (s.benjamini_hochberg, ([-0.1],)),
    (s.e_bh, ([NAN],)),
    (s.e_bh, ([-1.0],)),
    (s.e_bh, ([30.0], 1.0)),
    (s.pareto_front, ([(1.0, 2.0), (1.0,)],)),
    (s.pareto_front, ([(1.0, NAN)],)),
    (s.fractional_design, (0,)),
    (s.fractional_design, (-2,)),
    (s.main_effects, ([], [])),
    (s.main_effects, ([[1], [-1]], [0.1])),
    (s.main_effects, ([[1], [-1]], [0.1, NAN])),
    (s.main_effects, ([[1], [1]], [0.1, 0.2])),
    (s.main_effects, ([[1], [0]], [0.1, 0.2])),
    (s.main_effects, ([[1, -1], [-1]], [0.1, 0.2])),
    (s.main_effects, ([[1], [-1]], [[0.1, 0.2], [0.1]])),
    (s.main_effects, ([[1], [-1]], [[], []])),
    (s.effect_intervals, ([[1], [-1]], [[0.1, 0.2]])),
    (s.effect_intervals, ([[1], [-1]], [[0.1, 0.2], [0.1, 0.2]], 0.0)),
    (s.pair_columns, ([[1, -1], [1]],)),
    (s.proven_cap, ([1, 2], [False], 0.05)),
    (s.proven_cap, ([1], [False], 1.0)),
    (s.answers_for_cap, (0.0,)),
    (s.answers_for_cap, (0.05, NAN)),
    (s.probdd, ([1, 2], bool, 0.0)),
    (s.probdd, ([1, 2], bool, 1.0)),
    (s.probdd, ([1, 2], bool, NAN)),
    (s.greedy_backward, ([1, 2], bool, lambda item: NAN)),
    (s.greedy_backward, ([1, 2], bool, lambda item: INF)),
    (s.shapley, (-1, len)),
    (s.shapley, (3, len, 0)),
    (s.shapley, (3, lambda chosen: NAN)),
    (s.cascade_cost, (NAN, 0.1, 1.0, 0.2)),
    (s.cascade_cost, (0.1, INF, 1.0, 0.2)),
    (s.cascade_cost, (0.1, 0.1, -1.0, 0.2)),
    (s.cascade_cost, (0.1, 0.1, 1.0, 1.1)),
    (s.cascade_cost, (0.1, 0.1, 1.0, NAN)),
    (s.cascade_break_even, (0.1, 0.1, 0.0)),
    (s.cascade_break_even, (0.1, 0.1, -1.0)),
    (s.cascade_break_even, (0.1, NAN, 1.0)),
    (s.cascade_quality, (0.7, 0.1, 0.1, 0.2, 0.9, 0.1)),
    (s.cascade_quality, (1.1, -0.1, 0.0, 0.0, 0.9, 0.1)),
    (s.cascade_quality, (0.7, 0.1, 0.1, 0.1, NAN, 0.1)),
    (s.cascade_quality, (0.7, 0.1, 0.1, 0.1, 0.9, 1.1)),
    (s.cache_multiplier, (1.1, 1.25, 0.1)),
    (s.cache_multiplier, (0.5, NAN, 0.1)),
    (s.cache_multiplier, (0.5, 1.25, -0.1)),
    (s.cache_break_even_hit_rate, (0.1, 0.1)),
    (s.cache_break_even_hit_rate, (INF, 0.1)),
    (s.cache_break_even_calls, (1.25, 1.0)),
    (s.cache_break_even_calls, (NAN, 0.1)),
    (s.replay_cache, ([], [0, 1, 2, 3, 4])),
    (s.replay_cache, ([{"t": NAN, "blocks": []}], [])),
    (s.replay_cache, ([{"t": 0.0, "blocks": [["a", -1]]}], [])),
    (s.replay_cache, ([{"t": 0.0, "blocks": [["a", NAN]]}], [])),
    (s.replay_cache, ([], [0], NAN)),
    (s.replay_cache, ([], [0], 300.0, -1.0)),
    (s.replay_cache, ([], [0], 300.0, 1.25, INF)),
    (s.replay_cache, ([], [0], 300.0, 1.25, 0.1, -1)),
    (s.replay_cache, ([], [0], 300.0, 1.25, 0.1, 1024, -1)),
    (s.replay_cache, ([], [0], 300.0, 1.25, 0.1, 1024, 20, NAN)),
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
    never_wrong = {"rouge_l", "chrf", "levenshtein", "ddmin", "graded", "antithetic_orders"}
    assert functions - {function.__name__ for function, _ in REFUSED} == never_wrong, (
        "texts, scores, what a test is given, orders drawn lazily"
    )


NOTHING: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (s.quantile_interval, ([], 0.5), s.Interval(None, None)),
    (s.confidence_sequence, ([],), s.Interval(None, None)),
    (s.cost_sequence, ([], [], 1.0, 1.0), s.Interval(None, None)),
    (s.cost_sequence, ([0.0], [0.0], 0.0, 0.0), s.Interval(None, None)),
    (s.excluded_loss, ([],), 1.0),
    (s.log_e_path, ([],), []),
    (s.noninferiority_log_e_path, ([], 0.1), []),
    (s.bounded_mean_log_e_path, ([], 0.5, 0.0, 1.0), []),
    (s.log_ratios, ([], []), []),
    (s.holm, ([],), []),
    (s.benjamini_hochberg, ([],), []),
    (s.e_bh, ([],), []),
    (s.pareto_front, ([],), []),
    (s.shapley, (0, len), []),
    (s.shapley, (0, len, 4), []),
    (s.decide, ([], 60), s.Decision("undecided", 0, False, 0.0, 0.0, 0.0, 0.0)),
    (s.signed_rank_p, ([],), 1.0),
    (s.wilson, (0, 0), s.Interval(0.0, 1.0)),
    (s.clopper_pearson, (0, 0), s.Interval(0.0, 1.0)),
    (s.newcombe_paired, (0, 0, 0, 0), s.Interval(-1.0, 1.0)),
    (s.tango_interval, (0, 0, 0), s.Interval(-1.0, 1.0)),
    (s.mcnemar_exact, (0, 0), 1.0),
    (s.mcnemar_midp, (0, 0), 1.0),
    (s.truncation_bound, (0, 0), 1.0),
    (s.ceiling_rank, (0, 0.05), None),
    (s.quantile_ranks, (0, 0.5), (None, None)),
    (s.judge_interval, (0.7, 0.4, 0.5, 100, 50, 50), s.Interval(0.0, 1.0)),
    (s.judge_interval, (0.7, 0.9, 0.9, 100, 0, 0), s.Interval(0.0, 1.0)),
    (s.ratio_interval, ([1.0], [0.5]), s.Interval(None, None)),
    (s.payback_calls, (2.0, 0.0), INF),
    (s.payback_calls, (2.0, -1.0), INF),
    (s.timeline, (0.0, [], 5), s.Timeline(None, None, None, None, None, None, ())),
    (s.timeline, (0.0, [(0.2, 0)], 5, 2.0), s.Timeline(None, 2.0, None, None, None, None, ())),
    (s.replay_cache, ([], [0]), s.Replay(0.0, ())),
    (s.replay_cache, ([{"t": 0.0, "blocks": []}], [0, -1]), s.Replay(0.0, ((0, 0, 0),))),
    (s.ddmin, ([], len), s.Reduced((), 0)),
    (s.probdd, ([], len), s.Reduced((), 0)),
    (s.greedy_backward, ([], len, len), s.Reduced((), 0)),
    (s.levenshtein, ("", ""), 0),
    (s.chrf, ("", ""), 100.0),
    (s.rouge_l, ("", ""), (1.0, 1.0, 1.0)),
]


@pytest.mark.parametrize(
    ("function", "arguments", "expected"), NOTHING, ids=[f"{at}-{f.__name__}" for at, (f, _, _) in enumerate(NOTHING)]
)
def test_of_nothing_as_little_as_can_be_said(
    function: Callable[..., Any], arguments: tuple[Any, ...], expected: object
) -> None:
    got = function(*arguments)
    assert got == expected and type(got) is type(expected)


def test_money_and_rates_at_their_ends() -> None:
    assert s.quantile([1.0, 2.0], 0.0) == 1.0 and s.quantile([1.0, 2.0], 1.0) == 2.0
    assert s.cascade_cost(0.1, 0.1, 1.0, 0.0) == 0.2 and s.cascade_cost(0.0, 0.0, 0.0, 1.0) == 0.0
    assert s.cascade_cost(0.25, 0.25, 1.0, 1.0) == 1.5
    assert s.cache_multiplier(0.0, 1.25, 0.1) == 1.25 and s.cache_multiplier(1.0, 1.25, 0.1) == 0.1
    assert s.ratio_interval([1.0, 1.0], [0.0, 0.0]) == s.Interval(0.0, 0.0)
    for passed, p in ((0, 0.0), (10, 1.0)):
        assert 0.0 <= s.true_rate_from_judge(passed, 10, 0.9, 0.7) <= 1.0
        interval = s.judge_interval(p, 0.7, 0.9, 10, 20, 20)
        assert interval.low is not None and interval.high is not None and 0.0 <= interval.low <= interval.high <= 1.0


@pytest.mark.parametrize("texts", [("日本語", "日本"), ("é", "e\u0301"), ("👩‍🔬", "👩"), ("a", "\n\t"), ("\x00", "")])
def test_odd_texts_are_survived(texts: tuple[str, str]) -> None:
    assert s.levenshtein(*texts) == s.levenshtein(*reversed(texts)) > 0
    assert 0.0 <= s.chrf(*texts) <= 100.0
    assert all(0.0 <= part <= 1.0 for part in s.rouge_l(*texts))


@pytest.mark.parametrize("ratios", [[0.2] * 30, [0.2], [INF] * 30, [-INF, INF] * 15, [0.0] * 30])
def test_dull_data_is_survived(ratios: list[float]) -> None:
    decision, interval = s.decide(ratios, 30), s.confidence_sequence(ratios)
    assert decision.verdict in {"better", "worse", "negligible", "undecided"}
    assert interval.low is None or interval.high is None or interval.low <= interval.high
    assert all(math.isfinite(log_e) for log_e in s.log_e_path(ratios))
    assert 0.0 < s.signed_rank_p(ratios) <= 1.0
