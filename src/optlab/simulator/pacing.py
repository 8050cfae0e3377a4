"""Responses that take their time: parts go out at absolute moments, and a client that hangs up ends them quietly."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from itertools import groupby

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from optlab.simulator.latency import Pace

Part = tuple[float, bytes]
"""Seconds of simulated time after the start of the request, and the bytes that go out then."""


class PacedResponse(Response):
    """Sends its parts on the schedule of a pace; headers leave with the first part.

    `begin` is the moment at which the model starts to answer, and what happens then: cache entries become readable,
    also where the client gets everything at the end.
    """

    def __init__(
        self, parts: Iterable[Part], pace: Pace, headers: Mapping[str, str], begin: tuple[float, Callable[[], None]]
    ) -> None:
        super().__init__(status_code=200)
        self.raw_headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
        self._parts = parts
        self._pace = pace
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Races the sending against the client's departure."""
        sending = asyncio.ensure_future(self._send(send))
        gone = asyncio.ensure_future(_departure(receive))
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, gone):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _send(self, send: Send) -> None:
        begins_s, begun = self._begin
        await self._pace.until(begins_s)
        begun()
        started = False
        for offset_s, parts in groupby(self._parts, key=lambda part: part[0]):
            await self._pace.until(offset_s)
            if not started:
                started = True
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b"".join(p for _, p in parts), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _departure(receive: Callable[[], Awaitable[object]]) -> None:
    while True:
        message = await receive()
        if isinstance(message, dict) and message["type"] == "http.disconnect":
            return
