"""Every route with every method, pages, sizes and headers that all responses share."""

import http.client
import json
from typing import Any

import anthropic
import pytest
from anthropic.types import ModelInfo
from pydantic import BaseModel
from starlette.requests import Request

from optlab.catalogue import load
from optlab.simulator.errors import ApiError
from optlab.simulator.http import arriving, models_list

HEAD = {"x-api-key": "endpoints", "anthropic-version": "2026-10-21"}
ASK = {"model": "claude-haiku-4-5", "max_tokens": 3, "messages": [{"role": "user", "content": "Hi"}]}
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")
ROUTES = {
    "/v1/messages": {"POST"},
    "/v1/messages/count_tokens": {"POST"},
    "/v1/models": {"GET", "HEAD"},
    "/v1/models/claude-haiku-4-5": {"GET", "HEAD"},
    "/v1/messages/batches": {"GET", "HEAD", "POST"},
    "/v1/messages/batches/msgbatch_x": {"GET", "HEAD", "DELETE"},
    "/v1/messages/batches/msgbatch_x/results": {"GET", "HEAD"},
    "/v1/messages/batches/msgbatch_x/cancel": {"POST"},
}


def send(
    running: Any, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    try:
        connection.request(method, path, body, {**HEAD, **headers})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", METHODS)
def test_other_methods_on_known_paths_are_a_405_in_json(running: Any, path: str, method: str) -> None:
    status, headers, body = send(running, method, path)
    assert (status == 405) == (method not in ROUTES[path])
    assert headers["content-type"] == "application/json"
    if status != 405:
        return
    assert set(headers["allow"].split(", ")) == ROUTES[path]
    if method != "HEAD":
        error = json.loads(body)
        assert error["error"]["type"] == "invalid_request_error"
        assert method in error["error"]["message"]
        assert error["request_id"] == headers["request-id"]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/complete", "/v1/messages/", "/v1/messages/batches/", "/v1/messages/batches/a/b", "//v1"]
)
def test_unknown_paths_are_a_404_in_json(running: Any, path: str, method: str) -> None:
    status, headers, body = send(running, method, path)
    error = json.loads(body)
    assert (status, error["error"]["type"]) == (404, "not_found_error")
    assert error["request_id"] == headers["request-id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/messages/batches"),
        ("GET", "/v1/messages/batches/msgbatch_x"),
        ("GET", "/v1/messages/batches/msgbatch_x/results"),
        ("POST", "/v1/messages/batches/msgbatch_x/cancel"),
        ("DELETE", "/v1/messages/batches/msgbatch_x"),
        ("POST", "/v1/messages/batches"),
        ("GET", "/v1/models"),
    ],
)
def test_credential_and_version_come_first(running: Any, method: str, path: str) -> None:
    status, _, body = send(running, method, path, **{"x-api-key": " "})
    assert (status, json.loads(body)["error"]["type"]) == (401, "authentication_error")
    status, _, body = send(running, method, path, **{"anthropic-version": "1999-01-01"})
    assert (status, "anthropic-version" in json.loads(body)["error"]["message"]) == (400, True)


@pytest.mark.parametrize("version", ["2026-10-21", "2023-06-01"])
def test_batches_follow_the_version_of_their_creation(running: Any, version: str) -> None:
    body = json.dumps({"requests": [{"custom_id": "a", "params": {**ASK, "temperature": 1}}]}).encode()
    key = {"x-api-key": version, "anthropic-version": version}
    made = json.loads(send(running, "POST", "/v1/messages/batches?beta=true", body, **key)[2])
    path = f"/v1/messages/batches/{made['id']}"
    while json.loads(send(running, "GET", path, **key)[2])["processing_status"] != "ended":
        pass
    status, headers, lines = send(running, "GET", f"{path}/results", **key)
    assert (status, headers["content-type"]) == (200, "application/x-jsonl")
    assert lines.endswith(b"}\n")
    assert json.loads(lines)["result"]["type"] == ("errored" if version == "2026-10-21" else "succeeded")


def test_every_response_has_an_id_of_its_own_and_the_organization(running: Any) -> None:
    asked = [
        ("POST", "/v1/messages", json.dumps(ASK).encode()),
        ("POST", "/v1/messages", json.dumps({**ASK, "stream": True}).encode()),
        ("POST", "/v1/messages", b"{"),
        ("POST", "/v1/messages/batches", json.dumps({"requests": [{"custom_id": "a", "params": ASK}]}).encode()),
        *((method, path, None) for path in ROUTES for method in METHODS),
    ]
    sent = [send(running, *call)[1] for call in asked]
    ids = [headers["request-id"] for headers in sent]
    assert len(set(ids)) == len(asked)
    assert all(i.startswith("req_") for i in ids)
    assert len({headers["anthropic-organization-id"] for headers in sent}) == 1
    assert {headers["optlab-simulated"] for headers in sent} == {"100"}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "after_id=msgbatch_no", "before_id="])
@pytest.mark.parametrize("path", ["/v1/messages/batches", "/v1/models"])
def test_bad_pages_are_a_400_that_names_the_field(running: Any, path: str, query: str) -> None:
    status, _, body = send(running, "GET", f"{path}?{query}")
    assert status == 400
    assert json.loads(body)["error"]["message"].startswith(query.partition("=")[0])


def test_both_cursors_at_once_are_refused(running: Any) -> None:
    assert send(running, "GET", "/v1/models?after_id=claude-opus-5&before_id=claude-opus-5")[0] == 400


def test_models_page_by_themselves_and_by_lifecycle(running: Any) -> None:
    client = running.client()
    everything = [m.id for m in client.models.list(limit=1000)]
    assert [m.id for m in client.models.list(limit=4)] == everything
    last = client.models.list(limit=4, before_id=everything[-1])
    assert [m.id for m in last.data] == everything[-5:-1]
    staged = {
        stage: [m.id for m in client.models.list(extra_query={"lifecycle[]": stage})]
        for stage in ("active", "deprecated", "retired")
    }
    assert sorted(staged["active"] + staged["deprecated"]) == sorted(everything)
    assert staged["deprecated"]
    assert client.models.retrieve("claude-haiku-4-5").id in everything
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("claude-9")
    with pytest.raises(anthropic.BadRequestError, match="lifecycle"):
        client.models.list(extra_query={"lifecycle[]": "young"})


async def test_the_async_client_pages_models(running: Any) -> None:
    async with anthropic.AsyncAnthropic(api_key="k", base_url=running.url, max_retries=0) as client:
        assert len([m async for m in client.models.list(limit=3)]) == len((await client.models.list(limit=1000)).data)


def unknown_or_missing(parsed: BaseModel) -> list[str]:
    """Fields that the client's type does not know or that were not sent, at any depth."""
    odd = [*(parsed.model_extra or {}), *(set(type(parsed).model_fields) - parsed.model_fields_set)]
    inner = (value for _, value in parsed if isinstance(value, BaseModel))
    return odd + [name for value in inner for name in unknown_or_missing(value)]


@pytest.mark.parametrize("model", load().models, ids=lambda m: m.id)
def test_every_model_is_what_the_client_expects(model: Any) -> None:
    """The client builds its models without checking them; here they are checked."""
    described = json.loads(json.dumps(models_list.describe(model)))
    parsed = ModelInfo.model_validate(described)
    assert unknown_or_missing(parsed) == []
    assert (parsed.deprecated_at is None) == (parsed.lifecycle == "active")


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens", "/v1/messages/batches/x/cancel"])
def test_above_32_mb_is_a_413_before_the_credential(running: Any, path: str) -> None:
    status, _, body = send(running, "POST", path, b"x" * (32 * 1024 * 1024 + 1), **{"x-api-key": ""})
    assert (status, json.loads(body)["error"]["type"]) == (413, "request_too_large")


def test_a_batch_may_be_larger_than_a_message(running: Any) -> None:
    padding = "x" * (33 * 1024 * 1024)
    entry = {"custom_id": "a", "params": {**ASK, "messages": [{"role": "user", "content": padding}]}}
    status, _, body = send(running, "POST", "/v1/messages/batches", json.dumps({"requests": [entry]}).encode())
    assert (status, json.loads(body)["processing_status"]) == (200, "in_progress")
    cancel = f"/v1/messages/batches/{json.loads(body)['id']}/cancel"
    assert send(running, "POST", cancel)[0] == 200


def arrival(parts: list[bytes]) -> Request:
    """A request whose body arrives in these parts."""
    waiting = [{"type": "http.request", "body": p, "more_body": True} for p in parts]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return waiting.pop(0)

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_a_413() -> None:
    assert arriving.MAX_BATCH_BYTES == 256 * 1024 * 1024
    assert await arriving.read_body(arrival([b"ab", b"cd", b"e"]), 5) == b"abcde"
    with pytest.raises(ApiError, match="maximum size of 4 bytes") as refused:
        await arriving.read_body(arrival([b"ab", b"cd", b"e"]), 4)
    assert (refused.value.status, refused.value.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("host", ["localhost:1", "a b", "{x}", "[::1", "", "%00", "x" * 5_000])
def test_any_host_header_gets_an_answer(running: Any, host: str) -> None:
    body = json.dumps({"requests": [{"custom_id": "a", "params": ASK}]}).encode()
    answers = [send(running, "POST", "/v1/messages/batches", body, Host=host)]
    answers.append(send(running, "GET", "/v1/messages/batches", Host=host))
    assert {status for status, _, _ in answers} <= {200, 400}
