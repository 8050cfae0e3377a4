"""The lab in a browser: served on loopback to its own pages alone, and drawn by headless Chromium."""

import asyncio
import base64
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

CHROMIUM = shutil.which("chromium")
RECORDS = """
const Plain = window.WebSocket;
window.heard = "";
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", async (event) => {
      if (event.data instanceof Blob) window.heard += await event.data.text();
      else if (event.data instanceof ArrayBuffer) window.heard += new TextDecoder().decode(event.data);
    });
  }
};
"""
"""Keeps what the page hears, which the terminal in it only paints."""


@pytest.fixture
def served(own_env: dict[str, str]) -> Iterator[str]:
    """The address of a served lab."""
    command = [sys.executable, "-m", "optlab.tui.main", "--serve", "--port", "0", "--sim-speed", "50", "hamlet"]
    server = subprocess.Popen(command, env=own_env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        yield address
    finally:
        server.terminate()
        server.stdout.close()
        assert server.wait(20) == 0


class Page:
    """A page of a browser, over its debugging protocol."""

    def __init__(self, socket_: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket_
        self._numbers = count(1)

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One command, and its answer."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while (answer := await self._socket.receive_json()).get("id") != number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def value(self, script: str) -> Any:
        """What an expression is in the page."""
        found = await self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    async def hears(self, words: str) -> None:
        """Wait until the page has been sent these words."""
        await until(lambda: self.value(f"(window.heard || '').includes({words!r})"), words)

    async def press(self, key: str, code: int) -> None:
        """A key, as a person presses it."""
        for kind in ("keyDown", "keyUp"):
            await self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    async def click(self, x: int, y: int) -> None:
        """A click of the left button."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


async def until(true: Callable[[], Awaitable[Any]], what: str) -> None:
    for _ in range(600):
        if await true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"never came: {what}")


@asynccontextmanager
async def browser(folder: Path, env: dict[str, str]) -> AsyncIterator[Page]:
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--remote-debugging-port=0",
        "--window-size=1300,800",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    process = await asyncio.create_subprocess_exec(*command, env=env, stderr=asyncio.subprocess.DEVNULL)
    try:
        told = folder / "DevToolsActivePort"

        async def is_told() -> bool:
            return told.exists() and len(told.read_text().splitlines()) == 2

        await until(is_told, "the browser's port")
        port = told.read_text().splitlines()[0]
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [target for target in await answer.json() if target["type"] == "page"]
            async with client.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket_:
                yield Page(socket_)
    finally:
        process.kill()
        await process.wait()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
async def test_chromium_shows_the_lab_and_its_keys_work(served: str, tmp_path: Path, own_env: dict[str, str]) -> None:
    async with browser(tmp_path / "browser", own_env) as page:
        await page.ask("Page.enable")
        await page.ask("Page.addScriptToEvaluateOnNewDocument", source=RECORDS)
        await page.ask("Page.navigate", url=f"{served}/?fontsize=12")
        await page.hears("Hamlet in three bullets")
        await page.hears("SIMULATED")
        assert await page.value("document.body.classList.contains('-first-byte')")
        picture = base64.b64decode((await page.ask("Page.captureScreenshot"))["data"])
        assert picture.startswith(b"\x89PNG") and len(picture) > 20_000, "a page of one colour is far smaller"
        await page.value("window.heard = ''")
        await page.click(600, 300)
        await page.press("F1", 112)
        await page.hears("Keys here")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
    ],
)
async def test_only_pages_of_this_server_are_answered(served: str, headers: dict[str, str], status: int) -> None:
    async with aiohttp.ClientSession() as client:
        for path in ("/", "/ws") if status == 403 else ("/",):
            async with client.get(served + path, headers=headers) as answer:
                assert answer.status == status
                if status == 200:
                    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_it_is_bound_to_loopback_alone(served: str) -> None:
    port = int(served.rsplit(":", 1)[1])
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex((_own_address(), port)) != 0


def _own_address() -> str:
    """An address of this machine that is not loopback; the documentation's own where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--port", "8000"], "--port goes with --serve"), (["--serve", "--port", "70000"], "to 65535")],
)
def test_what_makes_no_sense_is_refused(own_env: dict[str, str], arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optlab.tui.main", *arguments], env=own_env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1


def test_a_taken_port_is_told(own_env: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "optlab.tui.main", "--serve", "--port", port]
        done = subprocess.run(command, env=own_env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and f"port {port} cannot be had" in done.stderr


def test_without_the_extra_it_says_which_one(own_env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "textual_serve.py").write_text("raise ModuleNotFoundError('gone', name='textual_serve')")
    env = own_env | {"PYTHONPATH": os.pathsep.join((str(tmp_path), own_env.get("PYTHONPATH", "")))}
    command = [sys.executable, "-m", "optlab.tui.main", "--serve"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "optlab[web]" in done.stderr
