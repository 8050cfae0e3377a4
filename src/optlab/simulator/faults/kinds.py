"""Faults on demand: what can go wrong with a response, and how a request or a rule asks for it.

A request asks with the header `optlab-fault: KIND; key=value; …`, a rule of the control file with `kind` and the same
keys (see `rules`). Without either there is no fault. Pauses are seconds of the simulated model, divided by the
time scale like every other duration; `retry-after` goes out as given, since clients wait on their own clock.

`after` says how far the response gets first: `nothing` (before its headers), `headers` (before the first event) or a
number of content deltas; a reply with fewer of them goes wrong before its `message_delta`. A plain response has no
deltas: a number means half of its body.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from optlab.simulator.errors import TYPES, ApiError, invalid

HEADER: Final = "optlab-fault"

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Deltas = Annotated[int, Meta(ge=0, le=1_000_000)]
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+\Z")]
WhenToRetry = Annotated[str, Meta(pattern=r"^(?:none|[0-9]{1,9}(?:\.[0-9]+)?|[A-Z][a-z]{2}, [\x20-\x7e]{20,30})\Z")]
"""Seconds as a client may write them, an HTTP date, or `none`."""
ErrorType = Annotated[str, Meta(pattern=r"^[a-z_]{1,60}\Z")]


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all faults have: the name by which the ledger and the user call them."""

    kind: str


class Refusal(Fault, frozen=True, kw_only=True):
    """An error status of the API's table, with its error body.

    A 429 that says nothing else carries `retry-after: 1` and `retry-after-ms: 1000`; `none` leaves a header out.
    """

    message: Text | None = None
    error_code: ErrorType | None = None
    retry_after: Seconds | WhenToRetry | None = None
    retry_after_ms: Annotated[float, Meta(ge=0, le=1e9)] | Literal["none"] | None = None
    should_retry: bool | None = None

    def error(self) -> ApiError:
        """The refusal to raise."""
        status = int(self.kind)
        said: dict[str, float | str | None] = {"retry-after": self.retry_after, "retry-after-ms": self.retry_after_ms}
        if status == 429 and self.retry_after is None and self.retry_after_ms is None:
            said = {"retry-after": 1, "retry-after-ms": 1000}
        headers = {k: v if isinstance(v, str) else f"{v:g}" for k, v in said.items() if v not in (None, "none")}
        if self.should_retry is not None:
            headers["x-should-retry"] = str(self.should_retry).lower()
        details = {"error_code": self.error_code} if self.error_code else None
        return ApiError(status, self.message or _WORDING.get(status, TYPES[status]), headers, details)


class ErrorEvent(Fault, frozen=True, kw_only=True):
    """An `error` event in the stream, which then ends."""

    after: Literal["headers"] | Deltas = 3
    type: ErrorType = "overloaded_error"
    message: Text = "Overloaded"


class Cut(Fault, frozen=True, kw_only=True):
    """A stream that ends properly as HTTP goes, but without `message_stop`; a plain response whose body stays half."""

    after: Literal["headers"] | Deltas = 3


class Reset(Fault, frozen=True, kw_only=True):
    """The connection is reset (TCP RST)."""

    after: Literal["nothing", "headers"] | Deltas = 3


class Pause(Fault, frozen=True, kw_only=True):
    """`stall`: nothing comes for so many seconds, or ever again; a plain response takes as much longer."""

    after: Literal["nothing", "headers"] | Deltas = "nothing"
    seconds: Literal["forever"] | Seconds = 2.0


class Drip(Fault, frozen=True, kw_only=True):
    """The body in pieces of so many bytes, `pause` seconds apart: events and characters arrive in parts."""

    bytes: Annotated[int, Meta(ge=1, le=65_536)] = 7
    pause: Seconds = 0.002


class Malformed(Fault, frozen=True, kw_only=True):
    """Server-sent events that are not as they should be: one after `after` deltas, or all (crlf, comment)."""

    variant: Literal["bad_json", "nameless", "unknown", "truncated", "crlf", "comment"] = "bad_json"
    after: Deltas = 3


class ContentType(Fault, frozen=True, kw_only=True):
    """What a proxy in between would say: an HTML page, or (`body=message`) the answer, as a 200,
    under the wrong content type."""

    status: Literal[200, 502, 503] = 502
    type: Text = "text/html; charset=utf-8"
    body: Literal["html", "message"] = "html"


class Miss(Fault, frozen=True, kw_only=True):
    """The prompt cache finds nothing for this request; what it writes is kept."""


KINDS: Final[Mapping[str, type[Fault]]] = {
    **{str(status): Refusal for status in TYPES},
    "error_event": ErrorEvent,
    "cut": Cut,
    "reset": Reset,
    "stall": Pause,
    "drip": Drip,
    "malformed": Malformed,
    "content_type": ContentType,
    "miss": Miss,
}

_WORDING: Final[Mapping[int, str]] = {
    402: "There is an issue with your billing or payment information",
    403: "Your API key does not have permission to use the specified resource",
    409: "The request conflicts with the current state of the resource",
    429: "This request would exceed your organization's rate limit",
    500: "Internal server error",
    504: "The request timed out",
    529: "Overloaded",
}


def fault(kind: str, keys: Mapping[str, object]) -> Fault:
    """One fault. Raises ValueError with a sentence that names the kind or the key."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind[:40]!r}; known are {', '.join(KINDS)}")
    if "kind" in keys:
        raise ValueError("`kind` is given twice")
    try:
        return msgspec.convert({**keys, "kind": kind}, KINDS[kind], strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{kind}: {str(error).replace('$.', '').replace('Object', 'it')}") from None


def from_header(value: str) -> Fault:
    """The fault that a request asks for. Raises a 400 that names the header."""
    kind, *pairs = (part.strip() for part in value.split(";"))
    keys: dict[str, object] = {}
    try:
        for pair in filter(None, pairs):
            name, equals, text = pair.partition("=")
            name = name.strip().replace("-", "_")
            if not equals or name in keys:
                raise ValueError(f"{pair[:60]!r} is not a key=value of its own")
            keys[name] = text.strip()
        return fault(kind, keys)
    except ValueError as error:
        raise invalid(f"{HEADER}: {error}") from None


def fits(found: Fault, *, message: bool, stream: bool) -> bool:
    """Whether a fault can happen to a request: some need POST /v1/messages, some a stream."""
    match found:
        case ErrorEvent() | Malformed():
            return message and stream
        case Refusal() | Drip():
            return True
        case Reset(after=after) | Pause(after=after):
            return message or after == "nothing"
        case ContentType(body=body):
            return message or body == "html"
        case _:
            return message
