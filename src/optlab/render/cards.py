"""A card in words: what stands below its verdict and sentence, each fact once."""

from optlab.core.metrics import BY_NAME
from optlab.core.verdict import Card, CardWord, Comparison, Guard
from optlab.render import format as spell


def card_lines(card: Card) -> list[str]:
    """Evidence, quality, guards, what is lacking, money: a line each, without what the sentence says already."""
    return [
        _decided(card),
        _evidence(card),
        _quality(card),
        *(_guard(card, guard) for guard in card.guards),
        *([f"early stop waits for {card.waits}"] if card.waits else []),
        *([f"to close it: {card.needs}"] if card.needs else []),
        _money(card),
    ]


def _told(card: Card, words: str) -> bool:
    return words.casefold() in card.reason.casefold()


def _decided(card: Card) -> str:
    found = card.primary
    why = f" ({card.primary_reason})" if card.primary_reason else ""
    saving = f"saving {spell.percent(found.estimate)} ({spell.saving_interval(found.interval)})"
    at = f"{found.pairs:,} of " if found.pairs < found.seen else ""
    note = f"; {found.note}" if found.note else ""
    return f"decided on {BY_NAME[found.metric].title}{why}: {saving}, {found.word} after {at}{_seen(found)}{note}"


def _seen(found: Comparison) -> str:
    return f"{found.seen:,} {found.unit if found.seen != 1 else found.unit.removesuffix('s')}"


def _evidence(card: Card) -> str:
    found = card.primary
    parts = [f"{found.won:,} of {found.seen:,} won"]
    if found.faster is not None:
        parts.append(f"beats a random call of the baseline in {spell.percent(found.faster)}")
    if found.smallest_visible is not None:
        parts.append(f"{_seen(found)} usually show a saving from {spell.percent_up(found.smallest_visible)} on")
    return "; ".join(parts)


def _quality(card: Card) -> str:
    """The verdict with its interval, and beside it the smallest loss that so many items could rule out."""
    quality = card.quality
    words = f"quality: {quality.verdict}" + ("" if _told(card, quality.why) else f" ({quality.why})")
    if quality.interval.low is not None and quality.interval.high is not None:
        words += f"; difference in passes {spell.saving_interval(quality.interval)}"
    if quality.excluded_loss is not None and quality.verdict != "inconclusive":
        bound = spell.percent_up(quality.excluded_loss)
        words += (
            f"; the loss is at most {bound}"
            if quality.verdict == "worse"
            else f"; {quality.items:,} items could rule out a loss above {bound}"
        )
    return words


def _guard(card: Card, guard: Guard) -> str:
    if not guard.blocking:
        return f"beside it: {guard.why}"
    return f"guard {guard.name}: {guard.state}" + ("" if _told(card, guard.why) else f" ({guard.why})")


def _money(card: Card) -> str:
    cost = f"the run cost {spell.usd(card.spent_usd)}"
    if card.verdict in (CardWord.ROLL_BACK, CardWord.NOISE):
        return cost
    if card.payback_calls is None:
        return f"{cost}; no payback: no saving in money is proven"
    pay = "pay" if card.verdict is CardWord.ADOPT else "would pay"
    saves = spell.usd(card.saving_per_call_usd)
    return f"{cost}; a call saves {saves}, so {card.payback_calls:,.0f} calls {pay} it back"
