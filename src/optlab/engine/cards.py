"""The card: from the primary metric's verdict, the quality verdict and the guards to one word and what goes with it."""

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import Pair
from optlab.core.verdict import Card, CardWord, Comparison, Guard, Quality, QualityWord, Verdict
from optlab.engine.arrivals import counted_costs, hit_rate
from optlab.engine.needs import needs
from optlab.engine.reasons import reason
from optlab.engine.wording import listed
from optlab.stats import energy_smallest_p, payback_calls

_ADOPT, _ROLL_BACK, _NOISE, _UNKNOWN = CardWord.ADOPT, CardWord.ROLL_BACK, CardWord.NOISE, CardWord.NOT_YET_KNOWN

TABLE: dict[Verdict, dict[QualityWord, CardWord]] = {
    "better": {"better": _ADOPT, "non-inferior": _ADOPT, "inconclusive": _UNKNOWN, "worse": _ROLL_BACK},
    "negligible": {"better": _NOISE, "non-inferior": _NOISE, "inconclusive": _NOISE, "worse": _ROLL_BACK},
    "undecided": {"better": _UNKNOWN, "non-inferior": _UNKNOWN, "inconclusive": _UNKNOWN, "worse": _ROLL_BACK},
    "worse": {"better": _ROLL_BACK, "non-inferior": _ROLL_BACK, "inconclusive": _ROLL_BACK, "worse": _ROLL_BACK},
}
"""Primary metric's verdict (rows) and quality (columns) to the word on the card."""


def word(primary: Verdict, quality: QualityWord, guards: Sequence[Guard] = ()) -> CardWord:
    """The word of the table; a blocking guard turns ADOPT into ROLL BACK if broken, NOT YET KNOWN if still open.

    Where the primary metric is better and only quality is open, a broken guard gives ROLL BACK as well: whatever
    quality turns out to be, the word could only become ROLL BACK. A candidate proven to fail more often than the
    baseline is rolled back whatever the metric says: a bill of calls without an answer says nothing.
    """
    found = TABLE[primary][quality]
    if any(guard.name == "failures" and guard.state == "broken" for guard in guards):
        return _ROLL_BACK
    blocking = {guard.state for guard in guards if guard.blocking}
    if primary == "better" and "broken" in blocking:
        return _ROLL_BACK
    return _UNKNOWN if found is _ADOPT and "open" in blocking else found


def card(
    experiment: Experiment,
    variant: Variant,
    pairs: Sequence[Pair],
    primary: Comparison,
    cost: Comparison,
    quality: Quality,
    guards: tuple[Guard, ...],
    spent_usd: float,
) -> Card:
    """The card of one candidate. A payback is counted only where the bill is proven to fall and may be adopted."""
    found = word(primary.verdict, quality.verdict, guards)
    caching = any(choice.name == "caching" for choice in variant.levers)
    back_to_back = caching and primary.metric == "cost_usd" and hit_rate(experiment, variant) is None
    if (back_to_back and found is _ADOPT) or (experiment.is_aa and found is not _NOISE):
        found = _UNKNOWN  # a difference between a thing and itself is nothing to adopt, nor to roll back
    saving = math.fsum(b - c for b, c in (counted_costs(experiment, variant, *pair) for pair in pairs)) / len(pairs)
    earns = cost.verdict == "better" and found in (_ADOPT, _UNKNOWN) and not experiment.is_aa
    payback = payback_calls(spent_usd, saving) if earns else math.inf
    made = Card(
        variant=variant.name,
        verdict=found,
        reason="",
        primary=primary,
        quality=quality,
        guards=guards,
        spent_usd=spent_usd,
        saving_per_call_usd=saving,
        payback_calls=payback if math.isfinite(payback) else None,
        primary_reason=experiment.primary_of(variant)[1],
    )
    told = msgspec.structs.replace(made, reason=reason(experiment, made, pairs, back_to_back=back_to_back))
    if found is not _UNKNOWN or experiment.is_aa:
        return told
    return msgspec.structs.replace(
        told,
        pairs_needed=_pairs_needed(primary, guards),
        needs=needs(experiment, made, pairs, back_to_back=back_to_back),
        waits=_waits(experiment, made, pairs) if experiment.early_stop else "",
    )


def _pairs_needed(primary: Comparison, guards: Sequence[Guard]) -> int | None:
    """The most that anything open needs; none where a broken guard leaves nothing that pairs could bring."""
    if any(guard.blocking and guard.state == "broken" for guard in guards):
        return None
    needed = [primary.pairs_needed, *(guard.pairs_needed for guard in guards if guard.state == "open")]
    return max((n for n in needed if n), default=None)


def settled(experiment: Experiment, made: Card, pairs: Sequence[Pair]) -> bool:
    """Whether no further pair could change this card's word."""
    if made.primary.verdict == "worse" or made.quality.verdict == "worse":
        return True
    broken = any(guard.blocking and guard.state == "broken" for guard in made.guards)
    lost = broken and made.primary.verdict == "better"
    return made.primary.final and (lost or not _open(experiment, made, pairs))


def _open(experiment: Experiment, made: Card, pairs: Sequence[Pair]) -> list[str]:
    """What besides the primary metric could still change the word."""
    found = ["quality"] if made.quality.basis == "checks" and made.quality.verdict == "inconclusive" else []
    if made.quality.basis == "change test" and made.primary.verdict == "better":
        # It looks once, at the end: there must be enough answers for it to ring, or the word stays open.
        answers = Counter(base.sample for base, candidate in pairs if base.answered and candidate.answered)
        if energy_smallest_p(list(answers.values())) > experiment.alpha:
            found.append("answers for the change test")
    return found + [f"guard {guard.name}" for guard in made.guards if guard.blocking and guard.state == "open"]


def _waits(experiment: Experiment, made: Card, pairs: Sequence[Pair]) -> str:
    """What keeps a run from stopping early although the primary metric is decided."""
    if not made.primary.final or settled(experiment, made, pairs):
        return ""
    return listed(_open(experiment, made, pairs))
