"""Message batches: what is refused, the life cycle on a clock that tests move, what is kept, and the real client."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anthropic
import pytest

from optlab.simulator.batches import running as batch_running
from optlab.simulator.batches.request import Entry, read_entries
from optlab.simulator.batches.running import BatchRunner
from optlab.simulator.batches.store import KEPT_S, Batch, BatchStore
from optlab.simulator.errors import ApiError
from optlab.simulator.ratelimit import Limits
from optlab.simulator.simulation import Settings, Simulator

PARAMS: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 30,
    "messages": [{"role": "user", "content": "Explain tea."}],
}
HOUR = 3_600.0


def request(name: str, **changed: Any) -> Any:
    return {"custom_id": name, "params": {**PARAMS, **changed}}


def body(requests: Any) -> bytes:
    return json.dumps({"requests": requests}).encode()


class SteppedClock:
    """Sleepers wake when a test moves the time past their moment, and not before."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return await asyncio.sleep(0)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.time + seconds, woken))
        await woken

    def advance(self, seconds: float) -> None:
        self.time += seconds
        for moment, woken in self.sleepers:
            if moment <= self.time and not woken.done():
                woken.set_result(None)


class Bench:
    """A store and a runner on a stepped clock."""

    def __init__(self, **settings: Any) -> None:
        self.clock = SteppedClock()
        self.simulator = Simulator(Settings(seed=7, **settings), self.clock)
        self.store = BatchStore(self.simulator.service)
        self.runner = BatchRunner(self.simulator, self.store)

    def batch(self, requests: Any, key: str = "k") -> Batch:
        batch = Batch(key, "2026-10-21", read_entries(body(requests)), self.simulator.service.now())
        self.store.add(batch)
        self.runner.start(batch)
        return batch

    async def until(self, condition: Callable[[], bool], step_s: float = 0.0) -> None:
        """Lets the batches work until the condition holds. The time moves by `step_s` a turn, but not while a thread
        composes: how long that takes is the machine's matter."""
        async with asyncio.timeout(20):
            while not condition():
                if not self.runner._composing.locked():
                    self.clock.advance(step_s)
                await asyncio.sleep(0)

    async def finish(self, batch: Batch, step_s: float = 0.05) -> list[Any]:
        await self.until(lambda: batch.status == "ended", step_s)
        return self.results(batch)

    def results(self, batch: Batch) -> list[Any]:
        return [json.loads(line) for line in batch.lines()]

    def show(self, batch: Batch) -> Any:
        return batch.describe(self.simulator.service, "http://here/")


REFUSED: list[tuple[bytes, str]] = [
    (b"{", "JSON"),
    (b"[]", "JSON object"),
    (b'{"requests":[{"custom_id":"a","params":{"x":"\xff"}}]}', "UTF-8"),
    (b"{}", "requests: Field required"),
    (b'{"requests":3}', "requests: Input should be a valid list"),
    (b'{"requests":3,"requests":[]}', "requests: List should have at least 1 item"),
    (b'{"requests":[],"extra":1}', "extra: Extra inputs"),
    (body([]), "at least 1 item"),
    (body([3]), "requests.0: Input should be a valid dictionary"),
    (body([{"custom_id": "a"}]), "requests.0.params: Field required"),
    (body([{"params": {}}]), "requests.0.custom_id: Field required"),
    (body([{"custom_id": "a", "params": []}]), "requests.0.params: Input should be a valid dictionary"),
    (body([{"custom_id": 3, "params": {}}]), "requests.0.custom_id: Input should be a valid string"),
    (body([{"custom_id": "", "params": {}}]), "requests.0.custom_id: String should match"),
    (body([{"custom_id": "a b", "params": {}}]), "requests.0.custom_id: String should match"),
    (body([{"custom_id": "a" * 65, "params": {}}]), "requests.0.custom_id: String should match"),
    (body([{"custom_id": "a", "params": {}, "x": 1}]), "requests.0.x: Extra inputs"),
    (body([request("a"), request("b"), request("a")]), "requests.2.custom_id: custom_id must be unique"),
    (body([{"custom_id": f"r{i}", "params": {}} for i in range(100_001)]), "at most 100000 items, not 100001"),
    (b'{"requests":[{"custom_id":"a","params":{"x":' + b"[" * 9_000, "deep"),
]


@pytest.mark.parametrize(("data", "part"), REFUSED, ids=range(len(REFUSED)))
def test_a_bad_envelope_refuses_the_whole_batch(data: bytes, part: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_entries(data)
    assert refused.value.status == 400
    assert part in refused.value.message


def test_the_largest_batch_and_the_longest_name_are_taken() -> None:
    assert len(read_entries(body([{"custom_id": f"r{i}", "params": {}} for i in range(100_000)]))) == 100_000
    assert read_entries(body([{"custom_id": "aZ09_-" + "x" * 58, "params": {}}]))[0].params == b"{}"


async def test_counts_stay_with_processing_until_the_end() -> None:
    bench = Bench()
    batch = bench.batch([request("a"), request("b", model="no-such"), request("c")])
    begun = bench.show(batch)
    assert (begun["processing_status"], begun["ended_at"], begun["results_url"]) == ("in_progress", None, None)
    with pytest.raises(ApiError, match="in_progress") as early:
        batch.lines()
    assert early.value.status == 400
    await bench.until(lambda: batch.items[1].outcome == "errored", 0.05)
    waiting = {"processing": 3, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    assert bench.show(batch)["request_counts"] == begun["request_counts"] == waiting
    found = {r["custom_id"]: r["result"] for r in await bench.finish(batch)}
    assert bench.show(batch)["request_counts"] == {**waiting, "processing": 0, "succeeded": 2, "errored": 1}
    assert bench.show(batch)["results_url"] == f"http://here/v1/messages/batches/{batch.id}/results"
    assert found["a"]["message"]["usage"]["output_tokens"] == 30
    error = found["b"]["error"]
    assert (error["type"], error["error"]["type"]) == ("error", "not_found_error")
    assert error["error"]["message"] == "model: no-such"
    assert all(item.params == b"" for item in batch.items), "parameters are dropped once they have run"


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"stream": True}, "stream"),
        ({"speed": "fast", "model": "claude-opus-5"}, "speed"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": None}, "max_tokens"),
        ({"colour": 1}, "colour: Extra inputs"),
        ({"temperature": 1}, "temperature"),
    ],
)
async def test_what_a_batch_refuses_becomes_an_errored_result(changed: dict[str, Any], part: str) -> None:
    bench = Bench()
    bad, good = await bench.finish(bench.batch([request("bad", **changed), request("good", stream=False)]))
    assert bad["result"]["type"] == "errored"
    assert bad["result"]["error"]["error"]["type"] == "invalid_request_error"
    assert part in bad["result"]["error"]["error"]["message"]
    assert good["result"]["type"] == "succeeded"


async def test_usage_is_whole_and_of_the_batch_tier_and_the_cache_is_the_keys(course_prompt: str) -> None:
    bench = Bench()
    system = [{"type": "text", "text": course_prompt, "cache_control": {"type": "ephemeral"}}]
    asked = request("a", model="claude-sonnet-4-6", system=system)
    first = (await bench.finish(bench.batch([asked])))[0]["result"]["message"]["usage"]
    again = (await bench.finish(bench.batch([asked])))[0]["result"]["message"]["usage"]
    other = (await bench.finish(bench.batch([asked], "another key")))[0]["result"]["message"]["usage"]
    assert first["service_tier"] == "batch"
    assert (first["cache_creation_input_tokens"], again["cache_read_input_tokens"]) == (2_851, 2_851)
    assert other["cache_creation_input_tokens"] == 2_851


async def test_cancel_stops_what_has_not_begun_and_completes_what_has() -> None:
    bench = Bench()
    batch = bench.batch([request(f"r{i}", max_tokens=400) for i in range(60)])
    await bench.until(lambda: any(i.outcome for i in batch.items), 0.05)
    canceled = bench.store.cancel("k", batch.id)
    shown = bench.show(canceled)
    assert shown["processing_status"] == "canceling"
    assert shown["cancel_initiated_at"] is not None
    assert shown["request_counts"]["processing"] == 60
    await bench.until(lambda: not bench.runner._composing.locked())
    bench.clock.advance(1.0)
    assert bench.show(bench.store.cancel("k", batch.id))["cancel_initiated_at"] == shown["cancel_initiated_at"]
    outcomes = [r["result"]["type"] for r in await bench.finish(batch)]
    assert set(outcomes) == {"succeeded", "canceled"}
    assert outcomes.count("canceled") >= 20
    with pytest.raises(ApiError, match="ended"):
        bench.store.cancel("k", batch.id)


async def test_a_batch_canceled_in_the_queue_runs_nothing() -> None:
    bench = Bench()
    batch = bench.batch([request("a"), request("b")])
    bench.store.cancel("k", batch.id)
    assert [r["result"] for r in await bench.finish(batch, 0.0)] == [{"type": "canceled"}] * 2


async def test_what_has_not_run_after_a_day_of_the_services_clock_expires() -> None:
    bench = Bench(speed=0.001, clock_speed=24.0)
    batch = bench.batch([request(f"r{i}") for i in range(30)])
    await bench.until(lambda: bool(bench.clock.sleepers))
    bench.clock.advance(HOUR - 1)
    await asyncio.sleep(0)
    assert not batch.stop.is_set()
    bench.clock.advance(1.0)
    assert {r["result"]["type"] for r in await bench.finish(batch)} == {"expired"}
    assert bench.show(batch)["request_counts"]["expired"] == 30


async def test_results_are_kept_for_29_days() -> None:
    bench = Bench()
    batch = bench.batch([request("a")])
    await bench.finish(batch)
    bench.clock.time = 1_000.0 + KEPT_S - 1
    assert bench.store.get("k", batch.id).archived_at is None
    bench.clock.time += 1
    shown = bench.show(bench.store.get("k", batch.id))
    assert shown["archived_at"] is not None
    assert (shown["results_url"], shown["request_counts"]["succeeded"]) == (None, 1)
    assert bench.store.stored_bytes == 0
    with pytest.raises(ApiError, match="29 days") as gone:
        batch.lines()
    assert gone.value.status == 404


async def test_a_batch_of_twenty_is_hurried_at_any_time_scale_and_a_larger_one_is_not() -> None:
    bench = Bench(speed=0.001)
    small = bench.batch([request(f"r{i}", max_tokens=300) for i in range(20)])
    large = bench.batch([request(f"r{i}", max_tokens=300) for i in range(21)])
    began = bench.clock.time
    await bench.finish(small, 0.01)
    assert bench.clock.time - began < 10
    assert large.status == "in_progress"


async def test_a_full_store_forgets_the_oldest_ended_batch_and_refuses_when_none_has_ended() -> None:
    bench = Bench()
    bench.store = BatchStore(bench.simulator.service, max_batches=2)
    bench.runner = BatchRunner(bench.simulator, bench.store)
    first = bench.batch([request("a")])
    await bench.finish(first)
    second = bench.batch([request("a")])
    await bench.finish(second)
    third = bench.batch([request("a")])
    assert bench.store.newest_first("k") == [third, second]
    fourth = bench.batch([request("a")])
    assert bench.store.newest_first("k") == [fourth, third]
    with pytest.raises(ApiError, match="queue for batches is full") as full:
        bench.batch([request("a")])
    assert full.value.status == 429
    for batch in (third, fourth):
        await bench.finish(batch)
        bench.store.delete("k", batch.id)
    assert bench.store.stored_bytes == 0


async def test_results_that_find_no_room_are_errored() -> None:
    bench = Bench()
    bench.store = BatchStore(bench.simulator.service, max_stored_bytes=1_000)
    bench.runner = BatchRunner(bench.simulator, bench.store)
    result = (await bench.finish(bench.batch([request("a", max_tokens=900)])))[0]["result"]
    assert result["error"]["error"]["type"] == "overloaded_error"


def test_a_batch_larger_than_the_store_is_refused(simulator: Simulator) -> None:
    store = BatchStore(simulator.service, max_stored_bytes=1_000)
    with pytest.raises(ApiError) as refused:
        store.add(Batch("k", "2026-10-21", [Entry("a", b"x" * 1_000)], 0.0))
    assert refused.value.status == 429


async def test_a_defect_spoils_one_result_and_not_the_batch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check = batch_running.check_params

    def broken(params: bytes, *rest: Any) -> Any:
        if b"trip" in params:
            raise RuntimeError("tripped")
        return check(params, *rest)

    monkeypatch.setattr(batch_running, "check_params", broken)
    bench = Bench()
    batch = bench.batch([request("a", metadata={"user_id": "trip"}), request("b")])
    kinds = [r["result"]["type"] for r in await bench.finish(batch)]
    assert kinds == ["errored", "succeeded"]
    assert "tripped" in capsys.readouterr().err


async def test_the_same_seed_gives_the_same_answers() -> None:
    texts = []
    for _ in range(2):
        bench = Bench(limits=Limits())
        found = await bench.finish(bench.batch([request(f"r{i}") for i in range(25)]))
        texts.append({r["custom_id"]: r["result"]["message"]["content"] for r in found})
    assert texts[0] == texts[1]
    assert len({str(t) for t in texts[0].values()}) > 5


def await_end(client: anthropic.Anthropic, batch_id: str) -> Any:
    """Asks until the batch has ended; the server holds the test to its own time limit."""
    while True:
        batch = client.messages.batches.retrieve(batch_id)
        if batch.processing_status == "ended":
            return batch


def test_the_client_creates_follows_reads_and_deletes(running: Any) -> None:
    client = running.client("batches sdk")
    batch = client.messages.batches.create(requests=[*(request(f"r{i}") for i in range(3)), request("bad", speed="x")])
    assert batch.id.startswith("msgbatch_")
    assert (batch.type, batch.processing_status, batch.request_counts.processing) == ("message_batch", "in_progress", 4)
    assert batch.expires_at - batch.created_at == timedelta(hours=24)
    assert (batch.ended_at, batch.results_url, batch.cancel_initiated_at, batch.archived_at) == (None,) * 4
    with pytest.raises(anthropic.BadRequestError, match="in_progress"):
        client.messages.batches.delete(batch.id)
    with pytest.raises(anthropic.BadRequestError, match="has ended"):
        client.get(f"/v1/messages/batches/{batch.id}/results", cast_to=object)
    ended = await_end(client, batch.id)
    assert ended.ended_at >= ended.created_at
    assert ended.results_url == f"{running.url}/v1/messages/batches/{batch.id}/results"
    results = {r.custom_id: r.result for r in client.messages.batches.results(batch.id)}
    assert {k: v.type for k, v in results.items()} == {
        **dict.fromkeys(("r0", "r1", "r2"), "succeeded"),
        "bad": "errored",
    }
    assert results["r0"].message.usage.service_tier == "batch"
    assert results["bad"].error.error.type == "invalid_request_error"
    for call in (client.messages.batches.retrieve, client.messages.batches.cancel, client.messages.batches.delete):
        with pytest.raises(anthropic.NotFoundError):
            getattr(running.client("another").messages.batches, call.__name__)(batch.id)
    deleted = client.messages.batches.delete(batch.id)
    assert (deleted.id, deleted.type) == (batch.id, "message_batch_deleted")
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve(batch.id)


async def test_the_async_client_cancels_and_pages(running: Any) -> None:
    async with anthropic.AsyncAnthropic(api_key="batches async", base_url=running.url, max_retries=0) as client:
        made = [(await client.messages.batches.create(requests=[request("a")])).id]
        canceled = await client.messages.batches.cancel(made[0])
        made += [(await client.messages.batches.create(requests=[request("a")])).id for _ in range(4)]
        assert canceled.processing_status == "canceling"
        assert canceled.cancel_initiated_at is not None
        assert [b.id async for b in client.messages.batches.list(limit=2)] == made[::-1]
        back = await client.messages.batches.list(limit=2, before_id=made[0])
        assert ([b.id for b in back.data], back.has_more) == ([made[2], made[1]], True)
        while (await client.messages.batches.retrieve(made[0])).processing_status != "ended":
            pass
        results = await client.messages.batches.results(made[0])
        assert [r.result.type async for r in results] == ["canceled"]


def test_a_running_batch_does_not_hold_up_the_end(start: Any) -> None:
    with start("--speed", "0.01") as running:
        with running.client() as client:
            client.messages.batches.create(requests=[request(f"r{i}") for i in range(50)])
        running.process.terminate()
        assert running.process.wait(5) == 0
        assert (running.process.stdout.read(), running.process.stderr.read()) == ("", "")
