"""Wrong types, missing and unknown keys at every level of a request: a 400 whose message begins with the path."""

from typing import Any

import pytest

from optlab.catalogue import load
from optlab.simulator.errors import ApiError
from optlab.simulator.request.validation import check_count, check_message

NEW, OLD = "2026-10-21", "2023-06-01"
VERSIONS = pytest.mark.parametrize("version", [NEW, OLD])
MARK = {"type": "ephemeral"}
TOOL: dict[str, Any] = {"name": "look", "input_schema": {"type": "object"}}
TEXT = {"type": "text", "text": "x"}
IMAGE: dict[str, Any] = {"type": "image", "source": {"type": "url", "url": "u"}}
DOCUMENT: dict[str, Any] = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
USE = {"type": "tool_use", "id": "a", "name": "look", "input": {}}
RESULT: dict[str, Any] = {"type": "tool_result", "tool_use_id": "a"}
FOUND: dict[str, Any] = {"type": "search_result", "source": "s", "title": "t", "content": [TEXT]}


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "claude-sonnet-4-6", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}], **fields}


def user(*content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


def answered(result: Any) -> dict[str, Any]:
    """A conversation whose last message holds one tool result."""
    return {
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [USE]},
            {"role": "user", "content": [result]},
        ]
    }


def refused(fields: dict[str, Any], version: str = NEW) -> str:
    with pytest.raises(ApiError) as caught:
        check_message(body(**fields), version, load())
    assert (caught.value.status, caught.value.type) == (400, "invalid_request_error")
    return caught.value.message


EXTRA: dict[str, dict[str, Any]] = {
    "foo": {"foo": 1},
    "messages.0.foo": {"messages": [{"role": "user", "content": "Hi", "foo": 1}]},
    "messages.0.content.0.text.foo": user({**TEXT, "foo": 1}),
    "messages.0.content.1.image.foo": user(TEXT, {**IMAGE, "foo": 1}),
    "messages.0.content.0.image.source.url.foo": user({**IMAGE, "source": {**IMAGE["source"], "foo": 1}}),
    "messages.0.content.0.image.transformations.foo": user({**IMAGE, "transformations": {"foo": 1}}),
    "messages.0.content.0.document.foo": user({**DOCUMENT, "foo": 1}),
    "messages.0.content.0.document.source.text.foo": user({**DOCUMENT, "source": {**DOCUMENT["source"], "foo": 1}}),
    "messages.0.content.0.document.source.content.content.0.text.foo": user(
        {"type": "document", "source": {"type": "content", "content": [{**TEXT, "foo": 1}]}}
    ),
    "messages.0.content.0.document.citations.foo": user({**DOCUMENT, "citations": {"foo": 1}}),
    "messages.0.content.0.search_result.foo": user({**FOUND, "foo": 1}),
    "messages.0.content.0.search_result.content.0.text.foo": user({**FOUND, "content": [{**TEXT, "foo": 1}]}),
    "messages.0.content.0.text.cache_control.ephemeral.foo": user({**TEXT, "cache_control": {**MARK, "foo": 1}}),
    "messages.2.content.0.tool_result.foo": answered({**RESULT, "foo": 1}),
    "messages.2.content.0.tool_result.content.0.text.foo": answered({**RESULT, "content": [{**TEXT, "foo": 1}]}),
    "messages.1.content.0.tool_use.foo": {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{**USE, "foo": 1}]}]
    },
    "messages.1.content.0.thinking.cache_control": {
        "messages": [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": [{"type": "thinking", "thinking": "", "signature": "", "cache_control": MARK}],
            },
        ]
    },
    "messages.1.content.0.redacted_thinking.cache_control": {
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "", "cache_control": MARK}]},
        ]
    },
    "system.0.foo": {"system": [{**TEXT, "foo": 1}]},
    "tools.0.custom.foo": {"tools": [{**TOOL, "foo": 1}]},
    "tool_choice.auto.foo": {"tools": [TOOL], "tool_choice": {"type": "auto", "foo": 1}},
    "tool_choice.none.disable_parallel_tool_use": {
        "tools": [TOOL],
        "tool_choice": {"type": "none", "disable_parallel_tool_use": True},
    },
    "thinking.adaptive.budget_tokens": {"thinking": {"type": "adaptive", "budget_tokens": 2_000}},
    "thinking.disabled.display": {"thinking": {"type": "disabled", "display": "omitted"}},
    "output_config.foo": {"output_config": {"foo": 1}},
    "output_config.format.json_schema.foo": {
        "output_config": {"format": {"type": "json_schema", "schema": {}, "foo": 1}}
    },
    "metadata.foo": {"metadata": {"user_id": "u", "foo": 1}},
    "diagnostics.foo": {"diagnostics": {"foo": 1}},
    "cache_control.ephemeral.foo": {"cache_control": {**MARK, "foo": 1}},
    "container.foo": {"container": {"foo": 1}},
    "container.skills.0.foo": {"container": {"skills": [{"skill_id": "s", "type": "custom", "foo": 1}]}},
    "output_format": {"output_format": {}},
}


@VERSIONS
@pytest.mark.parametrize("path", EXTRA)
def test_unknown_keys(path: str, version: str) -> None:
    assert refused(EXTRA[path], version) == f"{path}: Extra inputs are not permitted"


def test_what_the_client_defines_is_free() -> None:
    free = {"foo": [{"bar": None}], "properties": {"x": {"cache_control": 1}}}
    fields = {"tools": [{**TOOL, "input_schema": {"type": "object", **free}, "input_examples": [free]}]}
    fields["messages"] = answered(RESULT)["messages"]
    fields["messages"][1]["content"] = [{**USE, "input": free}]
    fields["output_config"] = {"format": {"type": "json_schema", "schema": free}}
    assert check_message(body(**fields), NEW, load())


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": ""}),
    ("model", {"model": None}),
    ("model", {"model": "x" * 257}),
    ("max_tokens", {"max_tokens": 5.0}),
    ("max_tokens", {"max_tokens": None}),
    ("max_tokens", {"max_tokens": 10**30}),
    ("messages", {"messages": {}}),
    ("messages", {"messages": None}),
    ("messages.0", {"messages": ["Hi"]}),
    ("messages.0.role", {"messages": [{"role": "User", "content": "Hi"}]}),
    ("messages.0.role", {"messages": [{"role": ["user"], "content": "Hi"}]}),
    ("messages.0.role", {"messages": [{"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Hi"}]}),
    ("messages.0.role", {"messages": [{"role": "system", "content": "Hi"}]}),
    ("messages.0.content", {"messages": [{"role": "user", "content": None}]}),
    ("messages.0.content", {"messages": [{"role": "user", "content": 5}]}),
    ("messages.0.content", {"messages": [{"role": "user", "content": ""}]}),
    ("messages.0.content", {"messages": [{"role": "user", "content": []}]}),
    ("messages.0.content.0", user("Hi")),
    ("messages.0.content.0", user({"type": "poem"})),
    ("messages.0.content.0.type", user({"type": 5})),
    ("messages.0.content.0.type", user({})),
    ("messages.0.content.0.text.text", user({"type": "text"})),
    ("messages.0.content.0.text.text", user({"type": "text", "text": 5})),
    ("messages.0.content.0", user({"type": "text", "text": ""})),
    ("messages.0.content.0", user({"type": "text", "text": " \n"})),
    ("messages.0.content.0", user({"type": "text", "text": "", "cache_control": MARK})),
    ("messages.2.content.0.content.0", answered({**RESULT, "content": [{"type": "text", "text": ""}]})),
    ("messages.0.content.0.content.0", user({**FOUND, "content": [{"type": "text", "text": ""}]})),
    ("messages.0.content.0.text.cache_control", user({**TEXT, "cache_control": True})),
    ("messages.0.content.0.text.cache_control", user({**TEXT, "cache_control": {"type": "eternal"}})),
    ("messages.0.content.0.text.cache_control.type", user({**TEXT, "cache_control": {"ttl": "5m"}})),
    ("messages.0.content.0.text.cache_control.ephemeral.ttl", user({**TEXT, "cache_control": {**MARK, "ttl": "2h"}})),
    ("messages.0.content.0.text.cache_control.ephemeral.ttl", user({**TEXT, "cache_control": {**MARK, "ttl": 300}})),
    ("messages.0.content.0.image.source", user({"type": "image"})),
    ("messages.0.content.0.image.source", user({"type": "image", "source": {"type": "disk"}})),
    (
        "messages.0.content.0.image.source.base64.media_type",
        user({"type": "image", "source": {"type": "base64", "media_type": "image/bmp", "data": ""}}),
    ),
    ("messages.0.content.0.document.source", user({"type": "document", "source": "x"})),
    ("messages.0.content.0.search_result.content", user({**FOUND, "content": "x"})),
    ("messages.0.content.0.search_result.content.0", user({**FOUND, "content": [IMAGE]})),
    ("messages.2.content.0.tool_result.content.0", answered({**RESULT, "content": [USE]})),
    ("messages.2.content.0.tool_result.is_error", answered({**RESULT, "is_error": "yes"})),
    ("messages.2.content.0.tool_result.tool_use_id", answered({"type": "tool_result"})),
    ("messages.2.content.0.tool_result.tool_use_id", answered({**RESULT, "tool_use_id": ""})),
    ("system", {"system": 5}),
    ("system", {"system": None}),
    ("system.0", {"system": ["x"]}),
    ("system.0.type", {"system": [IMAGE]}),
    ("system.0.text", {"system": [{"type": "text"}]}),
    ("system.0", {"system": [{"type": "text", "text": ""}]}),
    ("tools", {"tools": {}}),
    ("tools.0", {"tools": [5]}),
    ("tools.0", {"tools": [{"type": "magic_20990101x", "name": "m"}]}),
    ("tools.0.custom.name", {"tools": [{"input_schema": {"type": "object"}}]}),
    ("tools.0.custom.name", {"tools": [{**TOOL, "name": ""}]}),
    ("tools.0.custom.name", {"tools": [{**TOOL, "name": "x" * 129}]}),
    ("tools.0.custom.name", {"tools": [{**TOOL, "name": "é"}]}),
    ("tools.0.custom.name", {"tools": [{**TOOL, "name": "a\n"}]}),
    ("tools.0.custom.input_schema", {"tools": [{"name": "x"}]}),
    ("tools.0.custom.input_schema.type", {"tools": [{"name": "x", "input_schema": {"type": "array"}}]}),
    ("tools.0.custom.description", {"tools": [{**TOOL, "description": 5}]}),
    ("tools.0.custom.strict", {"tools": [{**TOOL, "strict": 1}]}),
    ("tool_choice", {"tools": [TOOL], "tool_choice": "auto"}),
    ("tool_choice", {"tools": [TOOL], "tool_choice": {"type": "all"}}),
    ("tool_choice.type", {"tools": [TOOL], "tool_choice": {}}),
    ("tool_choice.tool.name", {"tools": [TOOL], "tool_choice": {"type": "tool"}}),
    ("tool_choice.tool.name", {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "gone"}}),
    ("tool_choice", {"tools": [], "tool_choice": {"type": "auto"}}),
    ("thinking", {"thinking": {"type": "deep"}}),
    ("thinking", {"thinking": True}),
    ("thinking.enabled.budget_tokens", {"thinking": {"type": "enabled"}}),
    ("thinking.enabled.budget_tokens", {"thinking": {"type": "enabled", "budget_tokens": 1_023}, "max_tokens": 5_000}),
    ("thinking.enabled.budget_tokens", {"thinking": {"type": "enabled", "budget_tokens": "1024"}, "max_tokens": 5_000}),
    ("max_tokens", {"thinking": {"type": "enabled", "budget_tokens": 1_024}, "max_tokens": 1_024}),
    ("thinking.adaptive.display", {"thinking": {"type": "adaptive", "display": "loud"}}),
    ("output_config", {"output_config": "high"}),
    ("output_config.effort", {"output_config": {"effort": "huge"}}),
    ("output_config.effort", {"output_config": {"effort": 3}}),
    ("output_config.format", {"output_config": {"format": {"type": "xml"}}}),
    ("output_config.format.json_schema.schema", {"output_config": {"format": {"type": "json_schema"}}}),
    ("stop_sequences", {"stop_sequences": "x"}),
    ("stop_sequences.1", {"stop_sequences": ["x", 5]}),
    ("stop_sequences", {"stop_sequences": ["x", "\n"]}),
    ("stop_sequences", {"stop_sequences": [""]}),
    ("cache_control", {"cache_control": "ephemeral"}),
    ("cache_control.ephemeral.ttl", {"cache_control": {**MARK, "ttl": "1d"}}),
    ("metadata", {"metadata": "u"}),
    ("metadata.user_id", {"metadata": {"user_id": 5}}),
    ("metadata.user_id", {"metadata": {"user_id": "x" * 257}}),
    ("service_tier", {"service_tier": "priority"}),
    ("service_tier", {"service_tier": None}),
    ("speed", {"speed": "slow"}),
    ("inference_geo", {"inference_geo": "mars"}),
    ("container", {"container": 5}),
    ("diagnostics", {"diagnostics": "msg_1"}),
    ("diagnostics.previous_message_id", {"diagnostics": {"previous_message_id": 5}}),
    ("stream", {"stream": "true"}),
    ("stream", {"stream": None}),
]


@VERSIONS
@pytest.mark.parametrize(("path", "fields"), WRONG, ids=[f"{i}-{path}" for i, (path, _) in enumerate(WRONG)])
def test_wrong_values(path: str, fields: dict[str, Any], version: str) -> None:
    assert refused(fields, version).startswith(f"{path}: ")


@pytest.mark.parametrize("field", ["model", "max_tokens", "messages"])
def test_missing_fields(field: str) -> None:
    without = {k: v for k, v in body().items() if k != field}
    with pytest.raises(ApiError, match=f"^{field}: Field required$"):
        check_message(without, NEW, load())


TURNS: list[tuple[str, list[tuple[str, Any]]]] = [
    ("`tool_use` ids were found without", [("user", "x"), ("assistant", [USE]), ("user", "y")]),
    ("`tool_use` ids were found without", [("user", "x"), ("assistant", [USE]), ("assistant", "y"), ("user", "z")]),
    ("unexpected `tool_use_id`", [("user", [RESULT])]),
    ("unexpected `tool_use_id`", [("user", "x"), ("assistant", "y"), ("user", [RESULT])]),
    ("unexpected `tool_use_id`", [("user", "x"), ("assistant", [USE]), ("user", [{**RESULT, "tool_use_id": "b"}])]),
    ("ids must be unique", [("user", "x"), ("assistant", [USE, USE]), ("user", [RESULT])]),
    (
        "ids must be unique",
        [("user", "x"), ("assistant", [USE]), ("user", [RESULT]), ("assistant", [USE]), ("user", [RESULT])],
    ),
    ("`tool_use` blocks can only be in `assistant`", [("user", [USE])]),
    ("`tool_result` blocks can only be in `user`", [("user", "x"), ("assistant", [RESULT]), ("user", "y")]),
    ("`image` blocks can only be in `user`", [("user", "x"), ("assistant", [IMAGE]), ("user", "y")]),
    ("`thinking` blocks", [("user", [{"type": "thinking", "thinking": "", "signature": ""}])]),
    ("`redacted_thinking` blocks", [("user", [{"type": "redacted_thinking", "data": ""}])]),
]


@pytest.mark.parametrize(("part", "turns"), TURNS)
def test_turns(part: str, turns: list[tuple[str, Any]]) -> None:
    assert part in refused({"messages": [{"role": r, "content": c} for r, c in turns]})


SYSTEM_TURNS: list[tuple[bool, str]] = [
    (True, "us"),
    (True, "usau"),
    (True, "uaus"),
    (False, "s"),
    (False, "su"),
    (False, "uas"),
    (False, "usu"),
    (False, "uasu"),
]


@pytest.mark.parametrize(("accepted", "roles"), SYSTEM_TURNS)
def test_where_a_system_turn_may_stand(accepted: bool, roles: str) -> None:
    names = {"u": "user", "a": "assistant", "s": "system"}
    fields = {"model": "claude-opus-5", "messages": [{"role": names[r], "content": "x"} for r in roles]}
    if accepted:
        assert check_message(body(**fields), NEW, load())
    else:
        assert "role" in refused(fields)


@pytest.mark.parametrize(
    ("choice", "tools", "part"),
    [
        ({"type": "any"}, [{"type": "web_search_20250305", "name": "web_search"}], "tool_choice"),
        (
            {"type": "tool", "name": "web_search"},
            [TOOL, {"type": "web_search_20250305", "name": "web_search"}],
            "server",
        ),
        (
            {"type": "tool", "name": "tool_search_tool_bm25"},
            [TOOL, {"type": "tool_search_tool_bm25", "name": "tool_search_tool_bm25"}],
            "server",
        ),
    ],
)
def test_a_server_tool_cannot_be_forced(choice: Any, tools: Any, part: str) -> None:
    assert part in refused({"tools": tools, "tool_choice": choice})


@pytest.mark.parametrize("name", ["bash", "look"])
def test_a_tool_that_the_client_runs_can_be_forced(name: str) -> None:
    tools = [TOOL, {"type": "bash_20250124", "name": "bash"}, {"type": "web_search_20250305", "name": "web_search"}]
    assert check_message(body(tools=tools, tool_choice={"type": "tool", "name": name}), NEW, load())
    assert check_message(body(tools=tools, tool_choice={"type": "any"}), NEW, load())


@pytest.mark.parametrize("content", [None, "", [], "\n", [{"type": "text", "text": "\n"}]], ids=repr)
def test_a_tool_may_have_nothing_to_say(content: Any) -> None:
    result = RESULT if content is None else {**RESULT, "content": content}
    assert check_message(body(**answered(result)), NEW, load())


def test_an_empty_last_answer_is_a_prefill_of_nothing() -> None:
    for empty in ("", []):
        turns = [{"role": "user", "content": "x"}, {"role": "assistant", "content": empty}]
        assert check_message(body(model="claude-haiku-4-5", messages=turns), NEW, load())
        assert "messages.1" in refused(
            {"model": "claude-haiku-4-5", "messages": [*turns, {"role": "user", "content": "y"}]}
        )


def test_a_hundred_thousand_messages_and_not_one_more() -> None:
    many = [{"role": "user", "content": "x"}] * 100_000
    assert len(check_message(body(messages=many), NEW, load()).blocks) == 100_000
    assert refused({"messages": [*many, many[0]]}).startswith("messages: ")


def test_rules_of_the_newer_version_only() -> None:
    document = [("user", "a"), ("assistant", [DOCUMENT]), ("user", "b")]
    cited = [("user", [{**TEXT, "citations": [{"type": "char_location"}]}])]
    for part, turns in (("document", document), ("citations", cited)):
        fields = {"messages": [{"role": r, "content": c} for r, c in turns]}
        assert part in refused(fields, NEW)
        assert check_message(body(**fields), OLD, load())
    for nothing in (None, []):
        assert check_message(body(**user({**TEXT, "citations": nothing})), NEW, load())


@pytest.mark.parametrize(
    "field",
    ["max_tokens", "stream", "metadata", "stop_sequences", "service_tier", "diagnostics", "container", "temperature"],
)
def test_count_tokens_takes_prompts_only(field: str) -> None:
    prompt = {k: v for k, v in body().items() if k != "max_tokens"}
    assert check_count(prompt, NEW, load())
    with pytest.raises(ApiError, match=f"^{field}: Extra inputs are not permitted$"):
        check_count({**prompt, field: 1}, NEW, load())
