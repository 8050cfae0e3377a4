"""The cost verdict: bills, not typical ratios."""

import math
import random

import pytest

from optlab.stats import CostDecision, decide, decide_cost, log_ratios


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
