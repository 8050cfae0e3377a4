"""The doctor: every cause and every breaker planted in a log is named, with its block and the tokens it lost."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from optlab.core.cache_report import DoctorReport
from optlab.core.errors import UsageError
from optlab.engine.pricing import Pricer
from optlab.studies.cache.doctor import doctor

RULES = "Be kind, precise and short; never promise what the shop cannot keep. " * 120
KNOWLEDGE = "A parcel needs three days. Refunds take a week. Blue is sold out until spring. " * 90
MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
MODEL = "claude-sonnet-4-6"


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def ask(system: Any, question: Any = "How do I cancel an order?", **more: Any) -> dict[str, Any]:
    return {
        "model": MODEL,
        "max_tokens": 9,
        "system": system,
        "messages": [{"role": "user", "content": question}],
        **more,
    }


@pytest.fixture
def examine(tmp_path: Path) -> Any:
    def report(requests: Sequence[dict[str, Any]]) -> DoctorReport:
        path = tmp_path / "log.jsonl"
        path.write_text("\n".join(json.dumps(request) for request in requests), "utf-8")
        return doctor(path, Pricer())

    return report


def told(report: DoctorReport) -> list[tuple[str, str | None, str | None]]:
    return [(found.cause, found.block, found.breaker) for found in report.requests]


FIRST, HIT = ("first_of_template", None, None), ("hit", None, None)

BREAKERS = {
    "iso_timestamp": ("Now 2026-11-22T10:00:00Z.", "Now 2026-11-22T10:04:31Z."),
    "uuid": ("Session 550e8400-e29b-41d4-a716-446655440000", "Session 123e4567-e89b-12d3-a456-426614174000"),
    "date": ("Today is 2026-11-22.", "Today is 2026-11-23."),
    "epoch": ("at 1763800000", "at 1763800417"),
    "clock": ("It is 10:42.", "It is 10:43."),
    "hex_id": ("trace_9f31ab22", "trace_77c0ffee"),
    "number": ("This is call 7.", "This is call 8."),
    "whitespace": ("Be   kind.", "Be kind."),
    "json_key_order": ('{"plan": "gold", "since": 2019}', '{"since": 2019, "plan": "gold"}'),
    "line_order": ("- returns\n- refunds", "- refunds\n- returns"),
    "content": ("The customer is Ann.", "The customer is Bob."),
}


@pytest.mark.parametrize("kind", BREAKERS)
@pytest.mark.parametrize("where", ["block of its own", "inside the rules"])
def test_every_planted_breaker_is_named(examine: Any, kind: str, where: str) -> None:
    before, after = BREAKERS[kind]
    if where == "inside the rules":
        systems = [[text(f"{RULES}\n{words}\n{RULES}", **MARK)] for words in (before, after, after)]
        block = "system[0]"
    else:
        systems = [[text("You help."), text(words), text(RULES, **MARK)] for words in (before, after, after)]
        block = "system[1]"
    report = examine([ask(system, f"Question {n}?") for n, system in enumerate(systems)])
    assert told(report) == [FIRST, ("changed_block", block, kind), HIT]
    assert report.requests[1].lost_tokens > 1600
    assert [found.lost_tokens for found in report.requests[::2]] == [0, 0]
    (finding,) = report.summary.findings
    assert finding.before != finding.after and finding.requests == 1


def tool(**schema: Any) -> dict[str, Any]:
    return {"name": "look_up", "description": "Finds an order.", "input_schema": schema}


def test_the_order_of_keys_in_a_tool_is_a_switch_of_the_tools(examine: Any) -> None:
    plain = tool(type="object", properties={"id": {}})
    turned = tool(properties={"id": {}}, type="object")
    report = examine([ask([text(RULES, **MARK)], tools=[plain, {**t, "name": "b"}]) for t in (plain, turned, turned)])
    assert told(report) == [FIRST, ("invalidating_switch", "tools[1]", "json_key_order"), HIT]


@pytest.mark.parametrize(
    ("setting", "block"),
    [
        ({"tool_choice": {"type": "none"}}, "tool_choice"),
        ({"thinking": {"type": "adaptive"}}, "thinking"),
        ({"output_config": {"effort": "low"}}, "output_config.effort"),
    ],
)
def test_settings_lose_the_messages_and_no_more(examine: Any, setting: dict[str, Any], block: str) -> None:
    question = [text(KNOWLEDGE, **MARK), text("Why?")]
    tools = [tool(type="object")]
    deep = [ask([text(RULES, **MARK)], question, tools=tools, **more) for more in ({}, setting, setting)]
    report = examine(deep)
    assert told(report) == [FIRST, ("invalidating_switch", block, None), HIT]
    assert 1000 < report.requests[1].lost_tokens < report.summary.prompt_tokens / 3 - 1600, "the system was read"
    shallow = examine([ask([text(RULES, **MARK)], "Why?", tools=tools, **more) for more in ({}, setting)])
    assert told(shallow) == [FIRST, HIT]


def test_an_image_is_a_switch_and_named(examine: Any) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
    talk = [text(KNOWLEDGE, **MARK)]
    report = examine([ask("Be kind.", talk), ask("Be kind.", [*talk, image])])
    assert told(report) == [FIRST, ("invalidating_switch", "messages[0].content[1]", None)]


def test_a_default_spelled_out_changes_nothing(examine: Any) -> None:
    more = {"output_config": {"effort": "high"}, "thinking": {"type": "disabled"}, "tool_choice": {"type": "auto"}}
    tools = [tool(type="object")]
    question = [text(KNOWLEDGE, **MARK)]
    assert told(examine([ask("x", question, tools=tools), ask("x", question, tools=tools, **more)])) == [FIRST, HIT]


def test_no_breakpoint_and_below_the_minimum_come_first(examine: Any) -> None:
    bare = examine([ask(RULES, f"Question {n}") for n in range(2)])
    assert told(bare) == [("no_breakpoint", None, None)] * 2
    assert bare.requests[0].lost_tokens == 0 and bare.requests[1].lost_tokens > 1600
    small = examine([ask([text(RULES, **MARK)], model="claude-haiku-4-5") for _ in range(2)])
    assert told(small) == [("below_minimum", "system[0]", None)] * 2
    assert (small.requests[0].lost_tokens, small.requests[1].lost_tokens) == (0, bare.requests[1].lost_tokens)


@pytest.mark.parametrize(
    ("change", "block"),
    [({"model": "claude-sonnet-4-5"}, "model"), ({"workspace": "other"}, "workspace")],
)
def test_another_model_or_workspace_has_a_cache_of_its_own(examine: Any, change: dict[str, Any], block: str) -> None:
    system = [text(RULES, **MARK)]
    report = examine([ask(system), ask(system, **change), ask(system, **change), ask(system)])
    assert told(report) == [FIRST, ("other_model", block, None), HIT, HIT]


def test_a_cascade_over_two_models_warms_both(examine: Any) -> None:
    system = [text(RULES, **MARK)]
    models = ["claude-sonnet-4-6", "claude-sonnet-4-5"] * 3
    causes = [found.cause for found in examine([ask(system, model=model) for model in models]).requests]
    assert causes == ["first_of_template", "other_model", "hit", "hit", "hit", "hit"]


def test_lifetimes_count_from_the_last_read_strictly(examine: Any) -> None:
    def log(mark: dict[str, Any], *times: float) -> list[str]:
        return [found.cause for found in examine([ask([text(RULES, **mark)], at=at) for at in times]).requests]

    assert log(MARK, 0, 299, 598, 898) == ["first_of_template", "hit", "hit", "expired"]
    assert log(HOUR, 0, 3599, 7199) == ["first_of_template", "hit", "expired"]
    assert log(MARK, 10, 10, 10.2, 15) == ["first_of_template", "not_yet_readable", "not_yet_readable", "hit"]
    assert log(MARK, 898, 0, 299) == ["expired", "first_of_template", "hit"], "times may stand in any order"


def test_a_partial_hit_is_told_by_what_was_missed(examine: Any) -> None:
    """The 1 h rules live, the 5 m knowledge behind them is gone."""
    body = [ask([text(RULES, **HOUR)], [text(KNOWLEDGE, **MARK), text("Why?")], at=at) for at in (0, 360)]
    report = examine(body)
    assert told(report) == [FIRST, ("expired", "messages[0].content[0]", None)]
    assert report.summary.read_tokens > 1600 and 1000 < report.requests[1].lost_tokens < 2000


def test_without_times_every_entry_lives(examine: Any) -> None:
    report = examine([ask([text(RULES, **MARK)]) for _ in range(3)])
    assert told(report) == [FIRST, HIT, HIT]
    assert report.summary.lost_usd_per_day is None and report.summary.span_s is None


def talk(turns: int, *, blocks: int = 1, topic: str = "parcel") -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for turn in range(turns):
        words = [text(f"The {topic} of turn {turn}, part {part}, is late and blue.") for part in range(blocks)]
        messages.append({"role": "user", "content": words})
        messages.append({"role": "assistant", "content": f"About {topic} {turn}: it will come on Monday."})
    return messages[:-1]


def test_growing_conversations_interleaved_hit(examine: Any) -> None:
    log = [
        ask(RULES, **MARK) | {"messages": talk(turns, topic=topic)}
        for turns in range(1, 6)
        for topic in ("parcel", "refund", "invoice")
    ]
    report = examine(log)
    # The first question of each conversation is its own: nothing of it could be read, and the mark stood behind it.
    assert [found.cause for found in report.requests[3:]] == ["hit"] * 12
    assert report.summary.templates == 1


def test_more_than_twenty_blocks_behind_is_out_of_reach(examine: Any) -> None:
    log = [ask("Be kind.", **MARK) | {"messages": talk(turns, blocks=30)} for turns in (3, 4)]
    log = [request | {"system": RULES} for request in log]
    report = examine(log)
    assert report.requests[1].cause == "beyond_lookback"
    near = [ask(RULES, **MARK) | {"messages": talk(turns, blocks=5)} for turns in (3, 4)]
    assert examine(near).requests[1].cause == "hit"


def test_a_request_marked_where_nobody_marked_before_is_the_first(examine: Any) -> None:
    """The question was marked first; the next turn marks the rules in front of it, and holds all that was sent."""
    first = ask([text(RULES)], [text("Why?", **MARK)])
    longer = ask([text(RULES, **MARK)]) | {"messages": [*ask("x", [text("Why?")])["messages"], *talk(2)[1:]]}
    assert told(examine([first, longer, longer])) == [FIRST, FIRST, HIT]


def test_a_part_of_the_log_without_marks_is_no_past(examine: Any) -> None:
    bare, marked = ask([text(RULES)]), ask([text(RULES, **MARK)])
    report = examine([bare, marked, bare, bare, marked])
    none = ("no_breakpoint", None, None)
    assert told(report) == [none, FIRST, none, none, HIT]
    assert [found.lost_tokens > 1600 for found in report.requests] == [False, False, True, True, False]


def test_a_window_that_slides_breaks_at_its_first_message(examine: Any) -> None:
    whole = talk(12, blocks=4)
    log = [ask("x") | MARK | {"system": RULES, "messages": whole[start : start + 15]} for start in (0, 2)]
    report = examine(log)
    assert told(report)[1][:2] == ("changed_block", "messages[0].content[0]")


def test_two_templates_side_by_side_do_not_accuse_each_other(examine: Any) -> None:
    shop, lab = [text(RULES, **MARK)], [text(KNOWLEDGE, **MARK)]
    report = examine([ask(system, f"Question {n}") for n in range(3) for system in (shop, lab)])
    assert told(report) == [FIRST, FIRST, HIT, HIT, HIT, HIT]
    assert report.summary.templates == 2


def test_templates_that_look_alike_are_compared_each_with_its_own_past(examine: Any) -> None:
    """Both hold nearly the same rules; one starts with a clock, the other with a name that stays."""
    log = [
        ask([text(first), text(RULES + last, **MARK)])
        for minute in range(3)
        for first, last in ((f"It is 10:0{minute}.", "Good luck."), ("Desk of Ann.", "Have fun."))
    ]
    clock = ("changed_block", "system[0]", "clock")
    assert told(examine(log))[2:] == [clock, HIT, clock, HIT]


def test_another_question_is_no_breaker(examine: Any) -> None:
    questions = ["How do I cancel?", "Where is the parcel with the blue lamp?", "A refund, please, and quickly."]
    both = [ask([text(RULES, **MARK)], [text(question, **MARK)]) for question in questions]
    assert told(examine(both)) == [FIRST, HIT, HIT]
    # Marked on the question alone, the rules in front of it are written again and again.
    lone = examine([ask(RULES, [text(question, **MARK)]) for question in questions])
    assert told(lone)[1:] == [("changed_block", "messages[0].content[0]", "content")] * 2
    assert lone.requests[1].lost_tokens > 1600


def test_a_clock_that_comes_round_again_is_still_the_clock(examine: Any) -> None:
    clocks = ["10:00", "10:01", "10:02"] * 2
    log = [ask([text(f"It is {clock}."), text(RULES, **MARK)], at=400 * n // 3) for n, clock in enumerate(clocks)]
    assert told(examine(log))[1:] == [("changed_block", "system[0]", "clock")] * 5


def test_what_the_response_said_counts(examine: Any) -> None:
    log = [ask([text(RULES, **MARK)], usage={"cache_read_input_tokens": read}) for read in (0, 1700, 0)]
    report = examine(log)
    assert told(report) == [FIRST, HIT, ("unknown", "system[0]", None)]
    assert report.requests[2].lost_tokens > 1600


def test_the_bill_of_the_misses(examine: Any) -> None:
    """Two of three calls write what they could have read: (1.25 - 0.1) x $3 per million x tokens each."""
    log = [ask([text(f"Call {n}."), text(RULES, **MARK)], at=100.0 * n) for n in range(3)]
    report = examine(log)
    lost = report.summary.lost_tokens
    assert lost == sum(found.lost_tokens for found in report.requests) > 3200
    assert report.summary.lost_usd == pytest.approx(lost * (3.75 - 0.30) / 1e6)
    assert report.summary.calls_per_day == pytest.approx(2 / 200 * 86_400)
    assert report.summary.lost_usd_per_day == pytest.approx((report.summary.lost_usd or 0) / 3 * 864)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "holds no request"),
        (b"{", "line 1: it is not JSON"),
        (b"[1]", "line 1: this is no JSON object"),
        (b"\xff{}", "line 1: it is not"),
        (b'{"model":"m"}', "messages is missing"),
        (b'{"messages":[]}', "model is missing"),
        (b'{"model":"m","messages":[],"at":NaN}', "it is not JSON"),
        (b'{"model":"m","messages":[],"at":"soon"}', '"at" is no epoch second'),
        (b'{"model":"m","messages":[3]}', "messages is no list of objects"),
        (b'{"model":"m","messages":[{"role":"user","content":[{}]}]}', "messages[0].content[0].type is missing"),
        (b'{"model":"m","messages":[],"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "nested too deep"),
        (
            b'{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"e"}}]}]}',
            "messages[0].content[0].cache_control is",
        ),
    ],
    ids=range(12),
)
def test_a_broken_line_is_refused_in_one_sentence(tmp_path: Path, line: bytes, says: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(line)
    with pytest.raises(UsageError) as refused:
        doctor(path, Pricer())
    assert says in str(refused.value) and str(path) in str(refused.value)


def test_five_breakpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "five.jsonl"
    path.write_text("\n" + json.dumps(ask([text(RULES, **MARK)] * 5)))
    with pytest.raises(UsageError, match="line 2: 5 blocks carry cache_control"):
        doctor(path, Pricer())
