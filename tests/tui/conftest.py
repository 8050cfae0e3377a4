"""A lab on a scripted worker and a clock that stands still, in an environment that paints the same everywhere."""

from collections.abc import Iterator

import pytest
from lab_script import Clock, FakeSession, MakeLab, scenario

from optlab.core.scenario import Scenario
from optlab.tui.app import LabApp
from optlab.tui.desk import Desk, Settings


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_lab(session: FakeSession, clock: Clock) -> Iterator[MakeLab]:
    def make(loaded: Scenario | None = None, keys: dict[str, str] | None = None, **desk: object) -> LabApp:
        session.scenario = loaded or scenario()
        return LabApp(Desk("hamlet", settings=Settings(), **desk), session, clock, keys=keys)

    yield make
