"""The rules of prompt caching one by one: what a prefix is, where it is written and found, where marks may stand."""

from typing import Any

import pytest
from exact_prompts import H45, M1, M5, billed, block, call, text_of, tool, user

from optlab.simulator.caching.cache import Position, PromptCache
from optlab.simulator.errors import ApiError
from optlab.simulator.request.signatures import sign
from optlab.simulator.simulation import Simulator

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


def refused(simulator: Simulator, **fields: Any) -> str:
    with pytest.raises(ApiError) as caught:
        call(simulator, **fields)
    assert caught.value.status == 400
    return caught.value.message


def use(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": "look", "input": {}, **more}


def result(name: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": name, "content": content, **more}


# Prefix


def test_the_order_is_tools_system_messages_whatever_the_order_of_the_fields(simulator: Simulator) -> None:
    first = conversation()
    call(simulator, **first)
    turned = {k: first[k] for k in reversed(list(first))}
    assert billed(call(simulator, **turned))[0] == 6_100


def test_a_mark_is_not_part_of_the_prefix(simulator: Simulator) -> None:
    call(simulator, system=[block(1_500), block(500, "pot", M5)], messages=QUESTION)
    moved = [block(1_500, mark=M5), block(500, "pot", M5)]
    assert billed(call(simulator, system=moved, messages=QUESTION)) == (2_000, 0, 0, 50)


def test_a_string_equals_one_text_block(simulator: Simulator) -> None:
    text = text_of(2_000)
    call(simulator, cache_control=M5, messages=[{"role": "user", "content": text}])
    turned = [{"content": [{"text": text, "citations": None, "type": "text"}], "role": "user"}]
    assert billed(call(simulator, cache_control=M5, messages=turned)) == (2_000, 0, 0, 0)


def test_a_system_string_equals_one_block(simulator: Simulator) -> None:
    call(simulator, system=SYSTEM, messages=QUESTION)
    followed = user(block(50, "cup", M5))
    assert billed(call(simulator, system=text_of(2_000), messages=followed)) == (2_000, 50, 0, 0)


def test_an_empty_system_is_no_system(simulator: Simulator) -> None:
    call(simulator, system="", messages=user(block(2_000, mark=M5)))
    for absent in ({}, {"system": []}):
        assert billed(call(simulator, **absent, messages=user(block(2_000, mark=M5))))[0] == 2_000


def test_same_role_neighbours_are_one_turn(simulator: Simulator) -> None:
    call(simulator, messages=user(block(2_000), block(100, "cup", M5)))
    apart = [*user(block(2_000)), *user(block(100, "cup", M5))]
    assert billed(call(simulator, messages=apart))[0] == 2_100


def test_the_role_is_part_of_the_prefix(simulator: Simulator) -> None:
    def ask(role: str) -> int:
        said = [*user(block(2_000)), {"role": role, "content": [block(100, "cup", M5)]}, *QUESTION]
        return billed(call(simulator, messages=said))[0]

    assert (ask("user"), ask("assistant"), ask("assistant")) == (0, 0, 2_100)


def test_images_count_byte_for_byte(simulator: Simulator) -> None:
    def ask(data: str) -> int:
        image = {**IMAGE, "source": {**IMAGE["source"], "data": data}, "cache_control": M5}
        return billed(call(simulator, messages=user(image)))[0]

    assert (ask("aGVsbG8="), ask("aGVsbG9="), ask("aGVsbG8=")) == (0, 0, 1_500)


def test_key_order_matters_inside_a_tools_schema_only(simulator: Simulator) -> None:
    made = tool(1_100, M5)
    properties = {"a": {"type": "string"}, "b": {"type": "integer"}}
    made["input_schema"] = {"type": "object", "properties": properties}
    call(simulator, tools=[made], messages=QUESTION)
    turned = {k: made[k] for k in reversed(list(made))}
    assert billed(call(simulator, tools=[turned], messages=QUESTION))[0] > 1_024
    swapped = {"type": "object", "properties": dict(reversed(properties.items()))}
    assert billed(call(simulator, tools=[{**made, "input_schema": swapped}], messages=QUESTION))[0] == 0


@pytest.mark.parametrize(
    "spelled",
    [{"type": "custom"}, {"strict": False}, {"strict": None}, {"eager_input_streaming": None}],
    ids=lambda d: str(d),
)
def test_nulls_and_defaults_of_a_tool_are_as_absent(simulator: Simulator, spelled: dict[str, Any]) -> None:
    made = tool(1_100, M5)
    call(simulator, tools=[made], messages=QUESTION)
    assert billed(call(simulator, tools=[{**made, **spelled}], messages=QUESTION))[0] == 1_100


# Writes and look-back


def test_an_unmarked_position_is_never_written(simulator: Simulator) -> None:
    call(simulator, messages=user(block(2_000), block(100, "cup", M5)))
    assert billed(call(simulator, messages=user(block(2_000, mark=M5)))) == (0, 2_000, 0, 0)


def agent(results: int, size: int, mark_last: bool = True) -> list[dict[str, Any]]:
    """A marked start, then one parallel call of many tools with as many results."""
    names = [f"t{i}" for i in range(results)]
    answers = [result(n, text_of(size, "pot")) for n in names]
    if mark_last:
        answers[-1] = {**answers[-1], "cache_control": M5}
    return [
        *user(block(2_000, mark=M5)),
        {"role": "assistant", "content": [use(n) for n in names]},
        {"role": "user", "content": answers},
    ]


def test_runs_of_tool_calls_and_of_tool_results_are_one_position_each(simulator: Simulator) -> None:
    call(simulator, messages=user(block(2_000, mark=M5)))
    grown = agent(40, 10)
    grown[0] = user(block(2_000))[0]
    assert billed(call(simulator, messages=grown))[0] == 2_000


def test_text_between_tool_results_ends_the_run() -> None:
    cache = PromptCache(lambda: 0.0)
    cache.store(cache.claim([Position(b"old", 2_000, 1, "5m")], 1_024))
    for steps, read in ((19, 2_000), (20, 0)):
        later = [Position(b"%d" % i, 2_000 + i, 2 + i, "5m" if i == steps - 1 else None) for i in range(steps)]
        assert cache.claim([Position(b"old", 2_000, 1, None), *later], 1_024).read_tokens == read


# Marks inside blocks


def test_a_mark_inside_a_tool_result_ends_the_prefix_there(simulator: Simulator) -> None:
    def ask(ending: str) -> tuple[int, int, int, int]:
        inner = [block(1_500, "pot", M5), block(40, ending)]
        said = [*user(block(200)), {"role": "assistant", "content": [use("a")]}, *user(result("a", inner))]
        return billed(call(simulator, messages=said))

    _, written, _, after = ask("mug")
    assert (written > 1_700, after) == (True, 40)
    assert ask("jar") == (written, 0, 0, 40)


def test_marks_inside_documents_and_search_results_count(simulator: Simulator) -> None:
    document = {"type": "document", "source": {"type": "content", "content": [block(1_500, mark=M5), block(30, "jar")]}}
    found = {"type": "search_result", "source": "s", "title": "t", "content": [block(1_500, "pot", M5)]}
    for held, after in ((document, 30), (found, 0)):
        _, written, _, rest = billed(call(simulator, messages=user(held)))
        assert (written >= 1_500, rest) == (True, after)
        assert billed(call(simulator, messages=user(held))) == (written, 0, 0, after)


def test_a_mark_on_a_block_ends_after_everything_inside_it(simulator: Simulator) -> None:
    said = agent(1, 1_500)
    said[0] = user(block(200))[0]
    assert billed(call(simulator, messages=said))[3] == 0
    result_with_blocks = {**said[2]["content"][0], "content": [block(1_500, "pot")]}
    as_blocks = [*said[:2], {"role": "user", "content": [result_with_blocks]}]
    assert billed(call(simulator, messages=as_blocks))[0] > 1_700


def test_nested_marks_take_slots_and_keep_the_order_of_lifetimes(simulator: Simulator) -> None:
    def ask(*marks: dict[str, str]) -> str:
        inner = [block(10, "pot", m) for m in marks]
        said = [*user(block(9)), {"role": "assistant", "content": [use("a")]}, *user(result("a", inner))]
        return refused(simulator, messages=said)

    assert "A maximum of 4 blocks with cache_control may be provided. Found 5." in ask(M5, M5, M5, M5, M5)
    assert ask(M5, M1).startswith("messages.2.content.0.content.1.cache_control.ttl: ")


# The top-level mark


def test_the_top_level_mark_takes_a_slot(simulator: Simulator) -> None:
    four = [block(10, mark=M5) for _ in range(4)]
    assert "A maximum of 4 blocks" in refused(simulator, system=four, messages=QUESTION, cache_control=M5)


def test_the_top_level_mark_over_the_same_mark_has_no_effect(simulator: Simulator) -> None:
    four = [block(600, mark=M5) for _ in range(3)]
    assert billed(call(simulator, system=four, messages=user(block(50, mark=M5)), cache_control=M5))[1] == 1_850


def test_the_top_level_mark_over_another_lifetime_is_refused(simulator: Simulator) -> None:
    assert "ttl" in refused(simulator, messages=user(block(50, mark=M5)), cache_control=M1)
    assert "ttl" in refused(simulator, messages=user(block(50, mark=M1)), cache_control=M5)


def test_a_longer_top_level_mark_may_not_follow_a_shorter_one(simulator: Simulator) -> None:
    assert "ttl" in refused(simulator, system=SYSTEM, messages=QUESTION, cache_control=M1)


def test_the_top_level_mark_skips_a_block_that_cannot_carry_it(simulator: Simulator) -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": sign(70, "0" * 64)}
    said = [*user(block(5_000)), {"role": "assistant", "content": [block(100, "cup"), thinking]}]
    assert billed(call(simulator, model=H45, messages=said, cache_control=M5)) == (0, 5_100, 0, 70)
