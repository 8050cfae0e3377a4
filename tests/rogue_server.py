"""A small Messages server that misbehaves on request, and the bytes of a well-formed answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

USAGE = {"input_tokens": 20, "output_tokens": 6}


class Seen:
    """One request as the server got it."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[asyncio.StreamWriter, Seen], Awaitable[None]]


def answer(status: int, body: Any, **headers: str) -> Behaviour:
    """A complete answer; `body` is bytes, or a value that becomes JSON. Underscores in header names become dashes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def behave(writer: asyncio.StreamWriter, seen: Seen) -> None:
        named = {"content-type": "application/json", "content-length": str(len(data))}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + data)
        await writer.drain()

    return behave


def refusal(status: int, kind: str, **headers: str) -> Behaviour:
    """An error body of the API."""
    return answer(status, {"type": "error", "error": {"type": kind, "message": f"told {kind}"}}, **headers)


def stream(chunks: Iterable[bytes], *, cut: bool = False, reset: bool = False, **headers: str) -> Behaviour:
    """A chunked event stream, each chunk written by itself; `cut` closes the socket early, `reset` slams it."""
    parts = tuple(chunks)

    async def behave(writer: asyncio.StreamWriter, seen: Seen) -> None:
        named = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode())
        for part in parts:
            writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)  # lets the chunk leave by itself; nothing waits for it
        if reset:
            writer.transport.abort()
        elif cut:
            writer.close()
        else:
            writer.write(b"0\r\n\r\n")
            await writer.drain()

    return behave


async def silence(writer: asyncio.StreamWriter, seen: Seen) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def hang_up(writer: asyncio.StreamWriter, seen: Seen) -> None:
    """Slams the connection without a word."""
    writer.transport.abort()


def plain_message(text: str = "Hello world", model: str = "claude-sonnet-4-6", **usage: int) -> dict[str, Any]:
    """The body of a plain answer."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": USAGE | usage,
    }


def frame(kind: str, **fields: Any) -> bytes:
    """One server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | fields)}\n\n".encode()


def good_frames(*texts: str, model: str = "claude-sonnet-4-6") -> list[bytes]:
    """The events of a whole, well-formed stream."""
    start = plain_message(model=model) | {"content": [], "stop_reason": None}
    start["usage"] = USAGE | {"output_tokens": 1}
    return [
        frame("message_start", message=start),
        frame("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        frame("ping"),
        *(frame("content_block_delta", index=0, delta={"type": "text_delta", "text": text}) for text in texts),
        frame("content_block_stop", index=0),
        frame("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 6}),
        frame("message_stop"),
    ]


async def well_behaved(writer: asyncio.StreamWriter, seen: Seen) -> None:
    """A plain or streamed answer, as asked for."""
    if seen.json.get("stream"):
        await stream(good_frames("Hello", " world", model=seen.json["model"]))(writer, seen)
    else:
        await answer(200, plain_message(model=seen.json["model"]))(writer, seen)


NO_MODELS = answer(200, {"data": [], "has_more": False, "first_id": None, "last_id": None})


class Rogue:
    """A server on a free port of this machine; `messages` and `models` say how it behaves."""

    def __init__(self) -> None:
        self.messages: Behaviour = well_behaved
        self.models: Behaviour = NO_MODELS
        self.seen: list[Seen] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def posts(self) -> list[Seen]:
        """The Messages requests that arrived."""
        return [seen for seen in self.seen if seen.method == "POST"]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                seen = Seen(method, path, headers, body)
                self.seen.append(seen)
                await (self.messages if method == "POST" else self.models)(writer, seen)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
