"""The real `anthropic` client, and nothing else of optlab imports it.

It is read below its event objects: the bytes of the response are stamped as they arrive and decoded after the stamp.
One object per event costs the client several times as much processor time, which would show in the figures.
"""

import asyncio
import ipaddress
import math
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import anthropic
import httpx2
import msgspec

from optlab.backends import sse
from optlab.backends.anthropic_batches import AnthropicBatches
from optlab.backends.assemble import Assembly
from optlab.backends.backend import BackendInfo, Clock, SystemClock, Watch
from optlab.backends.batches import Batches, BatchRefused
from optlab.core.errors import RefusedError, UnreachableError, UsageError
from optlab.core.record import CallError, CallRecord, ErrorKind, Provenance
from optlab.core.request import Request

T = TypeVar("T")
SIMULATED_HEADER = "optlab-simulated"
FLOOR_PROBES = 5
COUNT_LIMIT_S = 30.0
_COUNTED = ("model", "messages", "system", "tools", "thinking", "output_config")
"""What of a request makes up its prompt."""
SHORTEST_LIMIT_S = 0.5
"""A time limit in wall seconds is never shorter, however fast the simulator runs: the client needs some itself."""
_KINDS: Mapping[int, ErrorKind] = {
    401: "auth",
    402: "billing",
    403: "auth",
    408: "timeout",
    409: "server",
    429: "rate_limit",
}


def credential_found() -> bool:
    """Whether the client would find a credential by itself: environment, profile, or what else it resolves."""
    client = _client()
    return bool(client.api_key or client.auth_token or client.credentials)


def _client(**arguments: Any) -> anthropic.AsyncAnthropic:
    try:
        return anthropic.AsyncAnthropic(**arguments)
    except anthropic.AnthropicError as error:
        raise RefusedError(f"the credential cannot be used ({error}); mend it, or use --backend sim") from None


class _Source(msgspec.Struct, frozen=True):
    """Where one answer came from, by its own headers: nothing is remembered from an earlier one."""

    provenance: Provenance = Provenance.MEASURED
    speed: float = 1.0


class _Arrival:
    """One answer while its bytes arrive; times in model seconds since the run began."""

    def __init__(self, assembly: Assembly, source: _Source, now_s: Callable[[], float]) -> None:
        self.assembly = assembly
        self.source = source
        self.now_s = now_s
        self.request_id: str | None = None
        self.complete_at_s: float | None = None
        self._scanner = sse.Scanner()

    def chunk(self, chunk: bytes, at_s: float) -> None:
        """Take in bytes of a stream."""
        for event in self._scanner.feed(chunk):
            self.assembly.event(event, at_s)
        if self.assembly.complete and self.complete_at_s is None:
            self.complete_at_s = at_s

    def body(self, body: bytes, at_s: float) -> None:
        """Take in the whole body of a plain answer."""
        self.assembly.message(sse.message(body), at_s)
        self.complete_at_s = at_s


class AnthropicBackend:
    """Sends through `anthropic.AsyncAnthropic` with its own retries off: hidden waiting would look like latency."""

    def __init__(
        self, *, base_url: str | None = None, api_key: str | None = None, why: str = "", clock: Clock | None = None
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self._why = why
        base_url = base_url or os.environ.get("ANTHROPIC_BASE_URL") or None
        # A proxy between us and our own machine would be measured, or would refuse.
        http_client = anthropic.DefaultAioHttpClient(trust_env=not is_loopback(base_url))
        self._client = _client(api_key=api_key, base_url=base_url, max_retries=0, http_client=http_client)
        self._server = server_name(str(self._client.base_url))
        self._source = _Source()
        self.batches: Batches = AnthropicBatches(
            self._client.messages.batches, _heard, lambda: (self._source.provenance, self._source.speed)
        )

    async def open(self) -> BackendInfo:
        """Ask for the list of models (free, and no model works on it): are we let in, who answers, how fast.

        Raises UnreachableError where the answers are not all of one kind.
        """
        times: list[float] = []
        sources: set[_Source] = set()
        for _ in range(FLOOR_PROBES):
            started = self.clock.now()
            sources.add(await self._probe())
            times.append(self.clock.now() - started)
        if len(sources) > 1:
            raise UnreachableError(
                f"{self._server} calls itself simulated in some answers and not in others; "
                "let one server alone answer behind ANTHROPIC_BASE_URL, or use --backend sim"
            )
        (self._source,) = sources
        return BackendInfo(
            provenance=self._source.provenance,
            speed=self._source.speed,
            server=self._server,
            why=self._why,
            charges=self._source.provenance is Provenance.MEASURED,
            floor_s=min(times[1:]),
        )

    async def _probe(self) -> _Source:
        server = self._server
        try:
            response = await self._client.models.with_raw_response.list(limit=1, timeout=10.0)
        except anthropic.AuthenticationError:
            raise RefusedError(
                f"{server} refused the credential (401); set ANTHROPIC_API_KEY to a valid key or use --backend sim"
            ) from None
        except anthropic.APIConnectionError as error:
            raise UnreachableError(
                f"{server} cannot be reached ({_cause(error)}); check the network and ANTHROPIC_BASE_URL, "
                "or use --backend sim"
            ) from None
        except anthropic.APIStatusError as error:
            # Servers that only speak Messages have no list of models; they are welcome all the same.
            return _source(error.response.headers)
        except TypeError:
            raise RefusedError(
                "no credential was found; set ANTHROPIC_API_KEY, put it into .env, or use --backend sim"
            ) from None
        return _source(response.headers)

    async def count(self, request: Request) -> int:
        """See Backend.count."""
        prompt = {name: value for name, value in request.body().items() if name in _COUNTED}
        try:
            response = await self._client.messages.with_raw_response.count_tokens(**prompt, timeout=COUNT_LIMIT_S)
            counted = (await response.parse()).input_tokens
        except anthropic.APIError as error:
            broke = _call_error(error)
            kinds = {"auth": RefusedError, "billing": RefusedError, "bad_request": UsageError}
            kind = kinds.get(broke.kind, UnreachableError)
            raise kind(f"no tokens were counted: {broke.sentence}") from None
        except (httpx2.HTTPError, OSError) as error:
            raise UnreachableError(f"no tokens were counted: the connection broke ({_cause(error)})") from None
        if _source(response.headers).provenance is not self._source.provenance:
            raise UnreachableError(f"{self._server} is not the kind of server any more that was opened; start again")
        return counted

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def send(
        self, request: Request, *, call_id: str, zero_s: float, time_limit_s: float, watch: Watch | None = None
    ) -> CallRecord:
        """See Backend.send."""
        now, speed = self.clock.now, self._source.speed
        # Where no answer comes at all nobody else has spoken: the call is of the kind that was opened.
        arrival = _Arrival(Assembly(watch), self._source, lambda: (now() - zero_s) * speed)
        limit_s = max(time_limit_s / speed, SHORTEST_LIMIT_S)
        broken: CallError | None = None
        sent_at_s = arrival.now_s()
        try:
            # The client's own timeout is one between two reads; a server that drips would never reach it.
            async with asyncio.timeout(limit_s):
                await self._receive(request, limit_s, arrival)
        except (TimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException):
            broken = CallError("timeout", f"the answer took longer than the limit of {time_limit_s:g} s")
        except anthropic.APIError as error:
            if isinstance(error, anthropic.APIStatusError):
                arrival.source = _source(error.response.headers)
            broken = _call_error(error)
        except (httpx2.HTTPError, OSError) as error:
            broken = CallError("connection", f"the connection broke ({_cause(error)})")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            broken = CallError("broken_stream", f"the server sent something that is no answer ({error})")
        assembly = arrival.assembly
        if not assembly.complete and assembly.error is None:
            assembly.error = broken or CallError("broken_stream", "the stream ended without message_stop")
        return CallRecord(
            id=call_id,
            model=assembly.model or request.model,
            streamed=request.stream,
            sent_at_s=sent_at_s,
            ended_at_s=arrival.complete_at_s if arrival.complete_at_s is not None else arrival.now_s(),
            provenance=arrival.source.provenance,
            speed=arrival.source.speed,
            first_event_at_s=assembly.first_event_at_s,
            deltas=tuple(assembly.deltas),
            text=assembly.text,
            usage=assembly.usage,
            terms=assembly.terms,
            stop_reason=assembly.stop_reason,
            error=assembly.error,
            request_id=arrival.request_id,
        )

    async def _receive(self, request: Request, limit_s: float, arrival: "_Arrival") -> None:
        """Send, and take in what comes, each chunk stamped before it is looked at."""
        create = self._client.messages.with_streaming_response.create
        async with create(**request.body(), timeout=limit_s) as response:
            arrival.request_id = response.request_id
            arrival.source = _source(response.headers)
            if not request.stream:
                body = await response.read()
                arrival.body(body, arrival.now_s())
                return
            async for chunk in response.iter_bytes():
                arrival.chunk(chunk, arrival.now_s())


def _source(headers: Mapping[str, str]) -> _Source:
    """What an answer says of its origin. Without the header it is real, an error too: real money is the safe guess.

    An error that something between us and a simulator makes up is taken for real as well. It ends the run, which is
    cheaper than going on where a real server may have taken the simulator's place.
    """
    value = headers.get(SIMULATED_HEADER)
    return _Source() if value is None else _Source(Provenance.SIMULATED, _speed(value))


def _speed(value: str) -> float:
    try:
        speed = float(value)
    except ValueError:
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0):
        raise UnreachableError(f"the server says it is simulated at speed {value[:40]!r}, which is no speed")
    return speed


async def _heard(call: Awaitable[T]) -> T:
    """What a call of the client for a batch gives. Raises BatchRefused where it gives nothing."""
    try:
        return await call
    except anthropic.APIError as error:
        raise BatchRefused(_call_error(error)) from None
    except (httpx2.HTTPError, OSError) as error:
        raise BatchRefused(CallError("connection", f"the connection broke ({_cause(error)})")) from None
    except (ValueError, anthropic.AnthropicError) as error:
        raise BatchRefused(CallError("server", f"the server sent something that is no batch ({error})")) from None


def _call_error(error: anthropic.APIError) -> CallError:
    if isinstance(error, anthropic.APIStatusError):
        status = error.status_code
        wire = sse.error(error.response.content) if error.response.is_closed else None
        # An empty balance comes as a 400; the change it asks for is not one of the request.
        broke = wire is not None and "credit balance" in wire.message
        kind = (
            "billing"
            if broke
            else _KINDS.get(status, "overloaded" if status == 529 else "server" if status >= 500 else "bad_request")
        )
        retry_after = error.response.headers.get("retry-after", "")
        return CallError(
            kind,
            f"the server answered {status} ({wire.type}: {wire.message})" if wire else f"the server answered {status}",
            status,
            float(retry_after) if retry_after.replace(".", "", 1).isdigit() else None,
        )
    return CallError("connection", f"the connection broke ({_cause(error)})")


def _cause(error: BaseException) -> str:
    cause = error.__cause__ or error
    return str(cause) or type(cause).__name__


def server_name(base_url: str) -> str:
    """Host and port of a URL, without the credentials it may carry. Raises UsageError where it names no host."""
    parts = urlsplit(base_url)
    if not parts.hostname:
        raise UsageError(
            f"ANTHROPIC_BASE_URL is {base_url!r}, which names no server; expected https://HOST or http://HOST"
        )
    return parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"


def is_loopback(base_url: str | None) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(base_url or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
