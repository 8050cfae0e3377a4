"""The bytes on the socket: events exactly as documented, headers, errors, and input that is not HTTP."""

import json
import re
import socket
from typing import Any

import pytest

HEAD = {"x-api-key": "k", "anthropic-version": "2026-10-21", "content-type": "application/json"}
ASK: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 60,
    "messages": [{"role": "user", "content": "Explain how tea is made."}],
}


def exchange(port: int, data: bytes) -> bytes:
    """Everything the server sends back on one connection until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(data)
        parts = []
        while part := s.recv(65536):
            parts.append(part)
    return b"".join(parts)


def http(method: str, path: str, body: bytes = b"", **headers: str | None) -> bytes:
    sent = {**HEAD, **{k.replace("_", "-"): v for k, v in headers.items()}}
    sent |= {"host": "127.0.0.1", "content-length": str(len(body)), "connection": "close"}
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items() if v is not None)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ask(
    running: Any, method: str, path: str, body: Any = None, **headers: str | None
) -> tuple[int, dict[str, str], Any]:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    head, _, rest = exchange(running.port, http(method, path, data, **headers)).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    found = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
    if "chunked" in found.get("transfer-encoding", ""):
        rest = unchunk(rest)
    return int(status.split()[1]), found, json.loads(rest) if found["content-type"] == "application/json" else rest


def unchunk(data: bytes) -> bytes:
    out = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        out += data[: int(size, 16)]
        data = data[int(size, 16) + 2 :]
    return out


def events(stream: bytes) -> list[tuple[str, Any]]:
    found = re.findall(rb"event: ([a-z_]+)\ndata: ([^\n]*)\n\n", stream)
    assert b"".join(b"event: %b\ndata: %b\n\n" % pair for pair in found) == stream
    return [(name.decode(), json.loads(data)) for name, data in found]


def test_stream_is_exact(running: Any) -> None:
    status, headers, stream = ask(running, "POST", "/v1/messages?beta=true", {**ASK, "stream": True})
    assert status == 200
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache"
    assert b"\r" not in stream
    found = events(stream)
    names = [name for name, _ in found]
    deltas = names.count("content_block_delta")
    assert names == [
        "message_start",
        "content_block_start",
        "ping",
        *["content_block_delta"] * deltas,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert b'event: ping\ndata: {"type": "ping"}\n\n' in stream
    assert b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' in stream
    assert stream.endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')
    start = found[0][1]["message"]
    assert re.fullmatch(rb'event: message_start\ndata: \{"type":"message_start","message":\{"id":"msg_.*', stream[:90])
    assert list(start) == [
        "id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "usage",
    ]  # fmt: skip
    assert (start["content"], start["usage"]["output_tokens"]) == ([], 1)
    assert found[-2][1]["delta"] == {"stop_reason": "max_tokens", "stop_sequence": None, "stop_details": None}
    assert found[-2][1]["usage"]["output_tokens"] == 60


def test_thinking_and_tool_blocks_in_a_stream(running: Any) -> None:
    tool = {
        "name": "look",
        "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    }
    body = {**ASK, "model": "claude-sonnet-5", "max_tokens": 900, "stream": True, "tools": [tool]}
    body |= {"tool_choice": {"type": "any"}, "thinking": {"type": "adaptive", "display": "summarized"}}
    found = events(ask(running, "POST", "/v1/messages", body)[2])
    starts = [e["content_block"] for name, e in found if name == "content_block_start"]
    assert [s["type"] for s in starts] == ["thinking", "tool_use"]
    assert starts[1]["input"] == {}
    kinds = [e["delta"]["type"] for name, e in found if name == "content_block_delta" and e["index"] == 0]
    assert set(kinds[:-1]) == {"thinking_delta"}
    assert kinds[-1] == "signature_delta"
    parts = [e["delta"]["partial_json"] for name, e in found if name == "content_block_delta" and e["index"] == 1]
    assert parts[0] == ""
    assert isinstance(json.loads("".join(parts))["n"], int)
    assert found[-2][1]["delta"]["stop_reason"] == "tool_use"


def test_plain_response_and_its_headers(running: Any) -> None:
    status, headers, message = ask(running, "POST", "/v1/messages", ASK)
    assert status == 200
    assert re.fullmatch(r"req_\w{24}", headers["request-id"])
    assert headers["optlab-simulated"] == "100"
    assert headers["anthropic-organization-id"]
    for name in ("requests", "tokens", "input-tokens", "output-tokens"):
        assert int(headers[f"anthropic-ratelimit-{name}-limit"]) > int(headers[f"anthropic-ratelimit-{name}-remaining"])
        assert headers[f"anthropic-ratelimit-{name}-reset"].endswith("Z")
    assert message["content"][0]["citations"] is None
    assert message["model"] == "claude-haiku-4-5-20251001"
    usage = message["usage"]
    counted = ask(running, "POST", "/v1/messages/count_tokens", {k: ASK[k] for k in ("model", "messages")})[2]
    assert counted == {"input_tokens": usage["input_tokens"]}
    assert usage["output_tokens"] == 60
    assert usage["server_tool_use"] == {"web_search_requests": 0, "web_fetch_requests": 0}


ERRORS: list[tuple[str, str, Any, dict[str, str | None], int, str, str]] = [
    ("GET", "/v1/messages", None, {}, 405, "invalid_request_error", "GET"),
    ("GET", "/v1/nothing", None, {}, 404, "not_found_error", "/v1/nothing"),
    ("POST", "/v1/messages/batches", {}, {}, 400, "invalid_request_error", "requests: Field required"),
    ("POST", "/v1/messages", ASK, {"x_api_key": None}, 401, "authentication_error", "x-api-key"),
    (
        "POST",
        "/v1/messages",
        ASK,
        {"x_api_key": None, "authorization": "Basic abc"},
        401,
        "authentication_error",
        "Bearer",
    ),
    ("POST", "/v1/messages", b"{", {"x_api_key": None}, 401, "authentication_error", "key"),
    ("POST", "/v1/messages", b"{", {"anthropic_version": None}, 400, "invalid_request_error", "header is required"),
    ("POST", "/v1/messages", ASK, {"anthropic_version": "2020-01-01"}, 400, "invalid_request_error", "2020-01-01"),
    ("POST", "/v1/messages", ASK, {"anthropic_beta": "magic"}, 400, "invalid_request_error", "anthropic-beta"),
    ("POST", "/v1/messages", b"{", {}, 400, "invalid_request_error", "JSON"),
    ("POST", "/v1/messages", b'{"a":"\xff"}', {}, 400, "invalid_request_error", "UTF-8"),
    ("POST", "/v1/messages", b'{"a":' * 9_000, {}, 400, "invalid_request_error", "deep"),
    ("POST", "/v1/messages", {**ASK, "model": "x"}, {}, 404, "not_found_error", "model: x"),
    ("POST", "/v1/messages/count_tokens", ASK, {}, 400, "invalid_request_error", "max_tokens"),
    ("GET", "/v1/models?limit=0", None, {}, 400, "invalid_request_error", "limit"),
    ("GET", "/v1/models/x", None, {}, 404, "not_found_error", "model: x"),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "kind", "part"), ERRORS)
def test_errors(
    running: Any, method: str, path: str, body: Any, headers: Any, status: int, kind: str, part: str
) -> None:
    got, sent, error = ask(running, method, path, body, **headers)
    assert (got, error["type"], error["error"]["type"]) == (status, "error", kind)
    assert part in error["error"]["message"]
    assert error["request_id"] == sent["request-id"]
    assert sent["optlab-simulated"] == "100"


def test_both_credentials_and_dated_betas(running: Any) -> None:
    headers = {"x_api_key": None, "authorization": "Bearer k", "anthropic_beta": "a-2026-02-01,b-20250219"}
    assert ask(running, "POST", "/v1/messages", ASK, **headers)[0] == 200
    assert ask(running, "POST", "/v1/messages", ASK, anthropic_version="2023-06-01")[0] == 200


def test_chunked_bodies_and_pipelining(running: Any) -> None:
    data = json.dumps({**ASK, "max_tokens": 5}).encode()
    head = "".join(f"{k}: {v}\r\n" for k, v in HEAD.items())
    chunked = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\n{head}transfer-encoding: chunked\r\n\r\n".encode()
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)
    answer = exchange(running.port, chunked + http("GET", "/v1/models/claude-haiku-4-5"))
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_too_large_is_a_413(running: Any) -> None:
    status, _, error = ask(running, "POST", "/v1/messages", b"x" * (32 * 1024 * 1024 + 1), x_api_key=None)
    assert (status, error["error"]["type"]) == (413, "request_too_large")


@pytest.mark.parametrize(
    "data",
    [b"\x00\xff\xfe\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nbig: " + b"x" * 400_000 + b"\r\n\r\n"],
)
def test_garbage_closes_its_own_connection_only(running: Any, data: bytes) -> None:
    try:
        answer = exchange(running.port, data)
    except ConnectionError:
        answer = b""
    assert b" 200 " not in answer[:20]
    assert ask(running, "POST", "/v1/messages", {**ASK, "max_tokens": 3})[0] == 200


def test_models_in_pages(running: Any) -> None:
    everything = ask(running, "GET", "/v1/models?limit=1000")[2]
    assert everything["has_more"] is False
    ids = [m["id"] for m in everything["data"]]
    first = ask(running, "GET", "/v1/models?limit=3")[2]
    assert (first["has_more"], first["last_id"]) == (True, ids[2])
    second = ask(running, "GET", f"/v1/models?limit=3&after_id={ids[2]}")[2]
    assert [m["id"] for m in second["data"]] == ids[3:6]
    back = ask(running, "GET", f"/v1/models?limit=2&before_id={ids[3]}")[2]
    assert [m["id"] for m in back["data"]] == ids[1:3]
    deprecated = ask(running, "GET", "/v1/models?lifecycle[]=deprecated")[2]["data"]
    assert [m["id"] for m in deprecated] == ["claude-sonnet-4-5-20250929"]
    assert ask(running, "GET", "/v1/models?lifecycle[]=retired")[2]["data"] == []
