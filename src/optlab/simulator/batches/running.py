"""Runs batches beside live streams: one request is composed at a time, in a thread, with a rest of the same length.

A batch waits in the queue, then up to 20 of its requests run at once [assumed], each as long as its profile says. So
20 requests end after seconds of model time, 10,000 within the hour, 100,000 before their 24 hours are over. Batches of
up to 20 requests are hurried, so that they end within 10 seconds of wall time at any time scale.
"""

import asyncio
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar

import msgspec

from optlab.simulator import wire
from optlab.simulator.batches.request import check_params
from optlab.simulator.batches.store import EXPIRES_AFTER_S, Batch, BatchStore, Item, result_line
from optlab.simulator.caching.cache import Claim
from optlab.simulator.errors import ApiError
from optlab.simulator.latency import Timing
from optlab.simulator.simulation import Call, Prepared, Simulator

T = TypeVar("T")

AT_ONCE: Final = 20
SMALL: Final = 20
"""Batches of up to so many requests are hurried."""

_SMALL_ANSWER_S: Final = 4.0
_SMALL_QUEUE_S: Final = 2.0
_SHORTEST_QUEUE_S: Final = 0.5
"""Wall time that even a batch at a high time scale waits, so that it can be seen in progress and canceled."""

_QUEUE_S: Final = 60.0
"""Model time that a batch waits before it starts [assumed]."""


class _Ready(msgspec.Struct, frozen=True):
    """A request whose answer is written and now takes its time."""

    claim: Claim
    timing: Timing
    begun_at: float
    output_tokens: int
    line: bytes


class BatchRunner:
    """Runs every batch to its end."""

    def __init__(self, simulator: Simulator, store: BatchStore) -> None:
        self._simulator = simulator
        self._store = store
        self._clock = simulator.clock
        self._composing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, batch: Batch) -> None:
        """Starts a batch that the store has taken in; it ends by itself."""
        task = asyncio.create_task(self._run(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, batch: Batch) -> None:
        expiry = asyncio.create_task(self._expire(batch))
        try:
            if await self._passes(batch, self._queue_s(batch)):
                waiting = iter(batch.items)
                await asyncio.gather(*(self._work(batch, waiting) for _ in range(min(AT_ONCE, batch.total))))
        finally:
            expiry.cancel()
        await self._store.end(batch)

    async def _expire(self, batch: Batch) -> None:
        left = batch.created_at + EXPIRES_AFTER_S - self._simulator.service.now()
        await self._clock.sleep(max(self._simulator.service.wait_s(left), 0.0))
        batch.stop.set()

    async def _work(self, batch: Batch, waiting: Iterator[Item]) -> None:
        for item in waiting:
            async with self._composing:
                if batch.stop.is_set():
                    return
                ready = await self._write(batch, item)
            if ready is not None:
                await self._deliver(batch, item, ready)

    async def _write(self, batch: Batch, item: Item) -> _Ready | None:
        """Checks a request and writes its answer; a refusal is recorded at once."""
        try:
            return await self._answer(batch, item)
        except ApiError as error:
            refusal = error
        except Exception as error:
            traceback.print_exception(error, file=sys.stderr)
            refusal = ApiError(500, "Internal server error")
        self._refuse(batch, item, refusal)
        return None

    async def _answer(self, batch: Batch, item: Item) -> _Ready:
        simulator = self._simulator

        def prepare() -> Prepared:
            return simulator.prepare(check_params(item.params, batch.version, simulator.catalogue), batch.key)

        prepared = await self._at_ease(prepare)
        begun = simulator.begin(prepared, self._clock.now())
        call = await self._at_ease(lambda: simulator.finish(begun))
        message_id = wire.new_id("msg")
        found = simulator.diagnose(call, message_id)
        return await self._at_ease(lambda: self._compose(item, call, message_id, found))

    def _compose(self, item: Item, call: Call, message_id: str, found: wire.Json | None) -> _Ready:
        used = wire.usage(call.claim, call.frame_tokens, call.reply, geo=call.geo, speed=call.speed)
        used["service_tier"] = "batch"
        message = wire.message(message_id, call.request.model.id, call.reply, used, found)
        line = result_line(item.custom_id, {"type": "succeeded", "message": message})
        return _Ready(call.claim, call.timing, call.started_at, call.reply.output_tokens, line)

    async def _at_ease(self, work: Callable[[], T]) -> T:
        began = self._clock.now()
        try:
            return await asyncio.to_thread(work)
        finally:
            await self._clock.sleep(self._clock.now() - began)

    async def _deliver(self, batch: Batch, item: Item, ready: _Ready) -> None:
        """Lets the answer take its time. Until it begins it can be stopped; one that has begun is completed."""
        whole_s = ready.timing.at(ready.output_tokens)
        speed = self._simulator.settings.speed
        if batch.total <= SMALL:
            speed = max(speed, whole_s / _SMALL_ANSWER_S)

        def left_s(offset_s: float) -> float:
            return max(ready.begun_at + offset_s / speed - self._clock.now(), 0.0)

        if not await self._passes(batch, left_s(ready.timing.at(1))):
            return
        self._simulator.cache.store(ready.claim)
        await self._clock.sleep(left_s(whole_s))
        if self._store.has_room(len(ready.line)):
            self._store.record(batch, item, "succeeded", ready.line)
        else:
            self._refuse(batch, item, ApiError(529, "Overloaded: no room for the results of this batch"))

    def _refuse(self, batch: Batch, item: Item, error: ApiError) -> None:
        body = msgspec.Raw(wire.error_body(error, wire.new_id("req")))
        self._store.record(batch, item, "errored", result_line(item.custom_id, {"type": "errored", "error": body}))

    def _queue_s(self, batch: Batch) -> float:
        wanted = max(_QUEUE_S / self._simulator.settings.speed, _SHORTEST_QUEUE_S)
        return min(wanted, _SMALL_QUEUE_S) if batch.total <= SMALL else wanted

    async def _passes(self, batch: Batch, seconds: float) -> bool:
        """Whether so much time passes before the batch is stopped."""
        return await _first(self._clock.sleep(seconds), batch.stop.wait())


async def _first(wanted: Coroutine[Any, Any, object], other: Coroutine[Any, Any, object]) -> bool:
    """Whether the first of two waits ends before the second; the other one is given up."""
    tasks = [asyncio.ensure_future(wanted), asyncio.ensure_future(other)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return not tasks[1].done()
    finally:
        for task in tasks:
            task.cancel()
