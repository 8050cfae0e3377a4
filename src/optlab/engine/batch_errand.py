"""The one batch that an experiment under the lever `batch` really submits: how long does it wait, what is billed?

It is made behind the last measured call, so that neither its making nor the looking after it falls into a measured
time. What it may cost is reserved before; whoever waits for it can stop waiting.
"""

from collections.abc import Callable, Sequence
from math import fsum

import msgspec

from optlab.backends.backend import Backend, BackendInfo
from optlab.backends.batches import BatchRefused, BatchStatus
from optlab.core.batch import BatchOutcome
from optlab.core.events import Event
from optlab.core.experiment import Experiment, Variant
from optlab.core.record import CallError, CallRecord, Provenance
from optlab.core.request import Request
from optlab.core.run_events import BatchSeen
from optlab.core.usage import Usage
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.measure import Pause
from optlab.engine.pricing import Pricer
from optlab.engine.requests import batch_requests
from optlab.levers import param_of

FIRST_LOOK_S = 0.25
SLOWER = 1.5
"""Each look comes this many times later than the one before, up to the rarest."""
RAREST_LOOK_S = 15.0


class BatchErrand:
    """Submits the batch of an experiment and waits for it."""

    def __init__(
        self,
        experiment: Experiment,
        backend: Backend,
        info: BackendInfo,
        pricer: Pricer,
        budget: Budget,
        emit: Callable[[Event], None],
        run_id: str,
        *,
        pause: Pause,
    ) -> None:
        self.outcomes: list[BatchOutcome] = []
        self._experiment = experiment
        self._backend = backend
        self._speed = info.speed
        self._pricer = pricer
        self._budget = budget
        self._emit = emit
        self._run_id = run_id
        self._pause = pause

    async def run(self) -> None:
        """The batch, where there is a variant under the lever. BudgetStop comes through, before a batch it forbids."""
        submitted = await batch_requests(self._experiment)
        if submitted is not None:
            await self._one(*submitted)

    async def _one(self, variant: Variant, requests: list[Request]) -> None:
        outcome = BatchOutcome(variant.name, len(requests), "not sent")
        try:
            reserved = [self._budget.admit(request, in_batch=True) for request in requests]
        except BudgetStop:
            self.outcomes.append(msgspec.structs.replace(outcome, note="it could have crossed the budget"))
            raise
        try:
            sent = await self._backend.batches.submit(requests)
        except BatchRefused as refusal:
            before = self._budget.spent_usd
            self._settle(requests, _none(requests, refusal.error), reserved)
            # Where no answer came it may have been taken in all the same, and be billed.
            most = self._budget.spent_usd - before
            self.outcomes.append(msgspec.structs.replace(outcome, cost_usd=most, note=str(refusal)))
            return
        outcome = msgspec.structs.replace(outcome, state="waiting", id=sent.id)
        self._tell(outcome)
        limit_s = int(param_of(variant.levers, "batch", "wait_s", self._experiment.scenario) or 0)
        status, waited_s, note = await self._waited(sent, limit_s, outcome)
        if status is None:
            outcome = await self._given_up(outcome, requests, reserved, waited_s, note)
        else:
            outcome = await self._over(outcome, status, requests, reserved)
        self.outcomes.append(outcome)
        self._tell(outcome)

    async def _waited(
        self, sent: BatchStatus, limit_s: int, outcome: BatchOutcome
    ) -> tuple[BatchStatus | None, float, str]:
        """The batch once it has ended (None: not within the limit), wall seconds waited, and why no longer."""
        clock = self._backend.clock
        since, wait_s, status = clock.now(), FIRST_LOOK_S, sent
        while not status.ended:
            waited_s = clock.now() - since
            if waited_s >= limit_s:
                return None, waited_s, f"it had not ended after {limit_s:,} s (wait_s)"
            if not await self._pause(min(wait_s, limit_s - waited_s)):
                return None, clock.now() - since, "nobody wanted to wait any longer"
            wait_s = min(SLOWER * wait_s, RAREST_LOOK_S)
            try:
                status = await self._backend.batches.status(sent.id)
            except BatchRefused:
                continue  # one look that fails says nothing of the batch
            self._tell(msgspec.structs.replace(outcome, waited_s=(clock.now() - since) * self._speed))
        return status, clock.now() - since, ""

    async def _given_up(
        self, outcome: BatchOutcome, requests: list[Request], reserved: list[float], waited_s: float, note: str
    ) -> BatchOutcome:
        """Stop what has not begun. What it will be billed nobody knows yet: the most it can be counts as spent."""
        try:
            await self._backend.batches.cancel(outcome.id)
        except BatchRefused as refusal:
            note = f"{note}, and it could not be stopped: {refusal}"
        self._settle(requests, _none(requests, CallError("timeout", note)), reserved)
        return msgspec.structs.replace(
            outcome, state="given up", waited_s=waited_s * self._speed, cost_usd=fsum(reserved), note=note
        )

    async def _over(
        self, outcome: BatchOutcome, status: BatchStatus, requests: list[Request], reserved: list[float]
    ) -> BatchOutcome:
        note = ""
        try:
            records = await self._backend.batches.results(status.id, requests)
        except BatchRefused as refusal:
            note = f"its results could not be fetched: {refusal}"
            records = _none(requests, CallError("timeout", note))
        bills = self._settle(requests, records, reserved)
        return msgspec.structs.replace(
            outcome,
            state="ended",
            waited_s=status.waited_s or 0.0,
            succeeded=status.succeeded,
            errored=status.errored,
            canceled=status.canceled,
            expired=status.expired,
            usage=sum((record.usage for record in records), Usage()),
            cost_usd=fsum(reserved if note else bills),
            note=note or next((record.error.sentence for record in records if record.error), ""),
        )

    def _settle(
        self, requests: Sequence[Request], records: Sequence[CallRecord], reserved: Sequence[float]
    ) -> list[float]:
        """Put the bill of every request in the place of its reservation; the bills, in USD."""
        day = self._backend.clock.utc().date().isoformat()
        bills = []
        for request, record, kept in zip(requests, records, reserved, strict=True):
            model = record.model if self._pricer.knows(record.model) else request.model
            priced = msgspec.structs.replace(record, cost=self._pricer.cost(model, record.usage, day, record.terms))
            self._budget.settle(request, priced, kept, in_batch=True)
            bills.append(priced.cost.total_usd)
        return bills

    def _tell(self, outcome: BatchOutcome) -> None:
        self._emit(BatchSeen(self._run_id, outcome, self._budget.spent_usd))


def _none(requests: Sequence[Request], error: CallError) -> tuple[CallRecord, ...]:
    """A record without an answer for every request."""
    return tuple(
        CallRecord("", request.model, False, 0.0, 0.0, Provenance.SIMULATED, error=error) for request in requests
    )
