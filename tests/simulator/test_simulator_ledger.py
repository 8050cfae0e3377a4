"""The ledger: what it says about each request, that it agrees with the wire, and what happens when it fills up."""

import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

ASK: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 60,
    "messages": [{"role": "user", "content": "Explain how tea is made."}],
}
HEAD = {"anthropic-version": "2026-10-21", "x-api-key": "k"}
STREAM = {**ASK, "stream": True}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def of(records: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [r for r in records if r["record"] == kind]


def wait_for(done: Callable[[], bool]) -> None:
    """Waits for what another process writes, without end but for a limit that only a defect reaches."""
    limit = time.monotonic() + 10
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_two_lines_a_request(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.touch(0o644)
    with start("--speed", "50", "--ledger", str(path)) as running:
        before = time.monotonic()
        with running.client("secret-key") as client:
            message = client.messages.with_raw_response.create(
                **ASK, extra_headers={"optlab-call": "run-1_call-2", "x-stainless-retry-count": "3"}
            )
            client.messages.count_tokens(model=ASK["model"], messages=ASK["messages"])
        after = time.monotonic()
        wait_for(lambda: len(of(read(path), "end")) == 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secret-key" not in path.read_text()
    records = read(path)
    assert records[0]["record"] == "start"
    asked, counted = of(records, "request")
    ended, _ = of(records, "end")
    assert asked["request_id"] == ended["request_id"] == message.headers["request-id"]
    assert (asked["method"], asked["path"], asked["model"]) == ("POST", "/v1/messages", "claude-haiku-4-5-20251001")
    assert (asked["stream"], asked["call"], asked["attempt"]) == (False, "run-1_call-2", 3)
    assert (counted["path"], counted["call"], counted["key"]) == ("/v1/messages/count_tokens", None, asked["key"])
    assert len(asked["key"]) == 12
    assert (ended["status"], ended["outcome"], ended["stop_reason"]) == (200, "completed", "max_tokens")
    assert ended["usage"] == json.loads(message.read())["usage"]
    assert "deltas_us" not in ended
    if records[0]["clock"] == "CLOCK_MONOTONIC":
        assert before <= asked["monotonic_s"] <= ended["started_s"] <= ended["monotonic_s"] <= after
    assert datetime.fromisoformat(asked["time"]).utcoffset() is not None


def test_the_ledger_calls_a_request_as_its_response_does(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    asked = [
        ("POST", "/v1/messages", ASK),
        ("POST", "/v1/messages/batches", {"requests": [{"custom_id": "a", "params": ASK}]}),
        ("GET", "/v1/messages/batches", None),
        ("GET", "/v1/messages/batches/msgbatch_none", None),
        ("GET", "/v1/models", None),
        ("GET", "/v1/nowhere", None),
    ]
    with start("--speed", "50", "--ledger", str(path)) as running:
        answered = []
        for method, where, body in asked:
            connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
            connection.request(method, where, json.dumps(body) if body else None, HEAD)
            response = connection.getresponse()
            response.read()
            answered.append((where, response.headers["request-id"]))
            connection.close()
        wait_for(lambda: len(of(read(path), "end")) == len(asked))
    assert [(r["path"], r["request_id"]) for r in of(read(path), "request")] == answered


def test_times_of_every_delta(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with start("--speed", "20", "--ledger", str(path), "--ledger-times") as running, running.client() as client:
        events = client.messages.create(**ASK, stream=True)
        stamps = [time.monotonic() for event in events if event.type == "content_block_delta"]
        client.messages.create(**ASK)
        wait_for(lambda: len(of(read(path), "end")) == 2)
        streamed, plain = of(read(path), "end")
    times = streamed["deltas_us"]
    assert len(times) == len(stamps) > 5
    assert all(due <= sent for due, sent in times)
    assert times == sorted(times)
    assert all(streamed["started_s"] + due / 1e6 <= stamp for (due, _), stamp in zip(times, stamps, strict=True))
    assert len(plain["deltas_us"]) == 1


@pytest.mark.parametrize("call", ["a" * 65, "with space", "semi;colon", "é", ""])
def test_call_ids_that_cannot_be_are_dropped(start_ledger: Any, call: str) -> None:
    running, path = start_ledger
    before = len(of(read(path), "end"))
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as s:
        s.sendall(f"GET /v1/models HTTP/1.1\r\nhost: x\r\noptlab-call: {call}\r\nx-api-key: k\r\n\r\n".encode())
        s.recv(16)
        wait_for(lambda: len(of(read(path), "end")) > before)
    assert of(read(path), "request")[-1]["call"] is None


@pytest.fixture(scope="module")
def start_ledger(start: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    with start("--speed", "50", "--ledger", str(path)) as running:
        yield running, path


@pytest.mark.parametrize(
    ("headers", "outcome", "status"),
    [
        ({}, "completed", 401),
        ({**HEAD, "optlab-fault": "529"}, "fault:529", 529),
        ({**HEAD, "optlab-fault": "reset; after=nothing"}, "fault:reset", None),
    ],
)
def test_outcomes(start_ledger: Any, headers: dict[str, str], outcome: str, status: int | None) -> None:
    running, path = start_ledger
    before = len(of(read(path), "end"))
    data = json.dumps(ASK).encode()
    sent = {"host": "x", "content-length": str(len(data)), **headers}
    head = "".join(f"{k}: {v}\r\n" for k, v in sent.items())
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as s:
        s.sendall(f"POST /v1/messages HTTP/1.1\r\n{head}\r\n".encode() + data)
        wait_for(lambda: len(of(read(path), "end")) > before)
    ended = of(read(path), "end")[-1]
    assert (ended["outcome"], ended["status"]) == (outcome, status)


def test_clients_that_leave_and_a_shutdown(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with start("--speed", "0.1", "--ledger", str(path)) as running:
        data = json.dumps(STREAM).encode()
        head = f"host: x\r\nx-api-key: k\r\nanthropic-version: 2026-10-21\r\ncontent-length: {len(data)}"
        request = f"POST /v1/messages HTTP/1.1\r\n{head}\r\n\r\n".encode() + data
        left = socket.create_connection(("127.0.0.1", running.port))
        left.sendall(request)
        wait_for(lambda: len(of(read(path), "request")) == 1)
        left.close()
        wait_for(lambda: len(of(read(path), "end")) == 1)
        stays = socket.create_connection(("127.0.0.1", running.port))
        stays.sendall(request)
        wait_for(lambda: len(of(read(path), "request")) == 2)
        running.process.terminate()
        assert running.process.wait(5) == 0
        assert running.process.stderr.read() == ""
        stays.close()
    assert [r["outcome"] for r in of(read(path), "end")] == ["client_gone", "shutdown"]
    assert all(r["usage"]["output_tokens"] > 0 for r in of(read(path), "end"))


@pytest.mark.parametrize("where", ["missing/ledger.jsonl", "."])
def test_a_ledger_that_cannot_be_written_is_one_sentence(tmp_path: Path, where: str) -> None:
    command = [sys.executable, "-m", "optlab.simulator", "--ledger", str(tmp_path / where)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("optlab: cannot write the ledger ")
    assert done.stderr.count("\n") == 1


def test_times_need_a_ledger() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optlab.simulator", "--ledger-times"], capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "--ledger FILE" in done.stderr


@pytest.mark.skipif(not os.path.exists("/bin/sh"), reason="limits the size of files with a shell")
def test_a_ledger_that_fills_up_is_said_once_and_serving_goes_on(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the first line fits, many do not."""
    path = tmp_path / "ledger.jsonl"
    command = f"ulimit -f 4; exec {sys.executable} -m optlab.simulator --port 0 --ledger {path}"
    process = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stderr
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        for _ in range(40):
            s.sendall(b"HEAD /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n")
            assert s.recv(65536).startswith(b"HTTP/1.1 404")
    process.terminate()
    assert process.wait(10) == 0
    assert process.stderr.read().splitlines() == [
        f"optlab: the ledger {path} ends here (File too large); serving goes on"
    ]
    process.stdout.close()
    process.stderr.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ledger", "missing/ledger.jsonl"], "cannot write the ledger missing/ledger.jsonl"),
        (["--faults", "missing.toml"], "cannot read the fault rules missing.toml"),
        (["--ledger-times"], "--ledger-times needs --ledger FILE"),
    ],
)
def test_optlab_simulate_passes_its_options_on(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optlab", "simulate", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
