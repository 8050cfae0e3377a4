"""The scanner of server-sent events: however the bytes are cut, the same events come out."""

import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optlab.backends import sse

TEXTS = ["Héllo", " wörld", "\n\nnew: paragraph", "data: not a field", "日本語"]


def wire(newline: str = "\n") -> bytes:
    """A stream with pings, comments, unknown events and texts that look like framing."""
    frames = [
        ": a comment",
        'event: message_start\ndata: {"type":"message_start","message":{"type":"message","model":"m","usage":{}}}',
        'event: ping\ndata: {"type": "ping"}',
        *(
            "event: content_block_delta\ndata: "
            + json.dumps({"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}})
            for text in TEXTS
        ),
        'event: brand_new\ndata: {"type":"brand_new","delta":{"type":"x","extra":[1,{"a":null}]}}',
        'event: message_stop\ndata: {"type":"message_stop"}',
    ]
    return "".join(f"{f}\n\n" for f in frames).replace("\n", newline).encode()


def read(chunks: list[bytes]) -> list[sse.WireEvent]:
    scanner = sse.Scanner()
    return [event for chunk in chunks for event in scanner.feed(chunk)]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(p % len(data) for p in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


KINDS = ["message_start", "ping", *["content_block_delta"] * len(TEXTS), "brand_new", "message_stop"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_chunk_holds_all_events(newline: str) -> None:
    events = read([wire(newline)])
    assert [e.type for e in events] == KINDS
    assert [e.delta.text for e in events if e.type == "content_block_delta" and e.delta] == TEXTS


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_byte_at_a_time_gives_the_same_events(newline: str) -> None:
    """Every event of the stream is cut at every place at once, also between the bytes of a letter and of a CRLF."""
    data = wire(newline)
    assert read([data[i : i + 1] for i in range(len(data))]) == read([wire()])


@given(st.lists(st.integers(0, 10_000), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_cuts_anywhere_give_the_same_events(places: list[int], newline: str) -> None:
    assert read(cut(wire(newline), places)) == read([wire()])


def test_an_event_comes_with_the_chunk_that_ends_it() -> None:
    """The stamp is taken per chunk, so an event may neither be early nor wait for the next one."""
    scanner = sse.Scanner()
    whole = b'data: {"type":"ping"}\n\n'
    assert [e.type for e in scanner.feed(whole + whole[:-1])] == ["ping"]
    assert [e.type for e in scanner.feed(b"\n")] == ["ping"]
    assert list(scanner.feed(b"")) == []


def test_an_unfinished_event_is_none() -> None:
    assert read([b'event: message_stop\ndata: {"type":"message_stop"}\n']) == []


def test_data_over_several_lines_is_one_value() -> None:
    (event,) = read([b'data: {"type":\ndata:"error","error":\ndata: {"type":"t","message":"m"}}\n\n'])
    assert event.error == sse.WireError("t", "m")


@pytest.mark.parametrize(
    "data", [b"data: {not json\n\n", b'data: ["ping"]\n\n', b"data: {}\n\n", b"data: \xff\xfe\n\n"]
)
def test_what_is_no_event_is_an_error(data: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        read([data])


def test_error_body_and_what_is_none() -> None:
    assert sse.error(b'{"type":"error","error":{"type":"api_error","message":"x"},"request_id":"r"}') == sse.WireError(
        "api_error", "x"
    )
    assert sse.error(b"<html>") is None
    assert sse.error(b"{}") is None
    assert sse.error(b"") is None
