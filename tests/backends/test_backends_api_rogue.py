"""The real client against servers that misbehave: a failed call is a record with an error, never an exception."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from optlab.backends.anthropic_api import AnthropicBackend, is_loopback
from optlab.core.errors import RefusedError, UnreachableError
from optlab.core.record import CallRecord, Delta, Provenance
from optlab.core.request import Block, Request, Turn
from rogue_server import Rogue, Seen, answer, frame, good_frames, hang_up, plain_message, refusal, silence, stream

pytestmark = pytest.mark.usefixtures("no_credentials")

PLAIN = Request(model="claude-sonnet-4-6", max_tokens=50, messages=(Turn("user", (Block("Hi"),)),))
STREAMED = Request(model="claude-sonnet-4-6", max_tokens=50, messages=(Turn("user", (Block("Hi"),)),), stream=True)
FRAMES = good_frames("Hello", " world")


@pytest.fixture
async def backend(rogue: Rogue) -> AsyncIterator[AnthropicBackend]:
    """A client of the rogue server, as it is before it has been opened."""
    made = AnthropicBackend(base_url=rogue.url, api_key="test", why="a test")
    yield made
    await made.close()


async def send(backend: AnthropicBackend, request: Request = STREAMED, **more: Any) -> CallRecord:
    given: dict[str, Any] = {"call_id": "c", "zero_s": backend.clock.now(), "time_limit_s": 5.0} | more
    return await asyncio.wait_for(backend.send(request, **given), 20)


# What goes well.


async def test_a_stream_in_full(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.messages = stream(FRAMES, request_id="req_7")
    seen: list[Delta] = []
    record = await send(backend, watch=seen.append)
    assert record.error is None
    assert (record.text, record.stop_reason, record.model) == ("Hello world", "end_turn", "claude-sonnet-4-6")
    assert (record.usage.input_tokens, record.usage.output_tokens) == (20, 6)
    assert (record.id, record.request_id, record.streamed) == ("c", "req_7", True)
    assert record.deltas == tuple(seen)
    assert [d.text for d in seen] == ["Hello", " world"]
    assert record.first_event_at_s is not None
    assert 0 <= record.sent_at_s < record.first_event_at_s < seen[0].at_s < seen[1].at_s < record.ended_at_s
    assert record.provenance is Provenance.MEASURED


async def test_a_plain_answer_in_full(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.messages = answer(200, plain_message("Hello", iterations=[1]))  # type: ignore[arg-type]
    record = await send(backend, PLAIN)
    assert record.error is None
    assert [(d.text, d.at_s) for d in record.deltas] == [("Hello", record.first_event_at_s)]
    assert record.usage.output_tokens == 6
    assert not record.streamed


async def test_the_request_on_the_wire(rogue: Rogue, backend: AnthropicBackend) -> None:
    """One attempt, the key as given, the body as the request says and nothing more."""
    await send(backend)
    await send(backend, PLAIN)
    streamed, plain = rogue.posts
    assert streamed.headers["authorization"] == "Bearer test"
    assert streamed.headers["x-stainless-retry-count"] == "0"
    body = {"model": "claude-sonnet-4-6", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
    assert streamed.json == {**body, "stream": True}
    assert plain.json == body


@pytest.mark.parametrize(
    "chunks",
    [
        [b"".join(FRAMES)],
        [b"".join(FRAMES)[i : i + 97] for i in range(0, len(b"".join(FRAMES)), 97)],
        [f.replace(b"\n", b"\r\n") for f in FRAMES],
        [b": hello\n\n", *FRAMES[:4], b'event: never_seen\ndata: {"type":"never_seen","x":{}}\n\n', *FRAMES[4:]],
    ],
    ids=["all in one chunk", "cut every 97 bytes", "CRLF", "comments and unknown events"],
)
async def test_framing_does_not_matter(rogue: Rogue, backend: AnthropicBackend, chunks: list[bytes]) -> None:
    rogue.messages = stream(chunks)
    record = await send(backend)
    assert record.error is None
    assert record.text == "Hello world"
    assert record.usage.output_tokens == 6


async def test_events_of_one_chunk_share_a_stamp_and_of_two_do_not(rogue: Rogue, backend: AnthropicBackend) -> None:
    gate = asyncio.Event()

    async def in_two(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for part in (b"".join(FRAMES[:5]), b"".join(FRAMES[5:])):
            writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            await gate.wait()
        writer.write(b"0\r\n\r\n")

    rogue.messages = in_two
    watched: list[float] = []

    def watch(delta: Delta) -> None:
        watched.append(backend.clock.now())
        if len(watched) == 2:
            gate.set()

    zero_s = backend.clock.now()
    record = await send(backend, watch=watch, zero_s=zero_s)
    first, second = record.deltas
    assert first.at_s == second.at_s == record.first_event_at_s
    assert first.at_s < watched[0] - zero_s, "stamped after it was handed out"
    assert record.ended_at_s > second.at_s


# What goes wrong once the answer has begun.


async def test_a_stream_that_ends_without_message_stop(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.messages = stream(FRAMES[:-1])
    record = await send(backend)
    assert record.error is not None
    assert record.error.kind == "broken_stream"
    assert "message_stop" in record.error.sentence
    assert record.text == "Hello world"
    assert record.usage.output_tokens == 6, "what was told of the bill counts all the same"


@pytest.mark.parametrize("how", ["cut", "reset"])
async def test_a_connection_that_breaks_in_the_middle(rogue: Rogue, backend: AnthropicBackend, how: str) -> None:
    rogue.messages = stream(FRAMES[:4], cut=how == "cut", reset=how == "reset")
    record = await send(backend)
    assert record.error is not None
    assert record.error.kind in ("connection", "broken_stream")
    assert "\n" not in record.error.sentence
    assert record.text == "Hello"
    assert record.usage.input_tokens == 20


async def test_a_plain_body_that_breaks_off(rogue: Rogue, backend: AnthropicBackend) -> None:
    async def half(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"id":')
        await writer.drain()
        writer.close()

    rogue.messages = half
    record = await send(backend, PLAIN)
    assert record.error is not None
    assert record.error.kind in ("connection", "broken_stream")
    assert record.text == ""


async def test_an_error_event_in_the_middle(rogue: Rogue, backend: AnthropicBackend) -> None:
    wrong = frame("error", error={"type": "overloaded_error", "message": "Overloaded"})
    rogue.messages = stream([*FRAMES[:4], wrong])
    record = await send(backend)
    assert record.error is not None
    assert record.error.kind == "broken_stream"
    assert "overloaded_error: Overloaded" in record.error.sentence
    assert record.text == "Hello"


@pytest.mark.parametrize("bad", [b"event: ping\ndata: {oops\n\n", b'data: "ping"\n\n', b"data: {\xff}\n\n"])
async def test_malformed_events(rogue: Rogue, backend: AnthropicBackend, bad: bytes) -> None:
    rogue.messages = stream([*FRAMES[:4], bad, *FRAMES[4:]])
    record = await send(backend)
    assert record.error is not None
    assert record.error.kind == "broken_stream"
    assert record.text == "Hello"


async def test_the_next_call_after_a_broken_one_is_fine(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.messages = stream(FRAMES[:4], reset=True)
    assert (await send(backend)).error is not None
    rogue.messages = stream(FRAMES)
    assert (await send(backend)).error is None


# What goes wrong instead of an answer.


@pytest.mark.parametrize(
    ("status", "type_", "kind"),
    [
        (400, "invalid_request_error", "bad_request"),
        (401, "authentication_error", "auth"),
        (402, "billing_error", "billing"),
        (403, "permission_error", "auth"),
        (404, "not_found_error", "bad_request"),
        (408, "timeout_error", "timeout"),
        (413, "request_too_large", "bad_request"),
        (429, "rate_limit_error", "rate_limit"),
        (500, "api_error", "server"),
        (504, "timeout_error", "server"),
        (529, "overloaded_error", "overloaded"),
    ],
)
async def test_refusals(rogue: Rogue, backend: AnthropicBackend, status: int, type_: str, kind: str) -> None:
    """Each is asked for once only: what the client repeats by itself would look like latency."""
    rogue.messages = refusal(status, type_)
    record = await send(backend, PLAIN if status % 2 else STREAMED)
    assert record.error is not None
    assert (record.error.kind, record.error.status) == (kind, status)
    assert f"{status} ({type_}: told {type_})" in record.error.sentence
    assert record.error.retry_after_s is None
    assert len(rogue.posts) == 1
    assert record.ended_at_s >= record.sent_at_s


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("2.5", 2.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("soon", None), ("", None)],
)
async def test_retry_after(rogue: Rogue, backend: AnthropicBackend, value: str, seconds: float | None) -> None:
    rogue.messages = refusal(429, "rate_limit_error", retry_after=value)
    record = await send(backend)
    assert record.error is not None
    assert record.error.retry_after_s == seconds


async def test_a_refusal_that_is_not_json(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.messages = answer(502, b"<html>Bad Gateway</html>", content_type="text/html")
    record = await send(backend)
    assert record.error is not None
    assert (record.error.kind, record.error.status) == ("server", 502)
    assert record.error.sentence == "the server answered 502"


@pytest.mark.parametrize("request_", [PLAIN, STREAMED], ids=["plain", "streamed"])
@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"", b"[]", b'"text"', b"\xff\xfe"])
async def test_a_200_that_is_no_answer(rogue: Rogue, backend: AnthropicBackend, request_: Request, body: bytes) -> None:
    rogue.messages = answer(200, body)
    record = await send(backend, request_)
    assert record.error is not None
    assert record.error.kind == "broken_stream"
    assert "\n" not in record.error.sentence


@pytest.mark.parametrize("body", [{}, {"status": "ok"}, {"type": "error", "error": {"type": "api_error"}}])
async def test_a_200_whose_json_is_no_message(rogue: Rogue, backend: AnthropicBackend, body: Any) -> None:
    """An empty answer for no money would be the best variant of all."""
    rogue.messages = answer(200, body)
    record = await send(backend, PLAIN)
    assert record.error is not None


async def test_a_connection_that_is_slammed(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.messages = hang_up
    record = await send(backend)
    assert record.error is not None
    assert record.error.kind == "connection"
    assert len(rogue.posts) == 1


async def test_a_server_that_went_away(rogue: Rogue, backend: AnthropicBackend) -> None:
    await rogue.stop()
    record = await send(backend)
    assert record.error is not None
    assert record.error.kind == "connection"
    assert record.error.status is None
    await rogue.start()


# Time limits.


async def test_silence_ends_at_the_time_limit(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.messages = silence
    for record in await asyncio.gather(
        send(backend, PLAIN, time_limit_s=0.6), send(backend, STREAMED, time_limit_s=0.6)
    ):
        assert record.error is not None
        assert record.error.kind == "timeout"
        assert 0.6 <= record.ended_at_s - record.sent_at_s < 4.0


async def test_a_stream_that_falls_silent_ends_at_the_time_limit(rogue: Rogue, backend: AnthropicBackend) -> None:
    async def begin(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        part = b"".join(FRAMES[:4])
        writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        await asyncio.Event().wait()

    rogue.messages = begin
    record = await send(backend, time_limit_s=0.6)
    assert record.error is not None
    assert record.error.kind == "timeout"
    assert record.text == "Hello"
    assert record.ended_at_s - record.sent_at_s < 4.0


async def test_a_stream_that_only_pings_ends_at_the_time_limit(rogue: Rogue, backend: AnthropicBackend) -> None:
    """The limit is one of the whole call: bytes that keep coming do not renew it."""

    async def drip(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        part = frame("ping")
        for _ in range(175):
            writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    rogue.messages = drip
    record = await send(backend, time_limit_s=0.6)
    assert record.error is not None
    assert record.error.kind == "timeout"
    assert record.ended_at_s - record.sent_at_s < 2.9


async def test_an_answer_just_after_the_limit_is_late(rogue: Rogue, backend: AnthropicBackend) -> None:
    async def late(writer: asyncio.StreamWriter, seen: Seen) -> None:
        await asyncio.sleep(0.8)
        await answer(200, plain_message())(writer, seen)

    rogue.messages = late
    record = await send(backend, PLAIN, time_limit_s=0.6)
    assert record.error is not None
    assert record.error.kind == "timeout"
    assert "limit of 0.6 s" in record.error.sentence


# Opening: who answers, and may we?


async def test_open_says_who_answers(rogue: Rogue, backend: AnthropicBackend) -> None:
    info = await backend.open()
    assert (info.provenance, info.speed, info.charges, info.fresh) == (Provenance.MEASURED, 1.0, True, False)
    assert (info.server, info.why) == (f"127.0.0.1:{rogue.port}", "a test")
    assert info.floor_s is not None
    assert 0 < info.floor_s < 1
    assert {s.path.partition("?")[0] for s in rogue.seen} == {"/v1/models"}, "nothing that costs"


@pytest.mark.parametrize("status", [404, 405, 500])
async def test_a_server_without_a_list_of_models_is_welcome(
    rogue: Rogue, backend: AnthropicBackend, status: int
) -> None:
    rogue.models = refusal(status, "not_found_error")
    info = await backend.open()
    assert info.provenance is Provenance.MEASURED
    assert (await send(backend)).error is None


async def test_a_list_of_models_that_is_none_is_welcome(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.models = answer(200, b"<html>", content_type="text/html")
    assert (await backend.open()).charges


async def test_a_refused_key(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.models = refusal(401, "authentication_error")
    with pytest.raises(
        RefusedError, match=rf"^127.0.0.1:{rogue.port} refused the credential \(401\).*ANTHROPIC_API_KEY"
    ):
        await backend.open()


async def test_a_refused_port(rogue: Rogue, backend: AnthropicBackend) -> None:
    await rogue.stop()
    with pytest.raises(UnreachableError, match=rf"^127.0.0.1:{rogue.port} cannot be reached") as error:
        await backend.open()
    assert "\n" not in str(error.value)
    await rogue.start()


async def test_a_server_that_hangs_up_on_the_first_question(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.models = hang_up
    with pytest.raises(UnreachableError, match="cannot be reached"):
        await backend.open()


async def test_no_credential_at_all(rogue: Rogue) -> None:
    backend = AnthropicBackend(base_url=rogue.url)
    with pytest.raises(RefusedError, match="no credential was found"):
        await backend.open()
    await backend.close()
    assert rogue.seen == []


# Provenance and speed are the server's to say.


async def test_the_header_makes_it_simulated_and_scales_time(rogue: Rogue, backend: AnthropicBackend) -> None:
    rogue.models = answer(200, {"data": []}, optlab_simulated="20")
    info = await backend.open()
    assert (info.provenance, info.speed, info.charges) == (Provenance.SIMULATED, 20.0, False)

    async def late(writer: asyncio.StreamWriter, seen: Seen) -> None:
        await asyncio.sleep(0.1)
        await stream(FRAMES, optlab_simulated="20")(writer, seen)

    rogue.messages = late
    wall = time.perf_counter()
    zero_s = backend.clock.now()
    record = await send(backend, zero_s=zero_s, time_limit_s=60.0)
    took_s = time.perf_counter() - wall
    assert record.error is None
    assert (record.provenance, record.speed) == (Provenance.SIMULATED, 20.0)
    assert 2.0 <= record.ended_at_s - record.sent_at_s <= 20 * took_s
    assert 2.0 <= record.deltas[0].at_s < record.ended_at_s


async def test_the_time_limit_is_one_of_model_time(rogue: Rogue, backend: AnthropicBackend) -> None:
    """At twenty times the speed, 12 s of model time are over after 0.6 s."""
    rogue.models = answer(200, {"data": []}, optlab_simulated="20")
    await backend.open()

    async def late(writer: asyncio.StreamWriter, seen: Seen) -> None:
        await asyncio.sleep(0.8)
        await answer(200, plain_message(), optlab_simulated="20")(writer, seen)

    rogue.messages = late
    assert (await send(backend, PLAIN, time_limit_s=60.0)).error is None
    record = await send(backend, PLAIN, time_limit_s=12.0)
    assert record.error is not None
    assert record.error.kind == "timeout"


@pytest.mark.parametrize("value", ["fast", "", "0", "-1", "nan"])
async def test_a_speed_that_is_none_is_said_and_not_thrown(rogue: Rogue, backend: AnthropicBackend, value: str) -> None:
    rogue.models = answer(200, {"data": []}, optlab_simulated=value)
    with pytest.raises(UnreachableError):
        await backend.open()


@pytest.mark.parametrize("request_", [PLAIN, STREAMED], ids=["plain", "streamed"])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (Provenance.MEASURED, 1.0)),
        ({"optlab_simulated": "20"}, (Provenance.SIMULATED, 20.0)),
        ({"optlab_simulated": "5"}, (Provenance.SIMULATED, 5.0)),
    ],
    ids=["real", "the same", "another speed"],
)
@pytest.mark.parametrize("status", [200, 503])
async def test_each_answer_says_by_itself_where_it_is_from(
    rogue: Rogue,
    backend: AnthropicBackend,
    request_: Request,
    headers: dict[str, str],
    expected: tuple[Provenance, float],
    status: int,
) -> None:
    """A server that takes the simulator's place does not inherit its name, with an answer or with an error."""
    rogue.models = answer(200, {"data": []}, optlab_simulated="20")
    await backend.open()
    good = stream(FRAMES, **headers) if request_.stream else answer(200, plain_message(), **headers)
    rogue.messages = good if status == 200 else refusal(503, "api_error", **headers)
    record = await send(backend, request_)
    assert (record.error is None) == (status == 200)
    assert (record.provenance, record.speed) == expected


async def test_a_call_that_nobody_answered_is_of_the_kind_that_was_opened(
    rogue: Rogue, backend: AnthropicBackend
) -> None:
    rogue.models = answer(200, {"data": []}, optlab_simulated="20")
    await backend.open()
    rogue.messages = hang_up
    record = await send(backend)
    assert record.error is not None
    assert (record.provenance, record.speed) == (Provenance.SIMULATED, 20.0)


async def test_two_kinds_of_server_behind_one_address_are_not_opened(rogue: Rogue, backend: AnthropicBackend) -> None:
    async def turns(writer: asyncio.StreamWriter, seen: Seen) -> None:
        headers = {"optlab_simulated": "20"} if len(rogue.seen) < 3 else {}
        await answer(200, {"data": []}, **headers)(writer, seen)

    rogue.models = turns
    with pytest.raises(UnreachableError, match="simulated in some answers and not in others"):
        await backend.open()


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost/v1", True),
        ("http://[::1]:1", True),
        ("http://127.9.9.9", True),
        ("https://api.anthropic.com", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
        ("", False),
        (None, False),
    ],
)
def test_is_loopback(url: str | None, here: bool) -> None:
    assert is_loopback(url) is here


async def test_a_proxy_is_not_asked_about_this_machine(rogue: Rogue, no_credentials: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY names a closed port: through it no call could get anywhere."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        no_credentials.setenv(name, "http://127.0.0.1:9")
    backend = AnthropicBackend(base_url=rogue.url, api_key="test")
    try:
        await backend.open()
        assert (await send(backend)).error is None
    finally:
        await backend.close()


def test_bodies_of_the_rogue_server_are_those_of_the_api() -> None:
    """A guard on this file: the well-formed stream really is one."""
    kinds = [json.loads(f.split(b"data: ")[1])["type"] for f in FRAMES]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
