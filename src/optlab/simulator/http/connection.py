"""One HTTP connection: uvicorn's h11 protocol with a time limit for what arrives, and refusals in JSON.

Bad input closes its own connection and no other. h11 refuses a header block that is still incomplete after 64 KB and
reads a pipelined request only when the one before has been answered.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from optlab.simulator import wire
from optlab.simulator.errors import ApiError

_TRANSPORT: Final = "optlab.transport"
_LINGER_NEVER: Final = struct.pack("ii", 1, 0)
_REASONS: Final = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}


class Connection(H11Protocol):
    """The protocol of one connection; `limited` makes the class for one server."""

    arrival_limit_s = 60.0
    speed = 1.0
    _arriving: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection that says nothing is closed like an idle one."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing waits for a client that has gone."""
        self._watch(incomplete=False)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """What has arrived; the time of a request that is incomplete runs from its first byte."""
        super().handle_events()
        if self.scope is not None:
            self.scope[_TRANSPORT] = self.transport  # type: ignore[typeddict-unknown-key]
        state = self.conn.their_state
        self._watch(incomplete=state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0])))

    def send_400_response(self, msg: str) -> None:
        """Answers what h11 could not read; called while its error is being handled."""
        too_long = getattr(sys.exception(), "error_status_hint", 400) == 431
        self._refuse(ApiError(431, "request headers are too long") if too_long else ApiError(400, "malformed HTTP"))

    def _refuse(self, error: ApiError) -> None:
        """Answers and closes; a response that is under way is not written into."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            request_id = wire.new_id("req")
            body = wire.error_body(error, request_id)
            headers = wire.common_headers(request_id, self.speed) | {
                "content-type": "application/json",
                "content-length": str(len(body)),
                "connection": "close",
            }
            head = [f"HTTP/1.1 {error.status} {_REASONS[error.status]}", *(f"{k}: {v}" for k, v in headers.items())]
            self.transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        self.transport.close()

    def _watch(self, *, incomplete: bool) -> None:
        if incomplete and self._arriving is None and not self.transport.is_closing():
            self._arriving = self.loop.call_later(self.arrival_limit_s, self._late)
        elif not incomplete and self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _late(self) -> None:
        self._arriving = None
        if self.flow.read_paused:  # it is we who keep it waiting
            self._watch(incomplete=True)
            return
        self._refuse(ApiError(408, f"the request did not arrive within {self.arrival_limit_s:g} s"))


def limited(arrival_limit_s: float, speed: float) -> type[Connection]:
    """The protocol class of one server, as uvicorn wants it: a class that it instantiates for each connection."""
    return type("LimitedConnection", (Connection,), {"arrival_limit_s": arrival_limit_s, "speed": speed})


def reset(scope: MutableMapping[str, Any]) -> None:
    """Resets the connection of an ASGI request: the client sees TCP RST."""
    transport: asyncio.Transport = scope[_TRANSPORT]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NEVER)
    transport.abort()


def hang_up(scope: MutableMapping[str, Any]) -> None:
    """Closes the connection of an ASGI request after what has been written."""
    transport: asyncio.Transport = scope[_TRANSPORT]
    transport.close()
