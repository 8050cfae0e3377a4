"""The scripted backend: exact numbers, or nothing built on it can be trusted."""

import asyncio

import pytest

from optlab.backends.scripted import FakeClock, Reply, ScriptedBackend
from optlab.core.record import CallError, Delta, Provenance
from optlab.core.request import Block, Request, Turn
from optlab.core.usage import Usage


def request(stream: bool) -> Request:
    return Request(model="m", max_tokens=5, messages=(Turn("user", (Block("Hi"),)),), stream=stream)


async def test_times_are_exact_and_pieces_are_watched() -> None:
    backend = ScriptedBackend(lambda request, n: Reply(((0.5, "a"), (1.5, "b")), 2.0 + n, Usage(1, 2)))
    seen: list[Delta] = []
    backend.clock.time_s = 10.0
    first = await backend.send(request(True), call_id="x", zero_s=8.0, time_limit_s=60, watch=seen.append)
    second = await backend.send(request(False), call_id="y", zero_s=8.0, time_limit_s=60)
    assert (first.sent_at_s, first.ended_at_s, first.first_event_at_s) == (2.0, 4.0, 2.5)
    assert first.deltas == (Delta(2.5, "a"), Delta(3.5, "b")) == tuple(seen)
    assert (second.sent_at_s, second.ended_at_s) == (4.0, 7.0)
    assert [d.at_s for d in second.deltas] == [7.0, 7.0], "a plain answer arrives at its end"
    assert (first.text, second.text) == ("ab", "ab")
    assert first.provenance is Provenance.SIMULATED
    assert [r.stream for r in backend.requests] == [True, False]


async def test_errors_are_records() -> None:
    error = CallError("server", "told to fail", 500)
    backend = ScriptedBackend(lambda request, n: Reply((), 1.0, error=error))
    record = await backend.send(request(True), call_id="x", zero_s=0.0, time_limit_s=60)
    assert record.error == error
    assert record.first_event_at_s is None
    assert (await backend.open()).fresh


@pytest.mark.parametrize("seconds", [0.0, 3.5])
async def test_sleep_takes_no_time(seconds: float) -> None:
    clock = FakeClock()
    before = clock.utc()
    await asyncio.wait_for(clock.sleep(seconds), 1)
    assert clock.now() == seconds
    assert (clock.utc() - before).total_seconds() == seconds
