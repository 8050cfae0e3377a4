"""Bodies that are not requests, the order of the checks, and random damage: always an error body, never a 500."""

import copy
import json
import random
from typing import Any

import pytest
from asgi_client import Answer, Client, StillClock
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import load
from optlab.simulator.errors import ApiError
from optlab.simulator.request.validation import check_message, parse_json
from optlab.simulator.simulation import Settings, Simulator

OK: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(Simulator(Settings(), StillClock()))


def refused(answer: Answer, status: int = 400, kind: str = "invalid_request_error") -> str:
    """The message of a well-formed error body."""
    body = answer.json
    assert (answer.status, body["type"], body["error"]["type"]) == (status, "error", kind)
    assert set(body) == {"type", "error", "request_id"}
    assert body["request_id"] == answer.headers["request-id"]
    assert isinstance(body["error"]["message"], str) and body["error"]["message"]
    return str(body["error"]["message"])


def with_text(text: bytes) -> bytes:
    return json.dumps(OK).encode().replace(b'"Hi"', text)


BAD_BODIES: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("blank", b" \n"),
    ("half", b'{"model":'),
    ("two", b"{}{}"),
    ("array", b"[]"),
    ("string", b'"x"'),
    ("number", b"5"),
    ("null", b"null"),
    ("a byte order mark", b"\xef\xbb\xbf" + json.dumps(OK).encode()),
    ("UTF-16", json.dumps(OK).encode("utf-16")),
    ("latin-1", with_text(b'"caf\xe9"')),
    ("a lone surrogate", with_text(b'"\\ud800"')),
    ("a lone low surrogate", with_text(b'"\\udc00 x"')),
    ("surrogates encoded as UTF-8", with_text(b'"\xed\xa0\x80"')),
    ("NaN", with_text(b"NaN")),
    ("Infinity", with_text(b"-Infinity")),
    ("a number out of range", with_text(b"1e999")),
    ("a raw control character", with_text(b'"\x01"')),
    ("5,000 digits", json.dumps(OK).encode().replace(b": 5,", b": " + b"9" * 5_000 + b",")),
    ("9,000 levels", b'{"a":' * 9_000),
    ("200 levels of lists", with_text(b"[" * 200 + b"]" * 200)),
    ("100,000 open lists", b"[" * 100_000),
]


@pytest.mark.parametrize(("what", "data"), BAD_BODIES, ids=[what for what, _ in BAD_BODIES])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
def test_bodies_that_are_not_json_objects(client: Client, what: str, data: bytes, path: str) -> None:
    refused(client.post(data, path))


def test_of_a_repeated_key_the_last_counts(client: Client) -> None:
    twice = json.dumps(OK).encode().replace(b'"max_tokens": 5', b'"max_tokens": 5, "max_tokens": 3')
    assert client.post(twice).json["usage"]["output_tokens"] == 3


def test_nesting_has_a_limit_below_pythons() -> None:
    assert parse_json(b'{"a":' + b"[" * 60 + b"]" * 60 + b"}")
    with pytest.raises(ApiError, match="nested too deep"):
        parse_json(b'{"a":' + b"[" * 200 + b"]" * 200 + b"}")


LONG = [{"role": "user", "content": "tea " * 230_000}]
ORDER: list[tuple[str, dict[str, Any], dict[str, str | None], int, str]] = [
    ("credential", {}, {"x_api_key": None}, 401, "x-api-key"),
    ("version", {}, {"anthropic_version": "2020-01-01"}, 400, "anthropic-version"),
    ("beta", {}, {"anthropic_beta": "magic"}, 400, "anthropic-beta"),
    ("schema", {"foo": 1}, {}, 400, "foo: Extra"),
    ("model", {"model": "claude-9"}, {}, 404, "model: claude-9"),
    ("rules of the model", {"thinking": {"type": "adaptive"}}, {}, 400, "thinking.type.adaptive"),
    ("length of the prompt", {"messages": LONG}, {}, 400, "prompt is too long"),
]


@pytest.mark.parametrize("first", range(len(ORDER)), ids=[name for name, *_ in ORDER])
def test_of_several_faults_the_first_in_this_order_is_told(client: Client, first: int) -> None:
    _, _, _, status, part = ORDER[first]
    body, headers = dict(OK), {}
    for _, fields, sent, _, _ in ORDER[first:]:
        body |= fields
        headers |= sent
    if first == ORDER.index(ORDER[5]):
        body["model"] = OK["model"]
    kind = {401: "authentication_error", 404: "not_found_error"}.get(status, "invalid_request_error")
    assert part in refused(client.post(body, **headers), status, kind)


def test_json_comes_after_the_headers_and_before_the_schema(client: Client) -> None:
    assert "anthropic-beta" in refused(client.post(b"{", anthropic_beta="magic"))
    assert "JSON" in refused(client.post(b'{"foo":1'))


VALID: list[dict[str, Any]] = [
    OK,
    {
        "model": "claude-sonnet-4-6",
        "max_tokens": 9,
        "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "tools": [
            {"name": "look", "description": "Finds.", "input_schema": {"type": "object", "properties": {"q": {}}}},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        ],
        "tool_choice": {"type": "tool", "name": "look"},
        "thinking": {"type": "disabled"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "metadata": {"user_id": "u"},
        "stop_sequences": ["###"],
        "diagnostics": {"previous_message_id": "msg_1"},
        "cache_control": {"type": "ephemeral"},
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                    {"type": "tool_use", "id": "a", "name": "look", "input": {"q": [1, None]}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "found"}]},
                    {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
                    {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "y"}]},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                ],
            },
        ],
    },
]
ODDITIES: list[Any] = [
    None, True, 0, -1, 10**25, 1.5, 1e308, "", " ", "x", "\x00", "é" * 3, [], {}, [[]], [None], {"type": None},
    {"type": "text"}, {"type": "text", "text": ""}, {"type": []}, {"role": "user"}, "assistant", "ephemeral",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, child in inside for p in ((*path, key), *places(child, (*path, key)))]


def damage(body: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A copy with one to three changes: something deleted, replaced, wrapped, doubled, swapped or added."""
    broken = copy.deepcopy(body)
    for _ in range(rng.randint(1, 3)):
        found = places(broken)
        if not found:
            break
        *above, last = rng.choice(found)
        parent: Any = broken
        for key in above:
            parent = parent[key]
        match rng.randrange(6):
            case 0:
                del parent[last]
            case 1:
                parent[last] = copy.deepcopy(rng.choice(ODDITIES))
            case 2:
                parent[last] = [parent[last]] if rng.random() < 0.5 else {"type": parent[last]}
            case 3:
                other: Any = broken
                for key in rng.choice(found[: len(found) // 2 + 1]):
                    other = other[key] if isinstance(other, dict | list) else other
                parent[last] = copy.deepcopy(other) if not isinstance(other, dict) or len(str(other)) < 2_000 else {}
            case 4 if isinstance(parent, dict):
                parent[rng.choice(["foo", "type", "cache_control", "text", "content"])] = copy.deepcopy(
                    rng.choice(ODDITIES)
                )
            case _ if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[last]))
    return broken


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.sampled_from(VALID), st.sampled_from(["2026-10-21", "2023-06-01"]), st.booleans())
def test_random_damage_is_accepted_or_refused_in_form(
    seed: int, body: dict[str, Any], version: str, count: bool
) -> None:
    client = Client(Simulator(Settings(), StillClock()))
    broken = damage(body, random.Random(seed))
    answer = client.post(broken, f"/v1/messages{'/count_tokens' if count else ''}", anthropic_version=version)
    if answer.status == 404:
        refused(answer, 404, "not_found_error")
    elif answer.status != 200:
        refused(answer)
    elif not count and "stream" not in broken:
        assert answer.json["usage"]["output_tokens"] <= broken["max_tokens"]


@pytest.mark.parametrize("body", VALID)
def test_what_is_damaged_was_whole(body: dict[str, Any]) -> None:
    assert check_message(copy.deepcopy(body), "2026-10-21", load())
