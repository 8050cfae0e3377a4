"""A backend without a network: exact times on a fake clock, for tests of the engine and of its decisions."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from optlab.backends.backend import BackendInfo, Watch
from optlab.backends.batches import BatchStatus
from optlab.core.record import CallError, CallRecord, Delta, Provenance
from optlab.core.request import Request
from optlab.core.usage import Terms, Usage

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """Time that only moves when it is told to."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def now(self) -> float:
        """Seconds since this clock was made."""
        return self.time_s

    def utc(self) -> datetime:
        """The first of January 2026 plus the fake seconds."""
        return _EPOCH + timedelta(seconds=self.time_s)

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.time_s += seconds


class Reply(msgspec.Struct, frozen=True):
    """What the scripted server does with one request: pieces of text at seconds after the send, then the end."""

    pieces: Sequence[tuple[float, str]] = ((0.5, "ok"),)
    ends_after_s: float = 1.0
    usage: Usage = Usage(input_tokens=10, output_tokens=5)
    stop_reason: str = "end_turn"
    error: CallError | None = None
    terms: Terms = Terms()


Script = Callable[[Request, int], Reply]
"""The reply to a request; the number says the how-manieth call it is, from 0."""


class ScriptedBatches:
    """Batches that end after some fake seconds, each request answered by the script."""

    def __init__(self, backend: "ScriptedBackend", ends_after_s: float) -> None:
        self.submitted: list[tuple[Request, ...]] = []
        self.cancelled: list[str] = []
        self._backend = backend
        self._ends_after_s = ends_after_s
        self._since_s: list[float] = []

    async def submit(self, requests: Sequence[Request]) -> BatchStatus:
        """See Batches.submit."""
        self.submitted.append(tuple(requests))
        self._since_s.append(self._backend.clock.now())
        return BatchStatus(f"batch-{len(self.submitted) - 1}")

    async def status(self, batch_id: str) -> BatchStatus:
        """See Batches.status."""
        number = int(batch_id.partition("-")[2])
        if self._backend.clock.now() - self._since_s[number] < self._ends_after_s:
            return BatchStatus(batch_id)
        lost = sum(record.error is not None for record in self._answers(number))
        return BatchStatus(batch_id, self._ends_after_s, len(self.submitted[number]) - lost, lost)

    async def results(self, batch_id: str, requests: Sequence[Request]) -> tuple[CallRecord, ...]:
        """See Batches.results."""
        return self._answers(int(batch_id.partition("-")[2]))

    async def cancel(self, batch_id: str) -> None:
        """See Batches.cancel."""
        self.cancelled.append(batch_id)

    def _answers(self, number: int) -> tuple[CallRecord, ...]:
        return tuple(self._backend.in_batch(request, i) for i, request in enumerate(self.submitted[number]))


class ScriptedBackend:
    """Answers by a script, in fake time. Its figures are marked as simulated."""

    def __init__(self, script: Script, *, charges: bool = False, batch_s: float = 60.0) -> None:
        self.clock = FakeClock()
        self.batches = ScriptedBatches(self, batch_s)
        self.requests: list[Request] = []
        self._script = script
        self._charges = charges

    async def open(self) -> BackendInfo:
        """Always ready."""
        return BackendInfo(Provenance.SIMULATED, 1.0, "script", "a test", self._charges, fresh=True, floor_s=0.0)

    async def send(
        self, request: Request, *, call_id: str, zero_s: float, time_limit_s: float, watch: Watch | None = None
    ) -> CallRecord:
        """See Backend.send; moves the fake clock by as long as the reply takes."""
        reply = self._script(request, len(self.requests))
        self.requests.append(request)
        sent_at_s = self.clock.now() - zero_s
        ended_at_s = sent_at_s + reply.ends_after_s
        deltas = tuple(
            Delta(sent_at_s + after_s if request.stream else ended_at_s, text) for after_s, text in reply.pieces
        )
        for delta in deltas:
            if watch:
                watch(delta)
        self.clock.time_s += reply.ends_after_s
        return CallRecord(
            id=call_id,
            model=request.model,
            streamed=request.stream,
            sent_at_s=sent_at_s,
            ended_at_s=ended_at_s,
            provenance=Provenance.SIMULATED,
            first_event_at_s=deltas[0].at_s if deltas else None,
            deltas=deltas,
            text="".join(d.text for d in deltas),
            usage=reply.usage,
            terms=reply.terms,
            stop_reason=reply.stop_reason,
            error=reply.error,
        )

    def in_batch(self, request: Request, number: int) -> CallRecord:
        """What the script says to a request of a batch."""
        reply = self._script(request, number)
        return CallRecord(
            id=f"{number}",
            model=request.model,
            streamed=False,
            sent_at_s=0.0,
            ended_at_s=0.0,
            provenance=Provenance.SIMULATED,
            text="".join(text for _, text in reply.pieces),
            usage=Usage() if reply.error else reply.usage,
            terms=Terms(batch=True),
            stop_reason=reply.stop_reason,
            error=reply.error,
        )

    async def count(self, request: Request) -> int:
        """A token a word."""
        return sum(len(text.split()) for text in request.texts())

    async def close(self) -> None:
        """Nothing to let go of."""
