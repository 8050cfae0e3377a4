"""What goes over the wire: bodies, server-sent events byte by byte, errors and headers.

Each event is exactly `event: NAME\\ndata: JSON\\n\\n`, compact JSON with `type` first; `ping` is the one with a space.
Source: Anthropic's streaming and errors pages, and the event types of the Python package `anthropic` 2.12.0.
"""

import secrets
import string
from collections.abc import Iterator

import msgspec

from optlab.simulator.caching.cache import Claim
from optlab.simulator.errors import ApiError
from optlab.simulator.reply.blocks import Block, Reply

Json = dict[str, object]
_ALPHABET = string.ascii_letters + string.digits
PING = b'event: ping\ndata: {"type": "ping"}\n\n'
ORGANIZATION = "5f1c0a52-7d0e-4c39-9f58-0b6c6e1d2a41"
"""Every response names an organization; the simulator has one."""


def new_id(prefix: str) -> str:
    """A fresh id such as `msg_01AbC...`."""
    return f"{prefix}_01{''.join(secrets.choice(_ALPHABET) for _ in range(22))}"


def encode(value: object) -> bytes:
    """Compact JSON, non-ASCII characters raw."""
    return msgspec.json.encode(value)


def error_body(error: ApiError, request_id: str) -> bytes:
    """The body of an error response."""
    said: Json = {"type": error.type, "message": error.message}
    if error.details:
        said["details"] = error.details
    return encode({"type": "error", "error": said, "request_id": request_id})


def common_headers(request_id: str, speed: float) -> dict[str, str]:
    """Headers of every response. `optlab-simulated` carries the time scale and tells clients where figures are from."""
    return {
        "request-id": request_id,
        "anthropic-organization-id": ORGANIZATION,
        "optlab-simulated": f"{speed:g}",
    }


def usage(claim: Claim, frame_tokens: int, reply: Reply, *, geo: str, speed: str) -> Json:
    """The `usage` of a message. The three prompt classes sum to count_tokens of the same request."""
    return {
        "input_tokens": claim.after_tokens + frame_tokens,
        "cache_creation_input_tokens": claim.write_5m_tokens + claim.write_1h_tokens,
        "cache_read_input_tokens": claim.read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": claim.write_5m_tokens,
            "ephemeral_1h_input_tokens": claim.write_1h_tokens,
        },
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"thinking_tokens": reply.thinking_tokens},
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
        "service_tier": "standard",
        "inference_geo": geo,
        "speed": speed,
    }


def message(message_id: str, model_id: str, reply: Reply, used: Json, diagnostics: Json | None = None) -> Json:
    """The body of a plain response."""
    return {
        **_head(message_id, model_id),
        "content": [block.content for block in reply.blocks],
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": None,
        "container": None,
        "diagnostics": diagnostics,
        "usage": used,
    }


def events(
    message_id: str, model_id: str, reply: Reply, used: Json, diagnostics: Json | None = None
) -> Iterator[tuple[int, bytes]]:
    """The stream of a response: each event with the number of output tokens that exist when it is sent.

    Cache diagnostics, if there are any, come with the message of `message_start`.
    """
    begun = {k: v for k, v in used.items() if k not in ("output_tokens_details", "server_tool_use")}
    head = {
        **_head(message_id, model_id),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        **({"diagnostics": diagnostics} if diagnostics else {}),
        "usage": {**begun, "output_tokens": min(1, reply.output_tokens)},
    }
    yield 0, event("message_start", {"message": head})
    at = 0
    for index, block in enumerate(reply.blocks):
        yield at, event("content_block_start", {"index": index, "content_block": block.start})
        if index == 0:
            yield at, PING
        for at, delta in _deltas(block):
            yield at, event("content_block_delta", {"index": index, "delta": delta})
        at = block.last_token
        yield at, event("content_block_stop", {"index": index})
    ending = {"stop_reason": reply.stop_reason, "stop_sequence": reply.stop_sequence, "stop_details": None}
    final = {"output_tokens": reply.output_tokens, "output_tokens_details": used["output_tokens_details"]}
    yield reply.output_tokens, event("message_delta", {"delta": ending, "usage": final})
    yield reply.output_tokens, event("message_stop", {})


def event(name: str, fields: Json) -> bytes:
    """The bytes of one event; its `type` is its name."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode({"type": name, **fields}))


def _head(message_id: str, model_id: str) -> Json:
    return {"id": message_id, "type": "message", "role": "assistant", "model": model_id}


def _deltas(block: Block) -> Iterator[tuple[int, Json]]:
    match block.kind:
        case "text":
            for delta in block.deltas:
                yield delta.at_token, {"type": "text_delta", "text": delta.text}
        case "thinking":
            for delta in block.deltas:
                yield delta.at_token, {"type": "thinking_delta", "thinking": delta.text}
            yield block.last_token, {"type": "signature_delta", "signature": block.content["signature"]}
        case "tool_use":
            yield block.first_token, {"type": "input_json_delta", "partial_json": ""}
            for delta in block.deltas:
                yield delta.at_token, {"type": "input_json_delta", "partial_json": delta.text}
