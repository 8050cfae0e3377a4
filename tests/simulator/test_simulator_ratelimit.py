"""Rate limits: token buckets per key and pool, what counts, what a refusal says, and that nobody meets one unasked."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import anthropic
import pytest
from click.testing import CliRunner

from optlab.cli.simulate import simulate
from optlab.simulator.__main__ import parse
from optlab.simulator.errors import ApiError
from optlab.simulator.ratelimit import Cost, Limits, RateLimits
from optlab.simulator.request.validation import check_message
from optlab.simulator.service_clock import ServiceClock
from optlab.simulator.simulation import Call, Settings, Simulator

ASK: dict[str, Any] = {"model": "claude-sonnet-4-6", "max_tokens": 20, "messages": [{"role": "user", "content": "Hi"}]}


def limited(clock: Any, clock_speed: float = 1.0, **limits: int) -> RateLimits:
    return RateLimits(Limits(**limits), ServiceClock(clock, clock_speed))


def call(simulator: Simulator, key: str = "k", **changed: Any) -> Call:
    """One call that passes the limits, has begun and is charged."""
    request = check_message({**ASK, **changed}, "2026-10-21", simulator.catalogue)
    prepared = simulator.prepare(request, key)
    receipt = simulator.admit(prepared, key)
    made = simulator.finish(simulator.begin(prepared, simulator.clock.now()))
    simulator.settle(receipt, made)
    simulator.cache.store(made.claim)
    return made


def test_a_bucket_holds_a_minute_and_refills_continuously(clock: Any) -> None:
    limits = limited(clock, requests=4)
    for _ in range(4):
        limits.admit("k", "m", Cost())
    with pytest.raises(ApiError, match="rate limit of 4 requests per minute for m") as refused:
        limits.admit("k", "m", Cost())
    assert (refused.value.status, refused.value.type) == (429, "rate_limit_error")
    assert refused.value.headers["retry-after"] == "15"
    clock.time += 14.9
    with pytest.raises(ApiError):
        limits.admit("k", "m", Cost())
    clock.time += 0.1
    limits.admit("k", "m", Cost())


def test_the_services_clock_moves_the_buckets_and_retry_after_is_the_clients_time(clock: Any) -> None:
    limits = limited(clock, clock_speed=10, requests=1)
    limits.admit("k", "m", Cost())
    with pytest.raises(ApiError) as refused:
        limits.admit("k", "m", Cost())
    assert refused.value.headers["retry-after"] == "6"
    clock.time += 6
    limits.admit("k", "m", Cost())


def test_keys_and_pools_do_not_share(clock: Any) -> None:
    limits = limited(clock, requests=1)
    for key, pool in (("a", "m"), ("b", "m"), ("a", "n")):
        limits.admit(key, pool, Cost())
    with pytest.raises(ApiError):
        limits.admit("a", "m", Cost())


def test_headers_are_true_to_the_buckets(clock: Any) -> None:
    limits = limited(clock, requests=10, input_tokens=600, output_tokens=60)
    sent = limits.admit("k", "m", Cost(1, 200, 30)).headers
    prefix = "anthropic-ratelimit"
    shown = {k.removeprefix(f"{prefix}-"): v for k, v in sent.items() if not k.endswith("reset")}
    assert shown == {
        "requests-limit": "10",
        "requests-remaining": "9",
        "tokens-limit": "660",
        "tokens-remaining": "430",
        "input-tokens-limit": "600",
        "input-tokens-remaining": "400",
        "output-tokens-limit": "60",
        "output-tokens-remaining": "30",
    }
    reset = {
        n: datetime.fromisoformat(sent[f"{prefix}-{n}-reset"]) for n in ("requests", "input-tokens", "output-tokens")
    }
    assert (reset["input-tokens"] - reset["requests"]).total_seconds() == 20 - 6
    assert (reset["output-tokens"] - reset["requests"]).total_seconds() == 30 - 6
    assert sent[f"{prefix}-tokens-reset"] == sent[f"{prefix}-output-tokens-reset"]
    clock.time += 3.0
    assert limits.admit("k", "m", Cost(1, 0, 0)).headers[f"{prefix}-input-tokens-remaining"] == "430"


def test_cache_reads_do_not_count_as_input(clock: Any, course_prompt: str) -> None:
    simulator = Simulator(Settings(limits=Limits(input_tokens=2_900)), clock)
    system = [{"type": "text", "text": course_prompt, "cache_control": {"type": "ephemeral"}}]
    assert call(simulator, system=system).claim.write_5m_tokens == 2_851
    for _ in range(3):
        assert call(simulator, system=system).claim.read_tokens == 2_851
    with pytest.raises(ApiError, match="2,900 input tokens per minute"):
        call(simulator, system=[{**system[0], "text": f"New. {course_prompt}"}])


def test_output_is_charged_from_max_tokens_and_corrected_at_the_end(clock: Any) -> None:
    simulator = Simulator(Settings(limits=Limits(output_tokens=1_000)), clock)
    made = call(simulator, max_tokens=900, messages=[{"role": "user", "content": "Say one word."}])
    assert made.reply.output_tokens < 50
    ends_at = made.timing.at(made.reply.output_tokens)
    clock.time += ends_at - 0.001
    with pytest.raises(ApiError, match=r"1,000 output tokens per minute.*max_tokens"):
        call(simulator, max_tokens=900)
    clock.time += 0.002
    call(simulator, max_tokens=900)


def test_more_than_a_bucket_holds_is_refused_also_when_it_is_full(clock: Any) -> None:
    simulator = Simulator(Settings(limits=Limits(output_tokens=1_000)), clock)
    with pytest.raises(ApiError, match=r"output tokens.*never succeed") as refused:
        call(simulator, max_tokens=1_001)
    assert int(refused.value.headers["retry-after"]) >= 1
    call(simulator, max_tokens=1_000)


def test_a_refused_request_charges_nothing_and_touches_neither_cache_nor_draws(clock: Any, course_prompt: str) -> None:
    system = [{"type": "text", "text": course_prompt, "cache_control": {"type": "ephemeral"}}]
    simulator = Simulator(Settings(limits=Limits(output_tokens=100)), clock)
    untroubled = Simulator(Settings(), clock)
    call(simulator, system=system)
    call(untroubled, system=system)
    clock.time += 290
    for _ in range(3):
        with pytest.raises(ApiError):
            call(simulator, system=system, max_tokens=101)
    asked = call(simulator, max_tokens=100)
    assert asked.reply == call(untroubled, max_tokens=100).reply
    clock.time += 20
    assert call(simulator, system=system).claim.read_tokens == 0, "the refused calls did not renew the entry"


def test_fast_mode_has_a_pool_of_its_own(clock: Any) -> None:
    simulator = Simulator(Settings(limits=Limits(requests=1)), clock)
    model = next(m.id for m in simulator.catalogue.models if m.capabilities.fast_mode)
    call(simulator, model=model)
    call(simulator, model=model, speed="fast")
    with pytest.raises(ApiError, match="fast mode"):
        call(simulator, model=model, speed="fast")


def test_keys_that_have_become_idle_are_forgotten(clock: Any) -> None:
    limits = limited(clock, requests=60)
    for i in range(500):
        limits.admit(f"key {i}", "m", Cost())
        clock.time += 0.5
    assert len(limits) <= 3
    bounded = RateLimits(Limits(), ServiceClock(clock, 1.0), max_pools=10)
    for i in range(50):
        bounded.admit(f"key {i}", "m", Cost())
    assert len(bounded) == 10


def test_defaults_are_generous(clock: Any) -> None:
    simulator = Simulator(Settings(), clock)
    for _ in range(2_000):
        simulator.limits.admit("k", "m", Cost(1, 200_000, 128_000))


@pytest.fixture(scope="module")
def tight(start: Any) -> Iterator[Any]:
    options = ("--requests-per-minute", "1", "--input-tokens-per-minute", "5000", "--output-tokens-per-minute", "800")
    with start("--speed", "100", "--clock-speed", "30", *options) as running:
        yield running


def test_the_clients_own_retry_honours_retry_after(tight: Any) -> None:
    client = tight.client("retry").with_options(max_retries=1)
    for attempts in (0, 1):
        raw = client.messages.with_raw_response.create(**ASK)
        assert raw.retries_taken == attempts
        assert raw.headers["anthropic-ratelimit-requests-limit"] == "1"
        assert raw.headers["anthropic-ratelimit-tokens-limit"] == "5800"
    with pytest.raises(anthropic.RateLimitError, match="1 requests per minute") as refused:
        client.with_options(max_retries=0).messages.create(**ASK)
    assert refused.value.response.headers["retry-after"] == "2"
    assert refused.value.response.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert refused.value.type == "rate_limit_error"


def test_count_tokens_and_batches_have_pools_of_their_own(tight: Any) -> None:
    client = tight.client("pools")
    client.messages.create(**ASK)
    counted = {"model": ASK["model"], "messages": ASK["messages"]}
    batch = [{"custom_id": "a", "params": ASK}]
    client.messages.count_tokens(**counted)
    client.messages.batches.create(requests=batch)
    with pytest.raises(anthropic.RateLimitError, match="for count_tokens"):
        client.messages.count_tokens(**counted)
    with pytest.raises(anthropic.RateLimitError, match="for batches"):
        client.messages.batches.create(requests=batch)


def test_the_limit_is_the_last_check(tight: Any) -> None:
    client = tight.client("order")
    client.messages.create(**ASK)
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        client.messages.create(**{**ASK, "max_tokens": 128_001}, timeout=10)
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long"):
        client.messages.create(
            model="claude-haiku-4-5", max_tokens=5, messages=[{"role": "user", "content": "tea " * 230_000}]
        )
    with pytest.raises(anthropic.BadRequestError, match="custom_id"):
        client.messages.batches.create(requests=[{"custom_id": "a b", "params": ASK}])  # type: ignore[typeddict-item]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "1" * 13])
def test_a_limit_is_a_whole_number_above_zero(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([f"--output-tokens-per-minute={value}"])
    assert ended.value.code == 2
    assert "output-tokens-per-minute" in capsys.readouterr().err


def test_the_command_hands_limits_on_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[list[str]] = []
    monkeypatch.setattr(sys.modules["optlab.cli.simulate"], "become_simulator", handed.append)
    assert CliRunner().invoke(simulate, ["--requests-per-minute", "5"]).exit_code == 0
    assert CliRunner().invoke(simulate, []).exit_code == 0
    at = handed[0].index("--requests-per-minute")
    assert handed[0][at + 1] == "5"
    assert not any("minute" in part for part in handed[1])
    assert parse(handed[0]).requests_per_minute == 5
