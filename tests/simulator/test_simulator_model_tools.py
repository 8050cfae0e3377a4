"""Tools left to the model: when it calls one, with which arguments, how blocks stream, and what it makes of results."""

import json
from typing import Any

import pytest

from optlab.catalogue import load
from optlab.simulator import wire
from optlab.simulator.reply.blocks import Reply
from optlab.simulator.request.validation import check_message
from optlab.simulator.simulation import Call, Simulator

WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather for a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
        "required": ["city"],
    },
}
ORDER = {
    "name": "look_up_order",
    "description": "Finds an order by its order number",
    "input_schema": {
        "type": "object",
        "properties": {"order_number": {"type": "string"}},
        "required": ["order_number"],
    },
}
SUMS = {
    "name": "calculator",
    "description": "Evaluates an arithmetic expression",
    "input_schema": {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
}


def call(simulator: Simulator, asked: str | list[Any], **fields: Any) -> Call:
    messages = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    body = {
        "model": "claude-opus-4-6",
        "max_tokens": 400,
        "messages": messages,
        "tools": [WEATHER, ORDER, SUMS],
        **fields,
    }
    return simulator.accept(check_message(body, "2026-10-21", load()), "key")


def uses(reply: Reply) -> list[tuple[Any, Any]]:
    return [(b.content["name"], b.content["input"]) for b in reply.blocks if b.kind == "tool_use"]


def text(reply: Reply) -> str:
    return "".join(str(b.content["text"]) for b in reply.blocks if b.kind == "text")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the weather in Paris?", [("get_weather", {"city": "Paris"})]),
        ("How is the weather in Oslo in celsius?", [("get_weather", {"city": "Oslo", "unit": "celsius"})]),
        ("Where is my order A-1234?", [("look_up_order", {"order_number": "A-1234"})]),
        ("What is 12*(3+4)?", [("calculator", {"expression": "12*(3+4)"})]),
        (
            "What is the weather in Paris and in Rome?",
            [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})],
        ),
        (
            "How is the weather in Oslo, and where is my order B-77?",
            [("get_weather", {"city": "Oslo"}), ("look_up_order", {"order_number": "B-77"})],
        ),
    ],
)
def test_a_clear_match_calls_the_tool_with_arguments_from_the_question(
    simulator: Simulator, question: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    replies = [call(simulator, question).reply for _ in range(12)]
    assert sum(uses(r) == expected for r in replies) >= 11
    called = [r for r in replies if uses(r)]
    assert {r.stop_reason for r in called} == {"tool_use"}


@pytest.mark.parametrize("question", ["Write a short poem about tea.", "Hello", "Why is the sea salty?"])
def test_other_questions_are_answered_in_words(simulator: Simulator, question: str) -> None:
    for _ in range(5):
        reply = call(simulator, question).reply
        assert (uses(reply), reply.stop_reason) == ([], "end_turn")
        assert text(reply)


def test_none_never_calls_and_any_always_does(simulator: Simulator) -> None:
    for _ in range(5):
        assert not uses(call(simulator, "What is the weather in Paris?", tool_choice={"type": "none"}).reply)
        forced = call(simulator, "What is the weather in Paris?", tool_choice={"type": "any"}).reply
        assert uses(forced)[0][0] == "get_weather"
        assert [b.kind for b in forced.blocks] == ["tool_use"]
        named = call(simulator, "Good morning, Rome!", tool_choice={"type": "tool", "name": "get_weather"}).reply
        assert uses(named)[0][0] == "get_weather"


def test_parallel_calls_can_be_turned_off(simulator: Simulator) -> None:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    for _ in range(5):
        assert len(uses(call(simulator, "What is the weather in Paris and in Rome?", tool_choice=choice).reply)) == 1


def test_a_missing_argument_is_asked_for(simulator: Simulator) -> None:
    replies = [call(simulator, "What's the weather like?").reply for _ in range(12)]
    assert not any(uses(r) for r in replies)
    assert sum(text(r).endswith("the city?") for r in replies) >= 9


def test_something_is_sometimes_said_before_a_call(simulator: Simulator) -> None:
    replies = [call(simulator, "What is the weather in Paris?").reply for _ in range(30)]
    kinds = {tuple(b.kind for b in r.blocks) for r in replies}
    assert {("tool_use",), ("text", "tool_use")} <= kinds


def test_several_blocks_stream_in_order_and_count_every_token(simulator: Simulator) -> None:
    question = "What is the weather in Paris and in Rome?"
    made = next(c for c in (call(simulator, question) for _ in range(60)) if len(c.reply.blocks) == 3)
    blocks = made.reply.blocks
    assert [b.kind for b in blocks] == ["text", "tool_use", "tool_use"]
    assert len({b.content["id"] for b in blocks[1:]}) == 2
    assert [b.first_token for b in blocks[1:]] == [b.last_token + 1 for b in blocks[:-1]]
    assert made.reply.output_tokens == blocks[-1].last_token
    used = wire.usage(made.claim, made.frame_tokens, made.reply, geo="global", speed="standard")
    sent = list(wire.events("msg_1", "m", made.reply, used))
    assert [at for at, _ in sent] == sorted(at for at, _ in sent)
    data = [json.loads(e.split(b"data: ")[1]) for _, e in sent]
    for index, block in enumerate(blocks[1:], 1):
        parts = [d["delta"]["partial_json"] for d in data if d["type"] == "content_block_delta" and d["index"] == index]
        assert parts[0] == ""
        assert json.loads("".join(parts)) == block.content["input"]


def test_a_reply_is_cut_inside_any_block(simulator: Simulator) -> None:
    question = "What is the weather in Paris and in Rome?"
    whole = call(simulator, question, tool_choice={"type": "auto"}).reply.output_tokens
    for limit in range(1, whole):
        reply = call(simulator, question, max_tokens=limit).reply
        if reply.stop_reason == "max_tokens":
            assert reply.output_tokens == limit == reply.blocks[-1].last_token
        else:
            assert reply.output_tokens <= limit
    assert uses(call(simulator, question, max_tokens=2, tool_choice={"type": "any"}).reply) == [("get_weather", {})]


def test_a_stop_sequence_in_the_words_before_a_call_ends_the_reply(simulator: Simulator) -> None:
    replies = [
        call(simulator, "What is the weather in Paris?", stop_sequences=["look", "check"]).reply for _ in range(30)
    ]
    stopped = [r for r in replies if r.stop_reason == "stop_sequence"]
    assert stopped
    assert all(not uses(r) and r.stop_sequence in ("look", "check") for r in stopped)
    others = [r.stop_reason for r in replies if r not in stopped]
    assert others.count("tool_use") > 0.8 * len(others), "now and then a model does not see that a tool fits"


def result_of(question: str, tool: str, given: dict[str, str], result: str) -> list[Any]:
    return [
        {"role": "user", "content": question},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": tool, "input": given}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": result}]},
    ]


def test_after_a_result_the_model_answers_from_it(simulator: Simulator) -> None:
    turns = result_of(
        "Where is my order A-12?", "look_up_order", {"order_number": "A-12"}, "Order A-12 was shipped on 3 May to Faro."
    )
    reply = call(simulator, turns).reply
    assert (reply.stop_reason, uses(reply)) == ("end_turn", [])
    assert "shipped on 3 May to Faro" in text(reply)
    weather = result_of(
        "What is the weather in Paris?", "get_weather", {"city": "Paris"}, '{"temperature": 21, "sky": "cloudy"}'
    )
    reply = call(simulator, weather).reply
    assert uses(reply) == []
    assert "21" in text(reply)
    assert "cloudy" in text(reply)


def test_structured_output_comes_before_a_call_left_to_the_model(simulator: Simulator) -> None:
    shape = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    reply = call(
        simulator, "What is the weather in Paris?", output_config={"format": {"type": "json_schema", "schema": shape}}
    ).reply
    assert json.loads(text(reply)) == {"city": "Paris"}


def test_a_grader_answers_within_ten_tokens(simulator: Simulator) -> None:
    asked = "Question: What is 6*7?\nAnswer: 42\n\nReply with PASS or FAIL only."
    reply = call(simulator, asked, model="claude-haiku-4-5", max_tokens=10, tools=[], system="You are a grader.").reply
    assert (text(reply), reply.stop_reason) == ("PASS", "end_turn")


def test_thinking_makes_hard_items_easier(simulator: Simulator) -> None:
    problem = (
        "Tom has 431 apples. He buys 287 more and gives 145 to Ann. Then he finds 68. How many apples does he have now?"
    )

    def right(thinking: dict[str, Any]) -> int:
        fields = {"model": "claude-haiku-4-5", "thinking": thinking, "max_tokens": 2_000, "tools": []}
        return sum(text(call(simulator, problem, **fields).reply).endswith("641.") for _ in range(250))

    assert right({"type": "disabled"}) + 10 < right({"type": "enabled", "budget_tokens": 1_024})


TIME = {
    "name": "get_time",
    "description": "Get the local time in a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CONVERT = {
    "name": "convert",
    "description": "Converts an amount from one currency or unit to another",
    "input_schema": {
        "type": "object",
        "properties": {"amount": {"type": "number"}, "from": {"type": "string"}, "to": {"type": "string"}},
        "required": ["amount", "from", "to"],
    },
}
PARALLEL_OFF = {"type": "auto", "disable_parallel_tool_use": True}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Show me the weather and the time in Lima.", [("get_weather", "Lima"), ("get_time", "Lima")]),
        ("What are the local time and the weather in Cairo?", [("get_time", "Cairo"), ("get_weather", "Cairo")]),
        ("Give me the weather in Oslo and the time in Rome.", [("get_weather", "Oslo"), ("get_time", "Rome")]),
    ],
)
def test_one_question_may_call_for_several_tools(
    simulator: Simulator, question: str, expected: list[tuple[str, str]]
) -> None:
    wanted = [(name, {"city": city}) for name, city in expected]
    tools = [WEATHER, TIME, CONVERT]
    replies = [call(simulator, question, tools=tools).reply for _ in range(12)]
    assert sum(uses(r) == wanted for r in replies) >= 10
    single = [call(simulator, question, tools=tools, tool_choice=PARALLEL_OFF).reply for _ in range(6)]
    assert sum(uses(r) == wanted[:1] for r in single) >= 5


def test_what_is_not_called_yet_is_called_after_the_first_result(simulator: Simulator) -> None:
    question = "Show me the weather and the time in Lima."
    turns = result_of(question, "get_weather", {"city": "Lima"}, "Mild and dry")
    reply = call(simulator, turns, tools=[WEATHER, TIME], tool_choice=PARALLEL_OFF).reply
    assert (uses(reply), reply.stop_reason) == ([("get_time", {"city": "Lima"})], "tool_use")
    turns += result_of(question, "get_time", {"city": "Lima"}, "It is 09:15")[1:]
    for block in (turns[3]["content"][0], turns[4]["content"][0]):
        block.update({k: "toolu_2" for k in ("id", "tool_use_id") if k in block})
    reply = call(simulator, turns, tools=[WEATHER, TIME], tool_choice=PARALLEL_OFF).reply
    assert (uses(reply), reply.stop_reason) == ([], "end_turn")
    assert text(reply)


@pytest.mark.parametrize(
    ("question", "amount", "source", "target"),
    [
        ("Change 75 GBP into JPY", 75, "GBP", "JPY"),
        ("Convert 12 miles to km", 12, "miles", "km"),
        ("How much is 35 euros in dollars?", 35, "EUR", "USD"),
        ("How many pounds are 8 kg?", 8, "kg", "pounds"),
        ("Convert $40 to CHF", 40, "USD", "CHF"),
    ],
)
def test_a_conversion_takes_its_ends_by_their_place(
    simulator: Simulator, question: str, amount: int, source: str, target: str
) -> None:
    replies = [call(simulator, question, tools=[CONVERT, TIME]).reply for _ in range(12)]
    wanted = [("convert", {"amount": amount, "from": source, "to": target})]
    assert sum(uses(r) == wanted for r in replies) >= 10


def test_a_failed_tool_is_told_as_a_failure(simulator: Simulator) -> None:
    turns = result_of(
        "Where is my order A-12?", "look_up_order", {"order_number": "A-12"}, "Error: connection refused."
    )
    turns[-1]["content"][0]["is_error"] = True
    reply = call(simulator, turns).reply
    assert (uses(reply), reply.stop_reason) == ([], "end_turn")
    assert text(reply) == "The look_up_order tool failed: connection refused."
    del turns[-1]["content"][0]["content"]
    assert text(call(simulator, turns).reply) == "The look_up_order tool failed and gave no reason."
