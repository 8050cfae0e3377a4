"""Where requests go, by what is found in the environment and in `.env`."""

import os
from pathlib import Path

import pytest

from optlab.backends.anthropic_api import AnthropicBackend
from optlab.backends.backend import Backend
from optlab.backends.choose import choose
from optlab.backends.simulated import SimulatedBackend
from optlab.core.commands import Connection
from optlab.core.record import Provenance
from rogue_server import Rogue


@pytest.fixture(autouse=True)
def repository(no_credentials: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """tmp/outer/repo/deep, with a repository in repo; the working folder is deep."""
    deep = tmp_path / "outer" / "repo" / "deep"
    deep.mkdir(parents=True)
    (tmp_path / "outer" / "repo" / ".git").mkdir()
    no_credentials.chdir(deep)
    return deep.parent


def why(backend: Backend) -> str:
    assert isinstance(backend, AnthropicBackend | SimulatedBackend)
    return backend._why


def key(backend: Backend) -> str | None:
    assert isinstance(backend, AnthropicBackend)
    return backend._client.api_key


def test_none_is_the_simulator() -> None:
    backend = choose(Connection())
    assert isinstance(backend, SimulatedBackend)
    assert why(backend) == "no credential was found"


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_credential_of_the_environment_is_the_api(no_credentials: pytest.MonkeyPatch, name: str) -> None:
    no_credentials.setenv(name, "sk-test")
    backend = choose(Connection())
    assert isinstance(backend, AnthropicBackend)
    assert why(backend) == "a credential was found"


def test_the_simulator_when_asked_for_whatever_there_is(no_credentials: pytest.MonkeyPatch, repository: Path) -> None:
    no_credentials.setenv("ANTHROPIC_API_KEY", "sk-test")
    (repository / ".env").write_text("ANTHROPIC_AUTH_TOKEN=from-file\n")
    backend = choose(Connection("sim", sim_speed=7.0, seed=3))
    assert isinstance(backend, SimulatedBackend)
    assert why(backend) == "asked for"
    assert "ANTHROPIC_AUTH_TOKEN" not in os.environ, "`.env` is none of the simulator's business"


def test_the_api_when_asked_for_without_a_credential() -> None:
    backend = choose(Connection("api"))
    assert isinstance(backend, AnthropicBackend)
    assert why(backend) == "asked for"


@pytest.mark.parametrize("where", ["deep", "."])
def test_dotenv_is_found_up_to_the_root_of_the_repository(repository: Path, where: str) -> None:
    (repository / where / ".env").write_text("ANTHROPIC_API_KEY=from-file\n")
    assert key(choose(Connection())) == "from-file"


def test_dotenv_beyond_the_repository_is_somebody_elses(repository: Path) -> None:
    (repository.parent / ".env").write_text("ANTHROPIC_API_KEY=from-file\n")
    assert isinstance(choose(Connection()), SimulatedBackend)


def test_dotenv_without_a_repository_counts_in_the_working_folder_only(repository: Path) -> None:
    (repository / ".git").rmdir()
    (repository / ".env").write_text("ANTHROPIC_API_KEY=from-above\n")
    assert isinstance(choose(Connection()), SimulatedBackend)
    (repository / "deep" / ".env").write_text("ANTHROPIC_API_KEY=from-here\n")
    assert key(choose(Connection())) == "from-here"


def test_a_git_file_is_a_root_too(repository: Path) -> None:
    """Worktrees and submodules have a file there."""
    (repository / "deep" / ".git").write_text("gitdir: elsewhere\n")
    (repository / ".env").write_text("ANTHROPIC_API_KEY=from-file\n")
    assert isinstance(choose(Connection()), SimulatedBackend)


def test_the_nearest_dotenv_wins_and_the_environment_wins_over_it(
    no_credentials: pytest.MonkeyPatch, repository: Path
) -> None:
    (repository / ".env").write_text("ANTHROPIC_API_KEY=far\n")
    (repository / "deep" / ".env").write_text("ANTHROPIC_API_KEY=near\n")
    assert key(choose(Connection())) == "near"
    no_credentials.setenv("ANTHROPIC_API_KEY", "set")
    assert key(choose(Connection())) == "set"


@pytest.mark.parametrize("connection", ["auto", "api"])
async def test_a_server_on_this_machine_needs_no_key(
    rogue: Rogue, no_credentials: pytest.MonkeyPatch, connection: str
) -> None:
    no_credentials.setenv("ANTHROPIC_BASE_URL", rogue.url)
    backend = choose(Connection(connection))  # type: ignore[arg-type]
    info = await backend.open()
    await backend.close()
    assert info.server == f"127.0.0.1:{rogue.port}"
    assert info.provenance is Provenance.MEASURED
    assert info.charges, "whoever does not say that it simulates may cost money"
    assert "on this machine" in info.why


def test_a_server_elsewhere_does(no_credentials: pytest.MonkeyPatch) -> None:
    no_credentials.setenv("ANTHROPIC_BASE_URL", "https://llm.example.com")
    assert isinstance(choose(Connection()), SimulatedBackend)


def test_the_address_may_come_from_dotenv_too(repository: Path) -> None:
    (repository / ".env").write_text("ANTHROPIC_BASE_URL=http://127.0.0.1:9\nANTHROPIC_API_KEY=k\n")
    backend = choose(Connection())
    assert isinstance(backend, AnthropicBackend)
    assert str(backend._client.base_url).startswith("http://127.0.0.1:9")
