"""Message batches: their state and life cycle, and what is kept of them.

`in_progress` -> (`canceling`) -> `ended`; until the end every request counts as processing. A batch that has not ended
after 24 hours of the service's clock expires; its results are kept for 29 days from its creation. Sources: Anthropic's
batch-processing page and `types/messages/message_batch` of the Python package `anthropic` 2.12.0.

Memory is bounded: parameters are dropped once they have run, and where the store is full, batches that have ended are
forgotten, oldest end first.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args

import msgspec

from optlab.simulator.batches.request import Entry
from optlab.simulator.errors import ApiError, invalid
from optlab.simulator.service_clock import ServiceClock
from optlab.simulator.wire import Json, encode, new_id

Outcome = Literal["succeeded", "errored", "canceled", "expired"]

EXPIRES_AFTER_S: Final = 24 * 3600.0
KEPT_S: Final = 29 * 24 * 3600.0
MAX_BATCHES: Final = 10_000
MAX_STORED_BYTES: Final = 1024 * 1024 * 1024
MAX_WAITING_REQUESTS: Final = 500_000
"""Requests of all batches that have not ended [assumed: the order of the published limits of processing queues]."""

_SLICE: Final = 1_000
_ITEM_BYTES: Final = 300
"""What one request costs besides its texts."""


class Item(msgspec.Struct, gc=False):
    """One request of a batch: its parameters until it has run, its result line from then on."""

    custom_id: str
    params: bytes
    outcome: Outcome | None = None
    result: bytes = b""

    @property
    def stored_bytes(self) -> int:
        """What it occupies, roughly."""
        return _ITEM_BYTES + len(self.params) + len(self.result)


class Batch:
    """One batch. Times are seconds of the service's clock. Large ones take a while to make, so threads may do it."""

    def __init__(self, key: str, version: str, entries: Sequence[Entry], now: float) -> None:
        self.id = new_id("msgbatch")
        self.key = key
        self.version = version
        self.items = [Item(e.custom_id, e.params) for e in entries]
        self.total = len(self.items)
        self.stored_bytes = sum(item.stored_bytes for item in self.items)
        self.counts: Counter[Outcome] = Counter()
        self.created_at = now
        self.cancel_initiated_at: float | None = None
        self.ended_at: float | None = None
        self.archived_at: float | None = None
        self.stop = asyncio.Event()
        """Set when no further request may begin: canceled or expired."""

    @property
    def status(self) -> str:
        """The `processing_status`."""
        if self.ended_at is not None:
            return "ended"
        return "in_progress" if self.cancel_initiated_at is None else "canceling"

    def describe(self, clock: ServiceClock, base_url: str) -> Json:
        """The batch as the API shows it; `base_url` is where this client reached the service."""
        has_results = self.ended_at is not None and self.archived_at is None

        def date(moment: float | None) -> str | None:
            return None if moment is None else clock.date(moment)

        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": self.status,
            "request_counts": self._counts(),
            "ended_at": date(self.ended_at),
            "created_at": date(self.created_at),
            "expires_at": date(self.created_at + EXPIRES_AFTER_S),
            "archived_at": date(self.archived_at),
            "cancel_initiated_at": date(self.cancel_initiated_at),
            "results_url": f"{base_url}v1/messages/batches/{self.id}/results" if has_results else None,
        }

    def lines(self) -> Iterator[bytes]:
        """The results as JSON lines. Raises a 400 before the end, a 404 once they are archived."""
        if self.ended_at is None:
            raise invalid(f"results: batch {self.id} is {self.status}; its results are available when it has ended")
        if self.archived_at is not None:
            raise ApiError(404, f"results: the results of batch {self.id} are no longer available after 29 days")
        return (item.result or result_line(item.custom_id, {"type": item.outcome}) for item in self.items)

    def _counts(self) -> dict[str, int]:
        shown = self.counts if self.ended_at is not None else Counter[Outcome]()
        outcomes: tuple[Outcome, ...] = get_args(Outcome)
        return {"processing": self.total - shown.total(), **{outcome: shown[outcome] for outcome in outcomes}}


def result_line(custom_id: str, result: Json) -> bytes:
    """One line of the results."""
    return encode({"custom_id": custom_id, "result": result}) + b"\n"


class BatchStore:
    """The batches of all keys, in the order of their creation."""

    def __init__(
        self, clock: ServiceClock, max_batches: int = MAX_BATCHES, max_stored_bytes: int = MAX_STORED_BYTES
    ) -> None:
        self._clock = clock
        self._max_batches = max_batches
        self._max_stored_bytes = max_stored_bytes
        self._batches: OrderedDict[str, Batch] = OrderedDict()
        self._waiting = 0
        self.stored_bytes = 0

    def add(self, batch: Batch) -> None:
        """Takes a new batch in. Raises a 429 while there is no room for it."""
        self._archive_old()
        if self._waiting + batch.total > MAX_WAITING_REQUESTS or not self._make_room(batch.stored_bytes, batches=1):
            raise ApiError(429, "requests: the processing queue for batches is full", {"retry-after": "60"})
        self._batches[batch.id] = batch
        self._waiting += batch.total
        self.stored_bytes += batch.stored_bytes

    def get(self, key: str, batch_id: str) -> Batch:
        """One batch of this key. Raises a 404 for any other."""
        self._archive_old()
        batch = self._batches.get(batch_id)
        if batch is None or batch.key != key:
            raise ApiError(404, f"message_batch_id: no batch {batch_id[:100]}")
        return batch

    def newest_first(self, key: str) -> list[Batch]:
        """All batches of a key."""
        self._archive_old()
        return [b for b in reversed(self._batches.values()) if b.key == key]

    def cancel(self, key: str, batch_id: str) -> Batch:
        """Begins to cancel; once more changes nothing. Raises a 400 for a batch that has ended."""
        batch = self.get(key, batch_id)
        if batch.ended_at is not None:
            raise invalid(f"message_batch_id: batch {batch.id} has ended and cannot be canceled")
        if batch.cancel_initiated_at is None:
            batch.cancel_initiated_at = self._clock.now()
            batch.stop.set()
        return batch

    def delete(self, key: str, batch_id: str) -> None:
        """Forgets a batch. Raises a 400 before it has ended."""
        batch = self.get(key, batch_id)
        if batch.ended_at is None:
            raise invalid(f"message_batch_id: batch {batch.id} is {batch.status}; cancel it or wait until it has ended")
        self._forget(batch)

    def has_room(self, more_bytes: int) -> bool:
        """Whether so much more can be stored, batches that have ended being forgotten for it."""
        return self._make_room(more_bytes)

    def record(self, batch: Batch, item: Item, outcome: Outcome, result: bytes = b"") -> None:
        """Keeps the result of a request and drops its parameters."""
        growth = len(result) - len(item.params)
        item.params, item.outcome, item.result = b"", outcome, result
        batch.counts[outcome] += 1
        batch.stored_bytes += growth
        self.stored_bytes += growth

    async def end(self, batch: Batch) -> None:
        """Ends a batch; what has not run was canceled or has expired. Lets others run on the way."""
        leftover: Outcome = "expired" if batch.cancel_initiated_at is None else "canceled"
        for i, item in enumerate(batch.items):
            if item.outcome is None:
                self.record(batch, item, leftover)
            if i % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
        batch.ended_at = self._clock.now()
        self._waiting -= batch.total

    def _make_room(self, size: int, batches: int = 0) -> bool:
        while self.stored_bytes + size > self._max_stored_bytes or len(self._batches) + batches > self._max_batches:
            ended = [(b.ended_at, b) for b in self._batches.values() if b.ended_at is not None]
            if not ended:
                return False
            self._forget(min(ended, key=lambda pair: pair[0])[1])
        return True

    def _forget(self, batch: Batch) -> None:
        del self._batches[batch.id]
        self.stored_bytes -= batch.stored_bytes

    def _archive_old(self) -> None:
        now = self._clock.now()
        for batch in self._batches.values():
            if batch.created_at + KEPT_S > now:
                return
            if batch.ended_at is not None and batch.archived_at is None:
                batch.archived_at = batch.created_at + KEPT_S
                batch.items = []
                self.stored_bytes -= batch.stored_bytes
                batch.stored_bytes = 0
