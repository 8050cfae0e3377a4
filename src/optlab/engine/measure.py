"""One run of one variant: timed outside the levers (what a person feels), billed inside (what the API charges)."""

from collections.abc import Awaitable, Callable

import msgspec

from optlab.backends.backend import Backend, BackendInfo
from optlab.checks import examine
from optlab.core.errors import OptlabError, UsageError
from optlab.core.events import Event
from optlab.core.experiment import Variant
from optlab.core.record import CallRecord, CheckResult, Delta, Phase, RunRecord
from optlab.core.request import Request
from optlab.core.run_events import CallFinished, CallStarted, TextDelta
from optlab.core.scenario import Sample, Scenario
from optlab.engine.attempts import may_pass, pause_s
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.goodput import within
from optlab.engine.pricing import Pricer
from optlab.engine.provenance import require_one_source
from optlab.engine.requests import prepare, pulled
from optlab.levers import timed
from optlab.stats import quantile, timeline

Emit = Callable[[Event], None]
Pause = Callable[[float], Awaitable[bool]]
"""Waits that many wall seconds; False where there is no going on afterwards."""


class _CutShort(Exception):
    """The user cancelled between two calls of a run."""


class BrokenOff(Exception):
    """An error that ends the experiment, met within a run. `record`: the run so far, where a call was sent."""

    def __init__(self, error: OptlabError, record: RunRecord | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.record = record


class Slot(msgspec.Struct, frozen=True):
    """Where a run stands in its experiment, and the salt that keeps its cache entries apart (empty: none)."""

    run_id: str
    id: str
    pair: int
    phase: Phase
    salt: str = ""


class Meter:
    """Makes runs of one experiment and turns them into records."""

    def __init__(
        self,
        backend: Backend,
        info: BackendInfo,
        pricer: Pricer,
        budget: Budget,
        emit: Emit,
        *,
        live: bool,
        pause: Pause | None = None,
    ) -> None:
        self._backend = backend
        self._info = info
        self._pricer = pricer
        self._budget = budget
        self._emit = emit
        self._live = live
        self._pause = pause

    async def run(self, scenario: Scenario, variant: Variant, sample: Sample, slot: Slot) -> RunRecord:
        """One run. A failed call is part of the record, and so is every further attempt at a measured one.

        BudgetStop comes through, before the call it forbids, with what was paid for so far. A run that the user cut
        short between two of its calls is set aside. Without a `pause` no call is made twice.
        BrokenOff where another kind of server answers than the one that was opened, or a call has no price any more.
        """
        calls = _Calls(self._pricer, self._budget)
        clock = self._backend.clock
        started_at = clock.utc().isoformat(timespec="milliseconds")

        attempts = scenario.plan.attempts if self._pause is not None and slot.phase == "measured" else 1

        async def send(request: Request) -> CallRecord:
            for attempt in range(1, attempts + 1):
                record = await send_once(request, attempt)
                if attempt == attempts or not may_pass(record):
                    break
                if not await self._wait(pause_s(record.error, attempt, self._info.speed)):
                    raise _CutShort
            return record

        async def send_once(request: Request, attempt: int) -> CallRecord:
            calls.before(request, started_at[:10])
            # The run begins with its first request; what we do before it is not the person's waiting.
            if calls.zero_s is None:
                calls.zero_s = clock.now()
            record = await self._backend.send(
                request,
                call_id=f"{slot.id}.{len(calls.sent)}",
                zero_s=calls.zero_s,
                time_limit_s=scenario.plan.time_limit_s,
                watch=self._watch(slot, variant) if self._live and request.purpose == "answer" else None,
            )
            require_one_source(record, self._info)
            purpose = "judge" if request.purpose == "judge" else "answer"
            record = msgspec.structs.replace(record, attempt=attempt, purpose=purpose)
            calls.after(request, record)
            return record

        request = prepare(variant.on(scenario), sample, slot.salt)
        chain = pulled(send, variant, scenario)
        self._emit(CallStarted(slot.run_id, slot.id, variant.name, slot.pair, slot.phase))

        def noted(answer: CallRecord, phase: Phase) -> RunRecord:
            priced = calls.priced(started_at[:10])
            if self._live and phase != "set aside" and calls.drafted(answer):
                # A draft is seen when it has been let through, all at once.
                self._emit(TextDelta(slot.id, variant.name, priced[-1].ended_at_s, answer.text, "text"))
            for call in priced:
                self._emit(CallFinished(slot.id, variant.name, call))
            made = msgspec.structs.replace(slot, phase=phase)
            return within(self._record(made, variant, sample, started_at, answer, priced), scenario.plan.slo)

        def broken_off(error: OptlabError) -> BrokenOff:
            calls.give_up()
            return BrokenOff(error, noted(calls.sent[-1][1], "set aside") if calls.sent else None)

        try:
            answer = await chain(request)
            calls.priced(started_at[:10])
            if calls.unpriced is not None:
                raise calls.unpriced
            return noted(answer, slot.phase)
        except OptlabError as error:
            raise broken_off(error) from None
        except _CutShort:
            return noted(calls.last_answer(), "set aside")
        except BudgetStop:
            if not calls.sent:
                raise
            raise BudgetStop(noted(calls.last_answer(), "set aside")) from None

    async def _wait(self, seconds: float) -> bool:
        return self._pause is not None and await self._pause(seconds)

    def _watch(self, slot: Slot, variant: Variant) -> Callable[[Delta], None]:
        def watch(delta: Delta) -> None:
            self._emit(TextDelta(slot.id, variant.name, delta.at_s, delta.text, delta.kind))

        return watch

    def _record(
        self,
        slot: Slot,
        variant: Variant,
        sample: Sample,
        started_at: str,
        answer: CallRecord,
        calls: tuple[CallRecord, ...],
    ) -> RunRecord:
        # Text is on the screen as it arrives only where nothing had to be waited for behind it: an answer that a
        # judge looks at first is seen when the judge is done.
        shown_live = answer.streamed and answer.id == calls[-1].id
        e2e_s = calls[-1].ended_at_s
        visible = [(d.at_s, len(d.text)) for d in answer.deltas if d.kind != "thinking"]
        thoughts = [d.at_s for d in answer.deltas if d.kind == "thinking"]
        written_tokens = max(0, answer.usage.output_tokens - answer.usage.thinking_tokens)
        line = timeline(answer.sent_at_s, visible, written_tokens, answer.ended_at_s)
        ttft_s = answer.sent_at_s + line.ttft if shown_live and line.ttft is not None else None
        checks = examine(answer.text, sample.checks)
        if answer.error or answer.stop_reason == "refusal":
            why = "the call failed" if answer.error else "the model refused to answer"
            checks = tuple(CheckResult(c.kind, 0.0, why) for c in checks)
        gaps = line.gaps if shown_live else ()
        return RunRecord(
            id=slot.id,
            variant=variant.name,
            sample=sample.id,
            pair=slot.pair,
            phase=slot.phase,
            started_at=started_at,
            calls=calls,
            answer=answer.text,
            e2e_s=e2e_s,
            first_visible_s=e2e_s if ttft_s is None else ttft_s,
            ttft_s=ttft_s,
            first_thought_s=thoughts[0] if shown_live and thoughts else None,
            tpot_s=line.tpot if shown_live else None,
            tpot_visible_s=line.tpot_visible if shown_live else None,
            tpot_thinking=shown_live and bool(thoughts) and not answer.usage.thinking_tokens,
            start_s=answer.first_event_at_s if shown_live else None,
            gap_mean_s=line.gap_mean if shown_live else None,
            gap_p95_s=quantile(gaps, 0.95) if gaps else None,
            gap_max_s=line.gap_max if shown_live else None,
            tokens_per_s=_rate(answer),
            stop_reason=answer.stop_reason,
            error=answer.error,
            checks=checks,
            untimed=not timed(variant.levers),
        )


def _rate(answer: CallRecord) -> float | None:
    took_s = answer.ended_at_s - answer.sent_at_s
    return answer.usage.output_tokens / took_s if answer.usage.output_tokens and took_s > 0 else None


class _Calls:
    """The calls of one run: admitted before, settled and priced behind the measured time of each."""

    def __init__(self, pricer: Pricer, budget: Budget) -> None:
        self.zero_s: float | None = None
        self.unpriced: UsageError | None = None
        self.sent: list[tuple[Request, CallRecord]] = []
        self._pricer = pricer
        self._budget = budget
        self._reserved_usd: list[float] = []
        self._settled: list[CallRecord] = []

    def before(self, request: Request, day: str) -> None:
        """Settle what was sent so far and ask for room for the next call. Raises BudgetStop.

        Raises UsageError where one that was sent has no price.
        """
        self.priced(day)
        if self.unpriced is not None:
            raise self.unpriced
        self._reserved_usd.append(self._budget.admit(request))

    def after(self, request: Request, record: CallRecord) -> None:
        """Note a call that came back; it is priced later, outside the measured time."""
        self.sent.append((request, record))

    def last_answer(self) -> CallRecord:
        """What came back last of anything but a judge. The first call of a run is never a judge's."""
        return next(record for request, record in reversed(self.sent) if request.purpose != "judge")

    def drafted(self, answer: CallRecord) -> bool:
        """Whether an answer was held back until a judge had seen it."""
        return any(request.purpose == "draft" and record.id == answer.id for request, record in self.sent)

    def priced(self, day: str) -> tuple[CallRecord, ...]:
        """Every call so far with its price, and the budget settled for it. Without a price it is taken at its most."""
        for number in range(len(self._settled), len(self.sent)):
            request, record = self.sent[number]
            try:
                record = self._price(request, record, day)
                self._budget.settle(request, record, self._reserved_usd[number])
            except UsageError as error:
                self.unpriced = error
                self._budget.forfeit(self._reserved_usd[number])
            self._settled.append(record)
        return tuple(self._settled)

    def give_up(self) -> None:
        """Take a call that was sent, and whose answer is of no use, at the most it can have cost."""
        while len(self._reserved_usd) > len(self.sent):
            self._budget.forfeit(self._reserved_usd.pop())

    def _price(self, request: Request, record: CallRecord, day: str) -> CallRecord:
        # A server may name the model in a way no price table knows; what was asked for is known to have a price.
        model = record.model if self._pricer.knows(record.model) else request.model
        terms = msgspec.structs.replace(record.terms, batch=record.terms.batch or request.batched)
        paid_usd = self._pricer.cost(model, record.usage, day, record.terms).total_usd if request.batched else None
        usage, cached = record.usage, record.usage.cache_read_tokens + record.usage.cache_write_tokens
        plain = msgspec.structs.replace(usage, cache_read_tokens=0, cache_write_5m_tokens=0, cache_write_1h_tokens=0)
        written = "cache_write_1h_tokens" if "1h" in request.breakpoints else "cache_write_5m_tokens"
        # What a call wrote although it read is new in every call; of one that read nothing all will be read next time.
        warm = usage if usage.cache_read_tokens else msgspec.structs.replace(plain, cache_read_tokens=cached)
        cold = msgspec.structs.replace(plain, **{written: cached})
        return msgspec.structs.replace(
            record,
            cost=self._pricer.cost(model, usage, day, terms),
            warm_usd=self._pricer.cost(model, warm, day, terms).total_usd,
            cold_usd=self._pricer.cost(model, cold, day, terms).total_usd,
            paid_usd=paid_usd,
        )
