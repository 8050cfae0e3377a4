"""Where a test stops rejecting: intervals are made by asking a test about one value after another."""

from collections.abc import Callable

_HALVINGS = 50


def boundary(rejected: Callable[[float], bool], outside: float, inside: float) -> float:
    """The last rejected value on the way from `outside` (rejected) to `inside` (not), to 15 digits of their distance.

    Bisection asks for yes or no only, so a score may be infinite at one end and 0 / 0 at the other, where a root
    finder would stop at once.
    """
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2.0
        if rejected(middle):
            outside = middle
        else:
            inside = middle
    return outside
