"""Streams against plain responses: the same reply, the same usage, exact limits, and every event where it belongs."""

import itertools
import json
from typing import Any

import pytest
from asgi_client import Client, StillClock
from exact_prompts import M1, M5, S46, block, user

from optlab.simulator.request.validation import check_message
from optlab.simulator.simulation import Settings, Simulator
from optlab.simulator.wire import event

TOOL = {
    "name": "look",
    "input_schema": {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "s": {"type": "string"}},
        "required": ["n", "s"],
    },
}
ESSAY = [{"role": "user", "content": "Write a 6-paragraph essay about tea."}]
THINKS: dict[str, Any] = {"model": "claude-sonnet-5", "thinking": {"type": "adaptive", "display": "summarized"}}
CASES: dict[str, dict[str, Any]] = {
    "text": {"model": S46, "max_tokens": 900},
    "text cut": {"model": S46, "max_tokens": 37},
    "one token": {"model": S46, "max_tokens": 1},
    "stop sequence": {"model": S46, "max_tokens": 900, "stop_sequences": ["."]},
    "thinking shown": {**THINKS, "max_tokens": 9_000},
    "thinking omitted": {"model": "claude-sonnet-5", "max_tokens": 9_000},
    "thinking cut": {**THINKS, "max_tokens": 25},
    "cut just behind thinking": {**THINKS, "max_tokens": 2_000, "output_config": {"effort": "low"}},
    "thinking within a budget": {
        "model": "claude-haiku-4-5",
        "max_tokens": 4_000,
        "thinking": {"type": "enabled", "budget_tokens": 1_024},
    },
    "tool": {"model": S46, "max_tokens": 900, "tools": [TOOL], "tool_choice": {"type": "any"}},
    "tool cut": {"model": S46, "max_tokens": 4, "tools": [TOOL], "tool_choice": {"type": "any"}},
    "thinking and tool": {**THINKS, "max_tokens": 9_000, "tools": [TOOL], "tool_choice": {"type": "any"}},
    "schema": {
        "model": S46,
        "max_tokens": 900,
        "output_config": {"format": {"type": "json_schema", "schema": TOOL["input_schema"]}},
    },
}


def both(case: dict[str, Any]) -> tuple[Any, list[tuple[str, Any]]]:
    """The plain response and the stream of the same draw: each is the first call of a simulator of its own."""
    body = {"messages": ESSAY, **case}
    plain = Client(Simulator(Settings(seed=3), StillClock())).post(body).json
    streamed = Client(Simulator(Settings(seed=3), StillClock())).post({**body, "stream": True}).events
    return plain, streamed


def assembled(events: list[tuple[str, Any]]) -> dict[str, Any]:
    """The message that a client puts together from the events."""
    message: dict[str, Any] = {}
    spelled: dict[int, str] = {}
    for name, data in events:
        match name:
            case "message_start":
                message = data["message"]
            case "content_block_start":
                assert data["index"] == len(message["content"])
                message["content"].append(dict(data["content_block"]))
            case "content_block_delta":
                held, delta = message["content"][data["index"]], data["delta"]
                match delta["type"]:
                    case "text_delta":
                        held["text"] += delta["text"]
                    case "thinking_delta":
                        held["thinking"] += delta["thinking"]
                    case "signature_delta":
                        held["signature"] = delta["signature"]
                    case "input_json_delta":
                        spelled[data["index"]] = spelled.get(data["index"], "") + delta["partial_json"]
            case "message_delta":
                message |= data["delta"]
                message["usage"] |= data["usage"]
    for index, text in spelled.items():
        message["content"][index]["spelled"] = text
    return message


@pytest.mark.parametrize("name", CASES)
def test_a_stream_is_the_plain_response_in_pieces(name: str) -> None:
    plain, events = both(CASES[name])
    message = assembled(events)
    for mine, theirs in itertools.zip_longest(message["content"], plain["content"]):
        assert mine["type"] == theirs["type"]
        for field in {"text", "thinking", "signature", "name", "caller"} & set(theirs):
            assert mine[field] == theirs[field]
        if "spelled" in mine and plain["stop_reason"] == "tool_use":
            assert json.loads(mine["spelled"]) == theirs["input"]
    for field in ("role", "model", "type", "stop_reason", "stop_sequence", "stop_details"):
        assert message[field] == plain[field]
    counts = {k: v for k, v in plain["usage"].items() if k != "server_tool_use"}
    assert {k: message["usage"][k] for k in counts} == counts


@pytest.mark.parametrize("name", CASES)
def test_the_order_of_events(name: str) -> None:
    _, events = both(CASES[name])
    names = [name for name, _ in events]
    assert names[0] == "message_start"
    assert names[-2:] == ["message_delta", "message_stop"]
    assert names.count("ping") == 1
    assert names.index("ping") == names.index("content_block_start") + 1
    open_block = None
    for kind, data in events:
        match kind:
            case "content_block_start":
                assert open_block is None
                open_block = data["index"]
            case "content_block_delta":
                assert data["index"] == open_block
            case "content_block_stop":
                assert data["index"] == open_block
                open_block = None
            case "message_delta":
                assert open_block is None
    indices = [data["index"] for kind, data in events if kind == "content_block_start"]
    assert indices == list(range(len(indices)))


@pytest.mark.parametrize("name", CASES)
def test_stop_reason_and_output_tokens(name: str) -> None:
    plain, _ = both(CASES[name])
    usage, reason, limit = plain["usage"], plain["stop_reason"], CASES[name]["max_tokens"]
    assert 0 < usage["output_tokens"] <= limit
    assert usage["output_tokens_details"]["thinking_tokens"] <= usage["output_tokens"]
    assert (usage["output_tokens"] == limit) == (reason == "max_tokens")
    assert reason == {
        "text cut": "max_tokens",
        "one token": "max_tokens",
        "thinking cut": "max_tokens",
        "tool cut": "max_tokens",
        "stop sequence": "stop_sequence",
        "tool": "tool_use",
        "thinking and tool": "tool_use",
    }.get(name, "end_turn")


def test_a_cut_within_thinking_leaves_one_block_and_no_text() -> None:
    plain, events = both(CASES["thinking cut"])
    assert [b["type"] for b in plain["content"]] == ["thinking"]
    assert plain["usage"]["output_tokens_details"]["thinking_tokens"] == plain["usage"]["output_tokens"] == 25
    assert assembled(events)["content"][0]["signature"] == plain["content"][0]["signature"] != ""


def test_omitted_thinking_has_a_signature_and_nothing_else() -> None:
    plain, events = both(CASES["thinking omitted"])
    first = [data["delta"]["type"] for kind, data in events if kind == "content_block_delta" and data["index"] == 0]
    assert first == ["signature_delta"]
    assert plain["content"][0]["thinking"] == ""
    assert plain["usage"]["output_tokens_details"]["thinking_tokens"] > 0


@pytest.mark.parametrize("name", ["thinking shown", "thinking within a budget"])
def test_the_signature_is_the_last_delta_of_thinking(name: str) -> None:
    _, events = both(CASES[name])
    kinds = [data["delta"]["type"] for kind, data in events if kind == "content_block_delta" and data["index"] == 0]
    assert len(kinds) > 2
    assert kinds[-1] == "signature_delta"
    assert set(kinds[:-1]) == {"thinking_delta"}


@pytest.mark.parametrize("name", ["tool", "tool cut", "thinking and tool"])
def test_the_first_piece_of_json_is_empty(name: str) -> None:
    _, events = both(CASES[name])
    start = next(d for kind, d in events if kind == "content_block_start" and d["content_block"]["type"] == "tool_use")
    assert start["content_block"]["input"] == {}
    pieces = [
        d["delta"]["partial_json"]
        for kind, d in events
        if kind == "content_block_delta" and d["index"] == start["index"]
    ]
    assert pieces[0] == ""
    assert all(pieces[1:])


def test_deltas_hold_1_to_12_tokens() -> None:
    body = {"messages": ESSAY, **CASES["text"]}
    simulator = Simulator(Settings(seed=3), StillClock())
    reply = simulator.accept(check_message(body, "2026-10-21", simulator.catalogue), "k").reply
    ends = [0, *(delta.at_token for delta in reply.blocks[0].deltas)]
    sizes = [b - a for a, b in itertools.pairwise(ends)]
    assert sizes[0] == 1
    assert 1 <= min(sizes) <= max(sizes) <= 12
    assert len(set(sizes)) > 3


@pytest.mark.parametrize("stop", [".", "ea", "ing ", "a", "tea", ". "])
def test_a_stop_sequence_ends_the_text_before_it_wherever_deltas_break(stop: str) -> None:
    whole, _ = both({"model": S46, "max_tokens": 900})
    plain, events = both({"model": S46, "max_tokens": 900, "stop_sequences": ["\x00", stop]})
    text = "".join(block["text"] for block in plain["content"])
    assert stop in whole["content"][0]["text"]
    assert (plain["stop_reason"], plain["stop_sequence"]) == ("stop_sequence", stop)
    assert stop not in text
    assert "".join(b["text"] for b in assembled(events)["content"]) == text


def test_message_start_has_the_final_counts_of_the_prompt() -> None:
    client = Client(Simulator(Settings(), StillClock()))
    body = {
        "model": S46,
        "max_tokens": 30,
        "stream": True,
        "system": [block(2_000, mark=M1), block(1_000, "pot", M5)],
        "messages": user(block(50, "cup")),
    }
    for read, short, long in ((0, 1_000, 2_000), (3_000, 0, 0)):
        events = client.post(body).events
        usage = events[0][1]["message"]["usage"]
        assert usage["cache_read_input_tokens"] == read
        assert usage["cache_creation_input_tokens"] == short + long
        assert usage["cache_creation"] == {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long}
        assert (usage["input_tokens"], usage["output_tokens"]) == (57, 1)
        assert set(events[-2][1]["usage"]) == {"output_tokens", "output_tokens_details"}


def test_the_context_window_ends_a_reply() -> None:
    client = Client(Simulator(Settings(), StillClock()))
    left = 40
    system = [block(100_000), block(90_000, "pot")]
    prompt: dict[str, Any] = {"model": "claude-haiku-4-5", "messages": ESSAY, "system": system}
    counted = client.post(prompt, "/v1/messages/count_tokens").json["input_tokens"]
    system.append(block(200_000 - left - counted, "cup"))
    answer = client.post({**prompt, "max_tokens": 900}).json
    assert answer["stop_reason"] == "model_context_window_exceeded"
    assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (200_000 - left, left)
    system.append(block(left + 1, "mug"))
    told = client.post({**prompt, "max_tokens": 900}).json["error"]["message"]
    assert told == "prompt is too long: 200001 tokens > 200000 maximum"


def test_a_pre_warm_answers_nothing() -> None:
    client = Client(Simulator(Settings(), StillClock()))
    body = {"model": S46, "max_tokens": 0, "system": [block(2_000, mark=M5)], "messages": user(block(8, "jar"))}
    answer = client.post(body).json
    assert (answer["content"], answer["stop_reason"], answer["usage"]["output_tokens"]) == ([], "max_tokens", 0)
    assert answer["usage"]["cache_creation_input_tokens"] == 2_000


def test_the_keys_of_a_plain_response() -> None:
    plain, _ = both(CASES["text"])
    assert set(plain) == {
        "id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "container",
        "diagnostics", "usage",
    }  # fmt: skip
    assert set(plain["usage"]) == {
        "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation", "output_tokens",
        "output_tokens_details", "server_tool_use", "service_tier", "inference_geo", "speed",
    }  # fmt: skip
    assert (plain["usage"]["service_tier"], plain["usage"]["inference_geo"]) == ("standard", "global")


def test_speed_and_geo_are_told() -> None:
    plain, events = both({"model": "claude-opus-4-8", "max_tokens": 3, "speed": "fast", "inference_geo": "us"})
    for usage in (plain["usage"], events[0][1]["message"]["usage"]):
        assert (usage["speed"], usage["inference_geo"]) == ("fast", "us")


def test_the_bytes_of_an_event() -> None:
    assert event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "é\n\u2028"}}) == (
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
        '"delta":{"type":"text_delta","text":"é\\n\u2028"}}\n\n'.encode()
    )
