"""Numbers inside the engine's own sentences: rounded so that no sentence contradicts itself."""

import math


def percent(share: float) -> str:
    """A declared share, as it was declared: 5%, 0.5%, 12.5%."""
    return f"{round(100 * share, 2):g}%"


def points(share: float) -> str:
    """A declared difference of two shares: 5 points, 1 point."""
    words = percent(share).removesuffix("%")
    return f"{words} point{'' if words == '1' else 's'}"


def at_least(share: float) -> str:
    """A bound from below as a whole percentage: rounded up, so that nothing smaller is promised, and never 0%."""
    return f"{max(1, math.ceil(round(100 * share, 6)))}%"


def size(share: float) -> str:
    """How large an effect is: a whole percentage, or that it is less than one."""
    return f"{abs(share):.0%}" if abs(share) >= 0.005 else "less than 1%"


def counted(count: int, thing: str) -> str:
    """`1 pair`, `1,445 pairs`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
