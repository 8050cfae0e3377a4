"""Responses that take their time: parts go out at absolute moments, and a client that hangs up ends them quietly."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from optlab.simulator.http.connection import hang_up, reset
from optlab.simulator.http.visits import Visit
from optlab.simulator.latency import Pace
from optlab.simulator.parts import DELTA, Ending, Part


class PacedResponse(Response):
    """Sends its parts on the schedule of a pace; headers leave with the first part.

    `begin` is the moment at which the model starts to answer, and what happens then: cache entries become readable,
    also where the client gets everything at the end. What becomes of the response is noted in `visit`.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        pace: Pace,
        headers: Mapping[str, str],
        begin: tuple[float, Callable[[], None]],
        visit: Visit,
    ) -> None:
        super().__init__(status_code=200)
        self.raw_headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
        self._parts = parts
        self._pace = pace
        self._begin = begin
        self._visit = visit
        self.through: Callable[[Send], Send] = lambda send: send
        """What the bytes pass through on their way out."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Races the sending against the client's departure."""
        sending = asyncio.ensure_future(self._send(scope, receive, self.through(send)))
        gone = asyncio.ensure_future(departure(receive))
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            else:
                self._visit.client_gone = True
        finally:
            for task in (sending, gone):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        begins_s, begun = self._begin
        await self._pace.until(begins_s)
        begun()
        started = False
        for offset_s, data, deltas in gathered(self._parts):
            await self._pace.until(offset_s)
            if isinstance(data, Ending):
                (reset if data is Ending.RESET else hang_up)(scope)
                await departure(receive)
                return
            if not started:
                started = True
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": data, "more_body": True})
            if self._visit.times is not None:
                stamp = (self._pace.due_us(offset_s), self._pace.elapsed_us())
                self._visit.times.extend([stamp] * (deltas if self._visit.stream else 1))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def gathered(parts: Iterable[Part]) -> Iterator[tuple[float, bytes | Ending, int]]:
    """Parts that are due at the same time joined into one, with the number of content deltas they hold."""
    due_s, waiting, deltas = 0.0, b"", -1
    for offset_s, data in parts:
        if deltas >= 0 and (offset_s != due_s or isinstance(data, Ending)):
            yield due_s, waiting, deltas
            waiting, deltas = b"", -1
        if isinstance(data, Ending):
            yield offset_s, data, 0
            continue
        due_s = offset_s
        waiting += data
        deltas = max(deltas, 0) + data.startswith(DELTA)
    if deltas >= 0:
        yield due_s, waiting, deltas


async def departure(receive: Receive) -> None:
    """Returns when the client has gone, or the response is complete."""
    while (await receive())["type"] != "http.disconnect":
        pass
