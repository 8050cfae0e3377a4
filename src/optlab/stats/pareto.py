"""Which of several candidates are not beaten on everything at once: the choice between them is the user's."""

from collections.abc import Sequence

from optlab.stats.arguments import require_numbers, require_paired


def pareto_front(points: Sequence[Sequence[float]]) -> list[int]:
    """Positions, ascending, of the points no other point dominates; every axis is minimised, so quality enters negated.

    q dominates p when it is nowhere larger and somewhere smaller. Equal points stay together, and an increasing
    transform of an axis changes nothing. Axes may have any units; +inf is a failure. No points give []. Pareto 1906.

    Raises ValueError on points with different numbers of axes, or NaN.
    """
    for point in points:
        require_paired(point, points[0])
        require_numbers("points", point, infinite=True)
    unique = {tuple(point) for point in points}
    return [at for at, point in enumerate(points) if not any(_dominates(other, point) for other in unique)]


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    axes = list(zip(one, other, strict=True))
    return all(a <= b for a, b in axes) and any(a < b for a, b in axes)
