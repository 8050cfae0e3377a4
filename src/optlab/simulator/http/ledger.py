"""The ledger: what really happened, one JSON line when a request arrives and one when it ends.

A client on the same machine can hold its own stamps against it: `monotonic_s` is Python's `time.perf_counter()`, on
Linux CLOCK_MONOTONIC, as is `time.monotonic()`, and so the same in every process. Lines are encoded and written in a
thread of their own and flushed as soon as no more are waiting, so that no stream waits for a disk.
"""

import os
import queue
import stat
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from optlab.simulator.http.visits import Visit

CLOCK: Final = "perf_counter" if sys.platform != "linux" else "CLOCK_MONOTONIC"
_MOST_WAITING: Final = 20_000
_CLOSING_S: Final = 2.0

Record = dict[str, object]


class LedgerError(Exception):
    """The ledger cannot be written; the message is one sentence for the user."""


class Ledger:
    """A file of JSON Lines, appended to, readable by its owner alone."""

    def __init__(self, path: Path, *, with_times: bool = False) -> None:
        """Opens the file and writes the first line. Raises LedgerError."""
        self.with_times = with_times
        self._path = path
        self._waiting: queue.Queue[Record | None] = queue.Queue(_MOST_WAITING)
        self._lost = 0
        self._broken = False
        begin = {"record": "start", **_now(), "clock": CLOCK, "pid": os.getpid(), "ledger": 1}
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
            try:
                if stat.S_ISREG(os.fstat(self._file).st_mode):
                    os.fchmod(self._file, 0o600)
                self._write([begin])
            except OSError:
                os.close(self._file)
                raise
        except OSError as error:
            raise LedgerError(f"cannot write the ledger {path}: {error.strerror}") from None
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def arrived(self, visit: Visit) -> None:
        """A request is here, and what it wants is known or never will be."""
        wall = datetime.fromtimestamp(time.time() - (time.perf_counter() - visit.arrived_at), UTC)
        self._put(
            {
                "record": "request",
                "time": wall.isoformat(timespec="microseconds"),
                "monotonic_s": visit.arrived_at,
                "request_id": visit.request_id,
                "method": visit.method,
                "path": visit.path,
                "key": visit.key,
                "model": visit.model,
                "stream": visit.stream,
                "call": visit.call,
                "attempt": visit.attempt,
            }
        )

    def ended(self, visit: Visit, outcome: str) -> None:
        """A request has been answered, or never will be.

        `outcome` is `completed` (also with an error status), `client_gone`, `fault:KIND`, `shutdown`, or `defect` for
        an error of the simulator itself. Times of deltas are microseconds after `started_s`, the moment from which
        the schedule counts.
        """
        record: Record = {
            "record": "end",
            **_now(),
            "request_id": visit.request_id,
            "call": visit.call,
            "status": visit.status,
            "outcome": outcome,
            "started_s": visit.started_at,
            "stop_reason": visit.stop_reason,
            "usage": visit.usage,
        }
        if visit.times is not None:
            record["deltas_us"] = visit.times
        self._put(record)

    def close(self) -> None:
        """Writes what is waiting and closes the file."""
        with suppress(queue.Full):  # a disk that hangs must not keep the process
            self._waiting.put(None, timeout=_CLOSING_S)
        self._thread.join(_CLOSING_S)

    def _put(self, record: Record) -> None:
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            self._lost += 1

    def _work(self) -> None:
        record: Record | None = {}
        while record is not None:
            batch: list[Record] = []
            record = self._waiting.get()
            while record is not None:
                batch.append(record)
                try:
                    record = self._waiting.get_nowait()
                except queue.Empty:
                    break
            self._try(batch)
        os.close(self._file)

    def _try(self, batch: list[Record]) -> None:
        if self._lost:
            batch.append({"record": "lost", **_now(), "records": self._lost})
            self._lost = 0
        if self._broken or not batch:
            return
        try:
            self._write(batch)
        except OSError as error:
            self._broken = True
            sentence = f"optlab: the ledger {self._path} ends here ({error.strerror}); serving goes on"
            print(sentence, file=sys.stderr, flush=True)

    def _write(self, records: list[Record]) -> None:
        data = memoryview(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
        while data:
            data = data[os.write(self._file, data) :]


def _now() -> Record:
    return {"time": datetime.now(UTC).isoformat(timespec="microseconds"), "monotonic_s": time.perf_counter()}
