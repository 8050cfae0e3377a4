"""What a verification on held-out samples says of a cut, what its card is told besides, and when one can say more."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Literal

import msgspec

from optlab.core.report import Caveat
from optlab.core.trim_report import Change, ChangeWord, Verification
from optlab.core.verdict import Guard, QualityWord
from optlab.engine.wording import counted, points
from optlab.stats import fewest_items
from optlab.studies.benchmark import BASELINE
from optlab.studies.study import Stage
from optlab.studies.trim_oracle import CANDIDATE

ABOUT_TIMES = frozenset(
    {"p90_open", "p99_open", "floor", "near_floor", "scaled", "drift", "order", "aa_noise", "thinking_in_tpot"}
)


def verification_of(stage: Stage, cut: tuple[str, ...], alpha: float) -> Verification:
    """The verification of a cut, with the mean prompt tokens of both prompts as billed."""

    def mean(name: str) -> float | None:
        tokens = [run.usage.prompt_tokens for run in stage.measured if run.variant == name and run.answered]
        return math.fsum(tokens) / len(tokens) if tokens else None

    return Verification(cut, alpha, stage.report.cards[0], mean(BASELINE.name), mean(CANDIDATE))


def lossy(stage: Stage, margin: float) -> bool:
    """Whether the answers are proven worse, or were worse by the margin or more."""
    quality = stage.report.cards[0].quality
    if quality.verdict != "inconclusive":
        return quality.verdict == "worse"
    before, after = (summary.quality.mean for summary in stage.report.variants)
    return before is not None and after is not None and before - after >= margin


def with_change(verification: Verification, found: Change) -> Verification:
    """The verification's card with the change test that was made on more answers than it had."""
    card = verification.card
    if card is None:
        return verification
    states: dict[ChangeWord, tuple[Literal["held", "broken", "open"], str]] = {
        "changed": ("broken", "the answers are not the same as before; quality says if worse"),
        "not proven": ("held", "no change of the answers is proven"),
        "cannot ring": ("open", "too few answers to tell if they changed"),
    }
    state, why = states[found.verdict]
    guards = tuple(Guard("change", state, False, why) if g.name == "change" else g for g in card.guards)
    return msgspec.structs.replace(verification, card=msgspec.structs.replace(card, guards=guards))


def too_little(least_usd: float) -> Caveat:
    """What to say where a budget would pay for no search."""
    return Caveat(
        "budget_too_small",
        f"the budget pays for no search: the original's answers and the verification alone take about "
        f"{least_usd:.2f} USD; allow about twice that",
    )


def too_few(items: int, margin: float, alpha: float, which: str) -> Caveat | None:
    """What to say before samples are asked that can exclude no loss of the margin, whatever they answer."""
    fewest = fewest_items(margin, alpha)
    if items >= fewest:
        return None
    return Caveat(
        "too_few_samples",
        f"{counted(items, f'{which} sample')} cannot exclude a loss of {points(margin)}, whatever they answer: that "
        f"takes {fewest:,}, so add samples, or declare a wider quality_margin",
    )


def with_bill(verification: Verification, spent_usd: float) -> Verification:
    """The verification's card with what the whole study cost, which is what the saving has to pay back."""
    card = verification.card
    if card is None:
        return verification
    payback = None if card.payback_calls is None else spent_usd / card.saving_per_call_usd
    billed = msgspec.structs.replace(card, spent_usd=spent_usd, payback_calls=payback)
    return msgspec.structs.replace(verification, card=billed)


def about_answers(caveats: Sequence[Caveat]) -> tuple[Caveat, ...]:
    """The caveats that are about answers and bills; no latency is shown here."""
    return tuple(caveat for caveat in caveats if caveat.code not in ABOUT_TIMES)


def said(verification: Verification, *words: QualityWord) -> bool:
    """Whether the verification's quality verdict is one of these words."""
    return verification.card is not None and verification.card.quality.verdict in words


def can_tell(items: int, margin: float, alpha: float) -> bool:
    """Whether so many samples could exclude a loss of the margin if none were lost (Tango: z^2 (1 - m) / m items)."""
    return items >= NormalDist().inv_cdf(1 - alpha / 2) ** 2 * (1 - margin) / margin
