"""The Pareto front: only increasing transforms may be applied, and nothing may be lost."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.stats import pareto_front

LAW = settings(deadline=None, derandomize=True, max_examples=120)
AXIS = st.one_of(st.integers(0, 5).map(float), st.just(math.inf))
POINTS = st.lists(st.tuples(AXIS, AXIS, AXIS), max_size=14)


def beaten(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(b <= a for a, b in zip(one, other, strict=True))


@LAW
@given(POINTS)
def test_front_is_what_nobody_beats(points: list[tuple[float, float, float]]) -> None:
    front = pareto_front(points)
    assert front == [at for at, point in enumerate(points) if not any(beaten(point, other) for other in points)]
    for at, point in enumerate(points):
        assert at in front or any(beaten(point, points[best]) for best in front)


@LAW
@given(POINTS, st.sampled_from([0, 1, 2]))
def test_front_survives_increasing_transforms_of_an_axis(points: list[tuple[float, float, float]], axis: int) -> None:
    for transform in (math.atan, lambda x: 100 * x - 3, lambda x: x**3):
        moved = [tuple(transform(x) if at == axis else x for at, x in enumerate(point)) for point in points]
        assert pareto_front(moved) == pareto_front(points)


def test_equal_points_stay_and_quality_enters_negated() -> None:
    assert pareto_front([(1.0, 2.0), (1.0, 2.0), (1.0, 3.0)]) == [0, 1]
    assert pareto_front([(0.01, 1.0, -0.9), (0.01, 1.0, -0.8)]) == [0]
    assert pareto_front([(math.inf, 1.0), (2.0, 1.0)]) == [1]
