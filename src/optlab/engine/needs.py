"""What NOT YET KNOWN lacks for another word: which bound must move where, how many pairs or items, what to declare."""

from collections.abc import Sequence

from optlab.core.experiment import Experiment
from optlab.core.record import Pair
from optlab.core.verdict import Card, Comparison
from optlab.engine.notes import FEW_DEAR
from optlab.engine.planning import fewest_pairs
from optlab.engine.wording import counted, percent


def needs(experiment: Experiment, card: Card, pairs: Sequence[Pair], *, back_to_back: bool) -> str:
    """Everything that is lacking, in the words of what to do next, separated by semicolons."""
    if any(guard.blocking and guard.state == "broken" for guard in card.guards):
        return "give this lever up or change it, for more pairs mend no broken guard"
    lacks = [_for_primary(experiment, card.primary, pairs)] if card.primary.verdict == "undecided" else []
    if card.quality.verdict == "inconclusive":
        lacks.append(card.quality.lacks)
    lacks += [
        f"about {counted(guard.pairs_needed, 'pair')} in all for guard {guard.name}"
        if guard.pairs_needed and guard.pairs_needed > (card.primary.pairs_needed or 0)
        else f"guard {guard.name} to be held"
        for guard in card.guards
        if guard.blocking and guard.state == "open"
    ]
    if back_to_back:
        lacks.append("the rate of calls, by --rate")
    return "; ".join(filter(None, lacks))


def _for_primary(experiment: Experiment, primary: Comparison, pairs: Sequence[Pair]) -> str:
    low, high = primary.interval.low, primary.interval.high
    needed, missing = primary.pairs_needed, experiment.pairs - len(pairs)
    if primary.metric == "cost_usd" and missing > 0:
        whole = needed is None or needed <= experiment.pairs
        return f"the {missing:,} pairs left of {experiment.pairs:,}" if whole else f"about {needed:,} pairs"
    fewest, failed = fewest_pairs(experiment.alpha), sum(b.failed or c.failed for b, c in pairs)
    if FEW_DEAR in primary.note:
        why = "" if primary.seen < fewest else ", for a few dear calls carry what this interval shows"
        return f"more pairs than {primary.seen:,}{why}"
    if low is None and high is None and primary.seen < fewest:
        return f"at least {fewest} pairs, for fewer can decide nothing about time"
    if low is None and high is None and failed:
        return f"fewer failed calls (in {failed} of {counted(len(pairs), 'pair')})"
    delta = experiment.scenario.plan.delta_min
    if missing > 0 and high is not None and high < delta:
        return f"the {missing:,} pairs left of {experiment.pairs:,}: what this interval shows counts only at the last"
    count = f"more samples than {primary.seen:,}" if primary.unit == "items" else "more pairs"
    count = f"about {needed:,} pairs" if needed else count
    now = ["open" if bound is None else _exact(bound) for bound in (low, high)]
    ends = f"low end above 0% (now {now[0]}) or its high end below {percent(delta)} (now {now[1]})"
    return f"{count}, to bring the interval's {ends}"


def _exact(bound: float) -> str:
    """Close to a limit one place more, so that nothing is both 0% and not above it."""
    return f"{100 * bound:.1f}%" if abs(bound) < 0.1 else f"{bound:.0%}"
