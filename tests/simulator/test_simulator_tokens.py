"""count_tokens of a request is what its usage adds up to, whatever the content, and each kind of content counts."""

from typing import Any

import pytest
from asgi_client import Client, StillClock
from exact_prompts import H45, M5, S46, call, text_of, user
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import estimate_tokens, load
from optlab.simulator.request.signatures import sign
from optlab.simulator.request.tokens import IMAGE_TOKENS
from optlab.simulator.simulation import Settings, Simulator

TOOL = {"name": "look", "description": "Finds.", "input_schema": {"type": "object", "properties": {"q": {}}}}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "A" * 100_000}
PLAIN = {"type": "text", "media_type": "text/plain", "data": text_of(70, "jar")}
TEXT = {"type": "text", "text": text_of(100)}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
FOUND = {"type": "search_result", "source": "s", "title": "t", "content": [TEXT]}
PAGES = {"type": "document", "source": {"type": "content", "content": [TEXT, IMAGE]}}
THOUGHT = {"type": "thinking", "thinking": "", "signature": sign(250, "0" * 64)}

USER_BLOCKS: dict[str, dict[str, Any]] = {
    "text": TEXT,
    "image": IMAGE,
    "pdf": {"type": "document", "source": PDF, "title": "Tea", "context": "A paper."},
    "plain document": {"type": "document", "source": PLAIN, "citations": {"enabled": True}},
    "document of blocks": PAGES,
    "document of a string": {"type": "document", "source": {"type": "content", "content": "Tea is made of leaves."}},
    "search result": FOUND,
}
ANSWER_BLOCKS: dict[str, dict[str, Any]] = {
    "text": TEXT,
    "thinking": THOUGHT,
    "foreign thinking": {"type": "thinking", "thinking": text_of(60), "signature": "zz"},
    "redacted thinking": {"type": "redacted_thinking", "data": "x" * 400},
    "search": {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"q": "tea"}},
    "found": {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"title": "Tea", "url": "u"}]},
}
RESULTS: list[Any] = [
    "found it",
    [TEXT],
    [IMAGE, TEXT],
    [FOUND],
    [PAGES],
    [{"type": "tool_reference", "tool_name": "a"}],
]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"system": "Be kind."},
    {"system": [TEXT, {**TEXT, "cache_control": M5}]},
    {"tools": [TOOL]},
    {"tools": [TOOL, {"type": "web_search_20250305", "name": "web_search"}], "tool_choice": {"type": "auto"}},
    {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {"n": {}}}}}},
    {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
    {"cache_control": M5},
    {"cache_control": {"type": "ephemeral", "ttl": "1h"}, "speed": "fast"},
]


@st.composite
def conversations(draw: st.DrawFn) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    for i in range(draw(st.integers(1, 3))):
        blocks = draw(st.lists(st.sampled_from(list(USER_BLOCKS.values())), min_size=1, max_size=3))
        messages.append({"role": "user", "content": blocks})
        answer = draw(st.lists(st.sampled_from(list(ANSWER_BLOCKS.values())), min_size=1, max_size=2))
        if draw(st.booleans()):
            use = {"type": "tool_use", "id": f"t{i}", "name": "look", "input": {"q": draw(st.text(max_size=20))}}
            result = {"type": "tool_result", "tool_use_id": f"t{i}", "content": draw(st.sampled_from(RESULTS))}
            messages += [{"role": "assistant", "content": [*answer, use]}, {"role": "user", "content": [result]}]
        messages.append({"role": "assistant", "content": answer})
    messages.append({"role": "user", "content": draw(st.sampled_from(["Go on.", [TEXT]]))})
    if draw(st.booleans()):
        messages.append({"role": "system", "content": "Be brief."})
    return {**draw(st.sampled_from(SETTINGS)), "messages": messages}


@settings(max_examples=120, deadline=None, derandomize=True)
@given(fields=conversations())
def test_usage_adds_up_to_count_tokens(fields: dict[str, Any]) -> None:
    client = Client(Simulator(Settings(), StillClock()))
    body = {"model": "claude-opus-5", **fields}
    for _ in range(2):
        usage = client.post({**body, "max_tokens": 1}).json["usage"]
        prompt = sum(usage[k] for k in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"))
        assert usage["cache_creation_input_tokens"] == sum(usage["cache_creation"].values())
        assert client.post(body, "/v1/messages/count_tokens").json == {"input_tokens": prompt}


@pytest.mark.parametrize("name", USER_BLOCKS)
def test_every_kind_of_user_content_counts(simulator: Simulator, name: str) -> None:
    without, with_it = (call(simulator, messages=user(TEXT, *more)) for more in ((), (USER_BLOCKS[name],)))
    assert with_it.prompt_tokens > without.prompt_tokens


def counted(simulator: Simulator, *content: Any, **fields: Any) -> int:
    return call(simulator, messages=user(*content), **fields).prompt_tokens


def test_the_parts_of_a_block_add_up(simulator: Simulator) -> None:
    frame = load().get(S46).tokenizer.message_frame_tokens
    assert counted(simulator, TEXT) == 100 + frame
    assert counted(simulator, PAGES) == 100 + IMAGE_TOKENS + frame
    assert counted(simulator, FOUND) == 100 + estimate_tokens("t\ns", "old") + frame
    assert counted(simulator, {**FOUND, "content": [TEXT, TEXT]}) == 200 + estimate_tokens("t\ns", "old") + frame
    called = [
        *user(TEXT),
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": {"n": 1}}]},
        *user({"type": "tool_result", "tool_use_id": "a", "content": [PAGES]}),
    ]
    use = estimate_tokens('look {"n":1}', "old")
    assert call(simulator, messages=called).prompt_tokens == 100 + use + 100 + IMAGE_TOKENS + frame


def test_a_string_counts_as_one_text_block(simulator: Simulator) -> None:
    as_string = call(simulator, messages=[{"role": "user", "content": TEXT["text"]}], system="Be kind.")
    as_blocks = call(simulator, messages=user(TEXT), system=[{"type": "text", "text": "Be kind."}])
    assert as_string.prompt_tokens == as_blocks.prompt_tokens


def test_the_schema_of_an_output_format_counts_outside_the_cache(simulator: Simulator) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    cached = {**TEXT, "text": text_of(2_000), "cache_control": M5}
    plain = call(simulator, messages=user(cached))
    shaped = call(simulator, messages=user(cached), output_config={"format": {"type": "json_schema", "schema": schema}})
    text = '{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}'
    assert shaped.prompt_tokens - plain.prompt_tokens == estimate_tokens(text, "old")
    assert shaped.claim.write_5m_tokens == 2_000


def test_a_prefill_counts(simulator: Simulator) -> None:
    said = user(TEXT)
    prefilled = [*said, {"role": "assistant", "content": text_of(40, "pot")}]
    counts = [call(simulator, model=H45, messages=m).prompt_tokens for m in (said, prefilled)]
    assert counts[1] - counts[0] == 40


def test_thinking_whose_text_is_withheld_counts_in_full(simulator: Simulator) -> None:
    answers = ([TEXT], [THOUGHT, TEXT])
    counts = [
        call(simulator, messages=[*user(TEXT), {"role": "assistant", "content": a}, *user(TEXT)]).prompt_tokens
        for a in answers
    ]
    assert counts[1] - counts[0] == 250


def test_a_system_role_message_counts(simulator: Simulator) -> None:
    said = user(TEXT)
    counts = [
        call(simulator, model="claude-opus-5", messages=m).prompt_tokens
        for m in (said, [*said, {"role": "system", "content": "Be brief, please."}])
    ]
    assert counts[1] - counts[0] == estimate_tokens("Be brief, please.", "new")


@pytest.mark.parametrize("model", load().models, ids=lambda m: m.id)
def test_every_model_counts_with_its_own_tokenizer_and_frame(simulator: Simulator, model: Any) -> None:
    text = "Summarise the plot of Hamlet in 3 bullets."
    tokens = counted(simulator, {"type": "text", "text": text}, model=model.id)
    assert tokens == {"old": 11, "new": 15}[model.tokenizer.family] + model.tokenizer.message_frame_tokens


def test_counting_ignores_the_state_of_the_cache(simulator: Simulator) -> None:
    client = Client(simulator)
    body = {"model": S46, "messages": user({**TEXT, "text": text_of(2_000), "cache_control": M5})}
    before = client.post(body, "/v1/messages/count_tokens").json
    assert client.post({**body, "max_tokens": 1}).json["usage"]["cache_creation_input_tokens"] == 2_000
    assert client.post(body, "/v1/messages/count_tokens").json == before
