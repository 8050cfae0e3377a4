"""A claim beside what came of it, and the bounds a simulated share or mean is held to."""

import math
from typing import NamedTuple


class Row(NamedTuple):
    """One claim and what came of it."""

    claim: str
    measured: str
    bound: str
    ok: bool


def sd(share: float, runs: int) -> float:
    return math.sqrt(share * (1.0 - share) / runs)


def at_most(claim: str, hits: int, runs: int, share: float = 0.05) -> Row:
    return Row(claim, f"{hits / runs:.3f}", f"<= {share:.3f} +3 sd", hits <= runs * (share + 3 * sd(share, runs)))


def at_least(claim: str, hits: int, runs: int, share: float = 0.95) -> Row:
    return Row(claim, f"{hits / runs:.3f}", f">= {share:.3f} -3 sd", hits >= runs * (share - 3 * sd(share, runs)))


def near(claim: str, measured: float, expected: float, allowed: float) -> Row:
    return Row(claim, f"{measured:.3f}", f"{expected:g} +- {allowed:.3f}", abs(measured - expected) <= allowed)


def share_near(claim: str, hits: int, runs: int, expected: float) -> Row:
    """Table figures are themselves simulated, to about 0.02."""
    return near(claim, hits / runs, expected, 3 * sd(min(expected, 0.98), runs) + 0.02)
