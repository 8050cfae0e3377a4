"""How a fault spoils a response that would have been right: parts cut, delayed, damaged; bytes that drip."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response
from starlette.types import Message, Send

from optlab.simulator import wire
from optlab.simulator.faults.kinds import ContentType, Cut, Drip, ErrorEvent, Fault, Malformed, Pause, Reset
from optlab.simulator.latency import Clock, Pace
from optlab.simulator.parts import DELTA, Ending, Part

_PAGE: Final = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"
_LAST: Final = b"event: message_delta"


def spoiled(fault: Fault, parts: Sequence[Part], *, stream: bool) -> list[Part]:
    """The parts of a response with a fault in them; faults that leave the parts alone change nothing."""
    if not stream:
        parts = [half for part in parts for half in _halves(part)]
    match fault:
        case ErrorEvent(after=after, type=kind, message=message):
            at = _index(parts, after)
            error = wire.event("error", {"error": {"type": kind, "message": message}})
            return [*parts[:at], (parts[at][0], error)]
        case Cut(after=after):
            at = _index(parts, after)
            end: bytes | Ending = b"" if stream else Ending.HANG_UP
            return [*_begun(parts[:at], parts[0][0]), (parts[at][0], end)]
        case Reset(after=after):
            at = _index(parts, after)
            begun = [] if after == "nothing" else _begun(parts[:at], parts[0][0])
            return [*begun, (parts[at][0], Ending.RESET)]
        case Pause(after=after, seconds=seconds):
            at = _index(parts, after)
            begun = [] if after == "nothing" else _begun(parts[:at], parts[0][0])
            pause = float("inf") if seconds == "forever" else seconds
            return [*begun, *((due_s + pause, data) for due_s, data in parts[at:])]
        case Malformed(variant=variant, after=after):
            return _malformed(list(parts), variant, _index(parts, after))
        case _:
            return list(parts)


def proxy_page(fault: ContentType, headers: Mapping[str, str]) -> Response:
    """The HTML page of a proxy that stands in for the answer."""
    return Response(_PAGE, fault.status, {**headers, "content-type": fault.type})


def dripping(fault: Drip, clock: Clock, speed: float, send: Send) -> Send:
    """A `send` that hands every body on in small pieces with pauses between them."""
    size = fault.bytes

    async def drip(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await send(message)
            return
        pace = Pace(clock, speed, clock.now())
        for number, at in enumerate(range(0, len(body), size)):
            await pace.until(number * fault.pause)
            await send({**message, "body": body[at : at + size], "more_body": True})
        if not message.get("more_body", False):
            await send({**message, "body": b""})

    return drip


def _index(parts: Sequence[Part], after: str | int) -> int:
    """Where the fault happens: the first part that does not go out as it is."""
    if not isinstance(after, int):
        return 0
    if not any(_starts(part, _LAST) for part in parts):  # a plain response in two halves
        return len(parts) // 2
    deltas = 0
    for at, part in enumerate(parts):
        if _starts(part, DELTA):
            if deltas == after:
                return at
            deltas += 1
        elif _starts(part, _LAST):
            return at
    raise AssertionError("a stream has a message_delta")


def _starts(part: Part, start: bytes) -> bool:
    return isinstance(part[1], bytes) and part[1].startswith(start)


def _begun(parts: Sequence[Part], due_s: float) -> list[Part]:
    """These parts, or where there are none the headers alone."""
    return list(parts) or [(due_s, b"")]


def _halves(part: Part) -> list[Part]:
    due_s, data = part
    if isinstance(data, Ending):
        return [part]
    middle = len(data) // 2
    return [(due_s, data[:middle]), (due_s, data[middle:])]


def _malformed(parts: list[Part], variant: str, at: int) -> list[Part]:
    due_s, event = parts[at]
    assert isinstance(event, bytes)
    match variant:
        case "bad_json":
            parts[at] = due_s, event[: -len(event) // 3] + b"\n\n"
        case "nameless":
            parts[at] = due_s, event.partition(b"\n")[2]
        case "unknown":
            parts.insert(at, (due_s, wire.event("vnd_surprise", {"index": 0})))
        case "truncated":
            return [*parts[:at], (due_s, event[: len(event) // 2])]
        case "crlf":
            return [(due, data.replace(b"\n", b"\r\n")) for due, data in parts if isinstance(data, bytes)]
        case _:
            return [(due, b": a comment\n" + data) for due, data in parts if isinstance(data, bytes)]
    return parts
