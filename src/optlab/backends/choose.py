"""Where requests go: to the real API when a credential is found, else to the embedded simulator, and why."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from optlab.backends.anthropic_api import AnthropicBackend, credential_found, is_loopback
from optlab.backends.backend import Backend
from optlab.backends.simulated import SimulatedBackend
from optlab.core.commands import Connection

_CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


def choose(connection: Connection) -> Backend:
    """The backend of a connection, not opened yet. `.env` is read first, unless the simulator was asked for."""
    if connection.backend == "sim":
        return _simulator(connection, "asked for")
    if (path := _dotenv_path()) is not None:
        _take(dotenv_values(path))
    base_url = os.environ.get("ANTHROPIC_BASE_URL")
    if credential_found():
        return AnthropicBackend(why="a credential was found" if connection.backend == "auto" else "asked for")
    if base_url and is_loopback(base_url):
        # A server on this machine (a proxy, a local model, `optlab simulate`) seldom wants a key; the client does.
        return AnthropicBackend(api_key="none", why="ANTHROPIC_BASE_URL names a server on this machine")
    if connection.backend == "api":
        return AnthropicBackend(why="asked for")
    return _simulator(connection, "no credential was found")


def _take(found: Mapping[str, str | None]) -> None:
    """Credentials of a `.env`, where the environment has none; its server only together with a credential of its own.

    A file in a folder may bring its key. It may not send the user's own key to a server of its choice.
    """
    keys = {name: value for name in _CREDENTIALS if (value := found.get(name))}
    if not keys or any(os.environ.get(name) for name in _CREDENTIALS):
        return
    os.environ.update(keys)
    if (base_url := found.get("ANTHROPIC_BASE_URL")) and not os.environ.get("ANTHROPIC_BASE_URL"):
        os.environ["ANTHROPIC_BASE_URL"] = base_url


def _simulator(connection: Connection, why: str) -> SimulatedBackend:
    return SimulatedBackend(seed=connection.seed, speed=connection.sim_speed, why=why)


def _dotenv_path() -> Path | None:
    """The nearest `.env` from the working folder upwards, not beyond the repository it stands in."""
    here = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    for folder in (here, *here.parents):
        if (folder / ".env").is_file():
            return folder / ".env"
        if folder == top:
            return None
    return None
