"""Does a cascade pay here? Small model and judge on every sample, the big model on what escalates and on an audit.

Every answer is made and stored once; rates, bills and thresholds are then arithmetic on what is stored. It goes by
chunks of the samples, so that a study which is stopped knows some samples in full.
"""

import math
import random
import shlex
from collections.abc import Iterator, Sequence

import msgspec

from optlab.core.cascade_report import KEPT, CascadeLive, CascadeReport
from optlab.core.commands import StudyCascade
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.report import Caveat
from optlab.core.scenario import ParamValue, Sample, Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import CascadeStudied
from optlab.levers import complete, examine
from optlab.stats import min_runs
from optlab.studies.cascade_chunks import Made, chunk_size, chunks
from optlab.studies.cascade_curve import report_of
from optlab.studies.cascade_rule import priced_ratios
from optlab.studies.cascade_runs import ALIKE, outcomes_of, waiting_of
from optlab.studies.outcomes import read_outcomes
from optlab.studies.study import Lab

PAIRS = 60
"""The fewest pairs that the command at the end asks for."""


def outcomes_report(file: str, margin: float) -> CascadeReport:
    """The report of stored outcomes. Raises UsageError on a file that cannot be used, or an impossible margin."""
    _require_margin(margin)
    return msgspec.structs.replace(report_of(read_outcomes(file), margin), priced=priced_ratios())


class CascadeStudy:
    """A cascade as a command asks for it, planned on a scenario."""

    kind: StudyKind = "cascade"

    def __init__(self, command: StudyCascade, scenario: Scenario) -> None:
        if not (math.isfinite(command.audit) and 0 < command.audit <= 1):
            raise UsageError(f"--audit is a share above 0 and up to 1, not {command.audit:g}")
        self._margin = scenario.plan.quality_margin if command.margin is None else command.margin
        _require_margin(self._margin)
        examine((command.lever,), scenario)
        self._given = command.lever
        params = complete(command.lever, scenario).params
        self._small, self._judge = str(params["small"]), str(params["judge"])
        self._big = str(params["big"]) or scenario.model
        self._threshold = int(params["threshold"])
        self._audit = command.audit
        self._scenario = scenario
        self._seed = command.connection.seed
        # Nothing is below a threshold of 0: every draft is judged and none escalates.
        drafting: dict[str, ParamValue] = {**params, "big": self._big, "threshold": 0}
        self._drafts = Variant("small and judge", (LeverChoice("cascade", drafting),))
        other = (LeverChoice("smaller_model", {"model": self._big}),) if self._big != scenario.model else ()
        self._alone = Variant("big model", other)

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """For every chunk of the samples small model and judge, then the big model, each on all of it."""
        return tuple(
            self._experiment(variant, chunk)
            for chunk in chunks(self._drawn())
            for variant in (self._drafts, self._alone)
        )

    def _drawn(self) -> list[Sample]:
        """The samples in an order drawn by the seed: what is done when the study is stopped is a fair part of them."""
        samples = self._scenario.samples
        return random.Random(f"{self._seed}:chunks").sample(samples, len(samples))

    async def carry_out(self, lab: Lab) -> CascadeStudied:
        """Chunk by chunk: small model and judge, then the big model where it is needed or drawn for the audit."""
        made, left, number = Made(), self._drawn(), 0
        while left and not lab.stopped:
            size = chunk_size(number, len(left), made.fits(lab))
            chunk, left, number = left[:size], left[size:], number + 1
            await self._ask(lab, made, chunk, f"{len(chunk)} samples, {len(left)} to come")
        return self._ended(lab, made)

    async def _ask(self, lab: Lab, made: Made, chunk: Sequence[Sample], which: str) -> None:
        first = await lab.run(self._experiment(self._drafts, chunk), f"small model and judge, {which}")
        if first is not None:
            made.draft(first)
        if lab.stopped:
            return
        wanted = self._wanted(made)
        second = await lab.run(self._experiment(self._alone, wanted), f"big model, {which}") if wanted else None
        made.close({sample.id for sample in wanted}, second.measured if second else [], self._seed)

    def _ended(self, lab: Lab, made: Made) -> CascadeStudied:
        """What everything that was made says."""
        place = {sample.id: at for at, sample in enumerate(self._scenario.samples)}
        drafts = sorted(made.complete, key=lambda draft: place[draft.sample])
        big = {run.sample: run for run in made.big if run.answered}
        passed = {draft.sample for draft in drafts if draft.said.score >= self._threshold}
        by_agreement = not self._scenario.has_checks
        outcomes = outcomes_of(drafts, big, self._threshold, by_agreement=by_agreement)
        report = report_of(outcomes, self._margin, self._seed)
        live = CascadeLive(
            small=self._small,
            judge=self._judge,
            big=self._big,
            threshold=self._threshold,
            basis="agreement" if by_agreement else "checks",
            audited=sum(sample in big for sample in passed),
            passed=len(passed),
            left_out=made.broken,
            unreadable=sum(draft.said.verdict == "unreadable" for draft in drafts),
            waiting=waiting_of(drafts, big, self._threshold),
            command=self._command(report),
        )
        caveats = (*(made.caveats if not made.drafts else ()), *self._unfinished(lab, made), *_caveats(report, live))
        priced = priced_ratios(self._small, self._big)
        return CascadeStudied(head=lab.head(caveats), report=msgspec.structs.replace(report, priced=priced), live=live)

    def _unfinished(self, lab: Lab, made: Made) -> Iterator[Caveat]:
        if lab.stopped:
            whole, samples = len(made.complete), len(self._scenario.samples)
            also = f"; drafts paid for beyond these: {made.drafts - whole}" if made.drafts > whole else ""
            yield Caveat(
                "unfinished",
                f"stopped early: every figure stands on the {whole} of {samples} samples, drawn at random, that were "
                f"asked to the end{also}",
            )

    def _wanted(self, made: Made) -> list[Sample]:
        """Of the drafts that are open, the samples the big model answers: all that escalate, and a share of the others.

        The share is of all drafts that passed so far, so that rounding does not add up over the chunks.
        """
        escalated = {draft.sample for draft in made.open if draft.said.score < self._threshold}
        passed = sorted(draft.sample for draft in made.open if draft.said.score >= self._threshold)
        before = [draft.sample for draft in made.complete if draft.said.score >= self._threshold]
        audited = sum(run.sample in set(before) for run in made.big)
        size = max(1, round(self._audit * (len(before) + len(passed)))) - audited
        size = min(len(passed), max(0, size))
        drawn = escalated | set(random.Random(f"{self._seed}:audit:{len(before)}").sample(passed, size))
        return [sample for sample in self._scenario.samples if sample.id in drawn]

    def _experiment(self, variant: Variant, samples: Sequence[Sample]) -> Experiment:
        scenario = msgspec.structs.replace(self._scenario, samples=tuple(samples))
        return Experiment(
            scenario=scenario,
            variants=(variant,),
            primary="cost_usd",
            primary_reason="what a cascade is for",
            pairs=len(samples),
            alpha=scenario.plan.alpha,
            seed=self._seed,
        )

    def _command(self, report: CascadeReport) -> str:
        """The command that tests what is recommended: the threshold as judged, unless another one is shown to do.

        Empty where nothing was found or what was found is against it.
        """
        figures, chosen = report.figures, report.curve.chosen if report.curve else None
        shown = figures.money == "saves" and figures.quality in KEPT
        if chosen and chosen.holds and (chosen.threshold < self._threshold or not shown):
            if chosen.alone:
                return self._test(LeverChoice("smaller_model", {"model": self._small}))
            return self._test(self._lever(chosen.threshold))
        against = figures.money == "costs more" or figures.quality == "worse"
        return "" if figures.saving.value is None or against else self._test(self._lever(self._threshold))

    def _lever(self, threshold: int) -> LeverChoice:
        # A prompt may hold commas, which end a parameter; it belongs into the scenario's file.
        given = {name: value for name, value in self._given.params.items() if name != "judge_prompt"}
        return LeverChoice("cascade", {**given, "threshold": threshold})

    def _test(self, choice: LeverChoice) -> str:
        source = self._scenario.source or self._scenario.name
        pairs = max(PAIRS, len(self._scenario.samples))
        return shlex.join(["optlab", "run", source, "--lever", choice.label(), "--pairs", str(pairs)])


def _caveats(report: CascadeReport, live: CascadeLive) -> Iterator[Caveat]:
    if live.basis == "agreement":
        yield Caveat(
            "agreement",
            "no sample says what is right, so a small answer counts as right where it agrees with the big model's "
            f"(ROUGE-L of {ALIKE:g} or more and no other number); add checks to know more",
        )
    if live.audited < live.passed:
        yield Caveat(
            "audit",
            f"the big model answered {live.audited} of {live.passed} passed drafts, each standing for "
            f"{live.passed / live.audited:.1f}; a larger --audit narrows the intervals"
            if live.audited
            else f"the big model answered none of the {live.passed} passed drafts, so nothing is known against it",
        )
    if live.left_out:
        yield Caveat("left_out", f"{live.left_out} samples had no draft or no verdict and are left out of every figure")
    if live.unreadable:
        yield Caveat(
            "judge_unreadable",
            f"{live.unreadable} verdicts could not be read and counted as FAIL; ask more plainly or take another judge",
        )
    needed = min_runs(0.9)
    runs = live.waiting.escalated.n if live.waiting.escalated else 0
    if live.waiting.small and runs < needed:
        yield Caveat(
            "p90_open",
            f"{runs} escalated questions were answered, and a p90 has an upper bound from {needed} on; until then only "
            "what is proven is given",
        )
    if live.waiting.small:
        yield Caveat("service_time", "the calls were made one at a time: these are service times, not what load makes")


def _require_margin(margin: float) -> None:
    if not 0 < margin < 1:
        raise UsageError(f"--margin is a fraction above 0 and below 1, not {margin:g}")
