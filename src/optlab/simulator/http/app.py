"""The routes. Each handler reads, checks, asks the simulator and answers; refusals are raised as `ApiError`."""

import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from optlab.simulator import wire
from optlab.simulator.errors import ApiError
from optlab.simulator.faults.kinds import ContentType, Drip, Fault, Miss, Refusal
from optlab.simulator.faults.rules import Asked, Faults
from optlab.simulator.faults.spoiling import dripping, proxy_page, spoiled
from optlab.simulator.http import batch_routes, models_list
from optlab.simulator.http.arriving import identify, read_body
from optlab.simulator.http.ledger import Ledger
from optlab.simulator.http.pacing import PacedResponse
from optlab.simulator.http.reception import HUNG_UP, Reception
from optlab.simulator.http.visits import Visit, visit_of
from optlab.simulator.http.workbench import Workbench
from optlab.simulator.parts import Part
from optlab.simulator.ratelimit import Cost
from optlab.simulator.request import validation
from optlab.simulator.simulation import Call, Prepared, Simulator


def build(simulator: Simulator, faults: Faults | None = None, ledger: Ledger | None = None) -> ASGIApp:
    """The ASGI application of one simulator."""
    faults = faults or Faults()
    desk = _Desk(simulator, faults)
    app = Starlette(
        routes=[
            Route("/v1/messages", desk.messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", desk.count_tokens, methods=["POST"]),
            *batch_routes.routes(simulator),
            Route("/v1/models", desk.models, methods=["GET"]),
            Route("/v1/models/{name:path}", desk.model, methods=["GET"]),
        ],
        exception_handlers={
            ApiError: desk.refuse,
            HTTPException: desk.refuse_route,
            ClientDisconnect: desk.gone,
            Exception: desk.broken,
        },
    )
    app.router.redirect_slashes = False
    return Reception(app, desk.refuse, faults, simulator.clock, simulator.settings.speed, ledger)


class _Desk:
    """The handlers, around one simulator."""

    def __init__(self, simulator: Simulator, faults: Faults) -> None:
        self._simulator = simulator
        self._faults = faults
        self._bench = Workbench()

    async def messages(self, request: Request) -> Response:
        """POST /v1/messages, plain or as server-sent events."""
        data = await read_body(request)
        key, version = identify(request)

        started_at = self._simulator.clock.now()

        def prepare() -> Prepared:
            body = validation.parse_json(data)
            checked = validation.check_message(body, version, self._simulator.catalogue)
            return self._simulator.prepare(checked, key)

        prepared = await self._bench.run(prepare, len(data))
        visit = visit_of(request.scope)
        visit.started_at = started_at
        fault = self._choose(prepared, visit)
        if isinstance(fault, ContentType) and fault.body == "html":
            return proxy_page(fault, wire.common_headers(visit.request_id, self._simulator.settings.speed))
        receipt = self._simulator.admit(prepared, key, miss=isinstance(fault, Miss))
        begun = self._simulator.begin(prepared, started_at, miss=isinstance(fault, Miss))
        call = await self._bench.run(lambda: self._simulator.finish(begun), len(data))
        self._simulator.settle(receipt, call)
        return self._answer(call, visit, fault, receipt.headers)

    async def count_tokens(self, request: Request) -> Response:
        """POST /v1/messages/count_tokens."""
        data = await read_body(request)
        key, version = identify(request)

        def count() -> int:
            body = validation.parse_json(data)
            return self._simulator.count(validation.check_count(body, version, self._simulator.catalogue))

        counted = await self._bench.run(count, len(data))
        self._simulator.limits.admit(key, "count_tokens", Cost())
        return self._json(request, 200, wire.encode({"input_tokens": counted}))

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        identify(request)
        listed = models_list.page(self._simulator.catalogue, request.query_params.multi_items())
        return self._json(request, 200, wire.encode(listed))

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{id or alias}."""
        identify(request)
        found = models_list.one(self._simulator.catalogue, request.path_params["name"])
        return self._json(request, 200, wire.encode(found))

    def refuse(self, request: Request, error: Exception) -> Response:
        """An error body for a refusal."""
        assert isinstance(error, ApiError)
        body = wire.error_body(error, visit_of(request.scope).request_id)
        return self._json(request, error.status, body, error.headers)

    def refuse_route(self, request: Request, error: Exception) -> Response:
        """404 for unknown paths, 405 for known paths with another method."""
        assert isinstance(error, HTTPException)
        path = request.url.path[:200]
        text = {404: f"Not found: {path}", 405: f"Method Not Allowed: {request.method} {path}"}
        message = text.get(error.status_code, error.detail)
        return self.refuse(request, ApiError(error.status_code, message, error.headers))

    def gone(self, request: Request, error: Exception) -> Response:
        """The client hung up while it was sending: nobody reads this."""
        return Response(status_code=HUNG_UP)

    def broken(self, request: Request, error: Exception) -> Response:
        """A defect of the simulator: said on stderr in full, to the client in one sentence."""
        traceback.print_exception(error, file=sys.stderr)
        return self.refuse(request, ApiError(500, "Internal server error"))

    def _choose(self, prepared: Prepared, visit: Visit) -> Fault | None:
        """Notes what is asked, and the fault it meets. Raises that fault where it is a refusal."""
        request = prepared.request
        visit.model, visit.stream = request.model.id, request.body.get("stream") is True
        visit.announce()
        asked = Asked(
            path="messages",
            models=(request.model.id, str(request.body["model"])),
            stream=visit.stream,
            key=visit.credential,
            attempt=visit.attempt,
            digest=prepared.digest,
        )
        fault = self._faults.choose(asked, visit.fault_header)
        if fault is not None:
            visit.fault = fault.kind
        if isinstance(fault, Refusal):
            raise fault.error()
        return fault

    def _answer(self, call: Call, visit: Visit, fault: Fault | None, limits: Mapping[str, str]) -> Response:
        message_id, reply, model_id = wire.new_id("msg"), call.reply, call.request.model.id
        found = self._simulator.diagnose(call, message_id)
        used = wire.usage(call.claim, call.frame_tokens, reply, geo=call.geo, speed=call.speed)
        visit.usage, visit.stop_reason = used, reply.stop_reason
        settings = self._simulator.settings
        headers = {**wire.common_headers(visit.request_id, settings.speed), **limits}
        parts: Iterable[Part]
        if visit.stream:
            headers |= {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
            parts = ((call.timing.at(n), data) for n, data in wire.events(message_id, model_id, reply, used, found))
        else:
            body = wire.encode(wire.message(message_id, model_id, reply, used, found))
            headers |= {"content-type": "application/json", "content-length": str(len(body))}
            parts = [(call.timing.at(reply.output_tokens), body)]
        if fault is not None:
            parts = spoiled(fault, list(parts), stream=bool(visit.stream))
        if isinstance(fault, ContentType):
            headers["content-type"] = fault.type
        begin = call.timing.at(1), self._begin(call)
        response = PacedResponse(parts, self._simulator.pace(call), headers, begin, visit)
        if isinstance(fault, Drip):
            response.through = partial(dripping, fault, self._simulator.clock, settings.speed)
        return response

    def _begin(self, call: Call) -> Callable[[], None]:
        claim = call.claim
        return lambda: self._simulator.cache.store(claim)

    def _json(self, request: Request, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        common = wire.common_headers(visit_of(request.scope).request_id, self._simulator.settings.speed)
        return Response(body, status, common | dict(headers or {}), media_type="application/json")
