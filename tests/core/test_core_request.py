"""From a prompt to the JSON body of one request: places, cache marks, salts."""

from typing import Any

import pytest

from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Block, Request, Tool, Turn, compose

TOOL = '{"name": "look_up", "description": "Looks up.", "input_schema": {"type": "object"}}'


def request(**given: Any) -> Request:
    base: dict[str, Any] = {"model": "m", "max_tokens": 10, "messages": (Turn("user", (Block("Hi"),)),)}
    return Request(**(base | given))


def test_each_segment_goes_to_its_place() -> None:
    prompt = Prompt(
        (
            Segment("question", "user", "{q}"),
            Segment("rules", "system", "Be brief."),
            Segment("first", "history", "Hello", role="user"),
            Segment("tool", "tools", TOOL),
            Segment("reply", "history", "Hi there", role="assistant"),
            Segment("tone", "system", "Be warm."),
            Segment("format", "user", "In one line."),
            Segment("two", "tools", f"[{TOOL}, {TOOL}]"),
        )
    )
    made = compose(prompt, {"q": "Why?"}, model="claude-sonnet-4-6", max_tokens=400)
    tool = {"name": "look_up", "description": "Looks up.", "input_schema": {"type": "object"}}
    assert made.body() == {
        "model": "claude-sonnet-4-6",
        "max_tokens": 400,
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi there"},
            {
                "role": "user",
                "content": [{"type": "text", "text": "Why?"}, {"type": "text", "text": "In one line."}],
            },
        ],
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be warm."}],
        "tools": [tool, tool, tool],
    }


def test_segments_that_are_off_or_blank_are_left_out() -> None:
    prompt = Prompt(
        (
            Segment("rules", "system", "Be brief.", on=False),
            Segment("blank", "system", "  \n "),
            Segment("emptied", "user", "{q}"),
            Segment("question", "user", "Why?"),
        )
    )
    body = compose(prompt, {"q": ""}, model="m", max_tokens=1).body()
    assert body == {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Why?"}]}


@pytest.mark.parametrize(
    "segments",
    [
        (),
        (Segment("rules", "system", "Be brief."),),
        (Segment("question", "user", "Why?", on=False),),
        (Segment("question", "user", "\t"),),
        (Segment("question", "user", "{q}"),),
        (Segment("earlier", "history", "Why?", role="user"),),
    ],
)
def test_a_prompt_without_user_text_makes_no_request(segments: tuple[Segment, ...]) -> None:
    with pytest.raises(ValueError, match="no user text left"):
        compose(Prompt(segments), {"q": " "}, model="m", max_tokens=1)


@pytest.mark.parametrize("text, words", [("{", "'t' is no JSON"), ("[1]", "not a JSON object"), ("3", "not a JSON")])
def test_a_tools_segment_must_hold_tools(text: str, words: str) -> None:
    prompt = Prompt((Segment("t", "tools", text), Segment("q", "user", "Why?")))
    with pytest.raises(ValueError, match=words):
        compose(prompt, {}, model="m", max_tokens=1)


def test_what_is_not_asked_for_is_left_out() -> None:
    assert request().body() == {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}]}


def test_everything_that_can_be_asked_for() -> None:
    body = request(stream=True, effort="low", thinking={"type": "adaptive"}, stop_sequences=("END",), cache="1h").body()
    assert body == {
        "model": "m",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "Hi"}],
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "low"},
        "stop_sequences": ["END"],
        "stream": True,
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    }


def test_cache_marks_stand_behind_their_blocks() -> None:
    tools = (Tool({"name": "a"}), Tool({"name": "b"}, "5m"))
    made = request(
        tools=tools,
        system=(Block("one"), Block("two", "1h")),
        messages=(Turn("user", (Block("Hi", "5m"),)), Turn("assistant", (Block("Ho"),))),
    )
    body = made.body()
    assert body["tools"] == [{"name": "a"}, {"name": "b", "cache_control": {"type": "ephemeral"}}]
    assert body["system"] == [
        {"type": "text", "text": "one"},
        {"type": "text", "text": "two", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ]
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]},
        {"role": "assistant", "content": "Ho"},
    ]
    assert "cache_control" not in body
    assert tools[1].definition == {"name": "b"}  # the request's own tools are not written on


def test_breakpoints_come_in_prefix_order() -> None:
    made = request(
        tools=(Tool({"name": "a"}, "1h"),),
        system=(Block("one", "1h"), Block("two")),
        messages=(Turn("user", (Block("Hi", "5m"),)),),
        cache="5m",
    )
    assert made.breakpoints == ("1h", "1h", "5m", "5m")
    assert request().breakpoints == ()


def test_texts_are_everything_the_model_reads_in_prefix_order() -> None:
    made = request(
        tools=(Tool({"name": "a"}),),
        system=(Block("rules"),),
        messages=(Turn("user", (Block("Hi"), Block("there"))), Turn("assistant", (Block("Ho"),))),
    )
    assert made.texts() == ('{"name":"a"}', "rules", "Hi", "there", "Ho")


SYSTEM = (Block("rules", "5m"), Block("more"))
TOOLS = (Tool({"name": "a", "description": "Does."}, segment="tool"), Tool({"name": "b"}, "5m"))


def test_the_salt_stands_at_the_start_of_the_prefix() -> None:
    salted = request(tools=TOOLS, system=SYSTEM).salted("s-1")
    assert salted.tools == (Tool({"name": "a", "description": "s-1 Does."}, segment="tool"), TOOLS[1])
    assert salted.system == SYSTEM
    salted = request(system=SYSTEM).salted("s-1")
    assert salted.system == (Block("s-1 rules", "5m"), Block("more"))
    assert salted.messages == request().messages
    messages = (Turn("user", (Block("Hi", "1h"), Block("there"))), Turn("assistant", (Block("Ho"),)))
    salted = request(messages=messages).salted("s-1")
    assert salted.messages == (Turn("user", (Block("s-1 Hi", "1h"), Block("there"))), messages[1])


def test_a_tool_without_a_description_gets_the_salt_alone() -> None:
    bare = (Tool({"name": "b"}),)
    assert request(tools=bare).salted("s-1").tools == (Tool({"name": "b", "description": "s-1"}),)
    assert bare == (Tool({"name": "b"}),)


@pytest.mark.parametrize("given", [{}, {"system": SYSTEM}, {"system": SYSTEM, "tools": TOOLS}])
def test_only_one_text_changes_and_two_salts_of_one_length_make_requests_of_one_size(given: dict[str, Any]) -> None:
    plain = request(**given)
    one, other = plain.salted("aaaa"), plain.salted("bbbb")
    assert [len(text) for text in one.texts()] == [len(text) for text in other.texts()]
    changed = [i for i, (a, b) in enumerate(zip(plain.texts(), one.texts(), strict=True)) if a != b]
    assert changed == [0]
    assert one.texts()[0] != other.texts()[0]
    assert one.breakpoints == plain.breakpoints


SEGMENTS = Prompt(
    (
        Segment("tool", "tools", f"[{TOOL}, {TOOL}]"),
        Segment("rules", "system", "Be brief.", trimmable=False),
        Segment("tone", "system", "Be warm."),
        Segment("first", "history", "Hello", role="user"),
        Segment("reply", "history", "Hi there", role="assistant"),
        Segment("question", "user", "{q}", trimmable=False),
        Segment("format", "user", "In one line."),
    )
)


def test_parts_know_their_segments_and_whether_they_may_be_cut() -> None:
    made = compose(SEGMENTS, {"q": "Why?"}, model="m", max_tokens=1)
    assert made.segments == ("tool", "rules", "tone", "first", "reply", "question", "format")
    assert [(part.segment, part.cuttable) for part in made.parts] == [
        *[("tool", True)] * 2, ("rules", False), ("tone", True),
        ("first", True), ("reply", True), ("question", False), ("format", True),
    ]  # fmt: skip
    assert made.salted("s").segments == made.segments
    assert request().segments == ()


def test_segments_are_left_out_and_empty_turns_with_them() -> None:
    made = compose(SEGMENTS, {"q": "Why?"}, model="m", max_tokens=1)
    left = made.without(["tool", "tone", "reply", "format"])
    assert left.segments == ("rules", "first", "question")
    assert left.body()["messages"] == [{"role": "user", "content": "Hello"}, {"role": "user", "content": "Why?"}]
    assert "tools" not in left.body()
    assert made.without([]) == made == made.without(["no such"])
    assert request().without([""]).messages == ()


def test_a_part_is_marked_and_its_twin_is_not() -> None:
    """Two tools with one text are two parts: a breakpoint stands behind the one that was meant."""
    made = compose(SEGMENTS, {"q": "Why?"}, model="m", max_tokens=1)
    assert made.parts[0] == made.parts[1]
    marked = made.marked(made.parts[1], "1h")
    assert [part.cache for part in marked.parts] == [None, "1h", *[None] * 6]
    both = marked.marked(marked.parts[6], "1h")
    assert both.breakpoints == ("1h", "1h")
    assert both.body()["messages"][-1]["content"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert made.breakpoints == ()


def test_that_a_request_stands_for_a_batch_is_not_told_to_the_api() -> None:
    assert request(batched=True).body() == request().body()
