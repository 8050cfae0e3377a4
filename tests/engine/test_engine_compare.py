"""Pairs of runs become comparisons, a word on quality, and guards: one exact case for every way it can go."""

import math
from statistics import fmean
from typing import Any

import msgspec
import pytest
from engine_builders import (
    AGAIN,
    BASELINE,
    CACHING,
    MAX_TOKENS,
    SMALLER,
    STREAMING,
    WIDE,
    bills,
    experiment,
    run,
    scenario,
    scored,
    times,
    written,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import Cost
from optlab.core.experiment import LeverChoice, Variant
from optlab.core.record import Pair, RunRecord
from optlab.core.verdict import Comparison, Guard, Interval
from optlab.engine.answers import may_change_text, quality
from optlab.engine.beside import shown
from optlab.engine.compare import compare
from optlab.engine.guards import guards
from optlab.levers import LEVERS

LAW = settings(deadline=None, derandomize=True, max_examples=60)


def e2e(base: list[float | None], candidate: list[float | None], pairs: int = 12) -> Comparison:
    found = compare(experiment(STREAMING, pairs=pairs), STREAMING, "e2e", times(STREAMING, base, candidate), WIDE)
    assert found is not None
    return found


def cost(
    base: list[float], candidate: list[float], *, items: int = 1, pairs: int = 12, most: float = 1_000.0
) -> Comparison:
    made = experiment(MAX_TOKENS, pairs=pairs, of=scenario(items=items))
    ceilings = {"baseline": most, "max_tokens": most}
    found = compare(made, MAX_TOKENS, "cost_usd", bills(MAX_TOKENS, base, candidate, items=items), ceilings)
    assert found is not None
    return found


# Latency


def test_half_the_time_is_better() -> None:
    found = e2e([2.0] * 12, [1.0] * 12)
    assert (found.variant, found.metric, found.verdict) == ("streaming", "e2e", "better")
    assert found.estimate == pytest.approx(0.5)
    assert (found.seen, found.won, found.final) == (12, 12, True)
    assert found.pairs == 7  # where the bet on the signs reaches 2 / alpha = 40
    assert found.interval.low is not None and found.interval.high is not None
    assert 0.48 < found.interval.low < 0.5 < found.interval.high < 0.52
    assert found.pairs_needed is None


def test_a_few_pairs_decide_nothing_and_bound_nothing() -> None:
    found = e2e([2.0] * 4, [1.0] * 4)
    assert (found.verdict, found.final, found.seen) == ("undecided", False, 4)
    assert found.interval == Interval(None, None)
    assert found.estimate == pytest.approx(0.5)


def test_equal_times_are_negligible() -> None:
    found = e2e([2.0] * 12, [2.0] * 12)
    assert (found.verdict, found.estimate, found.won) == ("negligible", 0.0, 0)
    assert found.word == "negligible"


def test_a_loss_is_a_negative_saving() -> None:
    found = e2e([1.0] * 12, [1.5] * 12)
    assert found.verdict == "worse"
    assert found.estimate == pytest.approx(-0.5)


def test_undecided_says_how_many_pairs_would_do() -> None:
    found = e2e([2.0] * 12, [1.0, 3.0, 1.5, 2.5, 1.8, 2.4] * 2)
    assert (found.verdict, found.final) == ("undecided", True)
    assert found.pairs_needed is not None and found.pairs_needed > 12
    assert found.smallest_visible is not None and 0.05 < found.smallest_visible < 1


LATENCIES = st.lists(st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)), min_size=1, max_size=20)


@LAW
@given(LATENCIES, st.integers(6, 20))
def test_swapping_the_arms_swaps_the_verdict(values: list[tuple[float, float]], pairs: int) -> None:
    base, candidate = [b for b, _ in values], [c for _, c in values]
    one, other = e2e([*base], [*candidate], pairs), e2e([*candidate], [*base], pairs)
    swapped = {"better": "worse", "worse": "better"}
    if one.verdict in swapped or other.verdict in swapped:
        assert other.verdict == swapped.get(one.verdict)
        assert other.pairs == one.pairs
    assert one.estimate is not None and other.estimate is not None
    assert (1 - one.estimate) * (1 - other.estimate) == pytest.approx(1)
    assert one.won + other.won == sum(b != c for b, c in values)


@LAW
@given(LATENCIES, st.sampled_from([0.001, 0.5, 60.0]))
def test_the_unit_of_time_changes_nothing(values: list[tuple[float, float]], unit: float) -> None:
    plain = e2e([b for b, _ in values], [c for _, c in values])
    scaled = e2e([unit * b for b, _ in values], [unit * c for _, c in values])
    assert (scaled.verdict, scaled.pairs, scaled.final) == (plain.verdict, plain.pairs, plain.final)
    assert scaled.estimate == pytest.approx(plain.estimate)


def test_a_candidate_that_always_fails_is_worse() -> None:
    found = e2e([2.0] * 12, [None] * 12)
    assert (found.verdict, found.won, found.seen) == ("worse", 0, 12)
    assert found.interval.low is None


def test_a_baseline_that_always_fails_is_beaten() -> None:
    found = e2e([None] * 12, [2.0] * 12)
    assert (found.verdict, found.won) == ("better", 12)
    assert found.estimate == pytest.approx(1)
    assert found.interval.high is None or found.interval.high <= 1


def test_failures_on_both_sides_say_nothing() -> None:
    found = e2e([None] * 12, [None] * 12)
    assert (found.verdict, found.estimate, found.won) == ("negligible", 0.0, 0)
    assert found.word == "negligible"


def test_failed_runs_are_kept_and_cost_pairs() -> None:
    """Twice as fast, but every other call fails: no gain, and never seen from the calls that came through."""
    found = e2e([2.0] * 12, [1.0, None] * 6)
    assert (found.verdict, found.seen, found.won) == ("undecided", 12, 6)


def test_an_absent_metric_makes_no_comparison() -> None:
    pairs = [(run(BASELINE, i), run(STREAMING, i, ttft_s=0.5)) for i in range(12)]
    assert compare(experiment(STREAMING), STREAMING, "ttft", pairs, WIDE) is None
    assert compare(experiment(STREAMING), STREAMING, "tpot", pairs, WIDE) is None
    visible = compare(experiment(STREAMING), STREAMING, "first_visible", pairs, WIDE)
    assert visible is not None and visible.estimate == pytest.approx(0.75)


def test_a_failed_plain_run_makes_no_comparison_of_first_tokens() -> None:
    pairs: list[Pair] = [(run(BASELINE, i, failed=i == 3), run(STREAMING, i, ttft_s=0.5)) for i in range(12)]
    assert compare(experiment(STREAMING), STREAMING, "ttft", pairs, WIDE) is None


# Cost


def test_cost_is_judged_on_sums() -> None:
    """Eleven of twelve calls are a tenth cheaper, and the bill is a quarter higher."""
    found = cost([1.0] * 12, [0.9] * 11 + [5.0])
    assert found.estimate == pytest.approx(1 - 14.9 / 12)
    assert (found.verdict, found.won) == ("undecided", 11)


def test_a_proven_saving() -> None:
    found = cost([1.0] * 12, [0.90, 0.91] * 6)
    assert (found.verdict, found.final, found.pairs, found.seen, found.won) == ("better", True, 12, 12, 12)
    assert found.estimate == pytest.approx(0.095)
    assert found.interval.low == pytest.approx(0.0917, abs=1e-4)
    assert found.interval.high == pytest.approx(0.0983, abs=1e-4)


def test_the_last_look_waits_for_the_last_pair() -> None:
    early = cost([1.0] * 11, [0.90, 0.91] * 5 + [0.9])
    assert (early.verdict, early.final) == ("undecided", False)


def test_the_same_bill_is_negligible() -> None:
    assert cost([0.01] * 12, [0.01] * 12).verdict == "negligible"


def test_swapping_the_arms_swaps_the_cost_verdict() -> None:
    dear, cheap = [1.0, 1.1] * 6, [0.6, 0.7] * 6
    assert cost(dear, cheap).verdict == "better"
    assert cost(cheap, dear).verdict == "worse"


def test_nothing_is_saved_by_not_answering() -> None:
    """A run that failed cost nothing, and counts as dear as its partner."""
    pairs: list[Pair] = [(run(BASELINE, i, usd=0.01), run(MAX_TOKENS, i, usd=0.0, failed=True)) for i in range(12)]
    found = compare(experiment(MAX_TOKENS), MAX_TOKENS, "cost_usd", pairs, WIDE)
    assert found is not None and (found.verdict, found.estimate) == ("negligible", 0.0)
    turned: list[Pair] = [(run(BASELINE, i, usd=0.0, failed=True), run(MAX_TOKENS, i, usd=0.01)) for i in range(12)]
    found = compare(experiment(MAX_TOKENS), MAX_TOKENS, "cost_usd", turned, WIDE)
    assert found is not None and (found.verdict, found.estimate) == ("negligible", 0.0)


def test_an_undecided_bill_says_how_many_pairs_would_do() -> None:
    found = cost([1.0] * 12, [0.9, 1.1, 0.8, 1.15, 0.85, 1.0] * 2)
    assert found.verdict == "undecided"
    assert found.pairs_needed is not None and found.pairs_needed > 12
    assert cost([1.0] * 12, [0.90, 0.91] * 6).pairs_needed is None


def test_notes_name_the_conditions_of_a_figure() -> None:
    assert cost([1.0] * 12, [0.5] * 12).note == ""
    assert (cost([1.0] * 12, [0.5] * 12).unit, cost([1.0] * 12, [0.5] * 12, items=6).unit) == ("pairs", "items")
    assert cost([1.0] * 6, [0.5] * 6, items=6).unit == "pairs", "no item was asked twice"
    pairs: list[Pair] = [(run(BASELINE, i, usd=0.010), run(CACHING, i, usd=0.002)) for i in range(12)]
    found = compare(experiment(CACHING, rate=0.1), CACHING, "cost_usd", pairs, WIDE)
    assert found is not None and found.note == "weighted for 0.1 calls a minute: 39% hits"


def test_a_bill_that_was_nothing() -> None:
    assert cost([0.0] * 12, [0.0] * 12).verdict == "negligible"
    found = cost([0.0] * 12, [0.5] * 12)
    assert (found.verdict, found.estimate, found.interval) == ("worse", None, Interval(None, None))


def test_a_call_dearer_than_its_ceiling_still_gets_a_verdict() -> None:
    assert cost([1.0] * 12, [2.0, 2.1] * 6, most=0.5).verdict == "worse"


@LAW
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_the_unit_of_money_changes_no_verdict(values: list[tuple[float, float]]) -> None:
    def verdict(unit: float) -> tuple[str, bool]:
        found = cost([unit * b for b, _ in values], [unit * c for _, c in values], most=unit)
        return found.verdict, found.final

    assert verdict(1.0) == verdict(1024.0)  # a power of two, so that no rounding interferes


def test_repeats_of_several_items_are_averaged_inside_the_item() -> None:
    base = [1.0, 2.0, 3.0] * 4
    candidate = [0.5, 1.0, 1.5, 0.7, 1.2, 1.7] * 2
    found = cost(base, candidate, items=3)
    means = [fmean(candidate[i::3]) for i in range(3)]
    assert means == pytest.approx([0.6, 1.1, 1.6])
    assert found.seen == 3
    assert found.estimate == pytest.approx(1 - math.fsum(means) / 6)
    assert found.won == 3


def test_averages_over_repeats_are_looked_at_once_and_not_bet_on_again() -> None:
    """Half the items much cheaper, then half as much dearer: a bet on the averages would be won half-way."""
    base = [1.0] * 40 + [1.0] * 20 + [0.0] * 20
    candidate = [1.0] * 40 + [0.0] * 20 + [1.0] * 20
    found = cost(base, candidate, items=40, pairs=80, most=1.0)
    assert (found.verdict, found.pairs, found.estimate, found.final) == ("undecided", 40, 0.0, True)


def test_with_several_items_the_first_run_of_each_counts_on_the_way() -> None:
    found = cost([1.0, 2.0, 3.0] * 3, [0.5, 1.0, 1.5] + [9.0] * 6, items=3)
    assert (found.seen, found.final, found.verdict) == (3, False, "undecided")
    assert found.estimate == pytest.approx(0.5)


def test_all_items_seen_is_not_all_pairs_in() -> None:
    """Six items, six pairs of twelve: the last look is kept out of reach until the repeats are in."""
    base, candidate = [1.0] * 12, [0.90, 0.91] * 6
    assert not cost(base[:6], candidate[:6], items=6).final
    assert not cost(base[:11], candidate[:11], items=6).final
    full = cost(base, candidate, items=6)
    assert (full.final, full.verdict, full.seen, full.pairs) == (True, "better", 6, 6)


def test_a_final_verdict_is_kept_whatever_the_repeats_bring() -> None:
    base, candidate = [1.0] * 20 + [0.0] * 20, [0.0] * 20 + [1.0] * 20
    first = cost(base[:20], candidate[:20], items=20, pairs=40, most=1.0)
    assert (first.verdict, first.final, first.pairs) == ("better", True, 9)
    kept = cost(base, candidate, items=20, pairs=40, most=1.0)
    assert (kept.verdict, kept.final, kept.pairs) == ("better", True, 9)
    assert cost(base, candidate, items=20, pairs=40, most=1_000.0).verdict == "negligible"  # nothing settled before


def test_fewer_pairs_than_items() -> None:
    found = cost([1.0] * 12, [0.90, 0.91] * 6, items=50)
    assert (found.verdict, found.final, found.seen) == ("better", True, 12)


def test_caching_is_billed_at_the_declared_traffic() -> None:
    """At 4 calls a minute and 5 minutes to live all but exp(-20) of the calls find their prefix."""
    pairs = [
        (run(BASELINE, i, usd=0.010), run(CACHING, i, usd=0.002, warm_usd=0.002, cold_usd=0.012)) for i in range(12)
    ]
    back_to_back = compare(experiment(CACHING), CACHING, "cost_usd", pairs, WIDE)
    busy = compare(experiment(CACHING, rate=4.0), CACHING, "cost_usd", pairs, WIDE)
    rare = compare(experiment(CACHING, rate=0.01), CACHING, "cost_usd", pairs, WIDE)
    assert back_to_back is not None and busy is not None and rare is not None
    assert back_to_back.estimate == pytest.approx(0.8)
    assert busy.estimate == pytest.approx(0.8, abs=1e-6)
    hit = 1 - math.exp(-0.05)
    assert rare.estimate == pytest.approx(1 - (hit * 0.2 + (1 - hit) * 1.2))
    assert (busy.verdict, rare.verdict) == ("better", "worse")


# Quality


def checked(items: int, base: list[float], candidate: list[float], **plan: float) -> tuple[str, int, str]:
    pairs = len(base)
    made = experiment(SMALLER, pairs=pairs, of=scenario(items=items, checked=True, **plan))
    found = quality(made, SMALLER, scored(SMALLER, base, candidate, items=items), over=True)
    assert found.basis == "checks"
    return found.verdict, found.items, found.why


def test_which_variants_can_change_the_text() -> None:
    assert may_change_text(SMALLER) and may_change_text(MAX_TOKENS)
    assert not may_change_text(STREAMING) and not may_change_text(CACHING) and not may_change_text(BASELINE)
    assert may_change_text(Variant("both", (LeverChoice("max_tokens"), LeverChoice("streaming"))))


def test_without_checks_quality_is_inconclusive() -> None:
    found = quality(experiment(SMALLER), SMALLER, scored(SMALLER, [1.0] * 12, [1.0] * 12, items=1), over=True)
    assert (found.verdict, found.basis, found.items) == ("inconclusive", "none", 0)
    assert found.why == "the scenario has no check that would tell what is lost"
    assert found.lacks == "add a check to this scenario"


@pytest.mark.parametrize("margin, first", [(0.10, 35), (0.05, 73)])
def test_without_a_discordant_item_the_earliest_pass_is_that_of_the_method(margin: float, first: int) -> None:
    short, enough = first - 1, first
    assert checked(short, [1.0] * short, [1.0] * short, quality_margin=margin)[0] == "inconclusive"
    verdict, items, why = checked(enough, [1.0] * enough, [1.0] * enough, quality_margin=margin)
    assert (verdict, items, why) == ("non-inferior", enough, f"a loss of {100 * margin:.0f} points or more is excluded")


def test_the_smallest_loss_that_could_be_excluded_stands_beside_it() -> None:
    made = experiment(SMALLER, pairs=30, of=scenario(items=30, checked=True))
    found = quality(made, SMALLER, scored(SMALLER, [1.0] * 30, [1.0] * 30, items=30), over=True)
    assert found.excluded_loss == pytest.approx(1.96**2 / (30 + 1.96**2), rel=1e-4)  # Tango's low end, no item worse
    assert found.why == "30 checked items, 0 of them worse, cannot exclude a loss of up to 12 points"
    assert found.lacks == "73 checked items if none gets worse (now 30)"
    assert found.margin == 0.05


@pytest.mark.parametrize("alpha", [0.05, 1 / 30])
@pytest.mark.parametrize("worse", [0, 1, 2])
def test_the_loss_that_is_excluded_is_told_at_the_level_of_the_verdict(alpha: float, worse: int) -> None:
    for items in (35, 38, 40, 41, 43, 44, 55, 58, 75):
        made = experiment(SMALLER, pairs=items, of=scenario(items=items, checked=True, quality_margin=0.10))
        made = msgspec.structs.replace(made, alpha=alpha)
        candidate = [0.0] * worse + [1.0] * (items - worse)
        found = quality(made, SMALLER, scored(SMALLER, [1.0] * items, candidate, items=items), over=True)
        assert found.excluded_loss is not None
        assert (found.excluded_loss < 0.10) == (found.verdict == "non-inferior"), (items, found)


def test_fewer_and_more_answers_that_pass() -> None:
    assert checked(20, [1.0] * 20, [0.0] * 20) == ("worse", 20, "the answers do worse in the checks")
    # At the margin of 5% the weaker claim is proven a step earlier, and the first word counts.
    assert checked(20, [0.0] * 20, [1.0] * 20)[0] == "non-inferior"
    tight = checked(20, [0.0] * 20, [1.0] * 20, quality_margin=0.001)
    assert tight == ("better", 20, "the answers do better in the checks")


def test_repeats_are_no_items() -> None:
    """Ten items asked eight times are ten items."""
    verdict, items, _ = checked(10, [1.0] * 80, [1.0] * 80)
    assert (verdict, items) == ("inconclusive", 10)


def test_one_item_asked_often_gives_no_quality_verdict() -> None:
    made = experiment(SMALLER, pairs=80, of=scenario(items=1, checked=True))
    found = quality(made, SMALLER, scored(SMALLER, [1.0] * 80, [1.0] * 80, items=1), over=True)
    assert (found.verdict, found.items) == ("inconclusive", 1)
    assert (found.why, found.lacks) == ("one checked item cannot speak for others", "add samples with checks")


def test_unscored_pairs_are_left_out() -> None:
    made = experiment(SMALLER, of=scenario(items=12, checked=True))
    pairs = [*scored(SMALLER, [1.0] * 6, [1.0] * 6, items=12), (run(BASELINE, 6), run(SMALLER, 6))]
    assert quality(made, SMALLER, pairs, over=True).items == 6
    nothing = quality(made, SMALLER, [(run(BASELINE, 0), run(SMALLER, 0))], over=True)
    assert (nothing.verdict, nothing.items, nothing.excluded_loss) == ("inconclusive", 0, 1.0)


# The change test of levers that cannot change the text


def changed(base: list[str], candidate: list[str], *, items: int = 1, over: bool = True) -> tuple[str, str, int]:
    made = experiment(STREAMING, of=scenario(items=items))
    found = quality(made, STREAMING, written(STREAMING, base, candidate, items=items), over=over)
    assert found.basis == "change test"
    return found.verdict, found.why, found.items


QUIET = "the change test found no difference"
RANG = "the answers changed, which this lever must not do (a false alarm in one run of twenty)"
TOO_FEW = "too few answers came for the change test to tell"
LATER = "the change test looks once, when all pairs are in"


def test_the_change_test_does_not_ring_where_nothing_changed() -> None:
    answers = ["the prince hesitates", "the prince waits", "everybody dies at the end"] * 4
    assert changed(answers, answers) == ("non-inferior", QUIET, 1)
    assert changed(answers, answers[::-1]) == ("non-inferior", QUIET, 1)


def test_the_change_test_rings_where_another_answer_comes() -> None:
    base = ["the prince hesitates", "the prince hesitates much"] * 6
    candidate = ["buy now", "buy now and save"] * 6
    assert changed(base, candidate) == ("inconclusive", RANG, 1)


@pytest.mark.parametrize("items, pairs", [(1, 4), (2, 5), (3, 6), (12, 15)])
def test_where_the_change_test_cannot_ring_it_says_how_many_pairs_it_takes(items: int, pairs: int) -> None:
    """Three items with two answers a side have a smallest p of 1/27, one with four of 1/35, 2 and 3 of 1/30."""
    made = experiment(STREAMING, of=scenario(items=items))
    few = quality(made, STREAMING, written(STREAMING, ["a"] * (pairs - 1), ["a"] * (pairs - 1), items=items), over=True)
    assert few.lacks == f"{pairs} pairs with answers, for the change test to tell"
    enough = quality(made, STREAMING, written(STREAMING, ["a"] * pairs, ["a"] * pairs, items=items), over=True)
    assert (enough.verdict, enough.lacks) == ("non-inferior", "")


def test_the_change_test_needs_four_answers_of_one_item() -> None:
    """Two over C(2k, k) is the smallest p there can be: 0.1 with three answers a side, 0.029 with four."""
    assert changed(["a"] * 3, ["b"] * 3) == ("inconclusive", TOO_FEW, 1)
    assert changed(["a"] * 4, ["b"] * 4) == ("inconclusive", RANG, 1)
    assert changed(["a"] * 4, ["a"] * 4) == ("non-inferior", QUIET, 1)


def test_items_answered_once_tell_nothing() -> None:
    assert changed(["a"] * 12, ["b"] * 12, items=12) == ("inconclusive", TOO_FEW, 0)
    # two answers a side have a smallest p of 1/3 each, and three such items together of 1/27
    assert changed(["a"] * 6, ["b"] * 6, items=3) == ("inconclusive", RANG, 3)
    assert changed(["a"] * 4, ["b"] * 4, items=2) == ("inconclusive", TOO_FEW, 2)


def test_the_change_test_looks_once() -> None:
    assert changed(["a"] * 12, ["b"] * 12, over=False) == ("inconclusive", LATER, 0)


def test_failed_runs_have_no_answer_to_compare() -> None:
    pairs = written(STREAMING, ["a"] * 3, ["a"] * 3)
    pairs.append((run(BASELINE, 3, answer="a"), run(STREAMING, 3, answer="", failed=True)))
    found = quality(experiment(STREAMING), STREAMING, pairs, over=True)
    assert (found.verdict, found.why) == ("inconclusive", TOO_FEW)


def test_empty_answers_are_answers() -> None:
    assert changed([""] * 6, [""] * 6) == ("non-inferior", QUIET, 1)


# Guards


def latency_guard(base: list[float | None], candidate: list[float | None], pairs: int = 12) -> tuple[str, str]:
    found = guards(experiment(STREAMING, pairs=pairs), STREAMING, times(STREAMING, base, candidate), over=True)
    (guard,) = (guard for guard in found if guard.name == "e2e")
    assert guard.blocking
    return guard.state, guard.why


def failures(base: list[float | None], candidate: list[float | None]) -> tuple[Guard, ...]:
    found = guards(experiment(AGAIN), AGAIN, times(AGAIN, base, candidate), over=True)
    assert all(guard.blocking and guard.name == "failures" for guard in found)
    return found


def test_a_candidate_that_fails_more_often_is_no_improvement() -> None:
    """McNemar's exact test on the runs that failed on one side only: 2 / 2^6 = 0.03 from six on."""
    fine: list[float | None] = [2.0] * 12
    assert failures(fine, fine) == ()
    (some,) = failures(fine, [*[None] * 5, *[2.0] * 7])
    assert some.state == "open"
    assert some.why == "5 runs failed where the baseline answered, 0 the other way round"
    (many,) = failures(fine, [*[None] * 6, *[2.0] * 6])
    assert many.state == "broken"


def test_uneven_failures_are_looked_at_once() -> None:
    """An exact test asked after every pair would ring far more often than it says."""
    pairs = times(AGAIN, [2.0] * 12, [*[None] * 6, *[2.0] * 6])
    states = [guards(experiment(AGAIN), AGAIN, pairs, over=over)[0].state for over in (False, True)]
    assert states == ["open", "broken"]


def test_a_retried_run_counts_as_failed_but_has_an_answer() -> None:
    def again(one: RunRecord) -> RunRecord:
        free = msgspec.structs.replace(one.calls[0], cost=Cost(), warm_usd=0.0, cold_usd=0.0)
        return msgspec.structs.replace(one, calls=(free, msgspec.structs.replace(one.calls[0], attempt=2)))

    pairs = [(base, again(candidate)) for base, candidate in times(AGAIN, [2.0] * 12, [1.0] * 12)]
    found = compare(experiment(AGAIN), AGAIN, "e2e", pairs, WIDE)
    assert found is not None and (found.verdict, found.won) == ("worse", 0)
    assert guards(experiment(AGAIN), AGAIN, pairs, over=True)[0].state == "broken"
    cost = compare(experiment(AGAIN), AGAIN, "cost_usd", bills(AGAIN, [0.002] * 12, [0.001] * 12), WIDE)
    cheap = [(base, again(one)) for base, one in bills(AGAIN, [0.002] * 12, [0.001] * 12)]
    assert compare(experiment(AGAIN), AGAIN, "cost_usd", cheap, WIDE) == cost


def test_both_groups_of_a_change_that_helps_some_and_hurts_others() -> None:
    found = compare(experiment(AGAIN), AGAIN, "e2e", times(AGAIN, [2.0] * 12, [1.0] * 8 + [4.0] * 4), WIDE)
    assert found is not None
    assert (found.won, found.won_by, found.lost_by) == (8, pytest.approx(0.5), pytest.approx(-1.0))
    assert found.faster == pytest.approx(8 / 12)
    won = compare(experiment(AGAIN), AGAIN, "e2e", times(AGAIN, [2.0] * 6, [1.0] * 6), WIDE)
    assert won is not None and (won.lost_by, won.faster) == (None, 1.0)
    bill = compare(experiment(AGAIN), AGAIN, "cost_usd", bills(AGAIN, [0.002] * 4, [0.001] * 3 + [0.003]), WIDE)
    assert bill is not None and (bill.won_by, bill.lost_by) == (pytest.approx(0.5), pytest.approx(-0.5))


def test_what_so_many_bills_could_have_shown() -> None:
    """At the error rate of the run, with t's quantiles: 2.201 and 1.363 at 11 degrees of freedom and 0.05."""
    made = bills(AGAIN, [0.002] * 12, [0.001, 0.003] * 6)
    found, strict = (compare(experiment(AGAIN, alpha=a), AGAIN, "cost_usd", made, WIDE) for a in (0.05, 0.005))
    sd = math.sqrt(12 / 11) / 2  # of differences of plus and minus half a baseline
    assert found is not None and strict is not None and strict.smallest_visible is not None
    assert found.smallest_visible == pytest.approx((2.20099 + 1.36343) * sd / math.sqrt(12), rel=1e-5)
    assert strict.smallest_visible == pytest.approx((3.49661 + 1.36343) * sd / math.sqrt(12), rel=1e-5)
    equal = compare(experiment(AGAIN), AGAIN, "cost_usd", bills(AGAIN, [0.002] * 12, [0.002] * 12), WIDE)
    assert equal is not None and equal.smallest_visible is None


def test_other_metrics_of_a_lever_stand_beside_its_card() -> None:
    def beside(
        variant: Variant, primary: Any = "tpot", low: float | None = None, **verdicts: Any
    ) -> list[tuple[str, str, bool, str]]:
        by_metric: dict[Any, Comparison] = {
            name: Comparison(
                variant.name, name, verdict, -0.25, Interval(low, None), 12, 12, True, loss_excluded=low is not None
            )  # type: ignore[arg-type]
            for name, verdict in verdicts.items()
        }
        made = experiment(variant, primary=primary)
        return [(g.name, g.state, g.blocking, g.why) for g in shown(made, variant, by_metric)]

    assert beside(STREAMING, cost_usd="negligible", e2e="worse") == [
        ("cost_usd", "open", False, "cost shows no useful gain, and no loss is proven")
    ]
    assert beside(STREAMING, low=-0.04, cost_usd="negligible") == [
        ("cost_usd", "held", False, "cost shows no useful gain, and a loss of 5% or more is excluded")
    ]
    assert beside(SMALLER, "e2e", e2e="worse") == [], "what decides is on the card already"
    assert beside(SMALLER, e2e="worse") == [("e2e", "broken", False, "end to end is worse, by 25%")]
    assert beside(CACHING, first_visible="undecided") == [
        ("first_visible", "open", False, "first visible is undecided")
    ]
    assert beside(AGAIN, e2e="worse") == beside(SMALLER) == []


def test_failures_of_the_baseline_or_of_both_are_no_failures_of_the_candidate() -> None:
    fine: list[float | None] = [2.0] * 12
    assert failures([None] * 12, fine) == ()
    assert failures([None] * 12, [None] * 12) == ()
    assert failures([None, *fine[1:]], [2.0, None, *fine[2:]]) == ()
    (one,) = failures([None, *fine[1:]], [2.0, None, None, *fine[3:]])
    assert one.state == "open" and one.why.endswith("2 runs failed where the baseline answered, 1 the other way round")


def test_the_latency_guard() -> None:
    held = ("held", "a loss of 5% or more in end to end time is excluded")
    broken = ("broken", "end to end time is worse by 5% or more")
    still = ("open", "a loss of 5% in end to end time is not excluded yet")
    assert latency_guard([2.0] * 12, [2.0] * 12) == held
    assert latency_guard([2.0] * 12, [1.0] * 12) == held
    assert latency_guard([2.0] * 12, [2.6] * 12) == broken
    assert latency_guard([2.0] * 12, [None] * 12) == broken
    assert latency_guard([2.0] * 3, [2.0] * 3) == still
    assert latency_guard([2.0] * 12, [1.0, 4.0] * 6) == still
    assert latency_guard([], []) == still


def test_a_guard_that_only_the_last_test_holds_says_so() -> None:
    base: list[float | None] = [2.0] * 12
    candidate: list[float | None] = [2.16, 2.18, 2.01, 1.91, 1.87, 2.0, 1.88, 1.83, 2.02, 2.02, 2.07, 1.89]
    state, why = latency_guard(base, candidate)
    assert (state, why) == (
        "held",
        "a loss of 5% or more in end to end time is excluded, by the exact test at the last pair",
    )
    assert latency_guard(base, candidate, 13)[0] == "open"
    assert "exact test" not in latency_guard([2.0] * 12, [2.0] * 12)[1], "held by the bets, before the last pair"


def test_an_open_latency_guard_says_how_many_pairs_would_do() -> None:
    (guard,) = guards(experiment(STREAMING), STREAMING, times(STREAMING, [2.0] * 12, [1.0, 4.0] * 6), over=True)
    assert guard.pairs_needed is not None and guard.pairs_needed > 12
    (settled,) = guards(experiment(STREAMING), STREAMING, times(STREAMING, [2.0] * 12, [2.0] * 12), over=True)
    assert settled.pairs_needed is None


def truncation(
    answers: int, cut: int, *, over: bool = True, failed: int = 0, items: int = 1
) -> tuple[str, str, int | None]:
    pairs: list[Pair] = []
    for i in range(answers + failed):
        reason = "max_tokens" if i < cut else "end_turn"
        candidate = run(MAX_TOKENS, i, stop_reason=reason, failed=i >= answers, sample=f"s{i % items}")
        pairs.append((run(BASELINE, i, sample=f"s{i % items}"), candidate))
    found = guards(experiment(MAX_TOKENS, pairs=100), MAX_TOKENS, pairs, over=over)
    (guard,) = (guard for guard in found if guard.name == "truncation")
    assert guard.blocking
    return guard.state, guard.why, guard.pairs_needed


def test_the_truncation_guard() -> None:
    """59 answers without a cut exclude a share of 5%, 58 do not."""
    assert truncation(59, 0) == ("held", "at most 5% of answers are cut", None)
    unproven = "it is not shown yet that at most 5% of answers are cut (0 of 58 were)"
    assert truncation(58, 0) == ("open", unproven, 59)
    assert truncation(12, 12) == ("broken", "12 of 12 answers are cut, more than the 5% allowed", None)
    assert truncation(12, 1)[0] == "open" and truncation(12, 1)[2] is None


def test_the_truncation_guard_says_that_repeats_speak_of_these_items() -> None:
    assert truncation(59, 0, items=7) == ("held", "at most 5% of answers to these 7 items are cut", None)
    assert truncation(58, 1, items=2)[1].endswith("answers to these 2 items are cut (1 of 58 were)")
    assert truncation(12, 12, items=6)[1] == "12 of 12 answers to these 6 items are cut, more than the 5% allowed"
    assert truncation(59, 0, items=59)[1] == "at most 5% of answers are cut", "no item twice: it speaks of others too"


def test_the_truncation_guard_looks_once() -> None:
    assert truncation(59, 0, over=False)[0] == "open"
    assert truncation(12, 12, over=False)[0] == "open"


def test_a_failed_call_is_no_answer_that_was_not_cut() -> None:
    assert truncation(58, 0, failed=10) == truncation(58, 0)
    assert truncation(0, 0, failed=3)[:2] == (
        "open",
        "it is not shown yet that at most 5% of answers are cut (0 of 0 were)",
    )


def test_a_stack_has_the_guards_of_its_levers_once() -> None:
    stack = Variant("all", tuple(LeverChoice(lever.spec.name) for lever in LEVERS))
    found = guards(experiment(stack), stack, times(stack, [2.0] * 12, [2.0] * 12), over=True)
    assert [guard.name for guard in found] == ["truncation", "e2e"]
    assert guards(experiment(BASELINE), BASELINE, times(BASELINE, [2.0], [2.0]), over=True) == ()


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.spec.name)
def test_every_lever_can_be_judged_and_guarded(lever: object) -> None:
    """A lever of the table whose guard or metric the engine does not know would fail here, not in a paid run."""
    spec = lever.spec  # type: ignore[attr-defined]
    variant = Variant(spec.name, (LeverChoice(spec.name),))
    made = experiment(variant, primary=spec.primary)
    pairs = times(variant, [2.0] * 12, [2.0] * 12)
    found = compare(made, variant, spec.primary, pairs, {"baseline": 1.0, spec.name: 1.0})
    assert found is not None and found.metric == spec.primary
    assert tuple(guard.name for guard in guards(made, variant, pairs, over=True)) == spec.blocking
    assert quality(made, variant, pairs, over=True).basis == ("none" if spec.changes_text else "change test")


def test_verdicts_that_their_interval_does_not_show_say_why() -> None:
    # Nine gains of a tenth, three losses: the exact test at the last pair is satisfied, the wider interval is not.
    last = e2e([2.0] * 12, [1.75, 1.82, 1.78, 1.80, 1.85, 1.7, 2.02, 1.77, 1.81, 1.79, 2.01, 1.76])
    assert (last.verdict, last.pairs) == ("better", 12)
    assert last.interval.low is None or last.interval.low <= 0
    assert last.note == "by the exact test at the last pair; the interval holds at every look and is wider"
    early = e2e([2.0] * 30, [1.0] * 8 + [4.0] * 22, 30)
    assert (early.verdict, early.pairs, early.seen) == ("better", 7, 30)
    assert early.interval.low is not None and early.interval.low < 0
    assert early.note == "decided at 7; the interval is that after all 30"
    assert e2e([2.0] * 12, [1.0] * 12).note == ""
    rough = e2e([2.0] * 12, [1.95, 2.3, 1.98, 2.4, 2.0, 2.5] * 2)
    assert (rough.verdict, rough.note) == ("negligible", "no useful gain; a loss is neither proven nor excluded")
    assert rough.word == "no useful gain", "negligible would say that a loss is excluded too"


def test_a_bill_on_the_way_has_an_interval_that_may_be_looked_at() -> None:
    """An interval for one look would exclude even bills after a few pairs, long before the verdict may."""
    base, candidate = [1.0, 1.1, 0.9] * 3, [0.30, 0.36, 0.33] * 3
    early = cost(base, candidate, most=5.0)
    assert (early.verdict, early.final) == ("undecided", False)
    assert early.interval.low is not None and early.interval.low < 0
    assert early.interval.high is not None and early.interval.high < 1
    assert early.pairs_needed == 12, "as planned, for the bill is compared when all pairs are in"
    whole = cost([1.0, 1.1, 0.9] * 4, [0.30, 0.36, 0.33] * 4, most=5.0)
    assert whole.verdict == "better" and whole.interval.low is not None and whole.interval.low > 0.6


def test_no_saving_is_more_than_everything() -> None:
    """Two pairs: their interval of one look would reach a bill below nothing."""
    found = cost([1.0, 1.1], [0.1, 0.5], pairs=2)
    assert found.interval.high == 1.0
    assert found.smallest_visible is None, "two such pairs show no saving at all"


def test_few_pairs_are_not_said_to_show_a_saving() -> None:
    assert e2e([2.0] * 5, [1.0, 1.2, 1.1, 1.3, 1.0]).smallest_visible is None
    assert e2e([2.0] * 6, [1.0, 1.2, 1.1, 1.3, 1.0, 1.2]).smallest_visible is not None


def test_pairs_needed_are_more_than_were_seen() -> None:
    """What so many pairs did not show is not promised of fewer."""
    found = e2e([2.0] * 12, [1.0, None] * 6)
    assert found.verdict == "undecided"
    assert found.pairs_needed is None or found.pairs_needed > 12


def test_items_that_got_a_little_worse_are_no_answers_lost() -> None:
    """48 items asked five times: a third of them one pass in five worse is a loss of 7 points, not of a third."""
    base, candidate = [1.0] * 240, [0.0 if 48 <= i < 96 and i % 3 == 0 else 1.0 for i in range(240)]
    made = experiment(SMALLER, pairs=240, of=scenario(items=48, checked=True))
    found = quality(made, SMALLER, scored(SMALLER, base, candidate, items=48), over=True)
    assert (found.verdict, found.items, found.graded) == ("inconclusive", 48, True)
    assert found.excluded_loss is not None and 0.067 < found.excluded_loss < 0.25
    assert found.why == "48 checked items, 16 of them worse, cannot exclude a loss of up to 18 points"
    assert found.lacks == (
        "at least 117 checked items, with few that get worse (now 48 with 16; "
        "averages and scores between pass and fail are judged by the sequential test alone)"
    )


def test_graded_scores_take_as_many_items_as_the_bets_do() -> None:
    made = experiment(SMALLER, pairs=20, of=scenario(items=20, checked=True, quality_margin=0.1))
    found = quality(made, SMALLER, scored(SMALLER, [0.8] * 20, [0.8] * 20, items=20), over=True)
    assert found.lacks.startswith("57 checked items if none gets worse (now 20; averages and scores between")


def test_a_bill_that_hangs_on_one_dear_call_is_not_decided() -> None:
    """One baseline call is 20 times as dear: the interval of the ratio excludes 1, a t test of the savings does not."""
    base, candidate = [0.002] * 19 + [0.04], [0.0019] * 20
    found = compare(experiment(AGAIN, pairs=20), AGAIN, "cost_usd", bills(AGAIN, base, candidate), WIDE)
    assert found is not None and found.interval.low is not None
    assert found.interval.low > 0 and found.verdict == "undecided" and "a few dear calls carry" in found.note
    turned = compare(experiment(AGAIN, pairs=20), AGAIN, "cost_usd", bills(AGAIN, candidate, base), WIDE)
    assert turned is not None and turned.verdict == "undecided"
