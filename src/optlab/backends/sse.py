"""Server-sent events of the Messages API: bytes in, stamped events out. Tolerant of what it does not know."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec


class WireError(msgspec.Struct, frozen=True):
    """The `error` object of an error body or event."""

    type: str = "api_error"
    message: str = ""


class _CacheCreation(msgspec.Struct, frozen=True):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    thinking_tokens: int | None = None


class WireUsage(msgspec.Struct, frozen=True):
    """`usage` as it is sent; a field that is absent keeps the value it had."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: _CacheCreation | None = None
    output_tokens_details: _OutputDetails | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    speed: str | None = None


class WireBlock(msgspec.Struct, frozen=True):
    """One content block; only what the stopwatch needs."""

    type: str
    text: str | None = None
    thinking: str | None = None
    name: str | None = None
    input: Any = None


class WireMessage(msgspec.Struct, frozen=True):
    """A whole message: the body of a plain answer, or the start of a stream."""

    type: Literal["message"]
    model: str = ""
    content: tuple[WireBlock, ...] = ()
    stop_reason: str | None = None
    usage: WireUsage = WireUsage()


class _WireDelta(msgspec.Struct, frozen=True):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class WireEvent(msgspec.Struct, frozen=True):
    """One event of the stream, all kinds in one shape."""

    type: str
    message: WireMessage | None = None
    content_block: WireBlock | None = None
    delta: _WireDelta | None = None
    usage: WireUsage | None = None
    error: WireError | None = None


class _ErrorBody(msgspec.Struct, frozen=True):
    error: WireError


OutputKind = Literal["text", "thinking", "tool"]

_events = msgspec.json.Decoder(WireEvent)
_messages = msgspec.json.Decoder(WireMessage)
_errors = msgspec.json.Decoder(_ErrorBody)


class Scanner:
    """Cuts a byte stream into events. Feed it chunks as they arrive; events end at a blank line."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[WireEvent]:
        """The events that this chunk completes. Raises msgspec.DecodeError on an event whose data is not JSON."""
        self._rest += chunk
        if b"\r" in self._rest:
            self._rest = self._rest.replace(b"\r\n", b"\n")  # one that is cut in two waits for its other half
        while (end := self._rest.find(b"\n\n")) >= 0:
            frame, self._rest = self._rest[:end], self._rest[end + 2 :]
            data = b"\n".join(line[5:].lstrip() for line in frame.split(b"\n") if line.startswith(b"data:"))
            if data:
                yield _events.decode(data)


def message(body: bytes) -> WireMessage:
    """The message of a plain answer. Raises msgspec.DecodeError on anything else."""
    return _messages.decode(body)


def error(body: bytes) -> WireError | None:
    """The error of an error body, None where it is something else."""
    try:
        return _errors.decode(body).error
    except msgspec.DecodeError:
        return None
