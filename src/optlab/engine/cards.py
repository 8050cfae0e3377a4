"""The card: from the primary metric's verdict, the quality verdict and the guards to one word and one sentence."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import msgspec

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Pair
from optlab.core.scenario import MetricName
from optlab.core.verdict import Card, CardWord, Comparison, Guard, Quality, QualityWord, Verdict
from optlab.engine.arrivals import counted_costs, hit_rate
from optlab.stats import payback_calls

_ADOPT, _ROLL_BACK, _NOISE, _UNKNOWN = CardWord.ADOPT, CardWord.ROLL_BACK, CardWord.NOISE, CardWord.NOT_YET_KNOWN

OUT_OF_SIGHT = 1000.0
"""A loss this many times the baseline stands for failed calls, whose log ratio is capped at 20."""

TABLE: dict[Verdict, dict[QualityWord, CardWord]] = {
    "better": {"better": _ADOPT, "non-inferior": _ADOPT, "inconclusive": _UNKNOWN, "worse": _ROLL_BACK},
    "negligible": {"better": _NOISE, "non-inferior": _NOISE, "inconclusive": _NOISE, "worse": _ROLL_BACK},
    "undecided": {"better": _UNKNOWN, "non-inferior": _UNKNOWN, "inconclusive": _UNKNOWN, "worse": _ROLL_BACK},
    "worse": {"better": _ROLL_BACK, "non-inferior": _ROLL_BACK, "inconclusive": _ROLL_BACK, "worse": _ROLL_BACK},
}
"""Primary metric's verdict (rows) and quality (columns) to the word on the card."""

_GAIN: dict[MetricName, tuple[str, str]] = {
    "first_visible": ("the first text is visible {} sooner", "the first text is visible {} later"),
    "ttft": ("the first token comes {} sooner", "the first token comes {} later"),
    "e2e": ("the answer is complete {} sooner", "the answer is complete {} later"),
    "tpot": ("tokens follow each other {} faster", "tokens follow each other {} slower"),
    "tpot_visible": ("tokens follow each other {} faster", "tokens follow each other {} slower"),
    "cost_usd": ("the bill falls by {}", "the bill rises by {}"),
}


def word(primary: Verdict, quality: QualityWord, guards: Sequence[Guard] = ()) -> CardWord:
    """The word of the table; a blocking guard turns ADOPT into ROLL BACK if broken, NOT YET KNOWN if still open.

    Where the primary metric is better and only quality is open, a broken guard gives ROLL BACK as well: whatever
    quality turns out to be, the word could only become ROLL BACK.
    """
    found = TABLE[primary][quality]
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
    """The card of one candidate. A payback is counted only where the bill is proven to fall."""
    found = word(primary.verdict, quality.verdict, guards)
    caching = any(choice.name == "caching" for choice in variant.levers)
    back_to_back = caching and primary.metric == "cost_usd" and hit_rate(experiment, variant) is None
    if (back_to_back and found is _ADOPT) or (experiment.is_aa and found is not _NOISE):
        found = _UNKNOWN  # a difference between a thing and itself is nothing to adopt, nor to roll back
    saving = math.fsum(b - c for b, c in (counted_costs(experiment, variant, *pair) for pair in pairs)) / len(pairs)
    proven = cost.verdict == "better" and not experiment.is_aa
    payback = payback_calls(spent_usd, saving) if proven else math.inf
    needed = [n for n in (primary.pairs_needed, *(g.pairs_needed for g in guards if g.state == "open")) if n]
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
        pairs_needed=max(needed) if needed and found is _UNKNOWN and not experiment.is_aa else None,
    )
    return msgspec.structs.replace(
        made,
        reason=_reason(experiment, made, back_to_back=back_to_back),
        needs="" if found is not _UNKNOWN or experiment.is_aa else _needs(experiment, made, back_to_back=back_to_back),
    )


def _needs(experiment: Experiment, card: Card, *, back_to_back: bool) -> str:
    """What NOT YET KNOWN lacks for another word: which bound must move where, how many items, what must be declared."""
    lacks = []
    if card.primary.verdict == "undecided":
        lacks.append(_bounds(experiment, card.primary))
    if card.quality.verdict == "inconclusive":
        lacks.append(_quality_lacks(card.quality, experiment.alpha))
    lacks += [
        f"guard {guard.name}" + (f": about {guard.pairs_needed} pairs" if guard.pairs_needed else "")
        for guard in card.guards
        if guard.blocking and guard.state == "open"
    ]
    if back_to_back:
        lacks.append("the rate of calls, by --rate")
    return "; ".join(lacks)


def _bounds(experiment: Experiment, primary: Comparison) -> str:
    low, high, delta = primary.interval.low, primary.interval.high, experiment.scenario.plan.delta_min
    if low is None and high is None:
        return f"an interval at all: no fewer than {math.ceil(math.log2(2 / experiment.alpha))} pairs can decide"
    if (low is not None and low > 0) or (high is not None and high < delta):
        if primary.final:
            return f"more pairs than {primary.seen}: a few dear calls carry what this interval shows"
        return f"the rest of the {experiment.pairs} pairs: what this interval shows counts only at the last of them"
    now = ["open" if bound is None else f"{bound:.0%}" for bound in (low, high)]
    return f"the interval's low end above 0% (now {now[0]}), or its high end below {delta:.0%} (now {now[1]})"


def _quality_lacks(quality: Quality, alpha: float) -> str:
    if quality.basis == "none":
        return "a check in the scenario, and items that it judges"
    if quality.basis == "change test":
        return "a change test that ran over enough answers without ringing"
    # With no item lost, the interval of Tango ends above -margin from z^2 (1 - margin) / margin items on.
    z = NormalDist().inv_cdf(1 - alpha / 2)
    fewest = math.ceil(z**2 * (1 - quality.margin) / quality.margin)
    if quality.items < fewest:
        return f"no fewer than {fewest} checked items, and those without a loss (now {quality.items})"
    return f"more checked items than {quality.items}, or fewer losses among them"


def _reason(experiment: Experiment, card: Card, *, back_to_back: bool) -> str:
    """One plain sentence why, with what is missing where something is."""
    delta = experiment.scenario.plan.delta_min
    if experiment.is_aa:
        return _reason_aa(card.primary)
    effect = _effect(card.primary)
    broken = [g.why for g in card.guards if g.blocking and g.state == "broken"]
    if card.verdict is _ADOPT:
        small = card.primary.estimate is not None and card.primary.estimate < delta
        tail = "; real, but smaller than you called useful" if small else ""
        return _sentence(f"{effect}, and the answers are no worse: {card.quality.why}{tail}")
    if card.verdict is _NOISE:
        return _sentence(f"a gain of {delta:.0%} or more is excluded, and no loss is proven")
    if card.verdict is _ROLL_BACK:
        causes = [
            *([effect] if card.primary.verdict == "worse" else []),
            *([f"the answers got worse: {card.quality.why}"] if card.quality.verdict == "worse" else []),
            *broken,
        ]
        if card.quality.verdict == "better":
            causes.append("the answers got better, but a gain in quality at such a price is a product decision")
        return _sentence("; ".join(causes))
    missing = [
        *_missing_primary(card, delta),
        *([f"{card.quality.why}"] if card.quality.verdict == "inconclusive" else []),
        *(g.why for g in card.guards if g.blocking and g.state == "open"),
        *(["valid only back to back: declare how often the prompt is called with --rate"] if back_to_back else []),
    ]
    lead = f"{effect}, but " if card.primary.verdict == "better" else ""
    more = f" (about {card.pairs_needed} pairs would tell)" if card.pairs_needed else ""
    return _sentence(lead + "; ".join(missing) + more)


def _reason_aa(found: Comparison) -> str:
    """What an A/A run is for: how large a change must be to be believed here and now."""
    title = METRICS[found.metric].title
    if found.verdict in ("better", "worse"):
        return _sentence(
            f"nothing was changed, and yet a difference in {title} was found, as one run in twenty may; run it again, "
            "and if it stays, distrust the set-up"
        )
    if found.smallest_visible is None:
        return _sentence(f"nothing was changed, and {title} shows no difference after {found.seen} pairs")
    return _sentence(
        f"nothing was changed and no difference was found; with {found.seen} pairs, here and now, a saving in {title} "
        f"is believable from about {found.smallest_visible:.0%} on"
    )


def _missing_primary(card: Card, delta: float) -> list[str]:
    if card.primary.verdict != "undecided":
        return []
    low, high, seen = card.primary.interval.low, card.primary.interval.high, card.primary.seen
    if low is None and high is None:
        return [f"{_effect(card.primary)} so far, but {seen} pairs are too few to bound it"]
    spans = [f"from {_share(low)}"] if low is not None else []
    spans += [f"up to {_share(high)}"] if high is not None else []
    return [f"{_effect(card.primary)} so far, but anything {' '.join(spans)} is possible after {seen} pairs"]


def _effect(comparison: Comparison) -> str:
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
    size = abs(comparison.estimate)
    return (gain if comparison.estimate >= 0 else loss).format(f"{size:.0%}" if size >= 0.005 else "less than 1%")


def _groups(comparison: Comparison) -> str:
    """Both groups where one number cannot tell what happens: how many pairs, and by how much in the middle."""
    won = f"{comparison.won} of {comparison.seen} pairs won"
    if comparison.won_by is None or comparison.lost_by is None:
        return won
    size = "by failing" if comparison.lost_by <= -OUT_OF_SIGHT else f"typically by {-comparison.lost_by:.0%}"
    gain = "because the baseline failed" if comparison.won_by >= 1 - 1 / OUT_OF_SIGHT else ""
    return f"{won}, {gain or f'typically by {comparison.won_by:.0%}'}; the others lost, {size}"


def _share(bound: float) -> str:
    return f"{abs(bound):.0%} {'better' if bound >= 0 else 'worse'}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."
