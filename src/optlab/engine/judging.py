"""A model as judge, at work: after the runs of a block are over, apart from their times and their bills.

It is asked through the same backend, on the same clock and within the same budget as everything else.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from optlab.checks.judge import pairwise_request, read_preference, verdict_request
from optlab.core.events import Event
from optlab.core.experiment import Experiment
from optlab.core.record import CUT, CallRecord, CheckResult, Judgement, JudgeOutcome, JudgePurpose, RunRecord
from optlab.core.run_events import AnswerJudged
from optlab.core.scenario import JUDGE, Sample
from optlab.core.verdict_words import read_verdict
from optlab.engine.budget import BudgetStop
from optlab.engine.judge_calls import JudgeCalls
from optlab.engine.judge_cases import Case, case_of, judges_of, lent, numbered

AGAIN = 6
"""How many of a judge's first judgements are asked for a second time."""
EVEN = 6
"""How many samples' pairs of baseline answers a pairwise judge is tried on."""


class Bench:
    """Where the judges of one experiment sit: judges its answers and keeps every judgement."""

    def __init__(self, experiment: Experiment, calls: JudgeCalls, emit: Callable[[Event], None], run_id: str) -> None:
        self.judgements: list[Judgement] = []
        self._experiment = experiment
        self._calls = calls
        self._emit = emit
        self._run_id = run_id
        self._numbers = numbered(experiment.scenario)
        self._repeated: dict[int, int] = {}

    async def labels(self) -> None:
        """Have every labelled answer judged, before anything else. BudgetStop comes through."""
        scenario = self._experiment.scenario
        by_id = {sample.id: sample for sample in scenario.samples}
        for judge, first in judges_of(scenario):
            for label in judge.labels:
                sample = by_id[label.sample] if label.sample else first
                case = self._case(sample if sample.judge == first.judge else lent(sample, first))
                if case is not None:
                    blank = self._blank(case, "label", expected="pass" if label.good else "fail")
                    await self._verdict(case, label.answer, blank)

    async def judge(self, sample: Sample, block: dict[str, RunRecord]) -> None:
        """Put what their judge thinks of them into the runs of a finished block, one after the other.

        Where a call of the judge cannot be had, the run stays unjudged. BudgetStop comes through; what was judged
        before it stays judged.
        """
        case = self._case(sample)
        if case is None:
            return
        base, pairwise = self._experiment.baseline.name, case.judge.how == "pairwise"
        names = [variant.name for variant in self._experiment.variants if not (pairwise and variant.name == base)]
        for name in names:
            block[name] = msgspec.structs.replace(block[name], unjudged=True)
        for name in names:
            run = block[name]
            result = await (self._preferred(case, block[base], run) if pairwise else self._passed(case, run))
            if result is not None:
                block[name] = msgspec.structs.replace(run, checks=(*run.checks, result), unjudged=False)

    async def even(self, cold: Sequence[RunRecord], blocks: Sequence[Mapping[str, RunRecord]]) -> None:
        """Have pairwise judges compare two answers of the baseline to the same question, where there are two."""
        name = self._experiment.baseline.name
        answers: dict[str, list[RunRecord]] = {}
        for run in (*(run for run in cold if run.variant == name), *(block[name] for block in blocks)):
            if not _silent(run):
                answers.setdefault(run.sample, []).append(run)
        samples = {sample.id: sample for sample in self._experiment.scenario.samples}
        pairs = [(samples[key], runs) for key, runs in answers.items() if len(runs) > 1 and samples[key].judge]
        try:
            for sample, (first, second, *_) in pairs:
                case = self._case(sample)
                if case is not None and case.judge.how == "pairwise" and self._tried(case) < EVEN:
                    await self._pairwise(case, first.answer, second.answer, self._blank(case, "even", first))
        except BudgetStop:
            return

    def _tried(self, case: Case) -> int:
        return sum(j.purpose == "even" and j.judge == case.number for j in self.judgements)

    def _case(self, sample: Sample) -> Case | None:
        return case_of(self._experiment.scenario, sample, self._numbers)

    async def _passed(self, case: Case, run: RunRecord) -> CheckResult | None:
        if _silent(run):
            return CheckResult(JUDGE, 0.0, "there is no answer")
        made = await self._verdict(case, run.answer, self._blank(case, "verdict", run))
        if self._asks_again(made):
            # What is already judged must not be lost because the cap leaves no room for asking again.
            with suppress(BudgetStop):
                await self._verdict(case, run.answer, self._blank(case, "again", run))
        if made.outcome is None:
            return None
        why = "the judge's reply is unreadable" if made.unreadable else f"the judge says {made.outcome}"
        return CheckResult(JUDGE, float(made.outcome == "pass"), why)

    async def _preferred(self, case: Case, base: RunRecord, run: RunRecord) -> CheckResult | None:
        if _silent(base) or _silent(run):
            outcome: JudgeOutcome = "tie" if _silent(base) == _silent(run) else "lost" if _silent(run) else "won"
            return _against_baseline(outcome, "one did not answer")
        if base.answer == run.answer:
            return _against_baseline("tie", "the same words")
        made = await self._pairwise(case, base.answer, run.answer, self._blank(case, "pairwise", run))
        if self._asks_again(made):
            with suppress(BudgetStop):
                await self._pairwise(case, base.answer, run.answer, self._blank(case, "again", run))
        return None if made.outcome is None else _against_baseline(made.outcome, "both orders")

    def _asks_again(self, made: Judgement) -> bool:
        count = self._repeated.get(made.judge, 0)
        if made.outcome is None or count >= AGAIN:
            return False
        self._repeated[made.judge] = count + 1
        return True

    def _blank(
        self,
        case: Case,
        purpose: JudgePurpose,
        run: RunRecord | None = None,
        expected: JudgeOutcome | None = None,
    ) -> Judgement:
        """A judgement before its first call."""
        return Judgement(
            id=f"{self._run_id}.j{len(self.judgements)}",
            judge=case.number,
            model=case.judge.model,
            purpose=purpose,
            sample=case.sample,
            calls=(),
            variant=run.variant if run else "",
            pair=run.pair if run else None,
            expected=expected,
        )

    async def _verdict(self, case: Case, answer: str, blank: Judgement) -> Judgement:
        calls: list[CallRecord] = []
        try:
            reply = await self._calls.ask(verdict_request(case.judge, case.exhibit, answer), blank.id, calls)
        except BudgetStop:
            self._keep(blank, calls)
            raise
        if reply is None:
            return self._keep(blank, calls)
        said = read_verdict(reply.text, truncated=_cut(reply))
        return self._keep(blank, calls, "pass" if said == "pass" else "fail", unreadable=int(said == "unreadable"))

    async def _pairwise(self, case: Case, base: str, candidate: str, blank: Judgement) -> Judgement:
        """Both orders; only a win in both counts, everything else is a tie."""
        calls: list[CallRecord] = []
        said: list[str] = []
        for first, second in ((base, candidate), (candidate, base)):
            request = pairwise_request(case.judge, case.exhibit, first, second)
            try:
                reply = await self._calls.ask(request, blank.id, calls)
            except BudgetStop:
                self._keep(blank, calls)
                raise
            if reply is None:
                return self._keep(blank, calls)
            said.append(read_preference(reply.text, truncated=_cut(reply)))
        won, lost = said == ["B", "A"], said == ["A", "B"]
        outcome: JudgeOutcome = "won" if won else "lost" if lost else "tie"
        return self._keep(blank, calls, outcome, unreadable=said.count("unreadable"))

    def _keep(
        self, blank: Judgement, calls: list[CallRecord], outcome: JudgeOutcome | None = None, unreadable: int = 0
    ) -> Judgement:
        made = msgspec.structs.replace(blank, calls=tuple(calls), outcome=outcome, unreadable=unreadable)
        self.judgements.append(made)
        self._emit(AnswerJudged(made, self._calls.spent_usd))
        return made


def _against_baseline(outcome: JudgeOutcome, why: str) -> CheckResult:
    """A preference as two scores, so that their difference is 1, 0 or -1."""
    return CheckResult(JUDGE, float(outcome != "lost"), f"{outcome}, {why}", baseline=float(outcome != "won"))


def _silent(run: RunRecord) -> bool:
    """Whether there is no answer to judge."""
    return not run.answered or run.stop_reason == "refusal"


def _cut(reply: CallRecord) -> bool:
    return reply.stop_reason in CUT
