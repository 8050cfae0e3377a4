"""The cost verdict: bills, not typical ratios."""

import math
import random
from statistics import fmean

import pytest

from optlab.stats import CostDecision, decide, decide_cost, decide_cost_once, log_ratios, smallest_bill_saving


def escalating(rng: random.Random, pairs: int, escalation: float) -> tuple[list[float], list[float]]:
    """A cascade of small (0.333), judge (0.1) and big (1) models against the big one alone; break-even at 0.567."""
    base = [math.exp(rng.gauss(0.0, 0.3)) for _ in range(pairs)]
    return base, [b * (0.433 + (1.0 if rng.random() < escalation else 0.0)) for b in base]


def test_a_cascade_at_its_break_even_is_not_called_cheaper() -> None:
    rng, runs = random.Random(31), 200
    bills, ratios = [], []
    for _ in range(runs):
        base, candidate = escalating(rng, 60, 0.567)
        bills.append(decide_cost(base, candidate, 20.0, 40.0, 60).verdict)
        ratios.append(decide(log_ratios(base, candidate), 60).verdict)
    assert bills.count("better") <= runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)
    assert ratios.count("better") > runs * 0.2, "the typical ratio answers another question"


def test_a_cascade_that_pays_is_called_cheaper_and_the_reverse_dearer() -> None:
    base, candidate = escalating(random.Random(32), 60, 0.15)
    assert decide_cost(base, candidate, 20.0, 40.0, 60) == CostDecision("better", 60, True)
    assert decide_cost(candidate, base, 40.0, 20.0, 60).verdict == "worse"


def test_tight_limits_settle_it_on_the_way() -> None:
    cheaper = decide_cost([1.0] * 60, [0.4] * 60, 1.2, 1.2, 60)
    assert (cheaper.verdict, cheaper.final) == ("better", True) and cheaper.pairs < 30
    dearer = decide_cost([0.4] * 60, [1.0] * 60, 1.2, 1.2, 60)
    assert (dearer.verdict, dearer.pairs) == ("worse", cheaper.pairs)
    same = decide_cost([1.0] * 400, [1.0] * 400, 1.0, 1.0, 400)
    assert (same.verdict, same.final) == ("negligible", True) and same.pairs < 400


def test_the_currency_changes_nothing() -> None:
    base, candidate = escalating(random.Random(33), 60, 0.3)
    dollars = decide_cost(base, candidate, 20.0, 40.0, 60)
    assert decide_cost([b * 64 for b in base], [c * 64 for c in candidate], 1280.0, 2560.0, 60) == dollars


@pytest.mark.parametrize(
    ("base", "candidate", "verdict"),
    [
        ([0.3, 0.5, 0.2], [0.3, 0.5, 0.2], "negligible"),
        ([0.3, 0.3, 0.3], [0.1 + 0.2] * 3, "negligible"),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], "negligible"),
        ([0.0, 0.0, 0.0], [0.0, 0.1, 0.0], "worse"),
        ([0.1, 0.2, 0.1], [0.0, 0.0, 0.0], "undecided"),
        ([0.1, 0.12, 0.1], [0.0, 0.0, 0.0], "better"),
        ([0.2, 0.2, 0.2], [0.1, 0.1, 0.1], "better"),
        ([0.2, 0.2, 0.2], [0.199, 0.199, 0.199], "better"),
        ([0.1, 0.9, 0.5], [0.9, 0.1, 0.5], "undecided"),
        ([0.2], [0.1], "undecided"),
        ([0.2], [0.2], "negligible"),
    ],
)
def test_last_look(base: list[float], candidate: list[float], verdict: str) -> None:
    assert decide_cost(base, candidate, 1.0, 1.0, len(base)) == CostDecision(verdict, len(base), True)


def test_before_the_last_look_keep_sampling() -> None:
    assert decide_cost([], [], 1.0, 1.0, 5) == CostDecision("undecided", 0, False)
    assert decide_cost([0.0] * 3, [0.0] * 3, 0.0, 0.0, 5) == CostDecision("undecided", 3, False)
    assert decide_cost([0.0] * 3, [0.0] * 3, 0.0, 0.0, 3).verdict == "negligible"
    extra = decide_cost([0.2, 0.2, 0.9], [0.1, 0.1, 0.9], 1.0, 1.0, 2)
    assert extra == CostDecision("better", 2, True), "pairs beyond n_max are ignored"


def test_one_look_asks_no_bets() -> None:
    """Cheaper first and dearer later: a bet is won half-way, the sums are equal."""
    base, candidate = [1.0] * 20 + [0.5] * 20, [0.5] * 20 + [1.0] * 20
    assert decide_cost(base, candidate, 1.0, 1.0, 40).verdict == "better"
    once = decide_cost_once(base, candidate)
    assert (once.verdict, once.pairs, once.final) == ("undecided", 40, True)
    assert decide_cost_once([1.0] * 12, [0.5] * 12).verdict == "better"


@pytest.mark.parametrize(("items", "alpha"), [(6, 0.05), (6, 0.05 / 3), (12, 0.05), (60, 0.05)])
def test_the_smallest_saving_said_to_be_visible_is_mostly_seen(items: int, alpha: float) -> None:
    """About nine times in ten (0.83 to 0.89 in 3,000 runs, as the spread of few bills is taken too small).

    Six bills with the quantiles of a normal distribution in the place of t's: 0.7.
    """
    rng, runs, noise = random.Random(33), 300, 0.1

    def bills(saving: float) -> tuple[list[float], list[float]]:
        base = [math.exp(rng.gauss(0.0, noise)) for _ in range(items)]
        return base, [(1.0 - saving) * math.exp(rng.gauss(0.0, noise)) for _ in range(items)]

    said = 0.2
    for _ in range(4):  # what is said depends on the saving that is there: iterate to the one that says itself
        said = fmean(smallest_bill_saving(*bills(said), alpha) for _ in range(200))
    seen = sum(decide_cost_once(*bills(said), alpha=alpha).verdict == "better" for _ in range(runs))
    assert 0.79 < seen / runs < 0.95


def test_the_smallest_saving_of_equal_and_of_wild_bills() -> None:
    assert smallest_bill_saving([1.0, 2.0], [0.5, 1.5]) == 0.0
    assert smallest_bill_saving([1.0, 2.0], [9.0, 1.0]) == 1.0
