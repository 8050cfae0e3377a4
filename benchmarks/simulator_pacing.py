"""How late the deltas of the simulator leave, by its own ledger: actual send minus due time, at `--speed 1`.

Usage: python benchmarks/simulator_pacing.py [SECONDS] [STREAMS …]     (default 20 s at 1, 32 and 256 streams)
The client is a process of its own. Prints p50, p99 and the latest delta in milliseconds, and processor time.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from raw_streams import allow_files, cpu_s, keep_streaming, simulator

PROMPTS = ("Explain how tea is made", "Write a 6-paragraph essay about rivers", "Say one word", "List ten cheeses")
LONG = "You are a customer support agent. Tone: warm but precise. " * 200


async def read_all(port: int, streams: int, seconds: float) -> None:
    """The client: so many streams at any time; one in eight prompts is long."""
    until = time.monotonic() + seconds
    long = [LONG + prompt for prompt in PROMPTS]
    readers = [keep_streaming(port, number, until, long if number % 8 == 7 else PROMPTS) for number in range(streams)]
    complaints = [c for found in await asyncio.gather(*readers) for c in found if c]
    if complaints:
        raise SystemExit(f"{len(complaints)} streams failed, first: {complaints[0]}")


def lateness_ms(ledger: Path) -> list[float]:
    """Of every delta in the ledger, sorted."""
    with ledger.open() as lines:
        records = [json.loads(line) for line in lines]
    return sorted((sent - due) / 1000 for r in records if r["record"] == "end" for due, sent in r["deltas_us"])


def measure(streams: int, seconds: float) -> None:
    """One line of the table."""
    with TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.jsonl"
        with simulator("--seed", "1", "--ledger", str(ledger), "--ledger-times") as (port, process):
            before = cpu_s(process.pid)
            command = [sys.executable, __file__, "client", str(port), str(streams), str(seconds)]
            if subprocess.run(command).returncode:
                raise SystemExit("the client failed")
            used = cpu_s(process.pid) - before
        late = lateness_ms(ledger)
    p50, p99 = (late[int(len(late) * q)] for q in (0.50, 0.99))
    print(
        f"{streams:4} streams  {len(late):6} deltas  p50 {p50:6.2f}  p99 {p99:6.2f}  latest {late[-1]:6.2f} ms  "
        f"{used / len(late) * 1e6:5.0f} us of processor a delta",
        flush=True,
    )


def main(arguments: Sequence[str]) -> None:
    """Measure and print one line a number of streams."""
    if arguments[:1] == ["client"]:
        allow_files(4_096)
        port, streams, seconds = arguments[1:]
        asyncio.run(read_all(int(port), int(streams), float(seconds)))
        return
    seconds = float(arguments[0]) if arguments else 20.0
    for streams in [int(a) for a in arguments[1:]] or [1, 32, 256]:
        measure(streams, seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
