"""The routes. Each handler reads, checks, asks the simulator and answers; refusals are raised as `ApiError`."""

import asyncio
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from optlab.simulator import batch_routes, models_list, validation, wire
from optlab.simulator.arriving import identify, read_body
from optlab.simulator.errors import ApiError
from optlab.simulator.pacing import PacedResponse, Part
from optlab.simulator.ratelimit import Cost
from optlab.simulator.simulation import Call, Prepared, Simulator

_BIG_BODY_BYTES = 256 * 1024
"""Bodies above this are checked and counted in a thread, so that other streams keep their times."""

T = TypeVar("T")


def build(simulator: Simulator) -> Starlette:
    """The ASGI application of one simulator."""
    desk = _Desk(simulator)
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
    return app


class _Desk:
    """The handlers, around one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def messages(self, request: Request) -> Response:
        """POST /v1/messages, plain or as server-sent events."""
        data = await read_body(request)
        key, version = identify(request)

        started_at = self._simulator.clock.now()

        def prepare() -> Prepared:
            body = validation.parse_json(data)
            checked = validation.check_message(body, version, self._simulator.catalogue)
            return self._simulator.prepare(checked, key)

        prepared = await _run(prepare, data)
        receipt = self._simulator.admit(prepared, key)
        begun = self._simulator.begin(prepared, started_at)
        call = await _run(lambda: self._simulator.finish(begun), data)
        self._simulator.settle(receipt, call)
        return self._answer(call, receipt.headers)

    async def count_tokens(self, request: Request) -> Response:
        """POST /v1/messages/count_tokens."""
        data = await read_body(request)
        key, version = identify(request)

        def count() -> int:
            body = validation.parse_json(data)
            return self._simulator.count(validation.check_count(body, version, self._simulator.catalogue))

        counted = await _run(count, data)
        self._simulator.limits.admit(key, "count_tokens", Cost())
        return self._json(200, wire.encode({"input_tokens": counted}))

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        identify(request)
        listed = models_list.page(self._simulator.catalogue, request.query_params.multi_items())
        return self._json(200, wire.encode(listed))

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{id or alias}."""
        identify(request)
        return self._json(200, wire.encode(models_list.one(self._simulator.catalogue, request.path_params["name"])))

    def refuse(self, request: Request, error: Exception) -> Response:
        """An error body for a refusal."""
        assert isinstance(error, ApiError)
        request_id = wire.new_id("req")
        return self._json(error.status, wire.error_body(error, request_id), request_id, error.headers)

    def refuse_route(self, request: Request, error: Exception) -> Response:
        """404 for unknown paths, 405 for known paths with another method."""
        assert isinstance(error, HTTPException)
        path = request.url.path[:200]
        text = {404: f"Not found: {path}", 405: f"Method Not Allowed: {request.method} {path}"}
        message = text.get(error.status_code, error.detail)
        return self.refuse(request, ApiError(error.status_code, message, error.headers))

    def gone(self, request: Request, error: Exception) -> Response:
        """The client hung up while it was sending: nobody reads this."""
        return Response(status_code=499)

    def broken(self, request: Request, error: Exception) -> Response:
        """A defect of the simulator: said on stderr in full, to the client in one sentence."""
        traceback.print_exception(error, file=sys.stderr)
        return self.refuse(request, ApiError(500, "Internal server error"))

    def _answer(self, call: Call, limits: dict[str, str]) -> Response:
        request_id, message_id = wire.new_id("req"), wire.new_id("msg")
        reply, model_id = call.reply, call.request.model.id
        found = self._simulator.diagnose(call, message_id)
        used = wire.usage(call.claim, call.frame_tokens, reply, geo=call.geo, speed=call.speed)
        headers = wire.common_headers(request_id, self._simulator.settings.speed) | limits
        parts: Iterator[Part]
        if call.request.body.get("stream") is True:
            headers |= {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
            parts = ((call.timing.at(n), data) for n, data in wire.events(message_id, model_id, reply, used, found))
        else:
            body = wire.encode(wire.message(message_id, model_id, reply, used, found))
            headers |= {"content-type": "application/json", "content-length": str(len(body))}
            parts = iter([(call.timing.at(reply.output_tokens), body)])
        begins_s = call.timing.at(1)
        return PacedResponse(parts, self._simulator.pace(call), headers, (begins_s, self._begin(call)))

    def _begin(self, call: Call) -> Callable[[], None]:
        return lambda: self._simulator.cache.store(call.claim)

    def _json(
        self, status: int, body: bytes, request_id: str | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        common = wire.common_headers(request_id or wire.new_id("req"), self._simulator.settings.speed)
        return Response(body, status, common | (headers or {}), media_type="application/json")


async def _run(work: Callable[[], T], data: bytes) -> T:
    return await asyncio.to_thread(work) if len(data) > _BIG_BODY_BYTES else work()
