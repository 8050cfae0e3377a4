"""One HTTP connection: uvicorn's httptools protocol with limits on what a client may keep waiting, and JSON refusals.

Bad input closes its own connection and no other. A request has to arrive whole within a time limit, a header block has a
size limit, and only so many pipelined requests wait in line.
"""

import asyncio
import socket
import struct
from collections.abc import MutableMapping
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from optlab.simulator import wire
from optlab.simulator.errors import ApiError

MOST_HEADER_BYTES: Final = 256 * 1024
MOST_WAITING_REQUESTS: Final = 64
_TRANSPORT: Final = "optlab.transport"
_LINGER_NEVER: Final = struct.pack("ii", 1, 0)


class _RefusedError(Exception):
    """Raised inside the parser's callbacks to stop it."""


class Connection(HttpToolsProtocol):
    """The protocol of one connection; subclasses set the limits (see `limited`)."""

    arrival_limit_s = 60.0
    speed = 1.0

    _refusal: ApiError | None = None
    _arriving: asyncio.TimerHandle | None = None
    _in_message = False
    _in_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection that says nothing is closed like an idle one."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing waits for a client that has gone."""
        self._disarm()
        self.pipeline.clear()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser and watches over size and time of what is still incomplete."""
        self._arm()
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEADER_BYTES:
                self._refuse(_too_long())

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_message = self._in_head = True
        self._head_bytes = 0
        self._arm()
        super().on_message_begin()
        self.scope[_TRANSPORT] = self.transport  # type: ignore[typeddict-unknown-key]

    def on_header(self, name: bytes, value: bytes) -> None:
        """Raises where the header block is too long."""
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MOST_HEADER_BYTES:
            self._refusal = _too_long()
            raise _RefusedError

    def on_headers_complete(self) -> None:
        """Raises where too many requests wait in line."""
        self._in_head = False
        super().on_headers_complete()
        if len(self.pipeline) > MOST_WAITING_REQUESTS:
            raise _RefusedError
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The request is here."""
        self._in_message = False
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Reads on only when nobody waits in line: each reading could bring thousands more."""
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read, or a callback refused."""
        self._refuse(self._refusal or ApiError(400, "malformed HTTP request"))

    def _refuse(self, error: ApiError) -> None:
        """Answers and closes; a response that is under way is not written into."""
        if not self._answering():
            request_id = wire.new_id("req")
            body = wire.error_body(error, request_id)
            headers = wire.common_headers(request_id, self.speed) | {
                "content-type": "application/json",
                "content-length": str(len(body)),
                "connection": "close",
            }
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[error.status], lines.encode("latin-1"), body))
        self.transport.close()

    def _answering(self) -> bool:
        """Whether bytes on the wire would land in the response to an earlier or the same request."""
        return (
            self.cycle is not None
            and not self.cycle.response_complete
            and (self.cycle.response_started or not self._in_message or bool(self.pipeline))
        )

    def _arm(self) -> None:
        if self._arriving is None:
            self._arriving = self.loop.call_later(self.arrival_limit_s, self._late)

    def _disarm(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _late(self) -> None:
        self._arriving = None
        busy = self.cycle is not None and not self.cycle.response_complete
        if self._in_message or not busy:
            self._refuse(ApiError(408, f"the request did not arrive within {self.arrival_limit_s:g} s"))


def limited(arrival_limit_s: float, speed: float) -> type[Connection]:
    """The protocol class with its limits, as uvicorn wants it: a class that it instantiates for each connection."""
    return type("Connection", (Connection,), {"arrival_limit_s": arrival_limit_s, "speed": speed})


def reset(scope: MutableMapping[str, Any]) -> None:
    """Resets the connection of an ASGI request: the client sees TCP RST."""
    transport: asyncio.Transport = scope[_TRANSPORT]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NEVER)
    transport.abort()


def hang_up(scope: MutableMapping[str, Any]) -> None:
    """Closes the connection of an ASGI request after what has been written."""
    transport: asyncio.Transport = scope[_TRANSPORT]
    transport.close()


def _too_long() -> ApiError:
    return ApiError(431, f"request headers exceed {MOST_HEADER_BYTES} bytes")
