"""What every request must bring, in the API's order: a body within the limit, a credential, a version, known betas."""

import io
import re

from starlette.requests import Request

from optlab.simulator.errors import MAX_BODY_BYTES, ApiError, invalid
from optlab.simulator.request.shape import NEW_VERSION, OLD_VERSION

MAX_BATCH_BYTES = 256 * 1024 * 1024
_DISCARDED_BYTES = 256 * 1024 * 1024
"""How much beyond the limit is read before the connection is given up."""

_DATED = re.compile(r".+-(?:\d{4}-\d{2}-\d{2}|\d{8})")


async def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The whole body, held once. Raises a 413 above `limit` bytes, after the rest was read and dropped: a client that
    is still sending would otherwise see a reset connection instead of the answer."""
    body = io.BytesIO()
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            body.write(part)
        elif body.tell():
            body = io.BytesIO()
        if size > limit + _DISCARDED_BYTES:
            break
    if size > limit:
        raise ApiError(413, f"Request exceeds the maximum size of {limit} bytes", {"connection": "close"})
    return body.getvalue()


def identify(request: Request) -> tuple[str, str]:
    """The key (it is the workspace) and the API version of a request. Raises a 401 or a 400."""
    key = _credential(request)
    version = request.headers.get("anthropic-version", "").strip()
    if not version:
        raise invalid("anthropic-version: header is required")
    if version not in (NEW_VERSION, OLD_VERSION):
        raise invalid(f"anthropic-version: {version[:80]!r} is not a valid version; use {NEW_VERSION} or {OLD_VERSION}")
    for header in request.headers.getlist("anthropic-beta"):
        for name in filter(None, (part.strip() for part in header.split(","))):
            if not _DATED.fullmatch(name):
                raise invalid(f"Unexpected value(s) `{name[:80]}` for the `anthropic-beta` header")
    return key, version


def _credential(request: Request) -> str:
    key = request.headers.get("x-api-key", "").strip()
    if key:
        return key
    sent = request.headers.get("authorization", "").strip()
    scheme, _, token = sent.partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if sent:
        raise ApiError(401, "authorization: expected `Bearer` and a key")
    raise ApiError(401, "x-api-key header is required (or Authorization: Bearer)")
