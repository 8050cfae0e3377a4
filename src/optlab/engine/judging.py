"""A model as judge, at work: after the runs of a block are over, apart from their times and their bills.

It is asked through the same backend, on the same clock and within the same budget as everything else.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import msgspec

from optlab.backends.backend import Backend
from optlab.checks.judge import (
    Exhibit,
    Judge,
    pairwise_request,
    read_preference,
    read_verdict,
    settings_of,
    verdict_request,
)
from optlab.core.errors import RefusedError
from optlab.core.events import AnswerJudged, Event
from optlab.core.experiment import Experiment
from optlab.core.prompt import fill
from optlab.core.record import (
    CUT,
    CallError,
    CallRecord,
    CheckResult,
    Judgement,
    JudgeOutcome,
    JudgePurpose,
    RunRecord,
)
from optlab.core.request import Request
from optlab.core.scenario import JUDGE, Sample, Scenario
from optlab.engine.attempts import MAY_PASS, pause_s
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.measure import Pause
from optlab.engine.pricing import Pricer

AGAIN = 6
"""How many of a judge's first judgements are asked for a second time."""
EVEN = 6
"""How many samples' pairs of baseline answers a pairwise judge is tried on."""
TRIES = 3
WORTH_REPEATING = MAY_PASS | {"rate_limit"}
"""A quota that refuses a judge spoils no measurement: its call is simply made again later."""


class Case(msgspec.Struct, frozen=True):
    """A judge, by its number in the scenario, with what it is shown of one sample."""

    number: int
    judge: Judge
    exhibit: Exhibit
    sample: str


def judges_of(scenario: Scenario) -> list[tuple[Judge, Sample]]:
    """The different judges of a scenario, each with the first sample it judges."""
    found: dict[bytes, tuple[Judge, Sample]] = {}
    for sample in scenario.samples:
        if sample.judge is not None:
            found.setdefault(_key(sample), (settings_of(sample.judge.settings), sample))
    return list(found.values())


def case_of(scenario: Scenario, sample: Sample, numbers: Mapping[bytes, int]) -> Case | None:
    """What the judge of a sample is shown; None where no model judges it."""
    if sample.judge is None:
        return None
    judge = settings_of(sample.judge.settings)
    asked = "\n\n".join(segment.text for segment in scenario.prompt.filled(sample.variables).active("user"))
    rubric, reference = (fill(text, sample.variables) for text in (judge.rubric, judge.reference))
    return Case(numbers[_key(sample)], judge, Exhibit(rubric, asked, reference), sample.id)


def numbered(scenario: Scenario) -> dict[bytes, int]:
    """The judges of a scenario by their settings, numbered in order of their first sample."""
    return {_key(sample): number for number, (_, sample) in enumerate(judges_of(scenario))}


def _key(sample: Sample) -> bytes:
    assert sample.judge is not None
    return msgspec.json.encode(sample.judge.settings, order="deterministic")


def opposed(base: RunRecord, candidate: RunRecord) -> tuple[RunRecord, RunRecord]:
    """A pair in which the baseline has the scores that pairwise checks of the candidate gave it."""
    scores = tuple(CheckResult(c.kind, c.baseline, c.why) for c in candidate.checks if c.baseline is not None)
    return (msgspec.structs.replace(base, checks=(*base.checks, *scores)) if scores else base), candidate


class Bench:
    """Where the judges of one experiment sit: judges its answers and keeps every judgement."""

    def __init__(
        self,
        experiment: Experiment,
        backend: Backend,
        pricer: Pricer,
        budget: Budget,
        emit: Callable[[Event], None],
        run_id: str,
        *,
        pause: Pause,
        speed: float,
        going_on: Callable[[], Awaitable[bool]],
    ) -> None:
        self.judgements: list[Judgement] = []
        self._experiment = experiment
        self._backend = backend
        self._pricer = pricer
        self._budget = budget
        self._emit = emit
        self._run_id = run_id
        self._pause = pause
        self._speed = speed
        self._going_on = going_on
        self._numbers = numbered(experiment.scenario)
        self._repeated: dict[int, int] = {}

    async def labels(self) -> None:
        """Have every labelled answer judged, before anything else. BudgetStop comes through."""
        scenario = self._experiment.scenario
        by_id = {sample.id: sample for sample in scenario.samples}
        for judge, first in judges_of(scenario):
            for label in judge.labels:
                sample = by_id[label.sample] if label.sample else first
                case = self._case(sample if sample.judge == first.judge else _lent(sample, first))
                if case is not None:
                    blank = self._blank(case, "label", expected="pass" if label.good else "fail")
                    await self._verdict(case, label.answer, blank)

    async def block(self, sample: Sample, block: Mapping[str, RunRecord]) -> dict[str, RunRecord]:
        """The runs of a finished block with what their judge thinks of them.

        Where a call of the judge cannot be had, the run stays unjudged. BudgetStop comes through.
        """
        case = self._case(sample)
        if case is None:
            return dict(block)
        if case.judge.how == "pairwise":
            base = block[self._experiment.baseline.name]
            candidates = [block[variant.name] for variant in self._experiment.candidates]
            judged = [base, *[await self._preferred(case, base, run) for run in candidates]]
        else:
            judged = [await self._passed(case, block[variant.name]) for variant in self._experiment.variants]
        by_name = {run.variant: run for run in judged}
        return {name: by_name[name] for name in block}

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

    async def _passed(self, case: Case, run: RunRecord) -> RunRecord:
        if _silent(run):
            return _with(run, CheckResult(JUDGE, 0.0, "there is no answer"))
        made = await self._verdict(case, run.answer, self._blank(case, "verdict", run))
        if self._asks_again(made):
            await self._verdict(case, run.answer, self._blank(case, "again", run))
        if made.outcome is None:
            return msgspec.structs.replace(run, unjudged=True)
        why = "the judge's reply is unreadable" if made.unreadable else f"the judge says {made.outcome}"
        return _with(run, CheckResult(JUDGE, float(made.outcome == "pass"), why))

    async def _preferred(self, case: Case, base: RunRecord, run: RunRecord) -> RunRecord:
        if _silent(base) or _silent(run):
            outcome: JudgeOutcome = "tie" if _silent(base) == _silent(run) else "lost" if _silent(run) else "won"
            return _with(run, _against_baseline(outcome, "one did not answer"))
        if base.answer == run.answer:
            return _with(run, _against_baseline("tie", "the same words"))
        made = await self._pairwise(case, base.answer, run.answer, self._blank(case, "pairwise", run))
        if self._asks_again(made):
            await self._pairwise(case, base.answer, run.answer, self._blank(case, "again", run))
        if made.outcome is None:
            return msgspec.structs.replace(run, unjudged=True)
        return _with(run, _against_baseline(made.outcome, "both orders"))

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
        asking = _Asking(blank.id)
        try:
            reply = await self._ask(verdict_request(case.judge, case.exhibit, answer), asking)
            said = None if reply is None else read_verdict(reply.text, truncated=_cut(reply))
        except BudgetStop:
            self._keep(blank, asking)
            raise
        outcome: JudgeOutcome | None = None if said is None else "pass" if said == "pass" else "fail"
        return self._keep(blank, asking, outcome, unreadable=int(said == "unreadable"))

    async def _pairwise(self, case: Case, base: str, candidate: str, blank: Judgement) -> Judgement:
        """Both orders; only a win in both counts, everything else is a tie."""
        asking = _Asking(blank.id)
        said: list[str] = []
        try:
            for first, second in ((base, candidate), (candidate, base)):
                request = pairwise_request(case.judge, case.exhibit, first, second)
                reply = await self._ask(request, asking)
                if reply is None:
                    return self._keep(blank, asking)
                said.append(read_preference(reply.text, truncated=_cut(reply)))
        except BudgetStop:
            self._keep(blank, asking)
            raise
        won, lost = said == ["second", "first"], said == ["first", "second"]
        outcome: JudgeOutcome = "won" if won else "lost" if lost else "tie"
        return self._keep(blank, asking, outcome, unreadable=said.count("unreadable"))

    def _keep(
        self, blank: Judgement, asking: "_Asking", outcome: JudgeOutcome | None = None, unreadable: int = 0
    ) -> Judgement:
        calls = tuple(asking.calls)
        made = msgspec.structs.replace(blank, calls=calls, outcome=outcome, unreadable=unreadable)
        self.judgements.append(made)
        self._emit(AnswerJudged(made, self._budget.spent_usd))
        return made

    async def _ask(self, request: Request, asking: "_Asking") -> CallRecord | None:
        """The reply to one call, tried a few times; None where there is none. BudgetStop comes through."""
        clock = self._backend.clock
        error: CallError | None = None
        for attempt in range(1, TRIES + 1):
            if error is not None:
                await self._pause(pause_s(error, attempt - 1, self._speed))
            if not await self._going_on():
                return None
            reserved = self._budget.admit(request)
            day = clock.utc().date().isoformat()
            sent = await self._backend.send(
                request,
                call_id=asking.next_id(),
                zero_s=clock.now(),
                time_limit_s=self._experiment.scenario.plan.time_limit_s,
            )
            record = msgspec.structs.replace(self._priced(request, sent, day), attempt=attempt)
            self._budget.settle(request, record, reserved)
            asking.calls.append(record)
            error = record.error
            if error is None:
                return record
            if error.kind in ("auth", "billing"):
                words = f"the judge {request.model!r} was refused: {error.sentence}; check the credential"
                raise RefusedError(words)
            if error.kind not in WORTH_REPEATING:
                return None
        return None

    def _priced(self, request: Request, record: CallRecord, day: str) -> CallRecord:
        model = record.model if self._pricer.knows(record.model) else request.model
        cost = self._pricer.cost(model, record.usage, day, record.terms)
        usd = cost.total_usd
        return msgspec.structs.replace(record, purpose="judge", cost=cost, warm_usd=usd, cold_usd=usd)


class _Asking:
    """The calls of one judgement as they are made."""

    def __init__(self, judgement: str) -> None:
        self.calls: list[CallRecord] = []
        self._judgement = judgement

    def next_id(self) -> str:
        return f"{self._judgement}.{len(self.calls)}"


def unjudged(sample: Sample, block: Mapping[str, RunRecord]) -> dict[str, RunRecord]:
    """The runs of a block that no judge will see any more."""
    if sample.judge is None:
        return dict(block)
    return {name: msgspec.structs.replace(run, unjudged=True) for name, run in block.items()}


def _with(run: RunRecord, result: CheckResult) -> RunRecord:
    return msgspec.structs.replace(run, checks=(*run.checks, result))


def _against_baseline(outcome: JudgeOutcome, why: str) -> CheckResult:
    """A preference as two scores, so that their difference is 1, 0 or -1."""
    return CheckResult(JUDGE, float(outcome != "lost"), f"{outcome}, {why}", baseline=float(outcome != "won"))


def _silent(run: RunRecord) -> bool:
    """Whether there is no answer to judge."""
    return not run.answered or run.stop_reason == "refusal"


def _cut(reply: CallRecord) -> bool:
    return reply.stop_reason in CUT


def _lent(sample: Sample, first: Sample) -> Sample:
    """A sample as another sample's judge sees it."""
    assert first.judge is not None
    return msgspec.structs.replace(sample, checks=(first.judge,))


def outcomes(judgements: Sequence[Judgement], number: int, *purposes: str) -> Iterator[Judgement]:
    """The judgements of one judge that were made for these purposes and came to something."""
    return (j for j in judgements if j.judge == number and j.purpose in purposes and j.outcome is not None)
