"""One request as the server saw it: who asked what and when, how it ended, and when each delta was due and sent.

The reception opens a visit, the handlers add what they learn, the ledger writes it down.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

import msgspec

from optlab.simulator.wire import new_id

_CALL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SCOPE_KEY: Final = "optlab.visit"


class Visit(msgspec.Struct, kw_only=True):
    """What is known of one request. Times are seconds of the simulator's clock."""

    request_id: str
    method: str
    path: str
    arrived_at: float
    credential: str
    call: str | None
    attempt: int
    fault_header: str | None
    model: str | None = None
    stream: bool | None = None
    started_at: float | None = None
    status: int | None = None
    client_gone: bool = False
    fault: str | None = None
    usage: Mapping[str, object] | None = None
    stop_reason: str | None = None
    times: list[tuple[int, int]] | None = None
    """(due, sent) of each content delta in microseconds after `started_at`; None unless the ledger wants them."""
    announcing: Callable[["Visit"], None] | None = None

    def announce(self) -> None:
        """Says, once, that the request is here and what it wants is known or never will be."""
        if self.announcing is not None:
            self.announcing(self)
            self.announcing = None

    @property
    def key(self) -> str | None:
        """A short hash that tells keys apart; never the key."""
        return hashlib.blake2b(self.credential.encode(), digest_size=6).hexdigest() if self.credential else None


def open_visit(scope: MutableMapping[str, Any], now: float, *, with_times: bool) -> Visit:
    """A visit for an ASGI request, kept in its scope."""
    headers = {k: v.decode("latin-1").strip() for k, v in reversed(scope["headers"])}  # the first of a name counts
    call, attempt = headers.get(b"optlab-call", ""), headers.get(b"x-stainless-retry-count", "")
    visit = Visit(
        request_id=new_id("req"),
        method=scope["method"],
        path=scope["path"][:200],
        arrived_at=now,
        credential=headers.get(b"x-api-key") or headers.get(b"authorization", "").partition(" ")[2].strip(),
        call=call if _CALL.fullmatch(call) else None,
        attempt=int(attempt) if re.fullmatch(r"[0-9]{1,6}", attempt) else 0,
        fault_header=headers.get(b"optlab-fault"),
        times=[] if with_times else None,
    )
    scope[_SCOPE_KEY] = visit
    return visit


def visit_of(scope: MutableMapping[str, Any]) -> Visit:
    """The visit of an ASGI request that has passed the reception."""
    visit = scope[_SCOPE_KEY]
    assert isinstance(visit, Visit)
    return visit
