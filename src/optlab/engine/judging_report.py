"""What the judges of a run add up to: their bill, how far they can be trusted, and what that does to their rates."""

from collections.abc import Iterator, Sequence

import msgspec

from optlab.catalogue import load
from optlab.core.experiment import Experiment
from optlab.core.record import Judgement
from optlab.core.report import Agreement, Caveat, Evenness, JudgedRate, Judging, VariantSummary
from optlab.core.usage import Usage
from optlab.engine.judge_cases import judges_of, outcomes
from optlab.stats import judge_interval, mcnemar_exact, true_rate_from_judge, wilson

UNEVEN_ALPHA = 0.05
FICKLE_BELOW = 0.8
"""An agreement with itself that is surely below this share is worth a warning."""
FAIR = 0.5
"""Sensitivity + specificity - 1 of a judge that is of use: 0 says nothing, 1 is never wrong."""


def judging_report(experiment: Experiment, judgements: Sequence[Judgement]) -> tuple[Judging, ...]:
    """One entry for each judge of the scenario that was asked anything."""
    judges = [judge for judge, _ in judges_of(experiment.scenario)]
    made = []
    for number, judge in enumerate(judges):
        mine = [j for j in judgements if j.judge == number]
        if not mine:
            continue
        calls = [call for j in mine for call in j.calls]
        right, wrong = _labelled(mine, number)
        made.append(
            Judging(
                model=judge.model,
                how=judge.how,
                judgements=len(mine),
                calls=len(calls),
                failed_calls=sum(call.error is not None for call in calls),
                unreadable=sum(j.unreadable for j in mine),
                unjudged=sum(_refused(j) and j.purpose in ("verdict", "pairwise") for j in mine),
                usage=sum((call.usage for call in calls), Usage()),
                cost_usd=sum(j.cost.total_usd for j in mine),
                rates=_rates(experiment, mine, number, right, wrong),
                agreement=_agreement(mine, number),
                even=_evenness(mine, number),
                labelled_right=len(right),
                labelled_wrong=len(wrong),
                sensitivity=_share(right, True),
                specificity=_share(wrong, False),
                sensitivity_interval=wilson(right.count(True), len(right)) if right else None,
                specificity_interval=wilson(wrong.count(False), len(wrong)) if wrong else None,
            )
        )
    return tuple(made)


def _refused(judgement: Judgement) -> bool:
    """Whether nothing came of a judgement because its calls failed; a budget or a user may end one as well."""
    return judgement.outcome is None and any(call.error is not None for call in judgement.calls)


def _labelled(judgements: Sequence[Judgement], number: int) -> tuple[list[bool], list[bool]]:
    """Whether the judge passed each answer that is right by its label, and each that is wrong."""
    found = list(outcomes(judgements, number, "label"))
    right = [j.outcome == "pass" for j in found if j.expected == "pass"]
    return right, [j.outcome == "pass" for j in found if j.expected == "fail"]


def _share(passed: Sequence[bool], wanted: bool) -> float | None:
    return passed.count(wanted) / len(passed) if passed else None


def _rates(
    experiment: Experiment, judgements: Sequence[Judgement], number: int, right: Sequence[bool], wrong: Sequence[bool]
) -> tuple[JudgedRate, ...]:
    rates = []
    for variant in experiment.variants:
        said = [j.outcome for j in outcomes(judgements, number, "verdict", "pairwise") if j.variant == variant.name]
        passed = sum(outcome in ("pass", "won") for outcome in said)
        if said:
            raw = JudgedRate(variant.name, passed, len(said), passed / len(said), tied=said.count("tie"))
            rates.append(_corrected(raw, _share(right, True), len(right), _share(wrong, False), len(wrong)))
    return tuple(rates)


def _corrected(
    raw: JudgedRate, sensitivity: float | None, right: int, specificity: float | None, wrong: int
) -> JudgedRate:
    """A rate with what the labels say about the judge's errors: none where there are no labels, or a judge is blind."""
    if sensitivity is None or specificity is None or sensitivity + specificity <= 1:
        return raw
    rate = raw.passed / raw.judged
    return msgspec.structs.replace(
        raw,
        corrected=true_rate_from_judge(
            passed=raw.passed, n=raw.judged, sensitivity=sensitivity, specificity=specificity
        ),
        interval=judge_interval(
            p=rate, specificity=specificity, sensitivity=sensitivity, n=raw.judged, m0=wrong, m1=right
        ),
    )


def _agreement(judgements: Sequence[Judgement], number: int) -> Agreement | None:
    """The second answer of a judge against its first on the same thing."""
    firsts = {(j.variant, j.pair): j.outcome for j in outcomes(judgements, number, "verdict", "pairwise")}
    again = list(outcomes(judgements, number, "again"))
    same = sum(firsts.get((j.variant, j.pair)) == j.outcome for j in again)
    return Agreement(same, len(again), wilson(same, len(again))) if again else None


def _evenness(judgements: Sequence[Judgement], number: int) -> Evenness | None:
    said = [j.outcome for j in outcomes(judgements, number, "even")]
    first, second = said.count("lost"), said.count("won")
    return Evenness(first, second, said.count("tie"), mcnemar_exact(first, second)) if said else None


def judging_caveats(
    judging: Sequence[Judging], summaries: Sequence[VariantSummary], unjudged: int
) -> tuple[Caveat, ...]:
    """Every warning about the judges of a run. `unjudged` of its answers were to be judged and were not."""
    found = tuple(caveat for judge in judging for caveat in _caveats(judge, summaries))
    left = unjudged - sum(judge.unjudged for judge in judging)
    if left <= 0:
        return found
    answers = "1 answer was" if left == 1 else f"{left} answers were"
    words = f"the run ended before {answers} judged; quality rests on the others"
    return (*found, Caveat("judge_stopped", words))


def _caveats(judge: Judging, summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    if judge.unjudged:
        yield Caveat(
            "judge_unjudged",
            f"{judge.unjudged} {'answer was' if judge.unjudged == 1 else 'answers were'} not judged because calls of "
            f"{judge.model} failed; that counts neither as passed nor as failed, and quality rests on the others",
        )
    if judge.unreadable:
        meaning = "FAIL" if judge.how == "verdict" else "a tie"
        yield Caveat(
            "judge_unreadable",
            f"{judge.unreadable} replies of the judge said nothing clear and count as {meaning}; raise its max_tokens "
            "or look at them with --format jsonl",
        )
    if judge.how == "verdict" and judge.sensitivity is None:
        yield Caveat(
            "judge_unlabelled",
            "nobody knows how often this judge errs; give it `labels` (answers that pass and answers that do not) to "
            "have its pass rates corrected",
        )
    if judge.sensitivity is not None and judge.specificity is not None and judge.sensitivity + judge.specificity <= 1:
        passed = (
            f"the judge passed {judge.sensitivity:.0%} of {judge.labelled_right} right answers and "
            f"{1 - judge.specificity:.0%} of {judge.labelled_wrong} wrong ones"
        )
        words = (
            "too few labels to say whether it can tell them apart; label more of either kind"
            if _may_yet_see(judge)
            else "so its verdicts say nothing; change its rubric or its model"
        )
        yield Caveat("judge_blind", f"{passed}, {words}")
    agreement = judge.agreement
    if agreement is not None and agreement.interval.high is not None and agreement.interval.high < FICKLE_BELOW:
        yield Caveat(
            "judge_fickle",
            f"asked the same twice the judge said the same only {agreement.same} of {agreement.asked} times; sharpen "
            "its rubric, give it a reference, or take another model",
        )
    yield from _kin(judge, summaries)
    if judge.even is not None and judge.even.p <= UNEVEN_ALPHA:
        yield Caveat(
            "judge_uneven",
            f"of two answers of the baseline itself the judge preferred one in {judge.even.first} and the other in "
            f"{judge.even.second} cases; do not believe its preferences",
        )


def _may_yet_see(judge: Judging) -> bool:
    """Whether a judge with these labels may still be half-way good: sensitivity + specificity - 1 of a half or more."""
    ends = [found.high for found in (judge.sensitivity_interval, judge.specificity_interval) if found is not None]
    return sum(1.0 if end is None else end for end in ends) - 1 >= FAIR


def _family(model_id: str) -> str:
    model = load().find(model_id)
    return model.family if model else model_id


def _kin(judge: Judging, summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    """A model tends to like what its own family writes."""
    for summary in summaries[1:]:
        if _family(summary.model) == _family(judge.model):
            yield Caveat(
                "judge_family",
                f"the judge {judge.model} is of the same family as {summary.name} ({summary.model}) and may favour "
                "it; let another family judge",
            )
            return
