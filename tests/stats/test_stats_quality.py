"""The quality verdict: non-inferiority within a margin, for pass or fail and for graded scores."""

import math
import random

import pytest

from optlab.stats import QualityDecision, decide_quality, decide_quality_once, newcombe_paired

PASS, GAIN, LOSS, FAIL = (1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0)


@pytest.mark.parametrize(("margin", "last_look", "on_the_way"), [(0.05, 73, 117), (0.10, 35, 57)])
def test_earliest_pass_without_a_discordant_item(margin: float, last_look: int, on_the_way: int) -> None:
    for n_max, word in ((last_look - 1, "inconclusive"), (last_look, "non-inferior")):
        got = decide_quality([PASS] * n_max, margin, n_max)
        assert (got.verdict, got.items, got.final) == (word, n_max, True)
    many = decide_quality([PASS] * 300, margin, 300)
    assert (many.verdict, many.items, many.final) == ("non-inferior", on_the_way, True)
    assert decide_quality([PASS] * (on_the_way - 1), margin, 300).final is False


@pytest.mark.parametrize(
    ("pairs", "margin", "verdict"),
    [
        ([LOSS] + [GAIN] * 8 + [PASS] * 30, 0.001, "better"),
        ([LOSS] * 7 + [PASS] * 30, 0.1, "worse"),
        ([LOSS] + [PASS] * 59, 0.1, "non-inferior"),
        ([LOSS] * 3 + [GAIN] * 2 + [PASS] * 30, 0.1, "inconclusive"),
        ([FAIL] * 40, 0.1, "non-inferior"),
    ],
)
def test_last_look_at_passes_and_fails(pairs: list[tuple[float, float]], margin: float, verdict: str) -> None:
    assert decide_quality(pairs, margin, len(pairs) + 1).final is False
    got = decide_quality(pairs, margin, len(pairs))
    assert (got.verdict, got.items, got.final) == (verdict, len(pairs), True)


def test_one_look_at_averages_is_the_last_look_where_all_are_passes_and_fails() -> None:
    """The bets are won after the gains; that was asked of the first rows, and is not asked again."""
    pairs = [GAIN] * 15 + [LOSS] * 15
    assert decide_quality(pairs, 0.1, 30).verdict == "non-inferior"
    once = decide_quality_once(pairs, 0.1)
    assert (once.verdict, once.items, once.final) == ("inconclusive", 30, True)
    assert decide_quality_once([PASS] * 73, 0.05).verdict == "non-inferior"
    assert decide_quality_once([PASS] * 72, 0.05).verdict == "inconclusive"


def test_one_look_at_averages_is_the_bets_where_any_lies_between() -> None:
    pairs = [(0.5, 0.5)] + [PASS] * 116
    for n in (73, 116, 117):
        once, path = decide_quality_once(pairs[:n], 0.05), decide_quality(pairs[:n], 0.05, n)
        assert once == path
        assert once.verdict == ("non-inferior" if n == 117 else "inconclusive")


def test_clear_cases_end_on_the_way() -> None:
    kept, worse = decide_quality([GAIN] * 40, 0.05, 60), decide_quality([LOSS] * 40, 0.05, 60)
    assert (kept.verdict, worse.verdict) == ("non-inferior", "worse")
    assert kept.items <= worse.items < 20, "excluding a loss is never slower than proving a gain"
    assert decide_quality([GAIN] * kept.items + [LOSS] * 40, 0.05, 60) == kept


def test_better_comes_first_when_one_item_settles_both() -> None:
    assert decide_quality([GAIN] * 40, 0.001, 60).verdict == "better"


def test_interval_is_candidate_minus_baseline_over_the_items_used() -> None:
    pairs = [PASS] * 20 + [GAIN] * 3 + [LOSS] * 2 + [FAIL] * 5
    assert decide_quality(pairs + [LOSS] * 9, 0.05, 30).interval == newcombe_paired(20, 3, 2, 5)


def test_graded_scores_are_decided_by_the_bets_alone() -> None:
    graded = decide_quality([(0.8, 0.8)] * 80, 0.05, 80)
    assert graded == QualityDecision("inconclusive", 80, True, None), "80 passes would do, 80 grades do not"
    assert decide_quality([(0.8, 0.8)] * 120, 0.05, 120).verdict == "non-inferior"
    assert decide_quality([(0.2, 0.9)] * 60, 0.001, 60).verdict == "better"
    assert decide_quality([(0.9, 0.2)] * 60, 0.05, 60).verdict == "worse"


def test_nothing_measured_nothing_said() -> None:
    assert decide_quality([], 0.05, 60) == QualityDecision("inconclusive", 0, False, None)


def test_a_loss_of_exactly_the_margin_rarely_passes() -> None:
    rng, runs, n = random.Random(41), 300, 60
    passed = 0
    for _ in range(runs):
        pairs = rng.choices([PASS, GAIN, LOSS], weights=(0.8, 0.05, 0.15), k=n)
        passed += decide_quality(pairs, 0.1, n).verdict in {"non-inferior", "better"}
    assert passed <= runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)
