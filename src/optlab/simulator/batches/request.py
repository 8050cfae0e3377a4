"""What POST /v1/messages/batches and the requests inside it must keep.

The envelope is checked at once and refused whole; `params` stay bytes until they run, and a bad one spoils only its own
result. Sources: Anthropic's batch-processing page and the types of the Python package `anthropic` 2.12.0.
"""

import codecs
from typing import Final, TypeVar

import msgspec

from optlab.catalogue import Catalogue
from optlab.simulator.errors import MAX_BODY_BYTES, ApiError, invalid
from optlab.simulator.request import validation
from optlab.simulator.request.schema import anything, record, string, under, wrong

MAX_REQUESTS: Final = 100_000
_SLICE_BYTES: Final = 1 << 20


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One request of a batch as it arrived: its name and the JSON of its parameters."""

    custom_id: str
    params: bytes


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    requests: list[msgspec.Raw]


_ITEM: Final = record({"custom_id": anything, "params": anything})
_CUSTOM_ID: Final = string(pattern=r"[a-zA-Z0-9_-]{1,64}")
T = TypeVar("T")


def read_entries(data: bytes) -> list[Entry]:
    """The requests of a batch. Raises a 400 for the whole batch; what `params` hold is not looked at."""
    _check_utf8(data)
    items = _items(data)
    if not items:
        raise invalid("requests: List should have at least 1 item")
    if len(items) > MAX_REQUESTS:
        raise invalid(f"requests: List should have at most {MAX_REQUESTS} items, not {len(items)}")
    entries: list[Entry] = []
    seen: set[str] = set()
    for i, raw in enumerate(items):
        entry = _entry(raw, f"requests.{i}")
        if entry.custom_id in seen:
            raise invalid(f"requests.{i}.custom_id: custom_id must be unique within a batch: '{entry.custom_id}'")
        seen.add(entry.custom_id)
        entries.append(entry)
    return entries


def check_params(params: bytes, version: str, catalogue: Catalogue) -> validation.Request:
    """Everything that is checked when a request of a batch runs. Raises what becomes its `errored` result."""
    if len(params) > MAX_BODY_BYTES:
        raise ApiError(413, f"params: Request exceeds the maximum size of {MAX_BODY_BYTES} bytes")
    body = validation.parse_json(params)
    if body.get("stream") is True:
        raise invalid("stream: streaming is not supported in a batch")
    if body.get("speed") is not None:
        raise invalid("speed: not supported in a batch")
    if body.get("max_tokens") == 0:
        raise invalid("max_tokens: 0, which only warms the cache, is not supported in a batch")
    request = validation.check_message(body, version, catalogue)
    if not request.model.capabilities.batch:
        raise invalid(f"model: {request.model.id} does not support message batches")
    return request


def _items(data: bytes) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(data, type=_Envelope).requests
    except msgspec.ValidationError:
        pass  # said below in the API's words
    except RecursionError:
        raise invalid("The request body is not valid JSON: it is nested too deep") from None
    except msgspec.MsgspecError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from None
    body = _decode(data, dict[str, msgspec.Raw], "The request body must be a JSON object")
    record({"requests": anything})(body, "")
    return _decode(body["requests"], list[msgspec.Raw], "requests: Input should be a valid list")


def _entry(raw: msgspec.Raw, path: str) -> Entry:
    item = _decode(raw, dict[str, msgspec.Raw], f"{path}: Input should be a valid dictionary")
    _ITEM(item, path)
    params = bytes(item["params"])
    if not params.startswith(b"{"):
        raise wrong(under(path, "params"), "Input should be a valid dictionary")
    named = under(path, "custom_id")
    custom_id = _decode(item["custom_id"], str, f"{named}: Input should be a valid string")
    _CUSTOM_ID(custom_id, named)
    return Entry(custom_id, params)


def _decode(data: bytes | msgspec.Raw, kind: type[T], otherwise: str) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        raise invalid(otherwise) from None
    except msgspec.MsgspecError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from None


def _check_utf8(data: bytes) -> None:
    """In slices, so that no second copy of a large body is made."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(view), _SLICE_BYTES):
            decoder.decode(view[start : start + _SLICE_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise invalid("The request body is not valid JSON: it is not UTF-8") from None
