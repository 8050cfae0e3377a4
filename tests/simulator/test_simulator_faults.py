"""Faults: each kind on the wire, as a request asks for it and as a rule of the control file brings it."""

import json
import math
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from optlab.simulator import wire
from optlab.simulator.errors import ApiError
from optlab.simulator.faults.kinds import fault, from_header
from optlab.simulator.faults.rules import Asked, FaultFileError, Faults
from optlab.simulator.faults.spoiling import spoiled
from optlab.simulator.parts import Ending
from optlab.simulator.reply.blocks import Reply, text_block

ASK: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 60,
    "messages": [{"role": "user", "content": "Explain how tea is made."}],
}
STREAM = {**ASK, "stream": True}


def post(port: int, body: dict[str, Any], wanted: str, path: str = "/v1/messages", **headers: str) -> tuple[bytes, str]:
    """The raw response, and how the connection ended: `end`, `reset` or `timeout`."""
    data = json.dumps(body).encode()
    sent = {"host": "x", "x-api-key": "k", "anthropic-version": "2026-10-21", "connection": "close"}
    sent |= {"content-length": str(len(data)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    if wanted:
        sent["optlab-fault"] = wanted
    head = "".join(f"{k}: {v}\r\n" for k, v in sent.items())
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=1.5) as s:
        s.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + data)
        try:
            while part := s.recv(65536):
                got += part
        except ConnectionResetError:
            return got, "reset"
        except TimeoutError:
            return got, "timeout"
    return got, "end"


def body_of(response: bytes) -> bytes:
    head, _, rest = response.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return rest
    out = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        out += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    return out


@pytest.mark.parametrize(
    ("wanted", "status", "raised"),
    [
        ("429", 429, anthropic.RateLimitError),
        ("529", 529, anthropic.APIStatusError),
        ("500", 500, anthropic.InternalServerError),
        ("504", 504, anthropic.APIStatusError),
        ("402", 402, anthropic.APIStatusError),
        ("403", 403, anthropic.PermissionDeniedError),
        ("409", 409, anthropic.ConflictError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_refusals(running: Any, wanted: str, status: int, raised: Any, stream: bool) -> None:
    with running.client() as client, pytest.raises(raised) as caught:
        client.messages.create(**ASK, stream=stream, extra_headers={"optlab-fault": f"{wanted}; error_code=some_code"})
    assert caught.value.status_code == status
    error = caught.value.body["error"]
    assert error["details"] == {"error_code": "some_code"}
    assert error["type"] == wire.ApiError(status, "").type
    assert caught.value.body["request_id"] == caught.value.response.headers["request-id"]


@pytest.mark.parametrize(
    ("wanted", "headers"),
    [
        ("429", {"retry-after": "1", "retry-after-ms": "1000"}),
        ("429; retry-after=none", {}),
        ("429; retry-after=2.5", {"retry-after": "2.5"}),
        ("429; retry_after_ms=150; retry_after=Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("529", {}),
        ("529; should_retry=false; retry-after=1", {"retry-after": "1", "x-should-retry": "false"}),
    ],
)
def test_what_a_refusal_says_about_retrying(wanted: str, headers: dict[str, str] | None) -> None:
    error = from_header(wanted).error()  # type: ignore[attr-defined]
    expected = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "retry-after-ms": "150"} if headers is None else headers
    assert error.headers == expected


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("bogus", "bogus"),
        ("", "unknown kind"),
        ("stall; seconds=soon", "seconds"),
        ("stall; seconds=nan", "seconds"),
        ("stall; when=now", "when"),
        ("cut; after=nothing", "after"),
        ("cut; after", "after"),
        ("cut; after=1; after=2", "after"),
        ("cut; kind=reset", "kind"),
        ("malformed; variant=odd", "odd"),
    ],
)
def test_a_bad_header_is_a_400_that_names_it(value: str, part: str) -> None:
    with pytest.raises(ApiError, match=f"optlab-fault: .*{part}") as caught:
        from_header(value)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("body", "path", "wanted"),
    [
        (ASK, "/v1/messages", "error_event"),
        (ASK, "/v1/messages", "malformed"),
        ({k: ASK[k] for k in ("model", "messages")}, "/v1/messages/count_tokens", "miss"),
        ({}, "/v1/messages/batches", "reset; after=2"),
    ],
)
def test_a_fault_that_cannot_happen_is_a_400(running: Any, body: Any, path: str, wanted: str) -> None:
    response, _ = post(running.port, body, wanted, path)
    assert response.startswith(b"HTTP/1.1 400 ")
    assert b"optlab-fault" in body_of(response)


def test_error_event_in_the_stream_and_before_it(running: Any) -> None:
    late = body_of(post(running.port, STREAM, "error_event; after=2; type=api_error; message=Broken")[0])
    assert late.startswith(b"event: message_start\n")
    assert late.count(b"event: content_block_delta\n") == 2
    error = b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"Broken"}}\n\n'
    assert late.endswith(error)
    early = body_of(post(running.port, STREAM, "error_event; after=headers")[0])
    assert early == error.replace(b"api_error", b"overloaded_error").replace(b"Broken", b"Overloaded")
    with running.client() as client, pytest.raises(anthropic.APIStatusError) as caught:
        list(client.messages.create(**ASK, stream=True, extra_headers={"optlab-fault": "error_event"}))
    assert (caught.value.status_code, caught.value.type) == (200, "overloaded_error")


def test_cut_streams_end_properly_without_message_stop(running: Any) -> None:
    response, end = post(running.port, STREAM, "cut; after=4")
    assert (response.endswith(b"0\r\n\r\n"), end) == (True, "end")
    assert body_of(response).count(b"event: content_block_delta\n") == 4
    assert b"message_delta" not in response
    whole = body_of(post(running.port, STREAM, "cut; after=1000")[0])
    assert whole.count(b"event: content_block_stop\n") == 1
    assert b"message_delta" not in whole
    assert body_of(post(running.port, STREAM, "cut; after=headers")[0]) == b""


def test_a_cut_plain_response_is_shorter_than_it_says(running: Any) -> None:
    response, end = post(running.port, ASK, "cut")
    said = int(re.search(rb"content-length: (\d+)", response)[1])  # type: ignore[index]
    assert end == "end"
    assert len(body_of(response)) == said // 2


@pytest.mark.parametrize("body", [ASK, STREAM])
def test_resets(running: Any, body: dict[str, Any]) -> None:
    assert post(running.port, body, "reset; after=nothing") == (b"", "reset")
    response, end = post(running.port, body, "reset; after=headers")
    assert (response.endswith(b"\r\n\r\n"), end) == (True, "reset")
    response, end = post(running.port, body, "reset; after=2")
    assert end == "reset"
    assert response.count(b"event: content_block_delta\n") == (2 if body is STREAM else 0)
    assert len(response.partition(b"\r\n\r\n")[2]) > 100
    with running.client() as client, pytest.raises((anthropic.APIConnectionError, httpx2.NetworkError)):
        list(client.messages.create(**STREAM, extra_headers={"optlab-fault": "reset; after=2"}))


def test_an_endless_stall_ends_with_the_client(running: Any) -> None:
    assert post(running.port, STREAM, "stall; seconds=forever") == (b"", "timeout")
    response, end = post(running.port, STREAM, "stall; seconds=forever; after=2")
    assert (response.count(b"event: content_block_delta\n"), end) == (2, "timeout")
    assert post(running.port, ASK, "")[0].startswith(b"HTTP/1.1 200 ")


def made(text: str = "one two three four five six") -> list[tuple[float, Any]]:
    """A short stream of which every token is due one second after the one before."""
    import random

    pieces = re.findall(r"\s*\S+", text)
    reply = Reply((text_block(pieces, 0, random.Random(1)),), "end_turn", len(pieces))
    used = {"output_tokens_details": {}}
    return [(float(max(n, 1)), data) for n, data in wire.events("msg_1", "m", reply, used)]


def test_a_stall_moves_what_comes_after_it() -> None:
    parts = made()
    shifted = spoiled(fault("stall", {"seconds": 3}), parts, stream=True)
    assert shifted == [(due + 3, data) for due, data in parts]
    later = spoiled(fault("stall", {"seconds": 3, "after": 1}), parts, stream=True)
    second = [i for i, (_, data) in enumerate(parts) if data.startswith(b"event: content_block_delta")][1]
    assert later == parts[:second] + [(due + 3, data) for due, data in parts[second:]]
    headers = spoiled(fault("stall", {"seconds": 3, "after": "headers"}), parts, stream=True)
    assert headers == [(1.0, b""), *shifted]


@pytest.mark.parametrize("keys", [{"seconds": 3}, {"seconds": 3, "after": 1}, {"seconds": 3, "after": "headers"}])
def test_a_stalled_plain_response_takes_as_long_as_the_stream(keys: dict[str, object]) -> None:
    parts = made()
    plain = [(parts[-1][0], b"0123456789")]
    streamed = spoiled(fault("stall", keys), parts, stream=True)
    stalled = spoiled(fault("stall", keys), plain, stream=False)
    assert stalled[-1][0] == streamed[-1][0]
    assert b"".join(data for _, data in stalled if not isinstance(data, Ending)) == b"0123456789"


def test_forever_is_never() -> None:
    parts = spoiled(fault("stall", {"seconds": "forever"}), made(), stream=True)
    assert all(due == math.inf for due, _ in parts)


def test_drip_sends_the_same_bytes_in_small_pieces(running: Any) -> None:
    ask = {**STREAM, "messages": [{"role": "user", "content": 'Repeat exactly: "Çà et là — été"'}]}
    response, end = post(running.port, ask, "drip; bytes=1; pause=0")
    chunks = re.findall(rb"\r\n([0-9a-f]+)\r\n", response)
    assert end == "end"
    assert set(chunks[:-1]) == {b"1"}
    body = body_of(response)
    assert b"event: message_stop\n" in body
    for line in body.decode().split("\n"):
        if line.startswith("data: "):
            json.loads(line[6:])
    plain, _ = post(running.port, ASK, "drip")
    assert json.loads(body_of(plain))["type"] == "message"


def malformed(running: Any, variant: str) -> bytes:
    return body_of(post(running.port, STREAM, f"malformed; variant={variant}; after=2")[0])


def test_malformed_events(running: Any) -> None:
    bad = malformed(running, "bad_json")
    broken = [e for e in re.findall(rb"data: ([^\n]*)\n\n", bad) if not _is_json(e)]
    assert len(broken) == 1
    assert b"event: message_stop\n" in bad
    nameless = malformed(running, "nameless")
    assert len(re.findall(rb"\n\ndata: ", nameless)) == 1
    unknown = malformed(running, "unknown")
    assert unknown.count(b"event: vnd_surprise\n") == 1
    truncated = malformed(running, "truncated")
    assert not truncated.endswith(b"\n\n")
    assert b"message_stop" not in truncated
    crlf = malformed(running, "crlf")
    assert crlf.count(b"\r\n") == crlf.count(b"\n") > 10
    comment = malformed(running, "comment")
    assert comment.count(b": a comment\nevent: ") == comment.count(b"event: ")


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("variant", ["crlf", "comment", "unknown", "nameless"])
def test_the_sdk_reads_on_over_harmless_oddities(running: Any, variant: str) -> None:
    with running.client() as client:
        wanted = {"optlab-fault": f"malformed; variant={variant}"}
        events = list(client.messages.create(**STREAM, extra_headers=wanted))
    assert events[-1].type == "message_stop"


def test_content_types_of_proxies(running: Any) -> None:
    response, _ = post(running.port, STREAM, "content_type")
    assert response.startswith(b"HTTP/1.1 502 ")
    assert b"content-type: text/html" in response
    assert body_of(response).startswith(b"<!DOCTYPE html>")
    assert post(running.port, ASK, "content_type; status=200")[0].startswith(b"HTTP/1.1 200 ")
    response, _ = post(running.port, ASK, "content_type; body=message; type=text/plain")
    assert b"content-type: text/plain\r\n" in response
    assert json.loads(body_of(response))["type"] == "message"


def test_a_miss_reads_nothing_and_pays_again(running: Any, course_prompt: str) -> None:
    ask: dict[str, Any] = {**ASK, "model": "claude-sonnet-4-6"}
    ask["system"] = [{"type": "text", "text": course_prompt, "cache_control": {"type": "ephemeral"}}]

    def usage(wanted: str) -> dict[str, int]:
        found: dict[str, int] = json.loads(body_of(post(running.port, ask, wanted)[0]))["usage"]
        return found

    cold, missed, warm = usage(""), usage("miss"), usage("")
    assert cold["cache_read_input_tokens"] == missed["cache_read_input_tokens"] == 0
    assert cold["cache_creation_input_tokens"] == missed["cache_creation_input_tokens"] > 1_024
    assert warm["cache_read_input_tokens"] == cold["cache_creation_input_tokens"]


COUNT = {"model": "claude-haiku-4-5", "messages": ASK["messages"]}


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("529", b"HTTP/1.1 529 ", "end"),
        ("reset; after=nothing", b"", "reset"),
        ("stall; seconds=forever", b"", "timeout"),
        ("stall; seconds=0.1", b"HTTP/1.1 200 ", "end"),
        ("drip", b"HTTP/1.1 200 ", "end"),
        ("content_type", b"HTTP/1.1 502 ", "end"),
        ("bogus", b"HTTP/1.1 400 ", "end"),
    ],
)
def test_other_paths_have_faults_too(running: Any, wanted: str, start: bytes, end: str) -> None:
    response, ended = post(running.port, COUNT, wanted, "/v1/messages/count_tokens")
    assert (response[: len(start) or None], ended) == (start, end)


def rules(tmp_path: Path, text: str, name: str = "rules.toml") -> Faults:
    path = tmp_path / name
    path.write_text(text)
    return Faults(path, seed=3)


def kinds(faults: Faults, *asked: Asked) -> list[str | None]:
    found = (faults.choose(a, None) for a in asked)
    return [f.kind if f else None for f in found]


PLAIN = Asked(path="messages", models=("claude-haiku-4-5-20251001", "claude-haiku-4-5"), key="k")


@pytest.mark.parametrize(
    ("selector", "hits"),
    [
        ("nth = 2", [0, 1, 0, 0, 0, 0]),
        ("every = 2", [0, 1, 0, 1, 0, 1]),
        ("first = 2", [1, 1, 0, 0, 0, 0]),
        ('model = "claude-haiku-*"', [1] * 6),
        ('model = "claude-haiku-4-5"', [1] * 6),
        ('model = "claude-sonnet-5"', [0] * 6),
        ('key = "k"', [1] * 6),
        ('key = "other"', [0] * 6),
        ("stream = false", [1] * 6),
        ("stream = true", [0] * 6),
        ("attempt = 0", [1] * 6),
        ("attempt = 1", [0] * 6),
        ('path = "count_tokens"', [0] * 6),
    ],
)
def test_selectors(tmp_path: Path, selector: str, hits: list[int]) -> None:
    faults = rules(tmp_path, f'[[fault]]\nkind = "529"\n{selector}\n')
    assert [k == "529" for k in kinds(faults, *[PLAIN] * 6)] == [bool(h) for h in hits]


def test_counts_are_of_requests_that_match_the_rest(tmp_path: Path) -> None:
    faults = rules(tmp_path, '[[fault]]\nkind = "500"\nattempt = 1\nnth = 1\n')
    again = Asked(path="messages", attempt=1)
    assert kinds(faults, PLAIN, PLAIN, again, again) == [None, None, "500", None]


def test_the_first_rule_that_matches_wins_and_json_reads_the_same(tmp_path: Path) -> None:
    text = json.dumps({"fault": [{"kind": "error_event", "nth": 1}, {"kind": "500", "first": 2}, {"kind": "529"}]})
    faults = rules(tmp_path, text, "rules.json")
    stream = Asked(path="messages", stream=True)
    assert kinds(faults, PLAIN, stream, stream, PLAIN) == ["500", "error_event", "500", "529"]


def test_a_share_is_drawn_by_seed_and_request(tmp_path: Path) -> None:
    text = '[[fault]]\nkind = "529"\nrate = 0.25\n'
    requests = [Asked(path="messages", digest=b"%d" % (n % 500)) for n in range(1_000)]
    drawn = kinds(rules(tmp_path, text), *requests)
    assert 200 < drawn.count("529") < 300
    shuffled = kinds(rules(tmp_path, text), *reversed(requests[:500]))
    assert shuffled[::-1] == drawn[:500]
    assert drawn[500:] != drawn[:500]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[[fault]\n", "line 1"),
        ('[[fault]]\nkind = "529"\n\n[[fault]]\nkind = "nope"\n', "rule 2: unknown kind 'nope'"),
        ("[[fault]]\nnth = 1\n", "rule 1: it must be a table with a `kind`"),
        ('[[fault]]\nkind = "529"\nnth = 0\n', "nth"),
        ('[[fault]]\nkind = "529"\nrate = 2\n', "rate"),
        ('[[fault]]\nkind = "529"\nsometimes = true\n', "sometimes"),
        ('[[fault]]\nkind = "cut"\npath = "count_tokens"\n', "cut cannot happen to count_tokens"),
        ("fault = 3\n", "a list of tables named `fault`"),
        ("faults = []\n", "and nothing else"),
    ],
)
def test_a_broken_file_says_what_and_where(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(FaultFileError) as caught:
        rules(tmp_path, text)
    assert part in str(caught.value)
    assert "rules.toml" in str(caught.value)


@pytest.mark.parametrize("text", [None, "[[fault]\n"])
def test_a_broken_file_at_the_start_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "rules.toml"
    if text is not None:
        path.write_text(text)
    command = [sys.executable, "-m", "optlab.simulator", "--faults", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"optlab: [^\n]*rules\.toml[^\n]*\n", done.stderr)


def test_the_file_is_read_again_and_a_broken_one_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rules.toml"

    def write(text: str) -> None:
        new = tmp_path / "new"
        new.write_text(text)
        os.replace(new, path)

    write('[[fault]]\nkind = "529"\n')
    faults = Faults(path)
    assert kinds(faults, PLAIN) == ["529"]
    write('[[fault]]\nkind = "500"\nfirst = 2\n')
    assert kinds(faults, PLAIN) == ["500"]
    write("[[fault]\n")
    assert kinds(faults, PLAIN, PLAIN) == ["500", None]
    path.unlink()
    assert kinds(faults, PLAIN, PLAIN) == [None, None]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all(line.endswith("the rules read before stay in force") for line in said)
    write("fault = []\n")
    assert kinds(faults, PLAIN) == [None]


def test_first_attempt_529_then_the_retry_succeeds(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('[[fault]]\nkind = "529"\nattempt = 0\nretry_after_ms = 1\n')
    with start("--speed", "100", "--faults", str(path)) as running:
        client = anthropic.Anthropic(api_key="k", base_url=running.url, max_retries=1)
        with client:
            response = client.messages.with_raw_response.create(**ASK)
        assert response.retries_taken == 1
        path.write_text("")
        with running.client() as client:
            assert client.messages.create(**ASK).stop_reason


def test_a_status_may_be_a_number(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("[[fault]]\nkind = 529\n")
    assert kinds(Faults(path, 0), PLAIN) == ["529"]
