"""Runs the simulator: one socket on 127.0.0.1, the base URL on stdout, a clean and quick end.

The address is not a setting: a simulation that hands out canned answers has no business on a network.
"""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn

from optlab.simulator.faults.rules import Faults
from optlab.simulator.http.app import build
from optlab.simulator.http.connection import limited
from optlab.simulator.http.ledger import Ledger
from optlab.simulator.http.loops import allow_many_files, new_loop
from optlab.simulator.simulation import Settings, Simulator

HOST: Final = "127.0.0.1"
_KEEP_ALIVE_S: Final = 600
_BACKLOG: Final = 2048
_GRACE_S: Final = 3.0
_HEADER_BYTES: Final = 64 * 1024
_SWITCH_S: Final = 0.0005
"""How long a thread that writes the answers of a batch may keep the event loop waiting; 5 ms, the default, shows: the
slowest 1% of other requests took 12 instead of 3 ms beside a batch of 5,000 long prompts."""


class PortError(Exception):
    """The port cannot be had; the message is one sentence for the user."""


def bind(port: int) -> socket.socket:
    """A socket bound to 127.0.0.1; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        free = "choose another with --port, or --port 0 for a free one."
        if error.errno == errno.EADDRINUSE:
            raise PortError(f"port {port} on {HOST} is already in use; {free}") from None
        raise PortError(f"cannot listen on port {port} of {HOST} ({error.strerror}); {free}") from None
    return listener


def serve(
    listener: socket.socket,
    settings: Settings,
    *,
    faults: Faults | None = None,
    ledger: Ledger | None = None,
    arrival_limit_s: float = 60.0,
) -> None:
    """Serves until SIGTERM or SIGINT. The URL is printed once connections are really accepted."""
    allow_many_files()
    sys.setswitchinterval(_SWITCH_S)
    for name in ("uvicorn.error", "uvicorn.access", "uvicorn.asgi", "asyncio"):
        # Malformed HTTP and hang-ups are the clients' matter; defects of ours are printed by the app itself.
        logging.getLogger(name).disabled = True
    config = uvicorn.Config(
        build(Simulator(settings), faults or Faults(), ledger),
        http=limited(arrival_limit_s, settings.speed),
        h11_max_incomplete_event_size=_HEADER_BYTES,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=0,
        backlog=_BACKLOG,
    )
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_Server(config).serve(sockets=[listener]))
    if ledger is not None:
        ledger.close()


def end_with_stdin() -> None:
    """Ends this process once its stdin is at its end: the owner is gone, however it died."""

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_S)
        os._exit(0)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


class _Server(uvicorn.Server):
    """uvicorn's server with our signals: it ends with exit code 0 and does not wait for open streams."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Asks for the end on the first signal; a second one is ignored, since the end is quick."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to accept, then says where."""
        await super().startup(sockets)
        port = (sockets or [])[0].getsockname()[1]
        with suppress(BrokenPipeError):
            print(f"http://{HOST}:{port}", flush=True)

    def _end(self, number: int, frame: object) -> None:
        self.should_exit = True


def fail(message: str) -> int:
    """Says one sentence on stderr; the exit code of bad usage."""
    print(f"optlab: {message}", file=sys.stderr)
    return 2
