"""What a comparison found, as a clause: the bill falls by a third, the answer is complete a fifth later."""

from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison
from optlab.engine.wording import size

OUT_OF_SIGHT = 1000.0
"""A loss this many times the baseline stands for failed calls, whose log ratio is capped at 20."""

_GAIN: dict[MetricName, tuple[str, str]] = {
    "first_visible": ("the first text is visible {} sooner", "the first text is visible {} later"),
    "ttft": ("the first token comes {} sooner", "the first token comes {} later"),
    "e2e": ("the answer is complete {} sooner", "the answer is complete {} later"),
    "tpot": ("tokens follow each other {} faster", "tokens follow each other {} slower"),
    "tpot_visible": ("tokens follow each other {} faster", "tokens follow each other {} slower"),
    "cost_usd": ("the bill falls by {}", "the bill rises by {}"),
}


def effect(comparison: Comparison) -> str:
    """The effect by its estimate; where one number cannot tell what happens to the calls, both groups of them."""
    gain, loss = _GAIN[comparison.metric]
    if comparison.estimate is None:
        return "there is a bill where there was none" if comparison.verdict == "worse" else "nothing is billed"
    if comparison.estimate <= -OUT_OF_SIGHT:
        return "most calls of the candidate failed"
    if comparison.metric != "cost_usd" and comparison.estimate >= 1 - 1 / OUT_OF_SIGHT:
        return "most calls of the baseline failed"
    if comparison.lopsided:
        return f"it helps some calls and hurts others ({_groups(comparison)})"
    # A saving of -0.5 means half as much again: later by 50%.
    return (gain if comparison.estimate >= 0 else loss).format(size(comparison.estimate))


def _groups(comparison: Comparison) -> str:
    """How many pairs went which way, and by how much in the middle."""
    won = f"{comparison.won} of {comparison.seen} {comparison.unit} won"
    if comparison.won_by is None or comparison.lost_by is None:
        return won
    much = "by failing" if comparison.lost_by <= -OUT_OF_SIGHT else f"typically by {-comparison.lost_by:.0%}"
    gain = "because the baseline failed" if comparison.won_by >= 1 - 1 / OUT_OF_SIGHT else ""
    return f"{won}, {gain or f'typically by {comparison.won_by:.0%}'}; the others lost, {much}"
