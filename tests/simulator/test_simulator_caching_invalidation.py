"""What a change of a request loses of its cached prefix, and what loses nothing."""

from typing import Any

import msgspec
import pytest
from exact_prompts import H45, M1, M5, S46, VERSION, billed, block, call, tool, user

from optlab.catalogue import load
from optlab.simulator.request.signatures import sign
from optlab.simulator.request.validation import check_message
from optlab.simulator.simulation import Settings, Simulator

IMAGE: dict[str, Any] = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
SYSTEM = [block(2_000, mark=M5)]
QUESTION = user(block(50, "cup"))


def conversation(**more: Any) -> dict[str, Any]:
    """Tools 1,100 [1h], system 2,000 [1h], history 3,000 [5m], user 100: 6,100 of 6,200 tokens can be read."""
    return {
        "tools": [tool(1_100, M1)],
        "system": [block(2_000, mark=M1)],
        "messages": user(block(3_000, "pot", M5), block(100, "cup")),
        **more,
    }


def use(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": "look", "input": {}, **more}


def result(name: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": name, "content": content, **more}


CITED = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Tea."}}
INVALIDATES: list[tuple[str, dict[str, Any], int]] = [
    ("tool_choice", {"tool_choice": {"type": "none"}}, 3_100),
    ("parallel tools", {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, 3_100),
    ("thinking", {"thinking": {"type": "adaptive"}}, 3_100),
    ("thinking budget", {"thinking": {"type": "enabled", "budget_tokens": 1_024}, "max_tokens": 2_000}, 3_100),
    ("effort", {"output_config": {"effort": "low"}}, 3_100),
    ("output format", {"output_config": {"format": {"type": "json_schema", "schema": {}}}}, 3_100),
    ("an image", {"messages": user(block(3_000, "pot", M5), block(100, "cup"), IMAGE)}, 3_100),
    ("citations", {"messages": user(block(3_000, "pot", M5), {**CITED, "citations": {"enabled": True}})}, 1_100),
    ("a document", {"messages": user(block(3_000, "pot", M5), {**CITED, "citations": {"enabled": False}})}, 6_100),
    ("web search", {"tools": [tool(1_100, M1), {"type": "web_search_20250305", "name": "web_search"}]}, 1_100),
    ("another tool", {"tools": [{**tool(1_100, M1), "name": "seek"}]}, 0),
]


@pytest.mark.parametrize(("what", "change", "read"), INVALIDATES, ids=[what for what, _, _ in INVALIDATES])
def test_what_a_change_loses(simulator: Simulator, what: str, change: dict[str, Any], read: int) -> None:
    call(simulator, **conversation())
    assert billed(call(simulator, **conversation(**change)))[0] == read


SAFE: list[dict[str, Any]] = [
    {"tool_choice": {"type": "auto"}},
    {"tool_choice": {"type": "auto", "disable_parallel_tool_use": False}},
    {"output_config": {"effort": "high"}},
    {"output_config": {"effort": None, "format": None}},
    {"thinking": {"type": "disabled"}},
    {"speed": "standard"},
    {"speed": None, "inference_geo": None, "cache_control": None},
    {"max_tokens": 60},
    {"stream": True},
    {"stop_sequences": ["###"]},
    {"metadata": {"user_id": "u"}},
    {"diagnostics": {"previous_message_id": None}},
]


@pytest.mark.parametrize("change", SAFE, ids=str)
def test_what_loses_nothing(simulator: Simulator, change: dict[str, Any]) -> None:
    call(simulator, **conversation())
    body = {"model": S46, "max_tokens": 50, **conversation(**change)}
    made = simulator.accept(check_message(body, VERSION, simulator.catalogue), "k")
    assert billed(made) == (6_100, 0, 0, 100)


def test_speed_loses_system_and_messages(simulator: Simulator) -> None:
    def read(speed: str) -> int:
        return billed(call(simulator, model="claude-opus-4-8", speed=speed, **conversation()))[0]

    read("standard")
    whole, tools = read("standard"), read("fast")
    assert 0 < tools < whole


def test_display_does_not_matter(simulator: Simulator) -> None:
    def read(display: str) -> int:
        thinking = {"type": "adaptive", "display": display}
        return billed(call(simulator, **conversation(thinking=thinking)))[0]

    assert (read("omitted"), read("summarized")) == (0, 6_100)


def test_turning_off_in_two_ways_is_the_same(simulator: Simulator) -> None:
    read = [
        billed(call(simulator, model="claude-sonnet-5-5", **conversation(**more)))[0]
        for more in ({}, {"thinking": {"type": "adaptive"}}, {"thinking": {"type": "between_tools"}})
    ]
    assert read[0] == 0
    assert read[1] > read[2] > 0


def test_appending_is_safe_a_system_role_message_too(simulator: Simulator) -> None:
    first = user(block(3_000, "pot", M5))
    written = billed(call(simulator, model="claude-opus-4-8", messages=first))[1]
    more = [*first, {"role": "system", "content": "Be brief."}]
    assert billed(call(simulator, model="claude-opus-4-8", messages=more))[0] == written


def test_results_of_a_server_tool_in_the_history_are_no_toggle(simulator: Simulator) -> None:
    call(simulator, **conversation())
    search = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    grown = [*conversation()["messages"], {"role": "assistant", "content": [search, found]}, *QUESTION]
    assert billed(call(simulator, **conversation(messages=grown)))[0] == 6_100


def test_where_a_model_says_so_thinking_and_effort_lose_everything(clock: Any) -> None:
    catalogue = load()
    model = catalogue.get(S46)
    caching = msgspec.structs.replace(model.caching, thinking_and_effort_invalidate="tools")
    strict = msgspec.structs.replace(catalogue, models=(msgspec.structs.replace(model, caching=caching),))
    simulator = Simulator(Settings(), clock, strict)
    call(simulator, **conversation())
    assert billed(call(simulator, **conversation(output_config={"effort": "high"})))[0] == 6_100
    assert billed(call(simulator, **conversation(output_config={"effort": "low"})))[0] == 0
    assert billed(call(simulator, **conversation(thinking={"type": "adaptive"})))[0] == 0


# Thinking of earlier turns, answers, memory


def thought(tokens: int) -> list[dict[str, Any]]:
    thinking = {"type": "thinking", "thinking": "", "signature": sign(tokens, "0" * 64)}
    return [*user(block(5_000)), {"role": "assistant", "content": [thinking, block(40, "pot")]}]


@pytest.mark.parametrize(
    ("model", "counted"), [(H45, 0), ("claude-sonnet-4-5", 0), (S46, 300), ("claude-opus-4-5", 300)]
)
def test_earlier_thinking_is_kept_or_dropped_by_model(simulator: Simulator, model: str, counted: int) -> None:
    said = [*thought(300), *user(block(60, "cup", M5))]
    assert billed(call(simulator, model=model, messages=said)) == (0, 5_100 + counted, 0, 0)


def test_a_tool_result_keeps_thinking_and_a_new_text_loses_the_cache_behind_it(simulator: Simulator) -> None:
    start = thought(300)
    start[1]["content"].append(use("a"))
    loop = [*start, *user(result("a", "found", cache_control=M5))]
    written = billed(call(simulator, model=H45, messages=loop))[1]
    assert written > 5_340
    after = [*loop[:2], *user(result("a", "found", cache_control=M5), block(60, "cup"))]
    read, again, *_ = billed(call(simulator, model=H45, messages=after))
    assert (read, again) == (0, written - 300)


def test_caching_never_changes_the_answer(simulator: Simulator) -> None:
    replies = []
    for mark in (None, M5, M1):
        fresh = Simulator(simulator.settings, simulator.clock)
        body = {"model": S46, "max_tokens": 300, "system": [block(2_000, mark=mark)], "messages": QUESTION}
        replies.append(fresh.accept(check_message(body, VERSION, fresh.catalogue), "k").reply)
    assert replies[0] == replies[1] == replies[2]
