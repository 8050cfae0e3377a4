"""Message Batches through the real client, which is handed in. Nothing here is timed but by the server itself."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from optlab.backends.assemble import Assembly
from optlab.backends.batches import BatchStatus
from optlab.backends.sse import WireMessage
from optlab.core.record import CallError, CallRecord, Provenance
from optlab.core.request import Request

T = TypeVar("T")
CALL_LIMIT_S = 60.0


class Guard(Protocol):
    """Waits for a call of the client and raises BatchRefused in the place of whatever the client raises."""

    def __call__(self, call: Awaitable[T]) -> Awaitable[T]: ...


class AnthropicBatches:
    """The batches of one open client (its `messages.batches`)."""

    def __init__(self, resource: Any, guard: Guard, source: Callable[[], tuple[Provenance, float]]) -> None:
        self._resource = resource
        self._guard = guard
        self._source = source

    async def submit(self, requests: Sequence[Request]) -> BatchStatus:
        """See Batches.submit."""
        entries = [{"custom_id": _name(number), "params": r.body()} for number, r in enumerate(requests)]
        return _status(await self._guard(self._resource.create(requests=entries, timeout=CALL_LIMIT_S)))

    async def status(self, batch_id: str) -> BatchStatus:
        """See Batches.status."""
        return _status(await self._guard(self._resource.retrieve(batch_id, timeout=CALL_LIMIT_S)))

    async def results(self, batch_id: str, requests: Sequence[Request]) -> tuple[CallRecord, ...]:
        """See Batches.results."""
        found = await self._guard(self._fetched(batch_id))
        records = []
        for number, request in enumerate(requests):
            record = CallRecord(f"{batch_id}.{number}", request.model, False, 0.0, 0.0, *self._source())
            records.append(_filled(record, found.get(_name(number))))
        return tuple(records)

    async def cancel(self, batch_id: str) -> None:
        """See Batches.cancel."""
        await self._guard(self._resource.cancel(batch_id, timeout=CALL_LIMIT_S))

    async def _fetched(self, batch_id: str) -> dict[str, Any]:
        lines = await self._resource.results(batch_id, timeout=CALL_LIMIT_S)
        return {line.custom_id: line.result async for line in lines}


def _name(number: int) -> str:
    return f"request-{number}"


def _status(batch: Any) -> BatchStatus:
    if batch.processing_status != "ended" or batch.ended_at is None:
        return BatchStatus(batch.id)
    counts = batch.request_counts
    return BatchStatus(
        batch.id,
        max(0.0, (batch.ended_at - batch.created_at).total_seconds()),
        counts.succeeded,
        counts.errored,
        counts.canceled,
        counts.expired,
    )


def _filled(record: CallRecord, result: Any) -> CallRecord:
    """The record with what the server told of this request. What did not succeed costs nothing."""
    if result is None:
        return msgspec.structs.replace(record, error=CallError("server", "the batch has no result for this request"))
    if result.type != "succeeded":
        error = getattr(result, "error", None)
        words = f" ({error.error.type}: {error.error.message})" if error is not None else ""
        return msgspec.structs.replace(record, error=CallError("server", f"the request {result.type}{words}"))
    assembly = Assembly()
    assembly.message(msgspec.convert(result.message.model_dump(mode="json"), WireMessage), 0.0)
    return msgspec.structs.replace(
        record,
        model=assembly.model or record.model,
        text=assembly.text,
        usage=assembly.usage,
        terms=msgspec.structs.replace(assembly.terms, batch=True),
        stop_reason=assembly.stop_reason,
    )
