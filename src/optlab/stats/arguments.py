"""What the formulas refuse: every function of the room checks its numbers here, so that each refusal reads the same.

All raise `ValueError`. NaN is refused everywhere; infinity is welcome only where it means "this call failed".
"""

import math
from collections.abc import Iterable, Sequence


def require_rate(name: str, value: float) -> None:
    """Refuse a `value` outside the open interval (0, 1)."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value}")


def require_numbers(name: str, values: Iterable[float], infinite: bool = False) -> None:
    """Refuse NaN, and infinity too unless `infinite` says it has a meaning here."""
    for position, value in enumerate(values):
        if math.isnan(value) or (math.isinf(value) and not infinite):
            raise ValueError(f"{name} must be {'a number' if infinite else 'finite'}, got {value} at {position}")


def require_costs(name: str, values: Iterable[float]) -> None:
    """Refuse an amount of money that is not finite, or below 0."""
    for position, value in enumerate(values):
        if not 0.0 <= value < math.inf:
            raise ValueError(f"{name} must be finite and not negative, got {value} at {position}")


def require_paired(first: Sequence[object], second: Sequence[object]) -> None:
    """Refuse two lists that cannot be matched one to one."""
    if len(first) != len(second):
        raise ValueError(f"pairs need lists of one length, got {len(first)} and {len(second)}")


def require_share(count: int, n: int) -> None:
    """Refuse a count outside 0 .. n."""
    if not 0 <= count <= n:
        raise ValueError(f"a count must lie between 0 and its total, got {count} of {n}")


def require_side(side: int) -> None:
    """Refuse a side other than +1 (larger than the hypothesis) and -1 (smaller)."""
    if side not in (1, -1):
        raise ValueError(f"side must be +1 or -1, got {side}")


def require_n_max(n_max: int) -> None:
    """Refuse a last look before the first observation."""
    if n_max < 1:
        raise ValueError(f"n_max must be at least 1, got {n_max}")
