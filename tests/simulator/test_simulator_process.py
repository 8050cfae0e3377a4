"""The process: its first line, its exit codes, its quick end, and that it never outlives its owner."""

import json
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "optlab.simulator"]
LONG = json.dumps(
    {
        "model": "claude-haiku-4-5",
        "max_tokens": 4_000,
        "stream": True,
        "messages": [{"role": "user", "content": "Write an essay of 40 paragraphs about tea."}],
    }
).encode()


def open_stream(port: int) -> socket.socket:
    """A connection on which a long stream has begun."""
    s = socket.create_connection(("127.0.0.1", port), timeout=10)
    head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
    s.sendall(f"{head}content-length: {len(LONG)}\r\n\r\n".encode() + LONG)
    assert s.recv(16).startswith(b"HTTP/1.1 200")
    return s


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_cleanly_with_open_streams(start: Any, number: signal.Signals) -> None:
    with start("--speed", "5") as running:
        streams = [open_stream(running.port) for _ in range(3)]
        asked = time.monotonic()
        running.process.send_signal(number)
        assert running.process.wait(5) == 0
        assert time.monotonic() - asked < 3
        for s in streams:
            s.close()
        assert running.process.stdout.read() == ""
        assert running.process.stderr.read() == ""


def test_clients_that_hang_up_leave_no_trace(start: Any) -> None:
    with start("--speed", "5") as running:
        for _ in range(10):
            open_stream(running.port).close()
        with running.client() as client:
            client.messages.create(model="claude-haiku-4-5", max_tokens=5, messages=[{"role": "user", "content": "Hi"}])
        running.process.terminate()
        assert running.process.wait(5) == 0
        assert running.process.stderr.read() == ""
        assert running.process.stdout.read() == ""


def test_port_in_use_is_one_sentence(running: Any) -> None:
    done = subprocess.run([*COMMAND, "--port", str(running.port)], capture_output=True, text=True, timeout=10)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"optlab: port {running.port} on 127.0.0.1 is already in use; "
        "choose another with --port, or --port 0 for a free one.\n"
    )


@pytest.mark.parametrize(
    "arguments", [["--port", "99999"], ["--speed", "0"], ["--speed", "nan"], ["--host", "0.0.0.0"]]
)
def test_bad_usage_is_2(arguments: list[str]) -> None:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=10)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_ends_when_its_owner_is_killed() -> None:
    """The owner holds the simulator's stdin; it is killed without a chance to clean up, while a stream is open."""
    code = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-m', 'optlab.simulator', '--die-with-stdin'],\n"
        "                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
        "print(p.stdout.readline().strip(), flush=True)\n"
        "p.wait()\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert owner.stdout
    url = owner.stdout.readline().strip()
    stream = open_stream(int(url.rsplit(":", 1)[1]))
    owner.kill()
    owner.communicate(timeout=8)  # its stderr is the simulator's too, and ends with the last of them
    stream.close()


def test_same_seed_same_answers_whatever_happens_between(start: Any) -> None:
    def ask(client: Any, text: str) -> tuple[str, int]:
        message = client.messages.create(
            model="claude-haiku-4-5", max_tokens=300, messages=[{"role": "user", "content": text}]
        )
        return message.content[0].text, message.usage.output_tokens

    seen: list[list[tuple[str, int]]] = []
    for order in ("tea,tea,cup", "cup,mug,tea,tea"):
        with start("--seed", "5", "--speed", "200") as running, running.client() as client:
            made = [(word, ask(client, f"Explain {word}.")) for word in order.split(",")]
        seen.append([a for word, a in made if word == "tea"] + [a for word, a in made if word == "cup"])
    assert seen[0] == seen[1]
    assert seen[0][0] != seen[0][1]
