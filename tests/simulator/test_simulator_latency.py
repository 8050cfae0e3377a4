"""Draws of time, and pacing on an absolute schedule: a stream lasts exactly as long as the plain response."""

import asyncio
import random
import statistics
from itertools import pairwise
from typing import Any

import pytest

from optlab.catalogue import load
from optlab.simulator import latency, wire
from optlab.simulator.latency import Pace
from optlab.simulator.pacing import PacedResponse
from optlab.simulator.simulation import Call, Settings, Simulator
from optlab.simulator.validation import check_message
from optlab.simulator.visits import Visit, open_visit

PROFILE = load().get("claude-sonnet-4-6").latency.profile


def draws(n: int = 3_000, **sizes: int) -> list[latency.Timing]:
    rng = random.Random(1)
    arguments = {"uncached_tokens": 0, "cached_tokens": 0, **sizes}
    return [latency.draw(PROFILE, rng=rng, **arguments) for _ in range(n)]


def test_first_token_follows_the_profile() -> None:
    times = sorted(t.ttft_s for t in draws())
    assert times[1_500] == pytest.approx(1.0, rel=0.04)
    assert times[2_700] == pytest.approx(1.6, rel=0.06)


def test_rate_is_normal_with_twelve_percent_spread_and_no_stalls() -> None:
    rates = [1 / t.token_s for t in draws()]
    assert statistics.mean(rates) == pytest.approx(52, rel=0.01)
    assert statistics.stdev(rates) / 52 == pytest.approx(0.12, abs=0.01)
    assert min(rates) > 52 * 0.69


def test_prefill_costs_by_class() -> None:
    bare, long, cached = draws(1), draws(1, uncached_tokens=90_000), draws(1, cached_tokens=70_000)
    assert long[0].ttft_s - bare[0].ttft_s == pytest.approx(10.0)
    assert cached[0].ttft_s - bare[0].ttft_s == pytest.approx(1.0)


def test_drift_stays_within_ten_percent_and_is_slow() -> None:
    factors = [latency.drift_at(t, 5) for t in range(0, 14_400, 60)]
    assert min(factors) == pytest.approx(0.9, abs=0.001)
    assert max(factors) == pytest.approx(1.1, abs=0.001)
    assert max(abs(a - b) for a, b in pairwise(factors)) < 0.003


async def test_pace_is_absolute(clock: Any) -> None:
    pace = Pace(clock, speed=10.0, started_at=clock.now())
    start = clock.now()
    await pace.until(1.0)
    clock.time += 0.05  # work that takes time does not push later moments back
    await pace.until(2.0)
    assert clock.now() - start == pytest.approx(0.2)
    clock.time += 5
    await pace.until(3.0)
    assert clock.slept[-1] == 0.0


def accepted(simulator: Simulator, stream: bool) -> Call:
    body = {"model": "claude-sonnet-5", "max_tokens": 800, "stream": stream, "messages": []}
    body["messages"] = [{"role": "user", "content": "Explain how tea is made."}]
    return simulator.accept(check_message(body, "2026-10-21", simulator.catalogue), "k")


def visit() -> Visit:
    scope = {"method": "POST", "path": "/v1/messages", "headers": []}
    return open_visit(scope, 0.0, with_times=False)


async def run(call: Call, simulator: Simulator) -> tuple[float, list[float]]:
    """Model time of a whole stream and of each of its sends, by the fake clock."""
    used = wire.usage(call.claim, call.frame_tokens, call.reply, geo="global", speed="standard")
    parts = ((call.timing.at(n), data) for n, data in wire.events("msg_1", "m", call.reply, used))
    sent: list[float] = []

    async def send(message: Any) -> None:
        sent.append(simulator.clock.now() - call.started_at)

    async def receive() -> Any:
        await asyncio.Event().wait()

    response = PacedResponse(parts, simulator.pace(call), {}, (call.timing.at(1), lambda: None), visit())
    await response({"type": "http"}, receive, send)
    return sent[-1], sent


async def test_stream_and_plain_take_the_same_time(clock: Any) -> None:
    streamed_clock, plain_clock = clock, type(clock)()
    streaming, plain = Simulator(Settings(7), streamed_clock), Simulator(Settings(7), plain_clock)
    s, p = accepted(streaming, True), accepted(plain, False)
    assert s.reply == p.reply
    assert s.timing == p.timing
    total, sent = await run(s, streaming)
    await plain.pace(p).until(p.timing.at(p.reply.output_tokens))
    assert total == pytest.approx(plain_clock.now() - p.started_at)
    assert total == pytest.approx(s.timing.ttft_s + (s.reply.output_tokens - 1) * s.timing.token_s)
    assert sent[0] == pytest.approx(s.timing.ttft_s)


async def test_events_leave_when_their_last_token_exists(simulator: Simulator) -> None:
    call = accepted(simulator, True)
    _, sent = await run(call, simulator)
    deltas = sorted({call.timing.at(d.at_token) for b in call.reply.blocks for d in b.deltas})
    assert all(any(abs(t - s) < 1e-9 for s in sent) for t in deltas)
