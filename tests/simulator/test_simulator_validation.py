"""Public error texts word for word, cache marks, pre-warming, and requests that must be accepted."""

from typing import Any

import pytest

from optlab.catalogue import load
from optlab.simulator.errors import ApiError
from optlab.simulator.request.validation import check_message

NEW, OLD = "2026-10-21", "2023-06-01"
HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-4-6"
TOOL = {"name": "look", "input_schema": {"type": "object"}}
MARK = {"type": "ephemeral"}


def body(**fields: Any) -> dict[str, Any]:
    made = {"model": SONNET, "max_tokens": 100, "messages": [{"role": "user", "content": "Hello there"}], **fields}
    return {k: v for k, v in made.items() if v is not ...}


def refused(version: str = NEW, status: int = 400, **fields: Any) -> str:
    with pytest.raises(ApiError) as caught:
        check_message(body(**fields), version, load())
    assert caught.value.status == status
    return caught.value.message


def messages(*turns: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"role": role, "content": content} for role, content in turns]


def use(name: str = "a") -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": "look", "input": {}}


def result(name: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": name, "content": "found", **more}


def marked(text: str, ttl: str = "5m") -> dict[str, Any]:
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral", "ttl": ttl}}


WORDING: list[tuple[dict[str, Any], str]] = [
    ({"max_tokens": ...}, "max_tokens: Field required"),
    ({"max_tokens": "9"}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
    ({"messages": []}, "messages: at least one message is required"),
    ({"messages": messages(("robot", "x"))}, "messages.0.role: Input should be 'user', 'assistant' or 'system'"),
    ({"messages": messages(("assistant", "x"))}, 'messages.0.role: first message must use the "user" role'),
    ({"messages": messages(("user", [{"type": "text", "text": ""}]))}, "text content blocks must be non-empty"),
    ({"messages": messages(("user", [{"type": "poem"}]))}, "Input tag 'poem' found using 'type' does not match"),
    ({"tools": [{**TOOL, "name": "a b"}]}, "tools.0.custom.name: String should match pattern"),
    ({"tools": [TOOL, TOOL]}, "Tool names must be unique"),
    (
        {"tools": [TOOL, {"type": "bash_20250124", "name": "look"}]},
        "Tool names must be unique",
    ),
    ({"tool_choice": {"type": "auto"}}, "tool_choice may only be specified while providing tools"),
    ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "gone"}}, "Tool 'gone' not found in provided tools"),
    ({"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "must be greater than `thinking.budget_tokens`"),
    ({"messages": messages(("user", "x"), ("system", "y"), ("user", "z"))}, "role 'system' is not supported"),
]


@pytest.mark.parametrize(("fields", "part"), WORDING, ids=[f"{i}-{part[:40]}" for i, (_, part) in enumerate(WORDING)])
def test_wording(fields: dict[str, Any], part: str) -> None:
    assert part in refused(**fields)


def test_unknown_model_is_a_404_after_the_shape() -> None:
    assert refused(status=404, model="claude-9") == "model: claude-9"
    assert "foo" in refused(model="claude-9", foo=1)


def test_max_tokens_above_the_model() -> None:
    assert refused(model=HAIKU, max_tokens=64_001) == (
        "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5-20251001"
    )


MARKS: list[tuple[dict[str, Any], str]] = [
    ({"system": [marked(t) for t in "abcde"]}, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    ({"system": [marked(t) for t in "abcd"], "cache_control": MARK}, "A maximum of 4"),
    ({"system": [marked("a"), marked("b", "1h")]}, "ttl"),
    ({"system": [marked("a", "2h")]}, "system.0.cache_control.ephemeral.ttl"),
    ({"system": [{"type": "text", "text": "a", "cache_control": {"type": "forever"}}]}, "cache_control"),
    ({"messages": messages(("user", [marked("a", "1h")])), "cache_control": MARK}, "ttl"),
    (
        {
            "messages": messages(
                ("user", "a"),
                ("assistant", [{"type": "thinking", "thinking": "t", "signature": "s", "cache_control": MARK}]),
                ("user", "b"),
            )
        },
        "cache_control",
    ),
]


@pytest.mark.parametrize(("fields", "part"), MARKS)
def test_cache_marks(fields: dict[str, Any], part: str) -> None:
    assert part in refused(**fields)


def test_a_top_level_mark_over_the_same_mark_takes_no_slot() -> None:
    system = [marked(t) for t in "abc"]
    last = messages(("user", [marked("d")]))
    assert check_message(body(system=system, messages=last, cache_control=MARK), NEW, load())


MODELS: list[tuple[str, dict[str, Any], str]] = [
    (HAIKU, {"thinking": {"type": "adaptive"}}, '"thinking.type.adaptive" is not supported for this model'),
    (HAIKU, {"output_config": {"effort": "low"}}, "effort"),
    ("claude-opus-4-5", {"output_config": {"effort": "max"}}, "effort"),
    (SONNET, {"output_config": {"effort": "xhigh"}}, "effort"),
    (SONNET, {"thinking": {"type": "between_tools"}}, "between_tools"),
    ("claude-opus-4-7", {"thinking": {"type": "enabled", "budget_tokens": 1_024}, "max_tokens": 2_000}, "enabled"),
    ("claude-opus-5-5", {"thinking": {"type": "disabled"}}, "disabled"),
    ("claude-sonnet-5-5", {"thinking": {"type": "disabled"}}, "disabled"),
    ("claude-opus-5", {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}}, "effort"),
    ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}, "output_config": {"effort": "xhigh"}}, "effort"),
    ("claude-opus-5-5", {"tools": [TOOL], "tool_choice": {"type": "any"}}, "tool_choice"),
    (SONNET, {"messages": messages(("user", "a"), ("assistant", "b"))}, "prefill"),
    (HAIKU, {"messages": messages(("user", "a"), ("assistant", "b "))}, "whitespace"),
    ("claude-opus-4-8", {"messages": messages(("user", "a"), ("system", "b"), ("user", "c"))}, "system"),
]


@pytest.mark.parametrize(("model", "fields", "part"), MODELS)
def test_rules_of_the_model(model: str, fields: dict[str, Any], part: str) -> None:
    assert part in refused(model=model, **fields)


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    (HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 1_024}, "max_tokens": 2_000}),
    (HAIKU, {"messages": messages(("user", "a"), ("assistant", "b"))}),
    ("claude-sonnet-5", {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}}),
    ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}, "output_config": {"effort": "high"}}),
    ("claude-opus-4-8", {"messages": messages(("user", "a"), ("system", "b")), "speed": "fast"}),
    (SONNET, {"messages": messages(("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d"))}),
    (SONNET, {"messages": messages(("user", "a"), ("assistant", [use()]), ("user", [result(), marked("b")]))}),
    (SONNET, {"tools": [TOOL, {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]}),
    (SONNET, {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "look"}, "metadata": {"user_id": None}}),
    (SONNET, {"system": "be kind", "inference_geo": "us", "container": None, "diagnostics": None}),
]


@pytest.mark.parametrize(("model", "fields"), ACCEPTED)
def test_accepted(model: str, fields: dict[str, Any]) -> None:
    assert check_message(body(model=model, **fields), NEW, load())


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"stream": True}, "stream"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1_024}}, "thinking"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {}}}}, "format"),
        ({"tools": [TOOL], "tool_choice": {"type": "any"}}, "tool_choice"),
    ],
)
def test_pre_warm_restrictions(fields: dict[str, Any], part: str) -> None:
    assert part in refused(max_tokens=0, **fields)
