"""One answer put together from stamped events."""

from typing import Any

import msgspec
import pytest

from optlab.backends.assemble import Assembly
from optlab.backends.sse import WireEvent, WireMessage
from optlab.core.record import Delta
from optlab.core.usage import Usage


def feed(assembly: Assembly, *timed: tuple[float, dict[str, Any]]) -> Assembly:
    for at_s, event in timed:
        assembly.event(msgspec.convert(event, WireEvent), at_s)
    return assembly


def delta(**fields: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": fields}


START = {
    "type": "message_start",
    "message": {
        "type": "message",
        "model": "claude-x",
        "usage": {
            "input_tokens": 5,
            "output_tokens": 1,
            "cache_read_input_tokens": 70,
            "cache_creation_input_tokens": 30,
            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        },
    },
}
STOP = {"type": "message_stop"}


def test_stream_of_thoughts_then_text() -> None:
    seen: list[Delta] = []
    made = feed(
        Assembly(seen.append),
        (1.0, START),
        (1.1, {"type": "content_block_start", "content_block": {"type": "thinking", "thinking": ""}}),
        (1.2, delta(type="thinking_delta", thinking="hm")),
        (1.3, delta(type="signature_delta", signature="xyz")),
        (1.4, {"type": "ping"}),
        (1.5, delta(type="text_delta", text="")),
        (1.6, delta(type="text_delta", text="Hel")),
        (1.7, delta(type="text_delta", text="lo")),
        (
            1.8,
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}},
            },
        ),
        (1.9, STOP),
    )
    assert made.deltas == [Delta(1.2, "hm", "thinking"), Delta(1.6, "Hel"), Delta(1.7, "lo")]
    assert seen == [Delta(1.1, "", "thinking"), *made.deltas], "who watches learns of thinking that is not shown"
    assert made.text == "Hello"
    assert (made.first_event_at_s, made.model, made.stop_reason) == (1.0, "claude-x", "end_turn")
    assert made.usage == Usage(5, 9, 10, 20, 70, 4)
    assert made.complete and made.error is None


def test_absent_usage_keeps_its_value_and_present_usage_overwrites() -> None:
    made = feed(
        Assembly(),
        (0.0, START),
        (0.1, {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 3}}),
        (0.2, {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 8}}),
        (0.3, {"type": "message_delta", "delta": {"stop_reason": None}}),
    )
    assert made.usage == Usage(5, 8, 10, 20, 70)
    assert made.stop_reason == "tool_use"
    assert not made.complete


def test_old_servers_count_writes_without_lifetimes() -> None:
    made = Assembly()
    made.message(
        msgspec.convert(
            {"type": "message", "usage": {"input_tokens": 1, "cache_creation_input_tokens": 44}}, WireMessage
        ),
        at_s=1.0,
    )
    assert made.usage == Usage(input_tokens=1, cache_write_5m_tokens=44)


def test_the_start_of_a_tool_call_is_visible() -> None:
    made = feed(
        Assembly(),
        (2.0, {"type": "content_block_start", "content_block": {"type": "tool_use", "name": "look", "input": {}}}),
        (2.5, delta(type="input_json_delta", partial_json="")),
        (3.0, delta(type="input_json_delta", partial_json='{"a":1}')),
    )
    assert made.deltas == [Delta(2.0, "look", "tool"), Delta(3.0, '{"a":1}', "tool")]
    assert made.text == ""


def test_a_plain_answer_arrives_at_once() -> None:
    made = Assembly()
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "A"}, {"type": "text", "text": "B"}]
    made.message(
        msgspec.convert({"type": "message", "model": "m", "content": content, "stop_reason": "refusal"}, WireMessage),
        at_s=4.0,
    )
    assert made.deltas == [Delta(4.0, "hm", "thinking"), Delta(4.0, "A"), Delta(4.0, "B")]
    assert (made.text, made.stop_reason, made.complete) == ("AB", "refusal", True)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "overloaded_error: Overl"),
        ({"type": "error"}, "no reason given"),
    ],
)
def test_an_error_event_keeps_what_came_before(event: dict[str, Any], words: str) -> None:
    made = feed(Assembly(), (0.5, START), (1.0, delta(type="text_delta", text="Hel")), (2.0, event))
    assert made.error is not None
    assert made.error.kind == "broken_stream"
    assert words in made.error.sentence
    assert made.text == "Hel"
    assert made.usage.input_tokens == 5
    assert not made.complete
