"""What the method claims about itself, held against simulation: error rates, coverage, power, and plain formulas.

Usage: python benchmarks/method_soak.py [FACTOR]      (default 1; 4 makes four times the runs and twice the precision)
Latencies are log-normal with spread sigma, a slow drift, and 3% of calls 2 to 6 times slower; pairs in an order drawn
by a coin. Seeds are fixed, so a figure repeats exactly. Prints claim, measured, bound and ok; the exit code is 1 where
a bound is broken. "+3 sd" allows for the number of runs: a true 5% stays below it in all but one case of a thousand.
"""

import itertools
import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import numpy as np
from method_bounds import Row, at_least, at_most, near, share_near
from method_noise import SHAPES, escalating, pair_ratios

from optlab import stats as s

FACTOR: Final = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
ALPHA: Final = 0.05


def times(runs: int) -> int:
    return max(1, round(FACTOR * runs))


def identical_arms() -> Iterator[Row]:
    rng, runs = np.random.default_rng(1), times(1_000)
    for sigma, n_max in itertools.product((0.25, 0.5), (60, 120)):
        verdicts = [s.decide(ratios, n_max).verdict for ratios in pair_ratios(rng, runs, n_max, sigma)]
        for word in ("better", "worse"):
            yield at_most(f"identical arms, sigma {sigma}, {n_max} pairs: {word}", verdicts.count(word), runs)


POWER: Final = [
    (0.1, 0.25, 60, "better", 0.52, 54),
    (0.1, 0.25, 120, "better", 0.81, 94),
    (0.2, 0.25, 60, "better", 0.98, 34),
    (0.2, 0.5, 60, "better", 0.60, 54),
    (0.2, 0.5, 120, "better", 0.88, 90),
    (0.3, 0.25, 60, "better", 1.00, 18),
    (0.3, 0.5, 60, "better", 0.93, 42),
    (0.5, 0.25, 60, "better", 1.00, 9),
    (0.5, 0.5, 60, "better", 1.00, 17),
    (-0.2, 0.25, 60, "worse", 0.92, None),
    (-0.2, 0.5, 60, "worse", 0.43, None),
]


def power() -> Iterator[Row]:
    rng, runs = np.random.default_rng(2), times(1_000)
    for saving, sigma, n_max, word, expected, pairs in POWER:
        decisions = [s.decide(ratios, n_max) for ratios in pair_ratios(rng, runs, n_max, sigma, saving)]
        name = f"saving {saving:+.0%}, sigma {sigma}, n_max {n_max}"
        yield share_near(f"{name}: {word}", sum(d.verdict == word for d in decisions), runs, expected)
        if pairs is not None:
            used = [d.pairs for d in decisions]
            allowed = 3 * float(np.std(used)) / math.sqrt(runs) + 2
            yield near(f"{name}: pairs used", float(np.mean(used)), pairs, allowed)
    for sigma, n_max, expected in ((0.25, 60, 0.47), (0.25, 120, 0.77), (0.5, 60, 0.17), (0.5, 120, 0.29)):
        verdicts = [s.decide(r, n_max, delta_min=0.1).verdict for r in pair_ratios(rng, runs, n_max, sigma)]
        claim = f"no effect, sigma {sigma}, n_max {n_max}, delta 10%: negligible"
        yield share_near(claim, verdicts.count("negligible"), runs, expected)


def planning() -> Iterator[Row]:
    """Planned with 1.25 times the textbook number for a power of 0.9, as the planner advises."""
    rng, runs = np.random.default_rng(12), times(1_000)
    for saving, sigma in ((0.2, 0.25), (0.3, 0.5)):
        planned = math.ceil(1.25 * s.pairs_needed(sigma * math.sqrt(2), saving))
        won = sum(
            s.decide(ratios, planned).verdict == "better" for ratios in pair_ratios(rng, runs, planned, sigma, saving)
        )
        yield at_least(f"planned {planned} pairs for {saving:.0%} at sigma {sigma}: better", won, runs, 0.82)


def intervals_at_every_pair() -> Iterator[Row]:
    """The interval misses the centre at some pair exactly when a bet against the true centre is won."""
    rng, runs, threshold = np.random.default_rng(3), times(1_000), math.log(2 / ALPHA)
    for sigma, saving in ((0.25, 0.2), (0.5, 0.0)):
        centre = -math.log1p(-saving)
        missed = sum(
            max(s.log_e_path(ratios, centre, 1)) >= threshold or max(s.log_e_path(ratios, centre, -1)) >= threshold
            for ratios in pair_ratios(rng, runs, 120, sigma, saving)
        )
        yield at_most(f"interval of the centre, sigma {sigma}: misses at any of 120 pairs", missed, runs)


def quantile_coverage() -> Iterator[Row]:
    rng, runs = np.random.default_rng(4), times(4_000)
    for (shape, draw), (n, p) in itertools.product(
        SHAPES.items(), ((10, 0.5), (20, 0.5), (60, 0.5), (10, 0.9), (50, 0.9), (120, 0.9), (400, 0.99))
    ):
        truth = float(draw(np.array(p)))
        samples = draw(rng.random((runs, n)))
        low, high = s.quantile_ranks(n, p)
        ordered = np.sort(samples, axis=1)
        above = True if low is None else ordered[:, low - 1] <= truth
        below = True if high is None else truth <= ordered[:, high - 1]
        for row, first in zip(ordered[:20], samples[:20].tolist(), strict=True):
            ends = (None if low is None else row[low - 1], None if high is None else row[high - 1])
            assert s.quantile_interval(first, p) == s.Interval(*ends)
        covered = int(np.broadcast_to(np.logical_and(above, below), (runs,)).sum())
        yield at_least(f"interval of p{100 * p:g}, {shape}, n = {n}: covers", covered, runs)


def caps() -> Iterator[Row]:
    rng, runs = np.random.default_rng(5), times(10_000)
    for n, epsilon in ((59, 0.05), (100, 0.05), (200, 0.05), (100, 0.1), (299, 0.01)):
        rank = s.ceiling_rank(n, epsilon)
        assert rank is not None
        cut = 1.0 - np.sort(rng.random((runs, n)), axis=1)[:, rank - 1]
        yield at_most(f"cap from {n} lengths cuts more than {epsilon:.0%}", int((cut > epsilon).sum()), runs)


def change_tests() -> Iterator[Row]:
    """Answers are bags of twelve words; identical prompts draw them from one distribution."""
    rng, runs = np.random.default_rng(6), times(600)
    words = np.array([f"w{at}" for at in range(30)])

    def item(k: int) -> tuple[list[list[float]], int]:
        weights = rng.dirichlet(np.full(30, 0.5))
        answers = [" ".join(rng.choice(words, 12, p=weights)) for _ in range(2 * k)]
        alike = [[s.rouge_l(a, b)[2] if i < j else 0.0 for j, b in enumerate(answers)] for i, a in enumerate(answers)]
        size = range(2 * k)
        return [[0.0 if i == j else 1 - alike[min(i, j)][max(i, j)] for j in size] for i in size], k

    for k, items, options in ((2, 4, {}), (3, 2, {}), (3, 10, {"max_exact": 1, "draws": 499})):
        rings = sum(s.energy_test([item(k) for _ in range(items)], **options)[1] <= ALPHA for _ in range(runs))
        yield at_most(f"change test, same prompt, {items} items x {k} answers: rings", rings, runs)


def money() -> Iterator[Row]:
    rng, runs = np.random.default_rng(7), times(600)
    bills = [escalating(rng, 60, 0.567) for _ in range(runs)]
    by_sum = [s.decide_cost(base, candidate, 20.0, 40.0, 60).verdict for base, candidate in bills]
    for word in ("better", "worse"):
        yield at_most(f"cascade at break-even, sums of 60 bills: {word}", by_sum.count(word), runs)
    by_ratio = [s.decide(s.log_ratios(base, candidate), 60).verdict for base, candidate in bills]
    yield at_least("the same by typical ratios (why sums are used): better", by_ratio.count("better"), runs, 0.25)
    for n, spread, promised in ((10, 0.2, 0.935), (30, 0.2, 0.935), (60, 0.2, 0.935), (10, 0.4, 0.89), (60, 0.4, 0.92)):
        covered, runs = 0, times(3_000)
        for _ in range(runs):
            base = np.exp(rng.normal(0, 1.5 * spread, n))
            candidate = base * 0.8 * np.exp(rng.normal(-spread * spread / 2, spread, n))
            interval = s.ratio_interval(base.tolist(), candidate.tolist())
            covered += interval.low is not None and interval.high is not None and interval.low <= 0.8 <= interval.high
        yield at_least(f"interval of the ratio of {n} bills, spread {spread}: covers", covered, runs, promised)


def quality() -> Iterator[Row]:
    rng, runs = np.random.default_rng(8), times(1_000)
    scores = [(1.0, 1.0), (0.0, 1.0), (1.0, 0.0)]

    def passes(margin: float, n: int, gained: float, lost: float) -> int:
        drawn = rng.choice(3, (runs, n), p=(1 - gained - lost, gained, lost)).tolist()
        words = [s.decide_quality([scores[at] for at in row], margin, n).verdict for row in drawn]
        return sum(word in {"better", "non-inferior"} for word in words)

    for margin, n in ((0.05, 120), (0.1, 60)):
        claim = f"loss of exactly the margin of {margin:.0%}, {n} items: passes"
        yield at_most(claim, passes(margin, n, 0.05, 0.05 + margin), runs)
    for margin, n, expected in ((0.05, 120, 0.36), (0.05, 250, 0.67), (0.1, 60, 0.57), (0.1, 120, 0.88)):
        claim = f"no loss, 10% discordant, margin {margin:.0%}, {n} items: passes"
        yield share_near(claim, passes(margin, n, 0.05, 0.05), runs, expected)


def judges() -> Iterator[Row]:
    rng, runs = np.random.default_rng(9), times(4_000)
    for right, specificity, sensitivity, labels in ((0.75, 0.8, 0.9, 40), (0.9, 0.6, 0.95, 50), (0.5, 0.9, 0.9, 30)):
        n, covered = 200, 0
        pass_rates = rng.binomial(n, right * sensitivity + (1 - right) * (1 - specificity), runs) / n
        known = zip(rng.binomial(labels, specificity, runs), rng.binomial(labels, sensitivity, runs), strict=True)
        for p, (spec, sens) in zip(pass_rates.tolist(), known, strict=True):
            interval = s.judge_interval(p, float(spec) / labels, float(sens) / labels, n, labels, labels)
            covered += (interval.low or 0.0) <= right <= (1.0 if interval.high is None else interval.high)
        claim = f"judge {specificity:g}/{sensitivity:g}, {labels} + {labels} labels, truth {right:g}: covers"
        yield at_least(claim, covered, runs, 0.94)


def guards() -> Iterator[Row]:
    rng, runs = np.random.default_rng(10), times(1_000)
    states = [s.guard_no_loss(ratios, 60, 0.1) for ratios in pair_ratios(rng, runs, 60, 0.25, 1 - 1 / 0.9)]
    for state in ("held", "broken"):
        yield at_most(f"guard at a loss of exactly delta: {state}", states.count(state), runs)
    won = 0
    for xs in rng.beta(0.4, 1.6, (runs, 200)).tolist():
        won += max(s.bounded_mean_log_e_path(xs, 0.2, 0.0, 1.0)) >= math.log(1 / ALPHA)
    yield at_most("bet on a mean that is not above: ever won in 200 looks", won, runs)


def caching() -> Iterator[Row]:
    rng = np.random.default_rng(11)
    for gap_min, ttl_min, write in ((1, 5, 1.25), (10, 5, 1.25), (30, 60, 2.0), (60, 60, 2.0)):
        arrivals = np.cumsum(rng.exponential(60 * gap_min, 20_000)).tolist()
        log = [{"t": t, "blocks": [["prompt", 10_000]]} for t in arrivals]
        paid = s.replay_cache(log, [0], ttl_s=60 * ttl_min, write=write).cost / (20_000 * 10_000)
        formula = s.cache_multiplier(s.cache_hit_rate_poisson(1 / gap_min, ttl_min), write, 0.1)
        yield near(f"a call in {gap_min} min, {ttl_min} min cache: replay / formula", paid / formula, 1.0, 0.02)


CLAIMS: Final = (
    power,
    planning,
    identical_arms,
    intervals_at_every_pair,
    quality,
    money,
    change_tests,
    quantile_coverage,
    caps,
    judges,
    guards,
    caching,
)


def checked(claim: Callable[[], Iterator[Row]]) -> list[Row]:
    return list(claim())


def main() -> int:
    broken = 0
    print(f"{'claim':75} {'measured':>9}  {'bound':18} ok")
    with ProcessPoolExecutor(2) as pool:
        for rows in pool.map(checked, CLAIMS):
            for row in rows:
                broken += not row.ok
                print(f"{row.claim:75} {row.measured:>9}  {row.bound:18} {'yes' if row.ok else 'NO'}", flush=True)
    print(f"{broken} bounds broken" if broken else "all bounds hold")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
