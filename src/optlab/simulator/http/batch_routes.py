"""The six calls of message batches. Bodies up to 256 MB are read once and parsed in a thread."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from optlab.simulator import wire
from optlab.simulator.batches.request import read_entries
from optlab.simulator.batches.running import BatchRunner
from optlab.simulator.batches.store import Batch, BatchStore
from optlab.simulator.http import paging
from optlab.simulator.http.arriving import MAX_BATCH_BYTES, identify, read_body
from optlab.simulator.http.visits import visit_of
from optlab.simulator.ratelimit import Cost
from optlab.simulator.simulation import Simulator

Handler = Callable[[Request], Awaitable[Response]]

_CHUNK_BYTES: Final = 64 * 1024
_PATH: Final = "/v1/messages/batches"


def routes(simulator: Simulator) -> list[Route]:
    """The routes of the batches of one simulator."""
    desk = _BatchDesk(simulator)
    one = f"{_PATH}/{{batch_id}}"
    return [
        _route(_PATH, POST=desk.create, GET=desk.page),
        _route(one, GET=desk.retrieve, DELETE=desk.delete),
        _route(f"{one}/results", GET=desk.results),
        _route(f"{one}/cancel", POST=desk.cancel),
    ]


def _route(path: str, **handlers: Handler) -> Route:
    """One route for all methods of a path, so that a 405 can name them all."""

    async def handle(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, handle, methods=list(handlers))


class _BatchDesk:
    """The handlers, around one store."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._store = BatchStore(simulator.service)
        self._runner = BatchRunner(simulator, self._store)

    async def create(self, request: Request) -> Response:
        """POST /v1/messages/batches."""
        data = await read_body(request, MAX_BATCH_BYTES)
        key, version = identify(request)
        now = self._simulator.service.now()
        batch = await asyncio.to_thread(lambda: Batch(key, version, read_entries(data), now))
        self._simulator.limits.admit(key, "batches", Cost())
        self._store.add(batch)
        self._runner.start(batch)
        return self._show(request, batch)

    async def page(self, request: Request) -> Response:
        """GET /v1/messages/batches."""
        key, _ = identify(request)
        batches = self._store.newest_first(key)
        chosen, more = paging.cut([b.id for b in batches], request.query_params)
        shown = [b.describe(self._simulator.service, str(request.base_url)) for b in batches[chosen]]
        return self._json(request, paging.envelope(shown, more))

    async def retrieve(self, request: Request) -> Response:
        """GET /v1/messages/batches/{id}."""
        return self._show(request, self._named(request))

    async def results(self, request: Request) -> Response:
        """GET /v1/messages/batches/{id}/results."""
        lines = self._named(request).lines()
        return StreamingResponse(_chunks(lines), 200, self._headers(request), "application/x-jsonl")

    async def cancel(self, request: Request) -> Response:
        """POST /v1/messages/batches/{id}/cancel."""
        await read_body(request)
        key, _ = identify(request)
        return self._show(request, self._store.cancel(key, request.path_params["batch_id"]))

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/messages/batches/{id}."""
        key, _ = identify(request)
        batch_id = request.path_params["batch_id"]
        self._store.delete(key, batch_id)
        return self._json(request, {"id": batch_id, "type": "message_batch_deleted"})

    def _named(self, request: Request) -> Batch:
        key, _ = identify(request)
        return self._store.get(key, request.path_params["batch_id"])

    def _show(self, request: Request, batch: Batch) -> Response:
        return self._json(request, batch.describe(self._simulator.service, str(request.base_url)))

    def _json(self, request: Request, body: wire.Json) -> Response:
        return Response(wire.encode(body), 200, self._headers(request), "application/json")

    def _headers(self, request: Request) -> dict[str, str]:
        return wire.common_headers(visit_of(request.scope).request_id, self._simulator.settings.speed)


async def _chunks(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The lines in chunks, so that a large file neither is copied whole nor holds up others."""
    waiting, size = [], 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            yield b"".join(waiting)
            await asyncio.sleep(0)
            waiting, size = [], 0
    yield b"".join(waiting)
