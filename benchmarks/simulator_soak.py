"""The simulator under 500 streams at once, none of which may fail, and under thousands of connections.

Usage: python benchmarks/simulator_soak.py [SECONDS] [STREAMS] [IDLE]      (default 30 s, 500 streams, 3,000 at rest)
Four fifths of the streams are read by raw sockets, one fifth by the SDK's asynchronous client; each is held against
what a whole stream must have, and its usage against its text. Clients live in processes of their own. The exit code is
1 where anything failed, where memory went on growing, or where the simulator did not end cleanly.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from raw_streams import allow_files, connect, keep_streaming, request, simulator, status_mb

PROMPTS: Final = ("Explain how tea is made", "Write a 6-paragraph essay about rivers", "Say one word")
MOST_GROWTH_MB: Final = 40.0
"""Between the middle of the soak, when everything is warm, and its end."""


def report(name: str, complaints: Sequence[str | None]) -> int:
    """Prints what one client saw; its exit code."""
    failed = Counter(c for c in complaints if c)
    print(f"{name:5} {len(complaints):6} streams, {failed.total()} failed", flush=True)
    for complaint, times in failed.most_common(3):
        print(f"      {times} x {complaint}", flush=True)
    return 1 if failed or not complaints else 0


async def read_raw(port: int, streams: int, seconds: float) -> int:
    """Streams by raw sockets."""
    until = time.monotonic() + seconds
    found = await asyncio.gather(*(keep_streaming(port, n, until, PROMPTS) for n in range(streams)))
    return report("raw", [complaint for some in found for complaint in some])


async def read_by_sdk(port: int, streams: int, seconds: float) -> int:
    """Streams by the SDK."""
    import anthropic

    client = anthropic.AsyncAnthropic(
        api_key="soak",
        base_url=f"http://127.0.0.1:{port}",
        max_retries=0,
        http_client=anthropic.DefaultAioHttpClient(),
    )
    until = time.monotonic() + seconds

    async def ask(prompt: str) -> str | None:
        text = stop = ""
        tokens = 0
        try:
            stream = await client.messages.create(
                model="claude-haiku-4-5",
                max_tokens=4_000,
                messages=[{"role": "user", "content": prompt}],
                stream=True,
            )
            async for event in stream:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    text += event.delta.text
                elif event.type == "message_delta":
                    tokens = event.usage.output_tokens
                stop = event.type
        except anthropic.APIError as error:
            return f"{type(error).__name__}: {error}"[:100]
        if stop != "message_stop" or not text or not len(text) / 12 <= tokens <= len(text) + 1:
            return f"ends with {stop!r}, {len(text)} characters for {tokens} tokens"
        return None

    async def keep_asking(number: int) -> list[str | None]:
        found: list[str | None] = []
        while time.monotonic() < until:
            found.append(await ask(f"{PROMPTS[len(found) % len(PROMPTS)]} (SDK {number}, {len(found)})"))
        return found

    async with client:
        found = await asyncio.gather(*(keep_asking(n) for n in range(streams)))
    return report("sdk", [complaint for some in found for complaint in some])


async def rest(port: int, connections: int, streams: int) -> int:
    """Connections that have asked once and rest, while a few others stream."""
    resting = []
    for _ in range(connections):
        connection = await connect(port)
        assert connection.transport is not None
        connection.transport.write(b"GET /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n")
        resting.append(connection)
    found = await asyncio.gather(*(keep_streaming(port, n, time.monotonic() + 3, PROMPTS) for n in range(streams)))
    closed = sum(c.transport is None or c.transport.is_closing() for c in resting)
    complaints = [complaint for some in found for complaint in some] + ["a resting connection was closed"] * closed
    answer = await resting[0].ask(request("Say one word"))
    complaints.append(None if b"event: message_stop\n" in answer else "a rested connection does not work")
    print(f"rest  {connections:6} connections beside {streams} streams", flush=True)
    return report("rest", complaints)


def client(mode: str, port: int, *arguments: object) -> "subprocess.Popen[bytes]":
    """A client in a process of its own."""
    return subprocess.Popen([sys.executable, __file__, mode, str(port), *map(str, arguments)])


def soak(seconds: float, streams: int, idle: int) -> int:
    """The whole; the exit code."""
    by_sdk = streams // 5
    with simulator("--seed", "1") as (port, process):
        print(f"memory {status_mb(process.pid, 'VmRSS'):6.1f} MB at the start", flush=True)
        clients = [client("raw", port, streams - by_sdk, seconds), client("sdk", port, by_sdk, seconds)]
        time.sleep(seconds / 2)
        middle = status_mb(process.pid, "VmRSS")
        print(f"memory {middle:6.1f} MB in the middle", flush=True)
        codes = [c.wait() for c in clients]
        end = status_mb(process.pid, "VmRSS")
        print(f"memory {end:6.1f} MB at the end", flush=True)
        if end - middle > MOST_GROWTH_MB:
            print(f"memory grew by more than {MOST_GROWTH_MB:g} MB", flush=True)
            codes.append(1)
        codes.append(client("rest", port, idle, 20).wait())
        print(
            f"memory {status_mb(process.pid, 'VmRSS'):6.1f} MB after {idle:,} connections at rest, "
            f"{status_mb(process.pid, 'VmHWM'):.1f} MB at most",
            flush=True,
        )
    print("soak passed" if not any(codes) else "soak FAILED", flush=True)
    return 1 if any(codes) else 0


def main(arguments: Sequence[str]) -> int:
    """Runs the soak, or one of its clients."""
    allow_files(16_384)
    match arguments:
        case ["raw", port, streams, seconds]:
            return asyncio.run(read_raw(int(port), int(streams), float(seconds)))
        case ["sdk", port, streams, seconds]:
            return asyncio.run(read_by_sdk(int(port), int(streams), float(seconds)))
        case ["rest", port, idle, streams]:
            return asyncio.run(rest(int(port), int(idle), int(streams)))
    seconds, streams, idle = [float(a) for a in arguments] + [30.0, 500, 3_000][len(arguments) :]
    return soak(seconds, int(streams), int(idle))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
