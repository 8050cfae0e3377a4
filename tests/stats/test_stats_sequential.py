"""Sequential tests: betting laws, verdicts at the right pair, and error rates on simulated latency."""

import itertools
import math
import random
from statistics import fmean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import (
    Decision,
    confidence_sequence,
    decide,
    hodges_lehmann,
    log_e_path,
    log_ratios,
    signed_rank_p,
)

LAW = settings(deadline=None, derandomize=True, max_examples=60)
INF = math.inf
RATIOS = st.lists(st.one_of(st.floats(-3.0, 3.0), st.sampled_from([INF, -INF, 0.0])), max_size=40)
CLOSE = 1e-9


def naive_log_e(ratios: list[float], theta0: float, side: int) -> list[float]:
    """The bet as the formula reads, recomputed from nothing for every prefix."""
    ratios = [max(-20.0, min(20.0, ratio)) for ratio in ratios]
    path = []
    for n in range(1, len(ratios) + 1):
        products = [1.0] * 5
        for i in range(n):
            past = ratios[:i]
            mad = median(abs(d - median(past)) for d in past) if i >= 6 else 0.0
            scale = max(0.02, 1.4826 * mad) if i >= 6 else 0.35
            x = max(-2.5, min(2.5, (ratios[i] - theta0) / scale))
            for at, stake in enumerate((0.15, 0.3, 0.6, 1.2, 2.4)):
                products[at] *= 2 / (1 + math.exp(-2 * stake * side * x))
        path.append(math.log(fmean(products)))
    return path


def pairs_of_latencies(rng: random.Random, pairs: int, saving: float = 0.0, sigma: float = 0.5) -> list[float]:
    """Log ratios of log-normal calls under a slow drift, 3% of them two to six times slower, order by a coin."""
    phase = rng.uniform(0.0, 2 * math.pi)

    def call(slot: int) -> float:
        spike = rng.uniform(2.0, 6.0) if rng.random() < 0.03 else 1.0
        return spike * math.exp(rng.gauss(0.0, sigma) + 0.3 * math.sin(phase + slot / 20))

    base, candidate = [], []
    for pair in range(pairs):
        first, second = call(2 * pair), call(2 * pair + 1)
        b, c = (first, second) if rng.random() < 0.5 else (second, first)
        base.append(b)
        candidate.append(c * (1 - saving))
    return log_ratios(base, candidate)


@LAW
@given(RATIOS, st.floats(-1.0, 1.0), st.sampled_from([1, -1]))
def test_path_is_the_formula(ratios: list[float], theta0: float, side: int) -> None:
    assert log_e_path(ratios, theta0, side) == pytest.approx(naive_log_e(ratios, theta0, side), abs=CLOSE)


@pytest.mark.parametrize("theta0", [0.0, 0.3])
def test_over_all_signs_the_bet_is_fair_and_rarely_wins(theta0: float) -> None:
    sizes = [0.9, 0.1, 0.5, 1.4, 0.7, 0.3, 2.0, 1.1, 0.6, 0.8, 1.9]
    ends, reached = [], 0
    for signs in itertools.product((1, -1), repeat=len(sizes)):
        path = log_e_path([theta0 + sign * size for sign, size in zip(signs, sizes, strict=True)], theta0)
        ends.append(math.exp(path[-1]))
        reached += max(path) >= math.log(20)
    assert fmean(ends) == pytest.approx(1.0, abs=1e-9)
    assert reached <= 0.05 * len(ends)


@LAW
@given(RATIOS, st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_evidence_falls_with_theta(ratios: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    for side in (1, -1):
        steps = zip(log_e_path(ratios, low, side), log_e_path(ratios, high, side), strict=True)
        assert all(side * (at_low - at_high) >= -CLOSE for at_low, at_high in steps)


@LAW
@given(RATIOS, st.integers(0, 40))
def test_a_prefix_of_the_pairs_has_a_prefix_of_the_path(ratios: list[float], n: int) -> None:
    assert log_e_path(ratios[:n]) == log_e_path(ratios)[:n]


@LAW
@given(RATIOS)
def test_intervals_are_nested_in_alpha(ratios: list[float]) -> None:
    wide, narrow = confidence_sequence(ratios, 0.01), confidence_sequence(ratios, 0.2)
    assert wide.low is None or (narrow.low is not None and wide.low <= narrow.low)
    assert wide.high is None or (narrow.high is not None and narrow.high <= wide.high)
    if narrow.low is not None and narrow.high is not None:
        assert narrow.low <= narrow.high


@pytest.mark.parametrize("seed", range(6))
def test_interval_holds_the_centre_of_symmetric_noise(seed: int) -> None:
    rng = random.Random(seed)
    ratios = [0.3 + rng.gauss(0.0, 0.4) for _ in range(60)]
    interval = confidence_sequence(ratios)
    assert interval.low is not None and interval.high is not None
    assert interval.low <= hodges_lehmann(ratios) <= interval.high


def test_interval_ends_where_the_evidence_is() -> None:
    ratios = pairs_of_latencies(random.Random(2), 80, saving=0.3)
    interval = confidence_sequence(ratios)
    assert interval.low is not None and interval.high is not None
    assert log_e_path(ratios, interval.low, 1)[-1] == pytest.approx(math.log(40), abs=1e-6)
    assert log_e_path(ratios, interval.high, -1)[-1] == pytest.approx(math.log(40), abs=1e-6)


def test_interval_is_open_without_evidence_and_bounded_beyond_its_range() -> None:
    assert (confidence_sequence([]).low, confidence_sequence([0.1] * 3).high) == (None, None)
    always_failed = confidence_sequence([INF] * 20)
    assert (always_failed.low, always_failed.high) == (6.0, None)
    always_lost = confidence_sequence([-INF] * 20)
    assert (always_lost.low, always_lost.high) == (None, -6.0)


@LAW
@given(RATIOS, st.integers(1, 40))
def test_swapping_the_arms_swaps_better_and_worse_at_the_same_pair(ratios: list[float], n_max: int) -> None:
    swap = {"better": "worse", "worse": "better"}
    one, other = decide(ratios, n_max), decide([-ratio for ratio in ratios], n_max)
    if one.verdict in swap or other.verdict in swap:
        assert (other.verdict, other.pairs, other.final) == (swap[one.verdict], one.pairs, one.final)


@LAW
@given(st.lists(st.tuples(st.floats(0.01, 100.0), st.floats(0.01, 100.0)), min_size=1, max_size=40))
def test_the_unit_of_time_changes_no_verdict(pairs: list[tuple[float, float]]) -> None:
    base, candidate = [b for b, _ in pairs], [c for _, c in pairs]
    seconds = decide(log_ratios(base, candidate), 40)
    scaled = decide(log_ratios([b * 1024 for b in base], [c * 1024 for c in candidate]), 40)
    assert (scaled.verdict, scaled.pairs) == (seconds.verdict, seconds.pairs)


@LAW
@given(RATIOS, st.integers(1, 40))
def test_decision_follows_the_paths(ratios: list[float], n_max: int) -> None:
    got, h, t = decide(ratios, n_max), -math.log(0.95), math.log(40)
    used = ratios[:n_max]
    paths = [log_e_path(used, theta, side) for theta, side in ((0.0, 1), (0.0, -1), (h, -1), (-h, 1))]
    expected = None
    for pair in range(1, len(used) + 1):
        now = [path[pair - 1] >= t for path in paths]
        ever = [max(path[:pair]) >= t for path in paths]
        word = "better" if now[0] else "worse" if now[1] else "negligible" if ever[2] and ever[3] else None
        if word:
            expected = (word, pair, True)
            break
    if expected is None and len(used) < n_max:
        expected = ("undecided", len(used), False)
    if expected is None:
        d = [max(-20.0, min(20.0, ratio)) for ratio in used]
        gain_excluded = max(paths[2]) >= t or signed_rank_p([INF * -x if abs(x) == 20 else h - x for x in d]) <= 0.025
        word = "negligible" if gain_excluded else "undecided"
        word = "worse" if signed_rank_p([-x for x in d]) <= 0.025 else word
        word = "better" if signed_rank_p(d) <= 0.025 else word
        expected = (word, n_max, True)
    assert (got.verdict, got.pairs, got.final) == expected
    if got.pairs:
        shown = (got.log_e_better, got.log_e_worse, got.log_e_no_gain, got.log_e_no_loss)
        assert shown == pytest.approx([path[got.pairs - 1] for path in paths], abs=CLOSE)


def test_no_pairs_decide_nothing() -> None:
    assert decide([], 60) == Decision("undecided", 0, False, 0.0, 0.0, 0.0, 0.0)


def test_an_arm_that_always_fails_is_found_out_at_the_sixth_pair() -> None:
    assert (decide([-INF] * 60, 60).verdict, decide([-INF] * 60, 60).pairs) == ("worse", 6)
    assert decide([INF] * 5, 5).verdict == "undecided", "five pairs can never decide at 0.05"


def test_identical_arms_are_negligible_and_later_pairs_change_nothing() -> None:
    same = decide([0.0] * 60, 60)
    assert (same.verdict, same.final) == ("negligible", True)
    assert decide([0.0] * same.pairs + [3.0] * 40, 60) == same
    assert decide([0.1, -0.1] * 3 + [9.0] * 50, 6) == decide([0.1, -0.1] * 3, 6)


def test_identical_arms_are_rarely_told_apart() -> None:
    rng, runs = random.Random(20), 300
    verdicts = [decide(pairs_of_latencies(rng, 60), 60).verdict for _ in range(runs)]
    allowed = runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)
    assert verdicts.count("better") <= allowed
    assert verdicts.count("worse") <= allowed


def test_half_the_time_is_seen_early() -> None:
    rng, runs = random.Random(21), 100
    decisions = [decide(pairs_of_latencies(rng, 60, saving=0.5), 60) for _ in range(runs)]
    assert all(decision.verdict == "better" for decision in decisions)
    assert fmean(decision.pairs for decision in decisions) < 20


@pytest.mark.parametrize(
    ("saving", "sigma", "power", "pairs"), [(0.2, 0.5, 0.60, 54), (0.3, 0.5, 0.93, 42), (0.2, 0.25, 0.98, 34)]
)
def test_power_is_what_the_planner_promises(saving: float, sigma: float, power: float, pairs: float) -> None:
    rng, runs = random.Random(22), 200
    decisions = [decide(pairs_of_latencies(rng, 60, saving, sigma), 60) for _ in range(runs)]
    found = sum(decision.verdict == "better" for decision in decisions) / runs
    assert found == pytest.approx(power, abs=3 * math.sqrt(power * (1 - power) / runs) + 0.02)
    assert fmean(decision.pairs for decision in decisions) == pytest.approx(pairs, abs=4)
