"""The worked examples of prompt caching, with real requests of exact size and a clock that tests move."""

from typing import Any

import pytest

from optlab.catalogue import estimate_tokens
from optlab.simulator.caching import Position, PromptCache
from optlab.simulator.conversation import read
from optlab.simulator.simulation import Call, Simulator
from optlab.simulator.tokens import TokenCounter
from optlab.simulator.validation import check_count, check_message

VERSION = "2026-10-21"
S46, H45 = "claude-sonnet-4-6", "claude-haiku-4-5"
M5 = {"type": "ephemeral"}
M1 = {"type": "ephemeral", "ttl": "1h"}


def text_of(tokens: int, word: str = "tea") -> str:
    """A text that is estimated at exactly so many tokens by the older tokenizer family."""
    words = round(tokens / 0.922)
    while estimate_tokens(" ".join([word] * words), "old") < tokens:
        words += 1
    while estimate_tokens(" ".join([word] * words), "old") > tokens:
        words -= 1
    text = " ".join([word] * words)
    assert estimate_tokens(text, "old") == tokens
    return text


def block(tokens: int, word: str = "tea", mark: dict[str, str] | None = None) -> dict[str, Any]:
    return {"type": "text", "text": text_of(tokens, word)} | ({"cache_control": mark} if mark else {})


def tool(tokens: int, mark: dict[str, str], word: str = "tea") -> dict[str, Any]:
    made: dict[str, Any] = {"name": "look", "input_schema": {"type": "object"}, "description": ""}
    empty = _tool_tokens(made)
    for words in range(round((tokens - empty) / 0.922) - 12, 2 * tokens):
        made["description"] = " ".join([word] * words)
        if _tool_tokens(made) == tokens:
            return made | {"cache_control": mark}
    raise AssertionError(tokens)


def _tool_tokens(made: dict[str, Any]) -> int:
    return sum(TokenCounter().parts(read({"tools": [made], "messages": []})[0], "old"))


def call(simulator: Simulator, key: str = "k", begin: bool = True, **fields: Any) -> Call:
    body = {"model": S46, "max_tokens": 50, **fields}
    request = check_message(body, VERSION, simulator.catalogue)
    made = simulator.accept(request, key)
    if begin:
        simulator.cache.store(made.claim)
    counted = {k: v for k, v in body.items() if k not in ("max_tokens", "stream")}
    assert simulator.count(check_count(counted, VERSION, simulator.catalogue)) == made.prompt_tokens
    return made


def billed(made: Call) -> tuple[int, int, int, int]:
    """Read, 5m write, 1h write, input without the frame."""
    c = made.claim
    assert (
        sum((c.read_tokens, c.write_5m_tokens, c.write_1h_tokens, c.after_tokens, made.frame_tokens))
        == made.prompt_tokens
    )
    return c.read_tokens, c.write_5m_tokens, c.write_1h_tokens, c.after_tokens


def user(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(blocks)}]


SYSTEM = [block(2_000, mark=M5)]
QUESTION = user(block(50, "cup"))


def test_examples_1_and_2_write_then_read(simulator: Simulator) -> None:
    assert billed(call(simulator, system=SYSTEM, messages=QUESTION)) == (0, 2_000, 0, 50)
    assert billed(call(simulator, system=SYSTEM, messages=QUESTION)) == (2_000, 0, 0, 50)


def test_example_3_below_the_minimum_is_silent(simulator: Simulator) -> None:
    for _ in range(2):
        assert billed(call(simulator, model=H45, system=SYSTEM, messages=QUESTION)) == (0, 0, 0, 2_050)


def hundreds(count: int, *marks: int) -> list[dict[str, Any]]:
    words = ["tea", "cup", "pot", "jar", "mug", "tin", "can", "jug", "urn", "keg"]
    blocks = [block(200, words[i % 10] if i < 10 else words[i // 10] + words[i % 10][0], None) for i in range(count)]
    return user(*(b | ({"cache_control": M5} if i + 1 in marks else {}) for i, b in enumerate(blocks)))


def test_examples_4_to_6_look_back(simulator: Simulator) -> None:
    def sizes(made: Call) -> tuple[int, int, int]:
        return billed(made)[0], billed(made)[1], billed(made)[3]

    def grown(*steps: tuple[int, tuple[int, ...]], key: str) -> tuple[int, int, int]:
        return [sizes(call(simulator, key, messages=hundreds(n, *marks))) for n, marks in steps][-1]

    four, five = (10, (10,)), (15, (15,))
    assert grown(four, key="4") == (0, 2_000, 0)
    assert grown(four, five, key="5") == (2_000, 1_000, 0)
    assert grown(four, five, (34, (34,)), key="6a") == (3_000, 3_800, 0)
    assert grown(four, five, (35, (35,)), key="6b") == (0, 7_000, 0)
    assert grown(four, five, (35, (15, 35)), key="6c") == (3_000, 4_000, 0)


def test_example_7_a_timestamp_under_the_mark_never_hits(simulator: Simulator) -> None:
    for stamp in ("now", "day", "hour"):
        made = call(simulator, system=[block(2_000)], messages=user(block(20, stamp, M5)))
        assert billed(made) == (0, 2_020, 0, 0)


def mixed(system_word: str = "tea", tool_word: str = "tea", **more: Any) -> dict[str, Any]:
    return {
        "tools": [tool(1_100, M1, tool_word)],
        "system": [block(2_000, system_word, M1)],
        "messages": user(block(3_000, "pot", M5), block(100, "cup")),
        **more,
    }


def test_examples_8_and_9_mixed_lifetimes(simulator: Simulator) -> None:
    assert billed(call(simulator, **mixed())) == (0, 3_000, 3_100, 100)
    assert billed(call(simulator, **mixed())) == (6_100, 0, 0, 100)


def test_example_10_after_six_minutes_the_short_entry_is_gone(simulator: Simulator, clock: Any) -> None:
    call(simulator, **mixed())
    clock.time += 360
    assert billed(call(simulator, **mixed())) == (3_100, 3_000, 0, 100)


def test_examples_11_to_13_what_invalidates(simulator: Simulator) -> None:
    call(simulator, **mixed())
    assert billed(call(simulator, **mixed(system_word="mug"))) == (1_100, 3_000, 2_000, 100)
    assert billed(call(simulator, **mixed(tool_choice={"type": "any"}))) == (3_100, 3_000, 0, 100)
    assert billed(call(simulator, **mixed(tool_word="mug"))) == (0, 3_000, 3_100, 100)


def test_spelling_out_defaults_changes_nothing(simulator: Simulator) -> None:
    call(simulator, **mixed())
    spelled = mixed(
        tool_choice={"type": "auto"},
        output_config={"effort": "high"},
        thinking={"type": "disabled"},
        speed="standard",
        metadata={"user_id": "u"},
        stop_sequences=["###"],
        stream=True,
    )
    body = check_message({"model": S46, "max_tokens": 60, **spelled}, VERSION, simulator.catalogue)
    assert billed(simulator.accept(body, "k")) == (6_100, 0, 0, 100)


@pytest.mark.parametrize("change", [{"thinking": {"type": "adaptive"}}, {"output_config": {"effort": "low"}}])
def test_thinking_and_effort_lose_the_messages(simulator: Simulator, change: dict[str, Any]) -> None:
    call(simulator, **mixed())
    assert billed(call(simulator, **mixed(**change))) == (3_100, 3_000, 0, 100)


def test_an_image_loses_the_messages(simulator: Simulator) -> None:
    call(simulator, **mixed())
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/cup.png"}}
    with_image = mixed(messages=user(block(3_000, "pot", M5), block(100, "cup"), image))
    assert billed(call(simulator, **with_image))[:3] == (3_100, 3_000, 0)


def test_example_14_pre_warm(simulator: Simulator) -> None:
    warm = call(simulator, system=SYSTEM, messages=user(block(8, "jar")), max_tokens=0)
    assert (warm.reply.stop_reason, warm.reply.output_tokens, warm.reply.blocks) == ("max_tokens", 0, ())
    assert billed(warm) == (0, 2_000, 0, 8)
    assert billed(call(simulator, system=SYSTEM, messages=QUESTION)) == (2_000, 0, 0, 50)


def test_examples_15_and_16_top_level_mark(simulator: Simulator) -> None:
    first = user(block(1_500))
    assert billed(call(simulator, cache_control=M5, messages=first)) == (0, 1_500, 0, 0)
    second = [*first, {"role": "assistant", "content": text_of(40, "pot")}, *user(block(60, "cup"))]
    assert billed(call(simulator, cache_control=M5, messages=second)) == (1_500, 100, 0, 0)


def test_lifetime_counts_from_the_start_and_reads_renew(simulator: Simulator, clock: Any) -> None:
    ask = {"system": SYSTEM, "messages": QUESTION}
    call(simulator, **ask)
    clock.time += 299
    assert billed(call(simulator, **ask))[0] == 2_000
    clock.time += 299
    assert billed(call(simulator, **ask))[0] == 2_000
    clock.time += 301
    assert billed(call(simulator, **ask)) == (0, 2_000, 0, 50)


def test_a_long_reply_eats_the_lifetime(simulator: Simulator, clock: Any) -> None:
    late = call(simulator, begin=False, system=SYSTEM, messages=QUESTION)
    clock.time += 240
    simulator.cache.store(late.claim)
    clock.time += 59
    assert billed(call(simulator, system=SYSTEM, messages=QUESTION))[0] == 2_000


def test_simultaneous_cold_calls_all_pay(simulator: Simulator) -> None:
    ask = {"system": [block(10_000, mark=M5)], "messages": QUESTION}
    calls = [call(simulator, begin=False, **ask) for _ in range(5)]
    assert sum(c.claim.write_5m_tokens for c in calls) * 1.25 == 62_500
    for made in calls:
        simulator.cache.store(made.claim)
    assert sum(call(simulator, **ask).claim.read_tokens for _ in range(4)) * 0.1 == pytest.approx(4_000)


def test_keys_and_models_are_isolated(simulator: Simulator) -> None:
    ask = {"system": SYSTEM, "messages": QUESTION}
    call(simulator, "a", **ask)
    assert billed(call(simulator, "b", **ask))[0] == 0
    assert billed(call(simulator, "a", model="claude-opus-4-8", **{**ask, "system": [block(2_000, mark=M5)]}))[0] == 0
    assert billed(call(simulator, "a", **ask))[0] == 2_000


def test_a_string_equals_one_block_and_key_order_does_not_matter(simulator: Simulator) -> None:
    text = text_of(2_000)
    call(simulator, cache_control=M5, messages=[{"role": "user", "content": text}])
    turned = [{"content": [{"text": text, "citations": None, "type": "text"}], "role": "user"}]
    assert billed(call(simulator, cache_control=M5, messages=turned)) == (2_000, 0, 0, 0)


def test_runs_of_tool_results_are_one_position() -> None:
    cache = PromptCache(lambda: 0.0)
    old = Position(b"old", 2_000, 1, "5m")
    cache.store(cache.claim([old], 1_024))
    run = [Position(b"r%d" % i, 2_000 + i, 2, "5m" if i == 39 else None) for i in range(40)]
    assert cache.claim([Position(b"old", 2_000, 1, None), *run], 1_024).read_tokens == 2_000


def test_memory_is_bounded() -> None:
    cache = PromptCache(lambda: 0.0, max_entries=10)
    for i in range(100):
        cache.store(cache.claim([Position(b"%d" % i, 2_000, 1, "5m")], 1_024))
    assert len(cache) <= 10
