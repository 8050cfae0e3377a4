"""Pictures of the dialogs around files, at the lab's sizes. Look at them when they change."""

from pathlib import Path

import pytest
from lab_script import FakeSession, MakeLab, desk_scenario, settle
from test_tui_pictures import Snap, forecast, sizes
from textual.pilot import Pilot

from optlab.core import commands, events
from optlab.core.prompt import Prompt
from optlab.core.scenario import ScenarioHead
from optlab.tui.desk import Desk, LeverSetting
from optlab.tui.files.kept import Kept, kept_of
from optlab.tui.files.question_screen import QuestionScreen
from optlab.tui.files.words import reload, restore

HEADS = tuple(
    ScenarioHead(name, about, "claude-sonnet-4-6", 1, {})
    for name, about in (
        ("essay", "Six paragraphs take many seconds to write; how long until there is something to read?"),
        ("hamlet", "A short prompt with a medium answer: what does streaming change, and what does it not?"),
        ("tickets", "One word per ticket, after examples: what does a smaller model lose?"),
    )
)


class ListingSession(FakeSession):
    """Knows three scenarios."""

    async def send(self, command: commands.Command) -> None:
        await super().send(command)
        if isinstance(command, commands.ListScenarios):
            self.tell(events.ScenariosListed(HEADS))


@pytest.fixture
def session() -> ListingSession:
    return ListingSession()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("desk.toml", "requests.jsonl", "notes.txt", "bold[red]\x1b[31m.toml"):
        (tmp_path / name).write_text("")
    (tmp_path / "drafts").mkdir()
    monkeypatch.chdir(tmp_path)


@sizes
def test_open(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """Files of the folder and the scenarios that come with optlab; the second line is chosen."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        await pilot.press("down", "down")

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@sizes
def test_save(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """A bundled scenario as a copy; the name is that of a file that is there, and ⏎ was pressed once."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("ctrl+s", *["backspace"] * 11, *"desk.toml", "enter")
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@sizes
def test_restore(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """What a dead lab has left: when it was kept, what it holds, three answers with their keys."""
    desk = Desk("drafts/desk.toml").loaded(desk_scenario())

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        title, said, answers = restore(desk, left(desk), 200_000.0)
        said = tuple(words.partition(" (")[0] + "." if " (" in words else words for words in said)  # no local time
        pilot.app.push_screen(QuestionScreen(title, said, answers))
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@sizes
def test_reload(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """Edits would be lost: save them first, read the file all the same, or leave it."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        pilot.app.push_screen(QuestionScreen(*reload("drafts/desk.toml")))
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


def left(desk: Desk) -> Kept:
    segments = (*desk.prompt.switched("examples", False).segments[:2], desk.prompt.segments[2])
    pulled = desk.with_lever(LeverSetting("streaming", on=True))
    kept = kept_of(pulled, 190_000.0)
    return Kept(kept.source, kept.at, Prompt(segments), kept.levers, kept.settings)
