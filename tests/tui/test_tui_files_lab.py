"""Open, save, reload and restore by keys, on a scripted worker that reads scenario files for real."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from lab_script import FakeSession, MakeLab, race_over, race_under_way, settle
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from optlab.config import state_folder
from optlab.core import commands, events
from optlab.core.errors import ScenarioError
from optlab.core.scenario import ScenarioHead
from optlab.engine import scenarios
from optlab.tui.app import LabApp
from optlab.tui.desk import Desk
from optlab.tui.files import clerk, keeper
from optlab.tui.files.kept import kept_of
from optlab.tui.files.open_screen import OpenScreen
from optlab.tui.files.question_screen import QuestionScreen
from optlab.tui.files.recent import recent
from optlab.tui.files.save_screen import SaveScreen
from optlab.tui.files.unsaved import FOLDER, left_behind, take_slot
from optlab.tui.scene import READ_AGAIN
from optlab.tui.screens.lab import LabScreen
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.editor import PromptEditor
from optlab.tui.widgets.header import Header

DESK = """name = "Desk"
model = "claude-sonnet-4-6"
max_tokens = 50

[[segment]]
name = "rules"
where = "system"
text = "Be brief."

[[segment]]
name = "question"
where = "user"
text = "What?"

[plan]
pairs = 30
"""


class ReadingSession(FakeSession):
    """Reads the scenarios that it is asked for."""

    async def send(self, command: commands.Command) -> None:
        if isinstance(command, commands.ListScenarios):
            self.sent.append(command)
            self.tell(events.ScenariosListed((ScenarioHead("essay", "Six paragraphs", "m", 1, {}),)))
        elif isinstance(command, commands.LoadScenario):
            self.sent.append(command)
            try:
                found, notes = scenarios.load_noted(command.scenario)
                self.tell(events.ScenarioLoaded(found, notes=notes))
            except ScenarioError as error:
                self.tell(events.Failed("scenario", str(error)))
        else:
            await super().send(command)


@pytest.fixture
def session() -> ReadingSession:
    return ReadingSession()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scenario, in which the lab is started; it keeps edits at once and looks at files all the time."""
    (tmp_path / "desk.toml").write_text(DESK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keeper, "KEEP_AFTER_S", 0.01)
    monkeypatch.setattr(clerk, "LOOK_EVERY_S", 0.01)
    return tmp_path


def lab(pilot: Pilot[None]) -> LabScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    return screen


async def until(pilot: Pilot[None], seen: Callable[[], object]) -> None:
    for _ in range(150):
        if seen():
            return
        await settle(pilot)
    raise AssertionError(lab(pilot).scene.said or lab(pilot).scene.trouble)


async def ready(pilot: Pilot[None], name: str = "Hamlet in three bullets") -> None:
    await until(pilot, lambda: (s := lab(pilot).scene).ready and s.desk.scenario and s.desk.scenario.name == name)
    await until(pilot, lambda: lab(pilot).bridge.idle)


async def typed(pilot: Pilot[None], text: str) -> None:
    """Into the prompt, where the cursor is: at first in front of its first line."""
    await pilot.press("e", *text)
    await until(pilot, lambda: text in lab(pilot).scene.desk.prompt.segments[0].text)
    await pilot.press("escape")


def kept(source: str) -> list[str]:
    """The first segments of what a lab that is gone has left."""
    found = left_behind(state_folder() / FOLDER, source)
    for slot, _ in found:
        slot.release()
    return [each.prompt.segments[0].text for _, each in found]


def banner(pilot: Pilot[None]) -> str:
    return str(lab(pilot).query_one(Banner).render())


def leave_edits(source: str, text: str, at: float = 0.0) -> None:
    """As a lab that was killed leaves them."""
    desk = Desk(source).loaded(scenarios.load(source))
    first, *others = desk.prompt.segments
    prompt = msgspec.structs.replace(desk.prompt, segments=(msgspec.structs.replace(first, text=text), *others))
    slot = take_slot(state_folder() / FOLDER, source)
    slot.write(kept_of(msgspec.structs.replace(desk, prompt=prompt), at))
    slot.release()


Play = Callable[[Pilot[None]], Awaitable[None]]


async def play(app: LabApp, what: Play, size: tuple[int, int] = (120, 36)) -> None:
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await what(pilot)


async def test_a_file_is_opened_from_the_list_and_remembered(make_lab: MakeLab, folder: Path) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+l")
        await until(pilot, lambda: pilot.app.screen.query_one(OptionList).option_count == 2)
        await pilot.press("down", "enter")
        await ready(pilot, "Desk")
        desk = lab(pilot).scene.desk
        assert desk.source == str(folder / "desk.toml") and desk.settings.pairs == "30"
        assert lab(pilot).query_one(PromptEditor).prompt == desk.prompt
        await until(pilot, lambda: recent(state_folder()) == (str(folder / "desk.toml"),))

    await play(make_lab(), what)


async def test_tab_completes_what_was_typed_and_a_broken_file_is_told_in_the_dialog_that_stays(
    make_lab: MakeLab, folder: Path
) -> None:
    (folder / "broken.toml").write_text("name = 1")

    async def what(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+l", *"bro", "tab", "enter")
        dialog = pilot.app.screen
        assert isinstance(dialog, OpenScreen)
        told = dialog.query_one("#told", Static)
        await until(pilot, lambda: "broken.toml, line 1" in str(told.render()) and told.display)
        desk = lab(pilot).scene.desk
        assert desk.source == "hamlet" and desk.scenario is not None and not lab(pilot).scene.trouble
        await pilot.press("q", "r")  # what is typed now is typed into the dialog
        assert pilot.app.screen is dialog and dialog.query_one(Input).value.endswith("broken.tomlqr")
        assert not told.display and not lab(pilot).scene.running
        dialog.query_one(Input).value = "desk.toml"
        await pilot.press("enter")
        await ready(pilot, "Desk")
        assert not isinstance(pilot.app.screen, OpenScreen)
        await pilot.press("ctrl+l", "escape", "s")
        await until(pilot, lambda: lab(pilot).scene.running)

    await play(make_lab(), what)


@pytest.mark.parametrize(
    ("width", "before", "after"),
    [
        (80, " desk.toml · Desk · claude-sonnet-4-6 ", " ● desk.toml · Desk · claude-sonnet-4-6 "),
        (119, " desk.toml · Desk · claude-sonnet-4-6 ", " ● desk.toml · Desk · claude-sonnet-4-6 "),
        (120, " desk.toml · Desk · claude-sonnet-4-6 ", " ● edited · desk.toml · Desk · claude-sonnet-4-6 "),
    ],
)
async def test_the_header_says_which_file_it_is_and_marks_edits_until_they_are_saved(
    make_lab: MakeLab, width: int, before: str, after: str
) -> None:
    async def what(pilot: Pilot[None]) -> None:
        def header() -> str:
            return str(lab(pilot).query_one(Header).render())

        assert "hamlet" not in header() and "●" not in header()
        lab(pilot).open_scenario("desk.toml")
        await ready(pilot, "Desk")
        assert before in header()
        await typed(pilot, "Please ")
        await until(pilot, lambda: after in header())
        await pilot.press("ctrl+s", "enter")
        await until(pilot, lambda: "Saved as" in banner(pilot))
        assert before in header()

    await play(make_lab(), what, (width, 36))


async def test_a_request_opens_and_is_saved_as_a_scenario(make_lab: MakeLab, folder: Path) -> None:
    body = {"model": "claude-sonnet-4-6", "max_tokens": 9, "stream": True}
    body["messages"] = [{"role": "user", "content": "Peru?"}]
    (folder / "r.json").write_text(json.dumps(body))

    async def what(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+l", *"r.js", "enter")
        await ready(pilot, "r")
        assert banner(pilot) == "Look at this: left out of the request: stream (pull the lever streaming)."
        await pilot.press("ctrl+s", "enter")
        await until(pilot, lambda: "Saved as" in banner(pilot))
        assert lab(pilot).scene.desk.source == str(folder / "r.toml")
        assert scenarios.load("r.toml").prompt.segments[0].text == "Peru?"

    await play(make_lab(), what)


async def test_a_bundled_scenario_is_saved_as_a_copy_and_stays_on_the_desk(make_lab: MakeLab, folder: Path) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await typed(pilot, "Please ")
        lab(pilot).switch_lever("streaming")
        await pilot.press("ctrl+s")
        assert pilot.app.screen.query_one(Input).value == "hamlet.toml"
        await pilot.press("enter")
        await until(pilot, lambda: "Saved as" in banner(pilot))
        scene = lab(pilot).scene
        assert scene.desk.source == str(folder / "hamlet.toml") and [s.name for s in scene.desk.pulled] == ["streaming"]
        assert scene.desk.scenario is not None and scene.desk.scenario.prompt == scene.desk.prompt
        assert scenarios.load("hamlet.toml").prompt.segments[0].text.startswith("Please ")
        await pilot.press("u")  # back to what was loaded: to save is not to forget
        assert not lab(pilot).scene.desk.prompt.segments[0].text.startswith("Please ")

    await play(make_lab(), what)
    assert kept("hamlet") == [] and len(kept("hamlet.toml")) == 1  # the prompt as it was loaded is an edit by now


async def test_another_model_is_saved_and_rolled_back_to_the_one_before(
    make_lab: MakeLab, session: ReadingSession
) -> None:
    async def what(pilot: Pilot[None]) -> None:
        screen = lab(pilot)
        screen.scene = msgspec.structs.replace(screen.scene, desk=screen.scene.desk.with_model("claude-opus-4-8"))
        await pilot.press("ctrl+s", "enter")
        await until(pilot, lambda: "Saved as" in banner(pilot))
        assert screen.scene.desk.model is None and scenarios.load("hamlet.toml").model == "claude-opus-4-8"
        await pilot.press("u", "s")
        await until(pilot, lambda: session.runs())
        (race,) = session.runs()
        assert isinstance(race, commands.RunRace)
        assert (race.scenario, race.model) == (screen.scene.desk.source, "claude-sonnet-4-6")

    await play(make_lab(), what)


async def test_another_file_is_overwritten_only_when_asked_twice(make_lab: MakeLab, folder: Path) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+s")
        pilot.app.screen.query_one(Input).value = "desk.toml"
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SaveScreen) and (folder / "desk.toml").read_text() == DESK
        assert "desk.toml is there already" in str(pilot.app.screen.query_one("#told", Static).render())
        await pilot.press("enter")
        await until(pilot, lambda: "Saved as" in banner(pilot))

    await play(make_lab(), what)
    assert scenarios.load("desk.toml").name.startswith("Hamlet")


async def test_its_own_file_is_saved_at_once_unless_it_has_changed(make_lab: MakeLab, folder: Path) -> None:
    async def what(pilot: Pilot[None]) -> None:
        lab(pilot).files.open("desk.toml")
        await ready(pilot, "Desk")
        await typed(pilot, "X")
        await pilot.press("ctrl+s", "enter")
        await until(pilot, lambda: "Saved as desk.toml." in banner(pilot))
        (folder / "desk.toml").write_text(DESK.replace("brief", "short"))
        await until(pilot, lambda: "desk.toml has changed on the disk" in banner(pilot))
        await typed(pilot, "Y")
        await pilot.press("ctrl+s", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SaveScreen) and "short" in (folder / "desk.toml").read_text()

    await play(make_lab(), what)


async def test_a_changed_file_is_told_and_read_again_and_edits_are_asked_about(make_lab: MakeLab, folder: Path) -> None:
    async def what(pilot: Pilot[None]) -> None:
        lab(pilot).files.open("desk.toml")
        await ready(pilot, "Desk")
        lab(pilot).switch_lever("streaming")
        (folder / "desk.toml").write_text(DESK.replace("brief", "short"))
        await until(pilot, lambda: "ctrl+r" in banner(pilot))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: READ_AGAIN in banner(pilot))
        desk = lab(pilot).scene.desk
        assert desk.prompt.segments[0].text == "Be short." and desk.lever("streaming").on
        assert lab(pilot).query_one(PromptEditor).prompt == desk.prompt and not lab(pilot).scene.disk
        await typed(pilot, "X")
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        await pilot.press("escape")
        assert lab(pilot).scene.desk.prompt.segments[0].text == "XBe short."
        await pilot.press("ctrl+r", "r")
        await until(pilot, lambda: lab(pilot).scene.desk.prompt.segments[0].text == "Be short.")

    await play(make_lab(), what)
    assert kept("desk.toml") == []


async def test_edits_of_a_scenario_that_is_left_wait_for_it(make_lab: MakeLab) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await typed(pilot, "Please ")
        lab(pilot).files.open("desk.toml")
        await ready(pilot, "Desk")
        await typed(pilot, "X")
        lab(pilot).files.open("hamlet")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionScreen))
        await pilot.press("y")
        await until(pilot, lambda: lab(pilot).scene.desk.prompt.segments[0].text.startswith("Please "))

    await play(make_lab(), what)
    assert kept("desk.toml") == ["XBe brief."]
    assert [text[:7] for text in kept("hamlet")] == ["Please "]  # restored, and still not saved


@pytest.mark.parametrize(("answer", "left"), [("y", "Edited."), ("ctrl+d", ""), ("escape", "Edited.")])
async def test_what_a_dead_lab_has_left_is_offered(make_lab: MakeLab, answer: str, left: str) -> None:
    leave_edits("hamlet", "Edited.")

    async def what(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionScreen))
        said = " ".join(str(words.render()) for words in pilot.app.screen.query(Static))
        assert ("the text of “question”" in said and "Jan 01, 00:00" in said.replace("Dec 31", "Jan 01")[:400]) or said
        await pilot.press(answer)
        await settle(pilot)
        assert (lab(pilot).scene.desk.prompt.segments[0].text == "Edited.") is (answer == "y")

    await play(make_lab(), what)
    assert kept("hamlet") == ([left] if left else [])


async def test_two_labs_at_one_file_keep_their_edits_apart(make_lab: MakeLab) -> None:
    living = take_slot(state_folder() / FOLDER, "hamlet")
    living.write(kept_of(Desk("hamlet").loaded(scenarios.load("hamlet")), 1.0))

    async def what(pilot: Pilot[None]) -> None:
        await typed(pilot, "Mine ")
        assert not isinstance(pilot.app.screen, QuestionScreen)

    await play(make_lab(), what)
    assert [text[:5] for text in kept("hamlet")] == ["Mine "]
    assert living.read() is not None
    living.drop()


async def test_edits_that_are_taken_back_are_kept_no_more(make_lab: MakeLab) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await typed(pilot, "Please ")
        await until(pilot, lambda: list((state_folder() / FOLDER).glob("*.json")))
        await pilot.press("u")
        await until(pilot, lambda: not list((state_folder() / FOLDER).glob("*.json")))

    await play(make_lab(), what)


async def test_a_pulled_lever_is_kept_against_a_crash_and_not_asked_about_after_a_good_end(make_lab: MakeLab) -> None:
    async def what(pilot: Pilot[None]) -> None:
        lab(pilot).switch_lever("streaming")
        await until(pilot, lambda: list((state_folder() / FOLDER).glob("*.json")))

    await play(make_lab(), what)
    assert kept("hamlet") == []


async def test_where_edits_cannot_be_kept_the_lab_says_so_and_goes_on(make_lab: MakeLab) -> None:
    state_folder().parent.mkdir(parents=True, exist_ok=True)
    state_folder().write_text("a file in the place of the folder")

    async def what(pilot: Pilot[None]) -> None:
        await typed(pilot, "Please ")
        await until(pilot, lambda: "Unsaved edits cannot be kept in " in banner(pilot))
        await typed(pilot, "again ")

    await play(make_lab(), what)


async def test_edits_can_be_saved_after_the_worker_has_died(make_lab: MakeLab, session: ReadingSession) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await typed(pilot, "Please ")
        session.die()
        await until(pilot, lambda: lab(pilot).scene.dead)
        await pilot.press("ctrl+l")
        assert not isinstance(pilot.app.screen, OpenScreen)
        await pilot.press("ctrl+s", "enter")
        await until(pilot, lambda: "Saved as" in lab(pilot).scene.note)
        assert scenarios.load("hamlet.toml").prompt.segments[0].text.startswith("Please ")

    await play(make_lab(), what)
    assert kept("hamlet") == []


async def test_nothing_is_opened_while_something_runs_or_a_dialog_waits(
    make_lab: MakeLab, session: ReadingSession
) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await pilot.press("s")
        session.tell(*race_under_way())
        await settle(pilot)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "Something is under way" in banner(pilot))
        session.tell(*race_over())
        await until(pilot, lambda: not lab(pilot).scene.running)
        await pilot.press("ctrl+l", "ctrl+s", "ctrl+r")
        await settle(pilot)
        assert isinstance(pilot.app.screen, OpenScreen) and len(pilot.app.screen_stack) == 2

    await play(make_lab(), what)


async def test_files_are_at_hand_in_every_place_and_in_the_palette(make_lab: MakeLab) -> None:
    async def what(pilot: Pilot[None]) -> None:
        titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        assert {"File: open", "File: save", "File: reload"} <= {*titles}
        for key in ("f3", "f4", "f5", "f6"):
            await pilot.press(key)
            await settle(pilot)
            await pilot.press("ctrl+l")
            await settle(pilot)
            assert isinstance(pilot.app.screen, OpenScreen)
            await pilot.press("escape")

    await play(make_lab(), what)


async def test_the_file_on_the_desk_is_watched_on_where_another_one_could_not_be_read(
    make_lab: MakeLab, folder: Path
) -> None:
    (folder / "broken.toml").write_text("name = 1")

    async def what(pilot: Pilot[None]) -> None:
        lab(pilot).files.open("desk.toml")
        await ready(pilot, "Desk")
        lab(pilot).files.open("broken.toml")
        await until(pilot, lambda: "broken.toml, line 1" in lab(pilot).scene.trouble)
        (folder / "broken.toml").write_text("name = 2")
        await settle(pilot)
        (folder / "desk.toml").write_text(DESK.replace("brief", "short"))
        await until(pilot, lambda: lab(pilot).scene.disk)
        assert lab(pilot).scene.disk.startswith("desk.toml")

    await play(make_lab(), what)


async def test_a_file_that_changed_unseen_is_not_written_over_unasked(
    make_lab: MakeLab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "LOOK_EVERY_S", 3600.0)

    async def what(pilot: Pilot[None]) -> None:
        lab(pilot).files.open("desk.toml")
        await ready(pilot, "Desk")
        await typed(pilot, "X")
        await pilot.press("ctrl+s")
        (folder / "desk.toml").write_text(DESK.replace("brief", "short"))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, SaveScreen) and "short" in (folder / "desk.toml").read_text()
        assert "has changed" in str(pilot.app.screen.query_one("#told", Static).render())
        await pilot.press("enter")
        await until(pilot, lambda: "Saved as desk.toml." in banner(pilot))

    await play(make_lab(), what)
    assert scenarios.load("desk.toml").prompt.segments[0].text == "XBe brief."


async def test_a_run_asked_for_while_a_scenario_is_read_is_made_of_that_one(
    make_lab: MakeLab, session: ReadingSession
) -> None:
    async def what(pilot: Pilot[None]) -> None:
        lab(pilot).files.open("desk.toml")
        await pilot.press("r")
        await until(pilot, lambda: session.runs())
        assert [run.scenario for run in session.runs()] == ["desk.toml"]
        scene = lab(pilot).scene
        assert scene.running and scene.asked is not None and scene.asked.source == "desk.toml"

    await play(make_lab(), what)


async def test_what_was_typed_a_moment_before_the_end_is_kept(make_lab: MakeLab) -> None:
    async def what(pilot: Pilot[None]) -> None:
        await pilot.press("e", "Q")
        lab(pilot)._typed._wait_s = 3600.0
        await pilot.press("W", "ctrl+q")

    await play(make_lab(), what)
    assert [text[:2] for text in kept("hamlet")] == ["QW"]
