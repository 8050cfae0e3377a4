"""The whole application without a socket: one request in, status, headers and body out, on a clock that tests move."""

import asyncio
import json
import re
from typing import Any

from optlab.simulator.http.app import build
from optlab.simulator.simulation import Simulator

HEAD = {"x-api-key": "k", "anthropic-version": "2026-10-21", "content-type": "application/json"}


class StillClock:
    """Time that nobody waits for."""

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        pass


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.status = status
        self.headers = headers
        self.data = data

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def events(self) -> list[tuple[str, Any]]:
        """The server-sent events; every byte of the stream must belong to one."""
        found = re.findall(rb"event: ([a-z_]+)\ndata: ([^\n]*)\n\n", self.data)
        assert b"".join(b"event: %b\ndata: %b\n\n" % pair for pair in found) == self.data
        return [(name.decode(), json.loads(data)) for name, data in found]


class Client:
    """Asks one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._app = build(simulator)

    def post(self, body: Any, path: str = "/v1/messages", **headers: str | None) -> Answer:
        """One POST, from a test that runs no event loop; a header given as None is left out."""
        return asyncio.run(self.ask(body, path, **headers))

    async def ask(self, body: Any, path: str = "/v1/messages", **headers: str | None) -> Answer:
        """One POST."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**HEAD, **{k.replace("_", "-"): v for k, v in headers.items()}}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "headers": [(k.encode(), v.encode()) for k, v in sent.items() if v is not None],
        }
        waiting = [{"type": "http.request", "body": data, "more_body": False}]
        replies: list[Any] = []

        async def receive() -> Any:
            if waiting:
                return waiting.pop()
            await asyncio.Event().wait()

        async def send(message: Any) -> None:
            replies.append(message)

        await self._app(scope, receive, send)
        head = {k.decode(): v.decode() for k, v in replies[0]["headers"]}
        return Answer(replies[0]["status"], head, b"".join(m.get("body", b"") for m in replies[1:]))
