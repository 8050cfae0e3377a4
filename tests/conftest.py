"""What tests of several floors share: an environment of their own, and a small server that misbehaves on request."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from rogue_server import Rogue

# A busy machine is no reason to fail, and the same examples come in every run.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")

CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_PROFILE")


@pytest.fixture
async def rogue() -> AsyncIterator[Rogue]:
    """A server that behaves well until told otherwise."""
    server = Rogue()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
def own_env(tmp_path: Path) -> dict[str, str]:
    """An environment for child processes: folders of its own, no credential, nothing else of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    folders = {"HOME": "home", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
    folders |= {"XDG_STATE_HOME": "state"}
    for name in folders.values():
        (tmp_path / name).mkdir()
    return kept | {variable: str(tmp_path / name) for variable, name in folders.items()} | {"NO_COLOR": "1"}


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """This very process without a credential, also none on disk; what a test adds is taken away again."""
    for name in CREDENTIALS:
        monkeypatch.setenv(name, "")  # so that it is put back even where a `.env` sets it
        monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return monkeypatch
