"""Guards: held, broken, or open."""

import math
import random

import pytest

from optlab.stats import clopper_pearson, guard_no_loss, guard_share

INF = math.inf


def noise(seed: int, centre: float, pairs: int, sd: float = 0.3) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(centre, sd) for _ in range(pairs)]


def test_a_gain_holds_and_a_large_loss_breaks_on_the_way() -> None:
    assert guard_no_loss(noise(1, 0.4, 30), 120) == "held"
    assert guard_no_loss(noise(1, -0.5, 30), 120) == "broken"
    assert guard_no_loss(noise(1, -0.05, 30), 120) == "open"


def test_identical_arms_hold() -> None:
    assert guard_no_loss([0.0] * 20, 60) == "held"


def test_what_came_first_stays() -> None:
    assert guard_no_loss([1.0] * 12 + [-1.0] * 60, 200) == "held"
    assert guard_no_loss([-1.0] * 12 + [1.0] * 60, 200) == "broken"


def test_last_look_uses_what_is_left_of_alpha() -> None:
    small_gain = [0.02, 0.3, 0.1, -0.04, 0.25, 0.15, 0.2, -0.1, 0.12, 0.18]
    assert guard_no_loss(small_gain, 11) == "open"
    assert guard_no_loss(small_gain, 10) == "held"
    assert guard_no_loss([-0.15 - ratio for ratio in small_gain], 10) == "broken"
    assert guard_no_loss(small_gain + [-5.0] * 50, 10) == "held", "pairs beyond n_max are ignored"


def test_failed_calls_count_as_the_worst() -> None:
    assert guard_no_loss([-INF] * 10, 60) == "broken"
    assert guard_no_loss([INF] * 10, 60) == "held"
    assert guard_no_loss([], 60) == "open"


def test_a_loss_of_exactly_delta_rarely_holds_or_breaks() -> None:
    runs, loss = 300, math.log(0.9)
    states = [guard_no_loss(noise(seed, loss, 40), 40, delta=0.1) for seed in range(runs)]
    allowed = runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)
    assert states.count("held") <= allowed
    assert states.count("broken") <= allowed


@pytest.mark.parametrize(
    ("n", "exceeded", "state"),
    [
        (59, 0, "held"),
        (58, 0, "open"),
        (100, 1, "held"),
        (100, 4, "open"),
        (100, 12, "broken"),
        (1, 1, "open"),
        (0, 0, "open"),
    ],
)
def test_share_of_calls_over_a_limit(n: int, exceeded: int, state: str) -> None:
    assert guard_share(n, exceeded, 0.05) == state


def test_share_is_broken_when_the_lower_bound_is_above() -> None:
    low = clopper_pearson(12, 100, 0.9).low
    assert low is not None
    assert guard_share(100, 12, low - 1e-6) == "broken"
    assert guard_share(100, 12, low + 1e-6) == "open"
