"""Conditions of a figure, in a few words each: why a verdict and the interval beside it may seem to disagree."""

from optlab.core.verdict import Interval, Verdict

FEW_DEAR = "a few dear calls carry the difference: the interval excludes none, a t test does not"
LAST_LOOK = "by the exact test at the last pair; the interval holds at every look and is wider"


def decided_note(verdict: Verdict, at: int, seen: int, interval: Interval, delta: float, *, last_look: bool) -> str:
    """What a proven verdict owes to the pair it was found at, where the interval of all pairs does not show it.

    `interval` is one of savings, `at` the pair of the verdict, `seen` how many there were.
    """
    low, high = interval.low, interval.high
    above, below = low is not None and low > 0, high is not None and high < 0
    useful = high is not None and high < delta
    if verdict == "undecided" or {"better": above, "worse": below, "negligible": useful}[verdict]:
        return _no_loss_proven(low, delta) if verdict == "negligible" else ""
    if last_look:
        return LAST_LOOK
    return f"decided at {at}; the interval is that after all {seen}" if at < seen else ""


def _no_loss_proven(low: float | None, delta: float) -> str:
    """Negligible excludes a useful gain; a loss is then not proven, which is less than excluded."""
    return "" if low is not None and low > -delta else "no useful gain; a loss is neither proven nor excluded"
