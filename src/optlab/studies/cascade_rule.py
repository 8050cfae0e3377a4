"""What list prices make of the rule of thumb "80% easy questions save 70%; above 30% escalation stop", pair by pair.

An arithmetic of lengths: nothing here was measured. A saving is the break-even rate minus the escalation rate, so what
matters is what small model and judge cost as shares of the big model's call.
"""

from optlab.catalogue import load, rates_for
from optlab.core.cascade_report import Ratios
from optlab.levers.hidden_judge import ASKED_TOKENS, REPLIED_TOKENS
from optlab.studies.cascade_figures import ratios

LENGTHS = ((50, 200), (4_000, 200), (20_000, 5))
"""Tokens of prompt and answer: a short question, one with rules before it, a long document with a label for answer."""

NEWER_TOKENS = 1.3
"""Tokens of the newer models' tokenizer for one of the older's, English text."""

KNOWN_PAIRS = (("claude-haiku-4-5-20251001", "claude-sonnet-4-6"), ("claude-haiku-5-5", "claude-sonnet-5-5"))


def priced_ratios(small: str = "", big: str = "") -> tuple[Ratios, ...]:
    """The pair's own at each of the lengths, then the known pairs' at the shortest. The small model judges.

    Models the catalogue lacks are left out; so is a pair that is not named.
    """
    own = [by_price(small, big, *lengths) for lengths in LENGTHS] if small and big else []
    others = [by_price(*pair, *LENGTHS[0]) for pair in KNOWN_PAIRS if pair != (small, big)]
    return tuple(found for found in (*own, *others) if found is not None)


def by_price(small: str, big: str, prompt: int, answer: int) -> Ratios | None:
    """What list prices say of one pair at these lengths, in tokens of the older tokenizer. None for unknown models."""
    drafted = _usd(small, prompt, answer)
    judged = _usd(small, prompt + answer + ASKED_TOKENS, REPLIED_TOKENS)
    alone = _usd(big, prompt, answer)
    if drafted is None or judged is None or not alone:
        return None
    names = " → ".join(load().get(name).display_name for name in (small, big))
    return ratios(f"{names} by list price, {prompt:,} tokens in, {answer} out", drafted / alone, judged / alone)


def _usd(name: str, prompt: int, answer: int) -> float | None:
    model = load().find(name)
    if model is None:
        return None
    longer = NEWER_TOKENS if model.tokenizer.family == "new" else 1.0
    rates = rates_for(model, round(longer * prompt))
    return longer * (prompt * rates.input + answer * rates.output)
