"""Why a card says what it says: one plain sentence, and nothing in it that the figures do not bear out."""

from collections.abc import Sequence

from optlab.core.experiment import Experiment
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Pair
from optlab.core.verdict import Card, CardWord, Comparison, Quality
from optlab.engine.effects import effect
from optlab.engine.notes import FEW_DEAR
from optlab.engine.planning import fewest_pairs
from optlab.engine.wording import at_least, counted, listed, percent, points


def reason(experiment: Experiment, card: Card, pairs: Sequence[Pair], *, back_to_back: bool) -> str:
    """The sentence of a card. `back_to_back`: its bill holds only for calls without a pause between them."""
    if experiment.is_aa:
        return _sentence(_aa(card.primary, experiment.alpha))
    if card.verdict is CardWord.ADOPT:
        return _sentence(_adopt(card, experiment.scenario.plan.delta_min))
    if card.verdict is CardWord.NOISE:
        title, delta = METRICS[card.primary.metric].title, percent(experiment.scenario.plan.delta_min)
        return _sentence(f"a gain of {delta} or more in {title} is excluded, and no loss is proven")
    if card.verdict is CardWord.ROLL_BACK:
        return _sentence(_roll_back(card))
    return _sentence(_not_yet(experiment, card, pairs, back_to_back=back_to_back))


def _adopt(card: Card, delta: float) -> str:
    small = card.primary.estimate is not None and card.primary.estimate < delta
    tail = " (real, but smaller than you called useful)" if small else ""
    return f"{effect(card.primary)}{tail}, and {_as_good(card.quality)}"


def _as_good(quality: Quality) -> str:
    if quality.basis == "change test":
        return "the answers have not changed as far as the change test can tell"
    if quality.verdict == "better":
        return quality.why
    return f"a loss of {points(quality.margin)} or more in quality is excluded"


def _roll_back(card: Card) -> str:
    quality = card.quality
    causes = [
        *([quality.why] if quality.verdict == "worse" else []),
        *(guard.why for guard in card.guards if guard.blocking and guard.state == "broken"),
    ]
    if card.primary.verdict == "better":
        return f"{effect(card.primary)}, but {listed(causes)}"
    if card.primary.verdict == "worse" and quality.verdict == "better":
        return f"{effect(card.primary)}; {quality.why}, but a gain in quality at such a price is a product decision"
    return listed([*([effect(card.primary)] if card.primary.verdict == "worse" else []), *causes])


def _not_yet(experiment: Experiment, card: Card, pairs: Sequence[Pair], *, back_to_back: bool) -> str:
    broken = [guard.why for guard in card.guards if guard.blocking and guard.state == "broken"]
    if broken:
        return f"{listed(broken)}, so no number of pairs can make this an ADOPT"
    if card.primary.verdict == "undecided":
        return f"{effect(card.primary)} so far, but {_undecided(experiment, card.primary, pairs)}"
    missing = [
        *([card.quality.why] if card.quality.verdict == "inconclusive" else []),
        *(guard.why for guard in card.guards if guard.blocking and guard.state == "open"),
        *(["this is valid only back to back, as nobody declared how often the prompt is called"] * back_to_back),
    ]
    return f"{effect(card.primary)}, but {listed(missing)}"


def _undecided(experiment: Experiment, primary: Comparison, pairs: Sequence[Pair]) -> str:
    """Why the primary metric is open: what is still possible, or why not even that can be told."""
    low, high = primary.interval.low, primary.interval.high
    over = len(pairs) >= experiment.pairs
    if primary.metric == "cost_usd" and not over:
        return f"a bill is compared when all pairs are in, and {len(pairs):,} of {experiment.pairs:,} are"
    seen = counted(primary.seen, primary.unit.removesuffix("s"))
    if FEW_DEAR in primary.note:
        few = primary.seen < fewest_pairs(experiment.alpha)
        return f"{seen} are too few to prove it" if few else "a few dear calls carry the difference"
    if low is None and high is None:
        failed = sum(base.failed or candidate.failed for base, candidate in pairs)
        if primary.seen < fewest_pairs(experiment.alpha) or not failed:
            return f"{seen} {'is' if primary.seen == 1 else 'are'} too few to bound it"
        return f"calls failed in {failed} of {counted(len(pairs), 'pair')}, too many to bound it"
    spans = [f"from {_share(low)}"] if low is not None else []
    spans += [f"up to {_share(high)}"] if high is not None else []
    return f"anything {' '.join(spans)} is possible after {seen}"


def _aa(found: Comparison, alpha: float) -> str:
    """What an A/A run is for: how large a change must be to be believed here and now."""
    title, seen = METRICS[found.metric].title, counted(found.seen, found.unit.removesuffix("s"))
    if found.verdict in ("better", "worse"):
        return (
            f"nothing was changed, and yet a difference in {title} was found, as one run in twenty may; run it again, "
            "and if it stays, distrust the set-up"
        )
    smallest = believable(found, alpha)
    if smallest is None:
        few = f"; {fewest_pairs(alpha)} are the fewest" if found.seen < fewest_pairs(alpha) else ""
        return f"nothing was changed, and {seen} {'is' if found.seen == 1 else 'are'} too few to say more{few}"
    return (
        f"nothing was changed and no difference was found; with {seen}, here and now, a saving in {title} "
        f"is believable from about {at_least(smallest)} on"
    )


def believable(found: Comparison, alpha: float) -> float | None:
    """The smallest saving to believe after an A/A run: what such a run usually shows, and no less than its own interval
    leaves possible to either side. None where there are few pairs, or the interval is open or as wide as everything.
    """
    low, high = found.interval.low, found.interval.high
    if low is None or high is None or found.seen < fewest_pairs(alpha):
        return None
    smallest = max(found.smallest_visible or 0.0, abs(low), abs(high))
    return smallest if smallest < 1 else None


def _share(bound: float) -> str:
    exact = f"{100 * abs(bound):.1f}%" if 0 < abs(bound) < 0.01 else f"{abs(bound):.0%}"
    return f"{exact} {'better' if bound >= 0 else 'worse'}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."
