"""A backend without a network: exact times on a fake clock, for tests of the engine and of its decisions."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from optlab.backends.backend import BackendInfo, Watch
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


class ScriptedBackend:
    """Answers by a script, in fake time. Its figures are marked as simulated."""

    def __init__(self, script: Script, *, charges: bool = False) -> None:
        self.clock = FakeClock()
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

    async def close(self) -> None:
        """Nothing to let go of."""
