"""Draws of time, and pacing on an absolute schedule: a stream lasts exactly as long as the plain response."""

import asyncio
import random
import statistics
from itertools import pairwise
from typing import Any

import pytest

from optlab.catalogue import load
from optlab.simulator import latency, wire
from optlab.simulator.http.pacing import PacedResponse
from optlab.simulator.http.visits import Visit, open_visit
from optlab.simulator.latency import Pace
from optlab.simulator.request.validation import check_message
from optlab.simulator.simulation import Call, Settings, Simulator

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


def visit(*, with_times: bool = False) -> Visit:
    scope = {"method": "POST", "path": "/v1/messages", "headers": []}
    opened = open_visit(scope, 0.0, with_times=with_times)
    opened.stream = True
    return opened


async def run(call: Call, simulator: Simulator, seen: Visit | None = None) -> tuple[float, list[float]]:
    """Model time of a whole stream and of each of its sends, by the fake clock."""
    used = wire.usage(call.claim, call.frame_tokens, call.reply, geo="global", speed="standard")
    parts = ((call.timing.at(n), data) for n, data in wire.events("msg_1", "m", call.reply, used))
    sent: list[float] = []

    async def send(message: Any) -> None:
        sent.append(simulator.clock.now() - call.started_at)

    async def receive() -> Any:
        await asyncio.Event().wait()

    response = PacedResponse(parts, simulator.pace(call), {}, (call.timing.at(1), lambda: None), seen or visit())
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


def test_stalls_come_only_when_asked_for_and_at_their_share() -> None:
    timing = draws(1)[0]
    assert all(latency.stalled(timing, 100, 0.0, random.Random(n)) == timing for n in range(100))
    made = [latency.stalled(timing, 100, 0.01, random.Random(n)) for n in range(10_000)]
    stalls = [t.stall for t in made if t.stall]
    assert len(stalls) == pytest.approx(100, rel=0.3)
    assert all(0.5 <= s.seconds <= 3.0 and 1 <= s.token <= 100 for s in stalls)
    assert max(s.seconds for s in stalls) > 2.5
    assert min(s.token for s in stalls) < 15
    assert max(s.token for s in stalls) > 85


def test_a_stall_delays_its_token_and_all_after_it() -> None:
    bare = latency.Timing(1.0, 0.1)
    stalled = latency.Timing(1.0, 0.1, latency.Stall(5, 2.0))
    assert [stalled.at(n) - bare.at(n) for n in (0, 1, 4, 5, 9)] == pytest.approx([0, 0, 0, 2, 2])
    first = latency.Timing(1.0, 0.1, latency.Stall(1, 2.0))
    assert [first.at(n) - bare.at(n) for n in (0, 1, 9)] == pytest.approx([2, 2, 2])


async def test_a_stalled_stream_takes_as_long_as_the_plain_response(clock: Any) -> None:
    settings = Settings(7, stalls=1.0)
    streaming, plain, smooth = (Simulator(s, clock) for s in (settings, settings, Settings(7)))
    s, p, without = accepted(streaming, True), accepted(plain, False), accepted(smooth, True)
    assert s.timing == p.timing
    assert s.timing.stall is not None
    assert s.reply == without.reply
    total, _ = await run(s, streaming)
    assert total == pytest.approx(p.timing.at(p.reply.output_tokens))
    assert total == pytest.approx(without.timing.at(s.reply.output_tokens) + s.timing.stall.seconds)


async def test_the_ledger_gets_due_and_sent_times_of_every_delta(simulator: Simulator) -> None:
    call = accepted(simulator, True)
    seen = visit(with_times=True)
    _, sent = await run(call, simulator, seen)
    deltas = [d.at_token for b in call.reply.blocks if b.kind == "text" for d in b.deltas]
    assert seen.times
    text = seen.times[-len(deltas) :]
    assert [due for due, _ in text] == [round(call.timing.at(n) * 1e6) for n in deltas]
    assert {at for _, at in seen.times} <= {round(s * 1e6) for s in sent}


async def test_events_leave_when_their_last_token_exists(simulator: Simulator) -> None:
    call = accepted(simulator, True)
    _, sent = await run(call, simulator)
    deltas = sorted({call.timing.at(d.at_token) for b in call.reply.blocks for d in b.deltas})
    assert all(any(abs(t - s) < 1e-9 for s in sent) for t in deltas)
