"""The lab in a browser, through textual-serve: on this machine only, and for pages of this server only.

A page of somebody else must not drive the lab, so a request that names another host (DNS rebinding) or comes from
another origin (a web socket opened by a foreign page) is refused, and what our page loads comes from this server alone.
"""

import asyncio
import logging
import shlex
import signal
import socket
import sys
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.server import Server

from optlab.core.errors import UsageError

HOST = "127.0.0.1"
PORT = 8765

_POLICY = (
    "default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ws://{host}:{port}; frame-ancestors 'none'"
)


class LabServer(Server):
    """A lab of its own for every page that is opened."""

    def initialize_logging(self) -> None:
        """Errors alone, as plain lines: a browser that goes away is no news."""
        logging.basicConfig(level="ERROR", format="optlab-tui: %(message)s")

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(_guard(self.host, self.port))
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Nothing: where the lab is, is told when it answers there."""

    async def run(self, listening: socket.socket) -> None:
        """Answer on a socket until SIGINT or SIGTERM."""
        over = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
        runner = web.AppRunner(await self._make_app())
        await runner.setup()
        try:
            await web.SockSite(runner, listening, shutdown_timeout=2).start()
            print(self.public_url, flush=True)
            print("optlab-tui: open this address in a browser here; Ctrl-C ends it", file=sys.stderr, flush=True)
            await over.wait()
        finally:
            await runner.cleanup()


def _guard(host: str, port: int) -> Middleware:
    names = {f"{host}:{port}", f"localhost:{port}"}
    origins = {"", *(f"http://{name}" for name in names)}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host", "") not in names or request.headers.get("Origin", "") not in origins:
            raise web.HTTPForbidden(text="optlab answers only to pages that it served itself, on this machine.\n")
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = _POLICY.format(host=host, port=port)
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return guard


def listen(port: int) -> socket.socket:
    """A socket on loopback; port 0 is any that is free. Raises UsageError where it cannot be had."""
    if not 0 <= port <= 65535:
        raise UsageError(f"a port is a number from 0 (any that is free) to 65535, not {port}")
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise UsageError(f"port {port} cannot be had ({error.strerror}); give another one with --port") from error
    return listening


def serve(arguments: Sequence[str], listening: socket.socket) -> None:
    """Serve labs with these arguments until Ctrl-C. The process of each ends with its page."""
    command = shlex.join([sys.executable, "-m", "optlab.tui.main", *arguments])
    server = LabServer(command, host=HOST, port=listening.getsockname()[1], title="optlab")
    server.initialize_logging()
    asyncio.run(server.run(listening))
