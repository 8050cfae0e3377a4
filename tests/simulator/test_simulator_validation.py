"""Every rule of a request: its status, and that the message names the field."""

from typing import Any

import pytest

from optlab.catalogue import load
from optlab.simulator.errors import ApiError
from optlab.simulator.validation import check_count, check_message, parse_json

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


SHAPES: list[tuple[dict[str, Any], str]] = [
    ({"model": ...}, "model: Field required"),
    ({"model": 5}, "model: Input should be a valid string"),
    ({"max_tokens": ...}, "max_tokens: Field required"),
    ({"max_tokens": "9"}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
    ({"messages": ...}, "messages: Field required"),
    ({"messages": []}, "messages: at least one message is required"),
    ({"messages": "hi"}, "messages: Input should be a valid list"),
    ({"messages": [{"content": "x"}]}, "messages.0.role: Field required"),
    ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
    ({"messages": messages(("robot", "x"))}, "messages.0.role: Input should be 'user', 'assistant' or 'system'"),
    ({"messages": messages(("assistant", "x"))}, "role"),
    ({"messages": messages(("user", ""))}, "messages.0.content: text content blocks must be non-empty"),
    ({"messages": messages(("user", []))}, "messages.0.content"),
    ({"messages": messages(("user", [{"type": "text", "text": ""}]))}, "text content blocks must be non-empty"),
    ({"messages": messages(("user", [{"type": "poem"}]))}, "'poem'"),
    ({"messages": messages(("user", [{"text": "x"}]))}, "messages.0.content.0.type: Field required"),
    (
        {"messages": messages(("user", [{"type": "text", "text": "a"}, {"type": "text", "text": "b", "foo": 1}]))},
        "messages.0.content.1.text.foo: Extra inputs are not permitted",
    ),
    ({"foo": 1}, "foo: Extra inputs are not permitted"),
    ({"system": 5}, "system"),
    ({"system": [{"type": "image"}]}, "system.0.type"),
    ({"system": [{"type": "text", "text": ""}]}, "system.0: text content blocks must be non-empty"),
    ({"tools": [{"name": "x"}]}, "tools.0.custom.input_schema: Field required"),
    ({"tools": [{**TOOL, "name": "a b"}]}, "tools.0.custom.name: String should match pattern"),
    ({"tools": [{**TOOL, "input_schema": {}}]}, "tools.0.custom.input_schema.type: Field required"),
    ({"tools": [TOOL, TOOL]}, "Tool names must be unique"),
    ({"tool_choice": {"type": "auto"}}, "tool_choice may only be specified while providing tools"),
    ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "gone"}}, "'gone' not found"),
    ({"tools": [TOOL], "tool_choice": {"type": "tool"}}, "tool_choice.tool.name: Field required"),
    ({"stop_sequences": [" "]}, "stop_sequences"),
    ({"stop_sequences": "x"}, "stop_sequences"),
    ({"metadata": {"name": "x"}}, "metadata.name: Extra inputs are not permitted"),
    ({"service_tier": "priority"}, "service_tier"),
    ({"speed": "slow"}, "speed"),
    ({"speed": "fast"}, "speed"),
    ({"stream": "yes"}, "stream"),
    ({"inference_geo": "mars"}, "inference_geo"),
    ({"diagnostics": {"id": 1}}, "diagnostics.id"),
    ({"output_config": {"format": {"type": "xml"}}}, "output_config.format"),
    ({"thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: Field required"),
    ({"thinking": {"type": "enabled", "budget_tokens": 100}}, "budget_tokens"),
    ({"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "budget_tokens"),
    ({"messages": messages(("user", [result()]))}, "tool_result"),
    ({"messages": messages(("user", "x"), ("assistant", [use()]), ("user", "y"))}, "tool_use"),
    ({"messages": messages(("user", "x"), ("assistant", [use()]), ("user", [result("b")]))}, "tool_result"),
    ({"messages": messages(("user", [use()]))}, "tool_use"),
    ({"messages": messages(("user", "x"), ("system", "y"), ("user", "z"))}, "system"),
]


@pytest.mark.parametrize(("fields", "part"), SHAPES, ids=[part[:50] for _, part in SHAPES])
def test_shape_and_turn_rules(fields: dict[str, Any], part: str) -> None:
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


def test_sampling_parameters_by_version_and_model() -> None:
    for name in ("temperature", "top_p", "top_k"):
        assert name in refused(NEW, **{name: 1})
        assert check_message(body(model=SONNET, **{name: 1}), OLD, load())
    assert "temperature" in refused(OLD, model="claude-opus-4-7", temperature=0.5)
    assert "temperature" in refused(OLD, model=SONNET, temperature=2)
    assert check_message(body(model="claude-opus-4-7", temperature=1.0), OLD, load())


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


def test_documents_and_citations_by_version() -> None:
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
    turns = messages(("user", "a"), ("assistant", [document]), ("user", "b"))
    assert "document" in refused(messages=turns)
    assert check_message(body(messages=turns), OLD, load())
    cited = messages(("user", [{"type": "text", "text": "a", "citations": [{}]}]))
    assert "citations" in refused(messages=cited)


def test_count_takes_only_the_fields_of_a_prompt() -> None:
    for name, value in (("max_tokens", 5), ("stream", True), ("metadata", {})):
        with pytest.raises(ApiError, match=name):
            check_count({**body(max_tokens=...), name: value}, NEW, load())
    assert check_count(body(max_tokens=..., system="x", tools=[TOOL], cache_control=MARK), NEW, load())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a":"\xff"}', b'{"a":' * 9_000, b"NaN"])
def test_bodies_that_are_not_objects(data: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        parse_json(data)
    assert caught.value.status == 400


def test_nesting_has_a_limit_below_pythons() -> None:
    assert parse_json(b'{"a":' + b"[" * 60 + b"]" * 60 + b"}")
    with pytest.raises(ApiError, match="nested too deep"):
        parse_json(b'{"a":' + b"[" * 200 + b"]" * 200 + b"}")
