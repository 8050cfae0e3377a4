"""What a rerun gives again and what must not change an answer; what one large text may cost."""

import asyncio
from typing import Any

import pytest
from asgi_client import Client

from optlab.catalogue import load
from optlab.catalogue.tokens import _LONGEST_REMEMBERED, estimate_tokens
from optlab.simulator.batches.request import check_params
from optlab.simulator.errors import MAX_BODY_BYTES, ApiError
from optlab.simulator.faults.kinds import fault
from optlab.simulator.request.validation import MAX_DEPTH, check_message, parse_json
from optlab.simulator.simulation import Settings, Simulator

VERSION = "2026-10-21"
SYSTEM = "You answer questions about gardens. " * 200
ASK: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "max_tokens": 300,
    "system": SYSTEM,
    "messages": [{"role": "user", "content": "Explain how roses are pruned."}],
}
MARK = {"type": "ephemeral"}
WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def answered(**changed: Any) -> tuple[str, float]:
    """Text and time per token of the first call that a fresh simulator gets."""
    simulator = Simulator(Settings(seed=1))
    call = simulator.accept(check_message({**ASK, **changed}, VERSION, simulator.catalogue), "k")
    return "".join(str(block.content.get("text", "")) for block in call.reply.blocks), call.timing.token_s


@pytest.mark.parametrize(
    "changed",
    [
        {"system": [{"type": "text", "text": SYSTEM}]},
        {"system": [{"type": "text", "text": SYSTEM, "cache_control": MARK}]},
        {"cache_control": {**MARK, "ttl": "1h"}},
        {"metadata": {"user_id": "u"}},
        {"service_tier": "auto"},
        {"stream": True},
        {"max_tokens": 301},
        {"stop_sequences": ["never said"]},
        {"model": "claude-sonnet-4-6", "tools": []},
    ],
)
def test_what_the_model_does_not_see_changes_no_answer(changed: dict[str, Any]) -> None:
    text, _ = answered()
    assert answered(**changed)[0] == text


def test_a_limit_cuts_the_same_answer() -> None:
    whole, cut = answered()[0], answered(max_tokens=20)[0]
    assert 0 < len(cut) < len(whole)
    assert whole.startswith(cut)


def test_what_the_model_sees_does() -> None:
    assert answered(messages=[{"role": "user", "content": "Explain how roses are planted."}]) != answered()


def test_a_tool_loop_repeats_by_its_seed() -> None:
    """The client sends the id of a call back: were it random, every later turn would be another one."""

    def loop() -> list[Any]:
        client = Client(Simulator(Settings(seed=1)))
        said: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
        body = {"model": "claude-sonnet-4-6", "max_tokens": 300, "tools": [WEATHER], "messages": said}
        first = client.post({**body, "tool_choice": {"type": "tool", "name": "get_weather"}}).json["content"]
        (use,) = [b for b in first if b["type"] == "tool_use"]
        result = {"type": "tool_result", "tool_use_id": use["id"], "content": "18 degrees, light rain"}
        said += [{"role": "assistant", "content": first}, {"role": "user", "content": [result]}]
        return [first, client.post(body).json["content"]]

    assert loop() == loop()


def test_a_text_without_spaces_is_not_kept() -> None:
    estimate_tokens("warm up", "old")
    weigh = estimate_tokens.__wrapped__
    for length in range(_LONGEST_REMEMBERED + 1, _LONGEST_REMEMBERED + 20):
        weigh("a" * length, "old")
    from optlab.catalogue import tokens

    remembered = tokens._word_weights("old").__closure__ or ()
    kept = [c.cell_contents.cache_info().currsize for c in remembered if hasattr(c.cell_contents, "cache_info")]
    before = sum(kept)
    weigh("b" * (_LONGEST_REMEMBERED + 1), "old")
    after = sum(c.cell_contents.cache_info().currsize for c in remembered if hasattr(c.cell_contents, "cache_info"))
    assert kept
    assert after == before
    weigh("neverseenbefore", "old")
    assert sum(c.cell_contents.cache_info().currsize for c in remembered if hasattr(c.cell_contents, "cache_info")) == (
        before + 1
    )


def test_params_of_a_batch_are_no_larger_than_a_message() -> None:
    with pytest.raises(ApiError) as refused:
        check_params(b'{"a":"' + b"x" * MAX_BODY_BYTES + b'"}', VERSION, load())
    assert refused.value.status == 413


@pytest.mark.parametrize(("depth", "fine"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_the_deepest_body(depth: int, fine: bool) -> None:
    """Depth counts the body itself; wide bodies are no deeper for it."""
    data = b'{"wide":[[],[],[]],"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
    if fine:
        assert parse_json(data)
    else:
        with pytest.raises(ApiError, match="too deep"):
            parse_json(data)


def test_a_miss_pays_the_input_limit_too() -> None:
    client = Client(Simulator(Settings()))
    body = {**ASK, "system": [{"type": "text", "text": SYSTEM, "cache_control": MARK}]}

    def left(**headers: str) -> int:
        return int(client.post(body, **headers).headers["anthropic-ratelimit-input-tokens-remaining"])

    cold = left()
    warm = left()
    missed = left(optlab_fault="miss")
    assert warm > cold - 100
    assert missed < warm - 1_000


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("429", {"retry_after": "1\n"}),
        ("429", {"retry_after": "nan"}),
        ("429", {"retry_after": "soon"}),
        ("content_type", {"type": "text/html\n"}),
        ("error_event", {"type": "overloaded_error\n"}),
    ],
)
def test_a_fault_that_cannot_be_sent_is_refused(kind: str, keys: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(keys))):
        fault(kind, keys)


def test_a_defect_is_no_shutdown_in_the_ledger(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    ended: list[str] = []

    class Ledger:
        with_times = False

        def arrived(self, visit: Any) -> None: ...

        def ended(self, visit: Any, outcome: str) -> None:
            ended.append(outcome)

    from optlab.simulator.http.app import build

    simulator = Simulator(Settings())
    client = Client(simulator)
    client._app = build(simulator, None, Ledger())  # type: ignore[arg-type]
    monkeypatch.setattr(simulator, "begin", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(client.ask(ASK))
    assert ended == ["defect"]
    assert "ZeroDivisionError" in capsys.readouterr().err
