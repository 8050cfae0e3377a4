"""Cache diagnostics through the real client: what is said of a prompt that differs from an earlier one."""

from typing import Any

import pytest
from asgi_client import Client
from exact_prompts import M1, M5, S46, block, call, tool, user

from optlab.simulator.caching.diagnostics import PromptRecords
from optlab.simulator.simulation import Settings, Simulator

HISTORY = user(block(3_000, "pot", M5))


def conversation(**more: Any) -> dict[str, Any]:
    """6,100 tokens up to the last mark: tools 1,100, system 2,000, messages 3,000."""
    return {
        "model": S46,
        "max_tokens": 5,
        "tools": [tool(1_100, M1)],
        "system": [block(2_000, mark=M1)],
        "messages": HISTORY,
        **more,
    }


def ask(client: Client, previous: str | None, **more: Any) -> Any:
    return client.post(conversation(**more, diagnostics={"previous_message_id": previous})).json


CHANGES: list[tuple[str, dict[str, Any], int | None]] = [
    ("model_changed", {"model": "claude-opus-4-6"}, 6_100),
    ("tools_changed", {"tools": [tool(1_100, M1, "cup")]}, 6_100),
    ("tools_changed", {"tools": []}, 6_100),
    ("system_changed", {"system": [block(2_000, "cup", M1)]}, 5_000),
    ("system_changed", {"system": "short"}, 5_000),
    ("messages_changed", {"messages": user(block(3_000, "cup", M5))}, 3_000),
    ("messages_changed", {"messages": user(block(9, "go"), block(3_000, "pot", M5))}, 3_000),
    ("unavailable", {"tool_choice": {"type": "none"}}, None),
    ("unavailable", {"thinking": {"type": "adaptive"}}, None),
    ("unavailable", {"output_config": {"effort": "low"}}, None),
]


@pytest.mark.parametrize(("kind", "change", "missed"), CHANGES)
def test_the_kind_of_a_miss_and_its_tokens(
    simulator: Simulator, kind: str, change: dict[str, Any], missed: int | None
) -> None:
    client = Client(simulator)
    first = ask(client, None)
    assert first["diagnostics"] is None
    expected = {"type": kind} | ({} if missed is None else {"cache_missed_input_tokens": missed})
    assert ask(client, first["id"], **change)["diagnostics"] == {"cache_miss_reason": expected}


def test_speed_is_a_change_of_model(simulator: Simulator) -> None:
    client = Client(simulator)
    first = ask(client, None, model="claude-opus-4-8")
    second = ask(client, first["id"], model="claude-opus-4-8", speed="fast")
    assert second["diagnostics"]["cache_miss_reason"]["type"] == "model_changed"


def test_the_first_difference_counts(simulator: Simulator) -> None:
    client = Client(simulator)
    order: list[tuple[str, dict[str, Any]]] = [
        ("model_changed", {"model": "claude-opus-4-6"}),
        ("tools_changed", {"tools": [tool(1_100, M1, "cup")]}),
        ("system_changed", {"system": "short"}),
        ("messages_changed", {"messages": user(block(3_000, "cup", M5))}),
        ("unavailable", {"tool_choice": {"type": "none"}}),
    ]
    first = ask(client, None)["id"]
    for i, (kind, _) in enumerate(order):
        all_from_here = {k: v for _, change in order[i:] for k, v in change.items()}
        assert ask(client, first, **all_from_here)["diagnostics"]["cache_miss_reason"]["type"] == kind


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"model": "claude-sonnet-4-6", "max_tokens": 9, "stop_sequences": ["x"], "metadata": {"user_id": "u"}},
        {"tool_choice": {"type": "auto"}, "output_config": {"effort": "high"}, "speed": "standard"},
        {"messages": [*HISTORY, {"role": "assistant", "content": "Good."}, *user(block(50, "cup", M5))]},
        {"messages": user(block(3_000, "pot"), block(50, "cup", M5))},
    ],
    ids=["same", "not of the prompt", "defaults", "next turn", "same turn"],
)
def test_nothing_is_said_where_nothing_but_the_end_is_new(simulator: Simulator, change: dict[str, Any]) -> None:
    client = Client(simulator)
    first = ask(client, None)["id"]
    assert ask(client, first, **change)["diagnostics"] is None


def test_a_conversation_that_lost_its_end_has_changed(simulator: Simulator) -> None:
    client = Client(simulator)
    longer = ask(client, None, messages=[*HISTORY, *user(block(50, "cup"))])["id"]
    assert ask(client, longer)["diagnostics"]["cache_miss_reason"]["type"] == "messages_changed"


def test_an_alias_is_the_same_model(simulator: Simulator) -> None:
    client = Client(simulator)
    first = ask(client, None, model="claude-haiku-4-5")["id"]
    assert ask(client, first, model="claude-haiku-4-5-20251001")["diagnostics"] is None


def test_nothing_is_said_unasked(simulator: Simulator) -> None:
    client = Client(simulator)
    for asked in ({}, {"diagnostics": None}, {"diagnostics": {}}):
        assert client.post(conversation(**asked)).json["diagnostics"] is None


def test_records_are_per_key(simulator: Simulator) -> None:
    client = Client(simulator)
    first = client.post(conversation()).json["id"]
    body = conversation(diagnostics={"previous_message_id": first})
    unknown = {"cache_miss_reason": {"type": "previous_message_not_found"}}
    assert client.post(body, x_api_key="other").json["diagnostics"] == unknown
    assert client.post(body).json["diagnostics"] is None


def test_in_a_stream_it_comes_with_the_first_event(simulator: Simulator) -> None:
    client = Client(simulator)
    first = client.post(conversation(stream=True)).events[0][1]["message"]
    assert "diagnostics" not in first
    changed = conversation(stream=True, system="short", diagnostics={"previous_message_id": first["id"]})
    reason = client.post(changed).events[0][1]["message"]["diagnostics"]["cache_miss_reason"]
    assert reason == {"type": "system_changed", "cache_missed_input_tokens": 5_000}


def test_asking_for_them_changes_no_answer(clock: Any) -> None:
    answers = [
        Client(Simulator(Settings(seed=7), clock)).post(conversation(max_tokens=300, **asked)).json
        for asked in (
            {},
            {"diagnostics": {"previous_message_id": None}},
            {"diagnostics": {"previous_message_id": "msg_x"}},
        )
    ]
    assert answers[0]["content"] == answers[1]["content"] == answers[2]["content"]


def test_memory_is_bounded(simulator: Simulator) -> None:
    records = PromptRecords(max_records=3)
    made = call(simulator, messages=user(block(50)))
    for i in range(10):
        records.remember(f"msg_{i}", made.fingerprint, made.claim)
    assert len(records) == 3
    assert records.compare("msg_9", made.fingerprint, 0) is None
    assert records.compare("msg_6", made.fingerprint, 0) is not None


def test_the_real_client_reads_every_kind(running: Any) -> None:
    with running.client("diagnostics") as client:
        long = "Tea is made of leaves. " * 400

        def create(previous: str | None, **more: Any) -> Any:
            asked: dict[str, Any] = {
                "model": S46,
                "max_tokens": 5,
                "system": [{"type": "text", "text": long, "cache_control": M5}],
                "messages": [{"role": "user", "content": "How?"}],
                **more,
            }
            return client.messages.create(**asked, diagnostics={"previous_message_id": previous})

        first = create(None)
        assert first.diagnostics is None
        same = create(first.id)
        assert (same.diagnostics, same.usage.cache_read_input_tokens) == (None, first.usage.cache_creation_input_tokens)
        reason = create(first.id, system="Be brief.").diagnostics.cache_miss_reason
        assert (reason.type, reason.cache_missed_input_tokens) == ("system_changed", same.usage.cache_read_input_tokens)
        assert create("msg_gone").diagnostics.cache_miss_reason.type == "previous_message_not_found"
        assert create(first.id, thinking={"type": "adaptive"}).diagnostics.cache_miss_reason.type == "unavailable"
        with client.messages.stream(
            model="claude-opus-4-6",
            max_tokens=5,
            messages=[{"role": "user", "content": "How?"}],
            diagnostics={"previous_message_id": first.id},
        ) as stream:
            assert stream.get_final_message().diagnostics.cache_miss_reason.type == "model_changed"
