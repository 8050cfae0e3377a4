"""From the runs of a cascade study to outcomes: what each call cost, said and took, and who was right."""

import math
import re
from collections.abc import Mapping, Sequence

import msgspec

from optlab.core.cascade_report import CascadeWaiting
from optlab.core.record import CallRecord, RunRecord
from optlab.core.report import Distribution
from optlab.core.verdict_words import Scored
from optlab.engine.summary import distribution
from optlab.levers.cascade import score_of
from optlab.stats import rouge_l
from optlab.studies.outcomes import Outcome

ALIKE = 0.5
"""The ROUGE-L from which on two answers count as the same, where no check says what is right."""


class Judged(msgspec.Struct, frozen=True):
    """A draft with its verdict: the run, its two parts (every attempt), and what the judge said."""

    run: RunRecord
    draft: tuple[CallRecord, ...]
    verdict: tuple[CallRecord, ...]
    said: Scored

    @property
    def sample(self) -> str:
        """Whose question it answers."""
        return self.run.sample


def judged_of(run: RunRecord) -> Judged | None:
    """What a run of small model and judge came to; None where draft or verdict are missing."""
    draft = tuple(call for call in run.calls if call.purpose == "answer")
    verdict = tuple(call for call in run.calls if call.purpose == "judge")
    if not run.answered or run.escalated or not verdict or verdict[-1].error is not None:
        return None
    return Judged(run, draft, verdict, score_of(verdict[-1]))


def outcomes_of(
    drafts: Sequence[Judged], big: Mapping[str, RunRecord], threshold: int, *, by_agreement: bool
) -> list[Outcome]:
    """One outcome a sample. `big` are the big model's runs by sample, of those it was asked and answered."""
    return [_outcome(draft, big.get(draft.sample), threshold, by_agreement=by_agreement) for draft in drafts]


def _outcome(draft: Judged, big: RunRecord | None, threshold: int, *, by_agreement: bool) -> Outcome:
    if by_agreement:
        small_right = agree(big.answer, draft.run.answer) if big else None
        big_right = True if big else None
    else:
        small_right, big_right = _right(draft.run), _right(big) if big else None
    return Outcome(
        id=draft.sample,
        small_right=small_right,
        judge_pass=draft.said.score >= threshold,
        small_usd=_usd(draft.draft),
        judge_usd=_usd(draft.verdict),
        big_right=big_right,
        big_usd=big.cost.total_usd if big else None,
        judge_score=draft.said.score,
    )


def agree(one: str, other: str) -> bool:
    """Whether two answers say much the same: half the words in common, in order, and no number against another.

    A yardstick for want of a better one; checks are.
    """
    first, second = (set(re.findall(r"\d+(?:[.,]\d+)*", text)) for text in (one, other))
    return (first <= second or second <= first) and rouge_l(one.strip(), other.strip())[2] >= ALIKE


def waiting_of(drafts: Sequence[Judged], big: Mapping[str, RunRecord], threshold: int) -> CascadeWaiting:
    """Seconds of each call and of the calls in series. A call that had to be made again counts as infinitely slow."""
    small = {draft.sample: _took_s(draft.draft) for draft in drafts}
    judge = {draft.sample: _took_s(draft.verdict) for draft in drafts}
    alone = {sample: math.inf if run.failed else run.e2e_s for sample, run in big.items()}
    escalated: list[float] = []
    cascade: list[float] = []
    for draft in drafts:
        first_two = small[draft.sample] + judge[draft.sample]
        if draft.said.score >= threshold:
            cascade.append(first_two)
        elif draft.sample in alone:
            escalated.append(first_two + alone[draft.sample])
    return CascadeWaiting(
        small=_figures(list(small.values())),
        judge=_figures(list(judge.values())),
        big=_figures(list(alone.values())),
        escalated=_figures(escalated),
        cascade=_figures([*cascade, *escalated]),
    )


def _right(run: RunRecord) -> bool | None:
    return None if run.score is None else run.score >= 1.0


def _usd(calls: Sequence[CallRecord]) -> float:
    return math.fsum(call.cost.total_usd for call in calls)


def _took_s(calls: Sequence[CallRecord]) -> float:
    return math.inf if any(call.error for call in calls) else calls[-1].ended_at_s - calls[0].sent_at_s


def _figures(seconds: Sequence[float]) -> Distribution | None:
    return distribution(seconds) if seconds else None
