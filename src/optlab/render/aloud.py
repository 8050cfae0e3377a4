"""A card in a sentence or two that a colleague could read aloud: what to do, and what a person will notice."""

from optlab.core.report import Distribution, VariantSummary
from optlab.core.scenario import MetricName
from optlab.core.verdict import Card, CardWord, Quality
from optlab.render import format as spell
from optlab.render.finish import called
from optlab.render.snapshot import Snapshot

_FELT: dict[MetricName, tuple[str, str, str]] = {
    "first_visible": ("the first words come after {} instead of {}", "sooner", "later"),
    "ttft": ("the first words come after {} instead of {}", "sooner", "later"),
    "e2e": ("an answer is complete after {} instead of {}", "sooner", "later"),
    "tpot": ("a token takes {} instead of {}", "less", "more"),
    "tpot_visible": ("a token takes {} instead of {}", "less", "more"),
    "cost_usd": ("1,000 calls cost {} instead of {} (mean)", "less", "more"),
}
_LEADS = {
    CardWord.ADOPT: "Keep {}",
    CardWord.ROLL_BACK: "Leave {} out",
    CardWord.NOISE: "{} makes no difference worth having",
    CardWord.NOT_YET_KNOWN: "Nothing is decided about {} yet",
}
MISFIT = 0.15
"""How far the two figures that are read out may lie from the saving that was judged before they would mislead."""


def aloud(snapshot: Snapshot, card: Card) -> str:
    """What a card says, without its terms. Where no two figures tell the saving that was judged, its own sentence."""
    summaries = {summary.name: summary for summary in snapshot.variants}
    candidate = summaries.get(card.variant)
    if candidate is None or not candidate.levers:
        return card.reason
    lead = _LEADS[card.verdict].format(called(card.variant))
    felt = _felt(snapshot.variants[0], candidate, card)
    if not felt:
        return f"{lead[:1].upper()}{lead[1:]}. {card.reason}"
    lead = f"{lead[:1].upper()}{lead[1:]}"
    if card.verdict is CardWord.ADOPT:
        return f"{lead}: {felt}. {_answers(card.quality)}"
    _, but, why = card.reason.partition(", but ")  # what stands in front of it was said in figures
    return f"{lead}: {felt}{but}{why}" if but else f"{lead}: {felt}. {card.reason}"


def _felt(baseline: VariantSummary, candidate: VariantSummary, card: Card) -> str:
    """The two figures, and the saving with the range it lies in."""
    found = card.primary
    words, gain, loss = _FELT[found.metric]
    before, after = (_typical(v.metrics.get(found.metric), found.metric) for v in (baseline, candidate))
    if before is None or after is None or not before or found.estimate is None or found.lopsided:
        return ""
    if abs(1 - after / before - found.estimate) > MISFIT:
        return ""
    unit = spell.usd if found.metric == "cost_usd" else spell.seconds
    size = f"{abs(found.estimate):.0%} {gain if found.estimate >= 0 else loss}"
    low, high = found.interval.low, found.interval.high
    span = ""
    if card.verdict is CardWord.ADOPT and low is not None and high is not None:
        span = f" ({spell.percent(low)} to {spell.percent(high)})"
    return f"{words.format(unit(after), unit(before))}, {size}{span}"


def _typical(found: Distribution | None, metric: MetricName) -> float | None:
    """The figure a person would name: the middle of times, of money what 1,000 calls come to."""
    value = None if found is None else found.mean if metric == "cost_usd" else found.p50
    return None if value is None or value == "inf" else 1000 * value if metric == "cost_usd" else value


def _answers(quality: Quality) -> str:
    if quality.basis == "change test":
        return "The change test found no difference between the answers."
    if quality.verdict == "better":
        return f"The answers got better: {quality.why}."
    return f"The answers are as good: a loss of {100 * quality.margin:.0f} points or more is ruled out."
