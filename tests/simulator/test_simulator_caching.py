"""The worked examples of prompt caching, with real requests of exact size and a clock that tests move."""

from typing import Any

import pytest
from exact_prompts import H45, M1, M5, billed, block, call, micro_dollars, text_of, tool, user

from optlab.simulator.simulation import Call, Simulator

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


def test_a_read_at_299_s_renews_to_599_s(simulator: Simulator, clock: Any) -> None:
    ask = {"system": SYSTEM, "messages": QUESTION}
    start = clock.time
    call(simulator, **ask)
    clock.time = start + 299
    assert billed(call(simulator, **ask))[0] == 2_000
    clock.time = start + 598
    assert billed(call(simulator, **ask))[0] == 2_000


def test_without_the_read_a_call_at_301_s_writes_again(simulator: Simulator, clock: Any) -> None:
    ask = {"system": SYSTEM, "messages": QUESTION}
    call(simulator, **ask)
    clock.time += 301
    assert billed(call(simulator, **ask)) == (0, 2_000, 0, 50)


def test_a_read_renews_no_further_than_its_own_lifetime(simulator: Simulator, clock: Any) -> None:
    ask = {"system": SYSTEM, "messages": QUESTION}
    start = clock.time
    call(simulator, **ask)
    clock.time = start + 299
    call(simulator, **ask)
    clock.time = start + 600
    assert billed(call(simulator, **ask)) == (0, 2_000, 0, 50)


@pytest.mark.parametrize(("later", "read"), [(59, 2_000), (61, 0)])
def test_a_reply_that_streams_for_240_s_leaves_60_s(simulator: Simulator, clock: Any, later: int, read: int) -> None:
    ask = {"system": SYSTEM, "messages": QUESTION}
    late = call(simulator, begin=False, **ask)
    clock.time += 240
    simulator.cache.store(late.claim)
    clock.time += later
    assert billed(call(simulator, **ask))[0] == read


def test_five_simultaneous_cold_calls_pay_62500_and_one_first_16500(simulator: Simulator) -> None:
    ask = {"system": [block(10_000, mark=M5)], "messages": QUESTION}

    def equivalents(calls: list[Call]) -> float:
        return sum(1.25 * billed(c)[1] + 0.1 * billed(c)[0] for c in calls)

    at_once = [call(simulator, "a", begin=False, **ask) for _ in range(5)]
    assert equivalents(at_once) == 62_500
    one_first = [call(simulator, "b", **ask) for _ in range(5)]
    assert equivalents(one_first) == pytest.approx(16_500)


def test_trimming_a_prefix_below_the_minimum_makes_it_eight_times_dearer(simulator: Simulator) -> None:
    def warm(tokens: int) -> float:
        ask = {"system": [block(tokens, mark=M5)], "messages": user(block(1, "go"))}
        call(simulator, **ask)
        return micro_dollars(call(simulator, **ask)) - 3

    assert warm(1_100) == pytest.approx(330)
    assert warm(900) == pytest.approx(2_700)


def test_prices_of_examples_1_and_2(simulator: Simulator) -> None:
    cold, warm = (call(simulator, system=SYSTEM, messages=QUESTION) for _ in range(2))
    assert micro_dollars(cold) == pytest.approx(7_650)
    assert micro_dollars(warm) == pytest.approx(750)


def test_the_course_prompt_caches_on_sonnet_and_silently_not_on_haiku(simulator: Simulator, course_prompt: str) -> None:
    system = [{"type": "text", "text": course_prompt, "cache_control": M5}]
    for _ in range(2):
        haiku = call(simulator, model=H45, system=system, messages=QUESTION)
        assert billed(haiku) == (0, 0, 0, 2_851 + 50)
    assert billed(call(simulator, system=system, messages=QUESTION)) == (0, 2_851, 0, 50)
    assert billed(call(simulator, system=system, messages=QUESTION)) == (2_851, 0, 0, 50)
