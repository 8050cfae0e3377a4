"""Where every request enters and leaves: it gets its id here, its faults, and its two lines in the ledger."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from optlab.simulator.errors import ApiError
from optlab.simulator.faults.kinds import ContentType, Drip, Fault, Pause, Refusal, Reset
from optlab.simulator.faults.rules import Asked, Faults, PathName
from optlab.simulator.faults.spoiling import dripping, proxy_page
from optlab.simulator.http.connection import hang_up, reset
from optlab.simulator.http.ledger import Ledger
from optlab.simulator.http.pacing import departure
from optlab.simulator.http.visits import Visit, open_visit
from optlab.simulator.latency import Clock, Pace
from optlab.simulator.wire import common_headers

HUNG_UP = 499
"""The status of a response that nobody reads."""

Refuse = Callable[[Request, Exception], Response]


class Reception:
    """ASGI around the routes. Faults of POST /v1/messages are its handler's, which knows model and stream."""

    def __init__(
        self, app: ASGIApp, refuse: Refuse, faults: Faults, clock: Clock, speed: float, ledger: Ledger | None
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._faults = faults
        self._clock = clock
        self._speed = speed
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets one request through; says in the ledger how it ended, whatever ended it."""
        ledger = self._ledger
        visit = open_visit(scope, self._clock.now(), with_times=ledger is not None and ledger.with_times)
        if ledger is not None:
            visit.announcing = ledger.arrived
        outcome = "defect"
        try:
            await self._serve(visit, scope, receive, send)
            gone = visit.client_gone or visit.status in (None, HUNG_UP)
            outcome = f"fault:{visit.fault}" if visit.fault else "client_gone" if gone else "completed"
        except asyncio.CancelledError:
            # The server ends: a half answer is cut, for anything else said now would look like the API's own error.
            outcome = "shutdown"
            hang_up(scope)
            raise
        finally:
            if ledger is not None:
                visit.announce()
                ledger.ended(visit, outcome)

    async def _serve(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
            await send(message)

        path = _path_name(scope)
        if path == "messages":
            await self._app(scope, receive, noting)
            return
        asked = Asked(path=path, key=visit.credential, attempt=visit.attempt)
        try:
            fault = self._faults.choose(asked, visit.fault_header)
        except ApiError as error:
            await self._refuse(Request(scope), error)(scope, receive, noting)
            return
        if fault is not None:
            visit.fault = fault.kind
        await self._serve_with(fault, visit, scope, receive, noting)

    async def _serve_with(self, fault: Fault | None, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        match fault:
            case Refusal():
                await self._refuse(Request(scope), fault.error())(scope, receive, send)
            case Reset():
                reset(scope)
                await departure(receive)
            case ContentType():
                page = proxy_page(fault, common_headers(visit.request_id, self._speed))
                await page(scope, receive, send)
            case Pause(seconds="forever"):
                await departure(receive)
            case Pause(seconds=float(seconds)):
                await Pace(self._clock, self._speed, self._clock.now()).until(seconds)
                await self._app(scope, receive, send)
            case Drip():
                await self._app(scope, receive, dripping(fault, self._clock, self._speed, send))
            case _:
                await self._app(scope, receive, send)


def _path_name(scope: Scope) -> PathName | None:
    path = scope["path"]
    if path == "/v1/messages" and scope["method"] == "POST":
        return "messages"
    match path.split("/")[1:4]:
        case ["v1", "messages", "count_tokens"]:
            return "count_tokens"
        case ["v1", "messages", "batches"]:
            return "batches"
        case ["v1", "models", *_]:
            return "models"
    return None
