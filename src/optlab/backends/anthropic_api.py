"""The real `anthropic` client, and nothing else of optlab imports it.

It is read below its event objects: the bytes of the response are stamped as they arrive and decoded after the stamp.
One object per event costs the client several times as much processor time, which would show in the figures.
"""

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import anthropic
import msgspec

from optlab.backends import sse
from optlab.backends.assemble import Assembly
from optlab.backends.backend import BackendInfo, Clock, SystemClock, Watch
from optlab.core.errors import RefusedError, UnreachableError
from optlab.core.record import CallError, CallRecord, ErrorKind, Provenance
from optlab.core.request import Request

SIMULATED_HEADER = "optlab-simulated"
FLOOR_PROBES = 5
_KINDS: Mapping[int, ErrorKind] = {401: "auth", 402: "billing", 403: "auth", 408: "timeout", 429: "rate_limit"}


def credential_found() -> bool:
    """Whether the client would find a credential by itself: environment, profile, or what else it resolves."""
    client = anthropic.AsyncAnthropic()
    return bool(client.api_key or client.auth_token or client.credentials)


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
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key, base_url=base_url, max_retries=0, http_client=http_client
        )
        self._provenance = Provenance.MEASURED
        self._speed = 1.0

    async def open(self) -> BackendInfo:
        """Ask for the list of models (free, and no model works on it): are we let in, who answers, how fast."""
        times: list[float] = []
        for _ in range(FLOOR_PROBES):
            started = self.clock.now()
            await self._probe()
            times.append(self.clock.now() - started)
        return BackendInfo(
            provenance=self._provenance,
            speed=self._speed,
            server=urlsplit(str(self._client.base_url)).netloc,
            why=self._why,
            charges=self._provenance is Provenance.MEASURED,
            floor_s=min(times[1:]),
        )

    async def _probe(self) -> None:
        server = urlsplit(str(self._client.base_url)).netloc
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
            self._read_provenance(error.response.headers)
            return
        except TypeError:
            raise RefusedError(
                "no credential was found; set ANTHROPIC_API_KEY, put it into .env, or use --backend sim"
            ) from None
        self._read_provenance(response.headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def send(
        self, request: Request, *, call_id: str, zero_s: float, time_limit_s: float, watch: Watch | None = None
    ) -> CallRecord:
        """See Backend.send."""
        assembly = Assembly(watch)
        request_id: str | None = None
        now, speed = self.clock.now, self._speed
        limit_s = time_limit_s / speed
        sent_at = now()
        try:
            async with self._client.messages.with_streaming_response.create(
                **request.body(), timeout=max(limit_s, 2.0)
            ) as response:
                request_id = response.request_id
                self._read_provenance(response.headers)
                if request.stream:
                    scanner = sse.Scanner()
                    async for chunk in response.iter_bytes():
                        at_s = (now() - zero_s) * speed
                        for event in scanner.feed(chunk):
                            assembly.event(event, at_s)
                else:
                    body = await response.read()
                    assembly.message(sse.message(body), (now() - zero_s) * speed)
        except anthropic.APIError as error:
            assembly.error = _call_error(error)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            assembly.error = CallError("broken_stream", f"the server sent something that is no answer ({error})")
        except OSError as error:
            assembly.error = CallError("connection", f"the connection broke ({error or type(error).__name__})")
        ended_at = now()
        if not assembly.complete and assembly.error is None:
            assembly.error = CallError("broken_stream", "the stream ended without message_stop")
        if ended_at - sent_at > limit_s and assembly.error is None:
            assembly.error = CallError("timeout", f"the answer took longer than the limit of {time_limit_s:g} s")
        return CallRecord(
            id=call_id,
            model=assembly.model or request.model,
            streamed=request.stream,
            sent_at_s=(sent_at - zero_s) * speed,
            ended_at_s=(ended_at - zero_s) * speed,
            provenance=self._provenance,
            speed=speed,
            first_event_at_s=assembly.first_event_at_s,
            deltas=tuple(assembly.deltas),
            text=assembly.text,
            usage=assembly.usage,
            stop_reason=assembly.stop_reason,
            error=assembly.error,
            request_id=request_id,
        )

    def _read_provenance(self, headers: Mapping[str, str]) -> None:
        value = headers.get(SIMULATED_HEADER)
        if value is not None:
            self._provenance = Provenance.SIMULATED
            self._speed = float(value)


def _call_error(error: anthropic.APIError) -> CallError:
    if isinstance(error, anthropic.APITimeoutError):
        return CallError("timeout", "the server did not answer within the time limit")
    if isinstance(error, anthropic.APIStatusError):
        status = error.status_code
        wire = sse.error(error.response.content) if error.response.is_closed else None
        kind = _KINDS.get(status, "overloaded" if status == 529 else "server" if status >= 500 else "bad_request")
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


def is_loopback(base_url: str | None) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(base_url or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
