"""The embedded simulator: started as a process of its own on a free loopback port, spoken to by the real client.

It ends when its owner ends: its standard input is a pipe that we hold, and the end of that pipe is the end of it,
also when the owner is killed and can say nothing any more.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, NoReturn

import msgspec

from optlab.backends.backend import BackendInfo, Clock, Watch
from optlab.backends.batches import Batches
from optlab.core.errors import UnreachableError
from optlab.core.record import CallRecord
from optlab.core.request import Request

if TYPE_CHECKING:
    from optlab.backends.anthropic_api import AnthropicBackend

START_LIMIT_S = 30.0
STOP_LIMIT_S = 5.0
_MODULE = "optlab.simulator"


class SimulatedBackend:
    """The real client against a simulator that lives exactly as long as this object is open.

    `speed` runs answers and the cache's clock that many times faster; records are scaled back to model time.
    """

    def __init__(self, *, seed: int = 0, speed: float = 1.0, why: str = "", clock: Clock | None = None) -> None:
        self._arguments = ("--port", "0", "--seed", str(seed), "--speed", repr(speed), "--clock-speed", repr(speed))
        self._why = why
        self._process: asyncio.subprocess.Process | None = None
        self._api: AnthropicBackend | None = None
        self._clock = clock
        self._said: IO[bytes] | None = None

    @property
    def clock(self) -> Clock:
        """The clock of the client; it exists once the backend is open."""
        return self._opened.clock

    @property
    def batches(self) -> Batches:
        """The simulator's batches, through the client."""
        return self._opened.batches

    @property
    def _opened(self) -> "AnthropicBackend":
        if self._api is None:
            raise UnreachableError("the simulator has not been started")
        return self._api

    async def open(self) -> BackendInfo:
        """Start the simulator and wait until it listens. Raises UnreachableError where it does not."""
        # A file, not a pipe: nobody reads it while calls are measured, and a full pipe would stall the simulator.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", _MODULE, *self._arguments, "--die-with-stdin",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=self._said,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), START_LIMIT_S)
        except TimeoutError:
            line = b""
        if not line.startswith(b"http://127.0.0.1:"):
            raise UnreachableError(f"the simulator did not start{await self._last_words()}; try the run again")
        from optlab.backends.anthropic_api import AnthropicBackend  # `optlab simulate` starts without the client

        self._api = AnthropicBackend(
            base_url=line.decode().strip(), api_key="embedded-simulator", why=self._why, clock=self._clock
        )
        return msgspec.structs.replace(await self._api.open(), fresh=True)

    async def _last_words(self) -> str:
        await self._end_process()
        assert self._said is not None
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip().splitlines()
        await self.close()
        return f" ({said[-1].removeprefix('optlab: ')})" if said else ""

    async def send(
        self, request: Request, *, call_id: str, zero_s: float, time_limit_s: float, watch: Watch | None = None
    ) -> CallRecord:
        """See Backend.send."""
        return await self._opened.send(request, call_id=call_id, zero_s=zero_s, time_limit_s=time_limit_s, watch=watch)

    async def count(self, request: Request) -> int:
        """See Backend.count."""
        return await self._opened.count(request)

    async def close(self) -> None:
        """Close the client and end the simulator."""
        if self._api is not None:
            await self._api.close()
        await self._end_process()
        if self._said is not None:
            self._said.close()

    async def _end_process(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.communicate(), STOP_LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def become_simulator(arguments: Sequence[str]) -> NoReturn:
    """Turn this process into the simulator, in the foreground: its output, its signals, its exit code."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", _MODULE, *arguments])
