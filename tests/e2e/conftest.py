"""The installed command as a process: stdout bytes, stderr, exit code."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

LIMIT_S = 40


class Done:
    """What a command left behind."""

    def __init__(self, code: int, stdout: bytes, stderr: bytes) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr.decode()
        assert "Traceback" not in self.stderr

    @property
    def json(self) -> Any:
        """stdout, which has to be exactly one JSON value and a newline."""
        assert self.stdout.endswith(b"\n")
        return json.loads(self.stdout)

    def complaint(self, code: int) -> str:
        """The one line on stderr of a command that failed with this code and gave no data."""
        assert (self.code, self.stdout) == (code, b""), self.stderr
        (line,) = self.stderr.splitlines()
        assert line.startswith("optlab: ")
        return line


class Commands:
    """Runs `optlab` in an environment and a folder of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.folder = env["HOME"]

    async def start(self, *arguments: str, **more: str) -> asyncio.subprocess.Process:
        """The command as a running process, its stdin empty."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "optlab", *arguments, env=self.env | more, cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            limit=2**24,
        )  # fmt: skip

    async def __call__(self, *arguments: str, **more: str) -> Done:
        process = await self.start(*arguments, **more)
        try:
            stdout, stderr = await asyncio.wait_for(process.communicate(), LIMIT_S)
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode is not None
        return Done(process.returncode, stdout, stderr)

    def at(self, url: str) -> dict[str, str]:
        """The environment of somebody with a key and a server of their own."""
        return {"ANTHROPIC_API_KEY": "test", "ANTHROPIC_BASE_URL": url}


@pytest.fixture
def optlab(own_env: dict[str, str]) -> Commands:
    """`await optlab("run", …)`."""
    return Commands(own_env)


@pytest.fixture
def caveats() -> Callable[[Any], set[str]]:
    """The codes of a report's caveats."""
    return lambda report: {c["code"] for c in report["caveats"]}
