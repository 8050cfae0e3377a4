"""Does a cascade pay here? Small model and judge on every sample, the big model on what escalates and on an audit.

Every answer is made and stored once; rates, bills and thresholds are then arithmetic on what is stored.
"""

import math
import random
import shlex
from collections.abc import Iterator, Sequence

import msgspec

from optlab.core.cascade_report import CascadeLive, CascadeReport
from optlab.core.commands import StudyCascade
from optlab.core.errors import UsageError
from optlab.core.events import CascadeStudied
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.record import RunRecord
from optlab.core.report import Caveat
from optlab.core.scenario import ParamValue, Sample, Scenario
from optlab.core.study import StudyKind
from optlab.levers import complete, examine
from optlab.stats import min_runs
from optlab.studies.cascade_curve import report_of
from optlab.studies.cascade_rule import priced_ratios
from optlab.studies.cascade_runs import ALIKE, Judged, judged_of, outcomes_of, waiting_of
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
        """Small model and judge, then the big model, each on every sample."""
        samples = self._scenario.samples
        return (self._experiment(self._drafts, samples), self._experiment(self._alone, samples))

    async def carry_out(self, lab: Lab) -> CascadeStudied:
        """Ask small model and judge, then the big model where it is needed or drawn for the audit."""
        first = await lab.run(self._experiment(self._drafts, self._scenario.samples), "small model and judge")
        runs = first.measured if first else []
        drafts = [judged for run in runs if (judged := judged_of(run)) is not None]
        wanted = self._wanted(drafts)
        big: dict[str, RunRecord] = {}
        if wanted:
            second = await lab.run(self._experiment(self._alone, wanted), "big model")
            big = {run.sample: run for run in (second.measured if second else []) if run.answered}
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
            left_out=len(runs) - len(drafts),
            unreadable=sum(draft.said.verdict == "unreadable" for draft in drafts),
            waiting=waiting_of(drafts, big, self._threshold),
            command=self._command(report),
        )
        caveats = (*(first.report.caveats if first and not drafts else ()), *_caveats(report, live))
        priced = priced_ratios(self._small, self._big)
        return CascadeStudied(head=lab.head(caveats), report=msgspec.structs.replace(report, priced=priced), live=live)

    def _wanted(self, drafts: Sequence[Judged]) -> list[Sample]:
        """The samples that the big model answers: all that escalate, and a random share of those that pass."""
        escalated = {draft.sample for draft in drafts if draft.said.score < self._threshold}
        passed = sorted(draft.sample for draft in drafts if draft.said.score >= self._threshold)
        size = max(1, round(self._audit * len(passed))) if passed else 0
        drawn = escalated | set(random.Random(f"{self._seed}:audit").sample(passed, size))
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
        """The command that tests this cascade as a lever, at the threshold that was chosen where one was."""
        chosen = report.curve.chosen if report.curve else None
        threshold = chosen.threshold if chosen else self._threshold
        # A prompt may hold commas, which end a parameter; it belongs into the scenario's file.
        given = {name: value for name, value in self._given.params.items() if name != "judge_prompt"}
        label = LeverChoice("cascade", {**given, "threshold": threshold}).label()
        source = self._scenario.source or self._scenario.name
        pairs = max(PAIRS, len(self._scenario.samples))
        return shlex.join(["optlab", "run", source, "--lever", label, "--pairs", str(pairs)])


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
    if runs < needed:
        yield Caveat(
            "p90_open",
            f"{runs} escalated questions were answered, and a p90 has an upper bound from {needed} on; until then only "
            "what is proven is given",
        )
    if report.curve and report.curve.chosen is None:
        yield Caveat("no_threshold", "too few answers to choose a threshold on one half and report it on the other")
    yield Caveat("service_time", "the calls were made one at a time, so these are service times, not what load makes")


def _require_margin(margin: float) -> None:
    if not 0 < margin < 1:
        raise UsageError(f"--margin is a fraction above 0 and below 1, not {margin:g}")
