"""Calls of a judge: within the budget, made again where that may help, priced apart from every variant."""

from collections.abc import Awaitable, Callable
from itertools import count

import msgspec

from optlab.backends.backend import Backend, BackendInfo
from optlab.core.errors import OptlabError, RefusedError
from optlab.core.record import CallError, CallRecord
from optlab.core.request import Request
from optlab.core.scenario import Plan
from optlab.engine.attempts import MAY_PASS, pause_s
from optlab.engine.budget import Budget
from optlab.engine.measure import Pause
from optlab.engine.pricing import Pricer
from optlab.engine.provenance import require_one_source

QUOTA_TRIES = 3
"""A quota that refuses a judge spoils no measurement: its call is simply made again later, whatever the plan says."""


class JudgeCalls:
    """Makes calls through the experiment's own backend, clock and budget.

    `pause` waits wall seconds; `going_on` tells, once whoever listens is done, whether nobody has cancelled.
    """

    def __init__(
        self,
        backend: Backend,
        info: BackendInfo,
        pricer: Pricer,
        budget: Budget,
        plan: Plan,
        *,
        pause: Pause,
        going_on: Callable[[], Awaitable[bool]],
    ) -> None:
        self._backend = backend
        self._info = info
        self._pricer = pricer
        self._budget = budget
        self._plan = plan
        self._pause = pause
        self._going_on = going_on

    @property
    def spent_usd(self) -> float:
        """The experiment's bill so far."""
        return self._budget.spent_usd

    async def ask(self, request: Request, judgement: str, made: list[CallRecord]) -> CallRecord | None:
        """The reply to one request, tried as often as the plan says; None where there is none.

        Every call goes into `made`. BudgetStop comes through, before the call it forbids. Raises RefusedError where the
        credential is refused, UnreachableError where another kind of server answers, UsageError where a call has no
        price any more.
        """
        clock = self._backend.clock
        error: CallError | None = None
        for attempt in count(1):
            if error is not None:
                await self._pause(pause_s(error, attempt - 1, self._info.speed))
            if not await self._going_on():
                return None
            reserved = self._budget.admit(request)
            day = clock.utc().date().isoformat()
            sent = await self._backend.send(
                request,
                call_id=f"{judgement}.{len(made)}",
                zero_s=clock.now(),
                time_limit_s=self._plan.time_limit_s,
            )
            try:
                require_one_source(sent, self._info)
                record = self._priced(request, sent, day, attempt)
            except OptlabError:
                self._budget.forfeit(reserved)
                raise
            self._budget.settle(request, record, reserved)
            made.append(record)
            error = record.error
            if error is None:
                return record
            if error.kind in ("auth", "billing"):
                words = f"{self._info.server} refused the judge {request.model!r}: {error.sentence}"
                raise RefusedError(f"{words}; check the credential and its balance")
            tries = QUOTA_TRIES if error.kind == "rate_limit" else self._plan.attempts if error.kind in MAY_PASS else 1
            if attempt >= tries:
                break
        return None

    def _priced(self, request: Request, record: CallRecord, day: str, attempt: int) -> CallRecord:
        model = record.model if self._pricer.knows(record.model) else request.model
        cost = self._pricer.cost(model, record.usage, day, record.terms)
        usd = cost.total_usd
        changed = {"purpose": "judge", "attempt": attempt, "cost": cost, "warm_usd": usd, "cold_usd": usd}
        return msgspec.structs.replace(record, **changed)
