"""A server that survives everything: what is not HTTP, what never ends, who never reads, and very many at once."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

ASK: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 60,
    "messages": [{"role": "user", "content": "Explain how tea is made."}],
}
HEAD = {"host": "x", "x-api-key": "k", "anthropic-version": "2026-10-21"}


def http(body: Any, version: str = "1.1", method: str = "POST", path: str = "/v1/messages", **headers: str) -> bytes:
    data = json.dumps(body).encode() if body is not None else b""
    sent = {**HEAD, "content-length": str(len(data)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = "".join(f"{k}: {v}\r\n" for k, v in sent.items())
    return f"{method} {path} HTTP/{version}\r\n{lines}\r\n".encode() + data


def exchange(port: int, data: bytes) -> bytes:
    """Everything that comes back until the connection ends, however it ends."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        try:
            s.sendall(data)
            while part := s.recv(65536):
                got += part
        except ConnectionError:
            pass
    return got


def answers(port: int) -> bool:
    return exchange(port, http(ASK, connection="close")).startswith(b"HTTP/1.1 200 ")


def refusal(response: bytes) -> tuple[int, Any, bytes]:
    """Status, error body and head of a refusal."""
    head, _, body = response.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body), head


@pytest.fixture(scope="module")
def impatient(start: Any) -> Iterator[Any]:
    """A simulator that waits half a second for a request to arrive."""
    with start("--speed", "100", "--arrival-limit", "0.5") as running:
        yield running
        assert running.process.poll() is None
        running.process.terminate()
        assert running.process.wait(10) == 0
        assert running.process.stderr.read() == ""


NOT_HTTP: list[tuple[bytes, int]] = [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (b"\x00\xff" * 500 + b"\r\n\r\n", 400),
    (b"\r\n" * 50, 400),
    (b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / FTP/1.1\r\nhost: x\r\n\r\n", 400),
    (b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400),
    (b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
    (b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 9" + b"9" * 30 + b"\r\n\r\n", 400),
    (b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n", 400),
    (b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
    (b"GET / HTTP/1.1\r\nbig: " + b"x" * 400_000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 70_000, 431),
    (b"GET /" + b"a" * 400_000, 431),
    (b"POST /v1/mess", 408),
    (b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n{", 408),
    (http(ASK)[:-5], 408),
]


@pytest.mark.parametrize(("data", "status"), NOT_HTTP, ids=range(len(NOT_HTTP)))
def test_what_is_not_a_request_is_refused_in_json(impatient: Any, data: bytes, status: int) -> None:
    response = exchange(impatient.port, data)
    if response or status != 431:  # a client that is still sending may see a reset instead
        got, error, head = refusal(response)
        assert (got, error["type"]) == (status, "error")
        assert error["request_id"].encode() in head
        assert b"optlab-simulated: 100" in head
        assert b"connection: close" in head
    assert answers(impatient.port)


@pytest.mark.parametrize("cut", [40, -100])
def test_a_request_that_drips_for_ever_is_ended(impatient: Any, cut: int) -> None:
    """Head or body arrive byte by byte; each byte alone would look alive."""
    data = http(ASK)
    stop = threading.Event()
    with socket.create_connection(("127.0.0.1", impatient.port), timeout=10) as s:
        s.sendall(data[:cut])

        def drip() -> None:
            try:
                while not stop.wait(0.02):
                    s.send(b"a" if cut > 0 else b" ")
            except OSError:
                pass

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            got = b""
            while part := s.recv(65536):
                got += part
        except ConnectionError:
            pass
        finally:
            stop.set()
            thread.join()
    assert got.startswith(b"HTTP/1.1 408 ")


def test_a_long_response_is_not_a_late_request(start: Any) -> None:
    """The limit is on the arrival: an answer, and a connection at rest, may take longer."""
    with start("--speed", "2", "--arrival-limit", "0.2") as running, ExitStack() as stack:
        s = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
        for _ in range(2):
            s.sendall(http({**ASK, "stream": True}))
            got = b""
            while b"\r\n0\r\n\r\n" not in got:
                part = s.recv(65536)
                assert part
                got += part
            assert b"event: message_stop\n" in got


def test_pipelined_requests_are_answered_in_order(running: Any) -> None:
    words = ["tea", "coffee", "cocoa", "water", "milk"]
    paths = [http(None, method="GET", path=f"/v1/models/{w}") for w in words]
    got = exchange(running.port, b"".join(paths) + http(ASK, connection="close"))
    assert re.findall(rb"model: (\w+)", got) == [w.encode() for w in words]
    assert got.count(b"HTTP/1.1 404 ") == 5
    assert got.count(b"HTTP/1.1 200 ") == 1


def test_thousands_of_pipelined_requests_take_no_memory(start: Any) -> None:
    """Nobody reads the answers: the server stops reading, too, instead of piling requests up."""
    with start("--speed", "100") as running, socket.create_connection(("127.0.0.1", running.port)) as s:
        s.settimeout(1)
        before = _rss_mb(running.process.pid)
        sent = 0
        request = (
            b"GET /v1/models?limit=1000 HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2026-10-21\r\n\r\n"
        )
        with pytest.raises(TimeoutError):
            for _ in range(200):
                sent += s.send(request * 1_000)
        assert sent < 150 * len(request) * 1_000
        assert _rss_mb(running.process.pid) - before < 30
        assert answers(running.port)


def test_clients_that_never_read_take_little_memory(start: Any) -> None:
    essay = {**ASK, "stream": True, "max_tokens": 8_000}
    essay["messages"] = [{"role": "user", "content": "Write an essay of 60 paragraphs about tea."}]
    with start("--speed", "10000") as running, ExitStack() as stack:
        assert answers(running.port)
        before = _rss_mb(running.process.pid)
        for _ in range(40):
            s = stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            s.sendall(http(essay))
        assert answers(running.port)
        assert _rss_mb(running.process.pid) - before < 60


def _rss_mb(pid: int) -> float:
    if not os.path.exists(f"/proc/{pid}/status"):
        pytest.skip("no /proc here")
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def test_http_1_0_gets_a_stream_it_understands(running: Any) -> None:
    head, _, body = exchange(running.port, http({**ASK, "stream": True}, version="1.0")).partition(b"\r\n\r\n")
    assert b"chunked" not in head.lower()
    assert body.startswith(b"event: message_start\n")
    assert body.endswith(b'data: {"type":"message_stop"}\n\n')


def test_an_offer_to_upgrade_is_passed_over(running: Any) -> None:
    """Java's client offers HTTP/2 in this way with every request."""
    offer = http(ASK, upgrade="h2c", connection="Upgrade, HTTP2-Settings, close", http2_settings="AAMAAABkAAQBAAAA")
    assert exchange(running.port, offer).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "BREW"])
def test_other_methods_are_405(running: Any, method: str) -> None:
    head, _, body = exchange(running.port, http(None, method=method, connection="close")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ")
    assert (body == b"") is (method == "HEAD")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_the_midst_of_everything(start: Any, number: signal.Signals) -> None:
    """Half a head, half a body, a plain call, a stream, an endless stall, a client that never reads."""
    with start("--speed", "1") as running, ExitStack() as stack:
        stream = {**ASK, "stream": True}
        waiting: list[socket.socket] = []
        for data in (
            b"POST /v1",
            http(ASK)[:-9],
            http(ASK),
            http(stream),
            http(stream, optlab_fault="stall; seconds=forever"),
            http(None, method="GET", path="/v1/models", optlab_fault="stall; seconds=forever"),
            http(stream, optlab_fault="drip; bytes=1; pause=5"),
        ):
            s = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
            s.sendall(data)
            waiting.append(s)
        assert exchange(running.port, http(None, method="GET", path="/x", connection="close")).startswith(
            b"HTTP/1.1 404"
        )
        running.process.send_signal(number)
        assert running.process.wait(5) == 0
        assert running.process.stderr.read() == ""
        for s in waiting:
            assert b" 500 " not in everything(s), "a stop is no error of the API"


def everything(s: socket.socket) -> bytes:
    """What comes until the other side closes."""
    got = b""
    with suppress(ConnectionResetError):
        while more := s.recv(65_536):
            got += more
    return got


def test_more_files_than_the_soft_limit() -> None:
    """Started with room for 64 files, the simulator makes itself room for more: 200 connections rest, one works."""
    command = f"ulimit -Sn 64; exec {sys.executable} -m optlab.simulator --port 0 --speed 100"
    process = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stderr
    try:
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        with ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            assert answers(port)
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()
        process.stderr.close()


async def one_stream(port: int, body: Any) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(http(body, connection="close"))
    got = await reader.read()
    writer.close()
    await writer.wait_closed()
    return got


async def test_a_hundred_streams_at_once_all_whole(start: Any) -> None:
    """`make soak` does this with 500, for longer."""
    body = {**ASK, "stream": True, "max_tokens": 200}
    with start("--seed", "2", "--speed", "50") as running:
        for _ in range(2):
            found = await asyncio.gather(*(one_stream(running.port, body) for _ in range(100)))
            assert all(got.count(b"event: message_stop\n") == 1 for got in found)
            assert all(b"event: error" not in got for got in found)
            assert all(re.search(rb'"usage":\{"output_tokens":[1-9]\d*', got) for got in found)


async def test_big_bodies_beside_small_ones_change_nothing(start: Any) -> None:
    """Bodies above 256 KB are checked in a thread of their own: at once or one after another, the usage is the same."""
    bodies = [
        {**ASK, "max_tokens": 5, "messages": [{"role": "user", "content": f"Tea {n}. " * (40_000 if n % 2 else 40)}]}
        for n in range(8)
    ]

    def usage(response: bytes) -> Any:
        return json.loads(response.partition(b"\r\n\r\n")[2])["usage"]

    seen = []
    for together in (True, False):
        with start("--speed", "1000") as running:
            if together:
                found = await asyncio.gather(*(one_stream(running.port, body) for body in bodies))
            else:
                found = [await one_stream(running.port, body) for body in bodies]
            seen.append([usage(response) for response in found])
    assert seen[0] == seen[1]
    assert seen[0][1]["input_tokens"] > 50 * seen[0][0]["input_tokens"]
