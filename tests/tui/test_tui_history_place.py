"""The History place on a scripted worker: what is asked when, what keys and mouse do, what is said where nothing is."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from lab_script import Clock, MakeLab, planned, recorded_report, settle
from past_script import DAYS, PastSession, run, study
from textual.pilot import Pilot
from textual.widgets import Static
from textual.widgets._footer import FooterKey

from optlab.core import commands, events, run_events
from optlab.tui.frames.screens import PlainScreen
from optlab.tui.past import surface
from optlab.tui.past.book import PAGE
from optlab.tui.past.kept_list import KeptList
from optlab.tui.past.page_view import PageView
from optlab.tui.places.history import HistoryScreen
from optlab.tui.screens.lab import LabScreen
from optlab.tui.widgets.banner import Banner

FULL = (120, 36)


@pytest.fixture
def session() -> Iterator[PastSession]:
    yield PastSession()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause after which a list is asked for is for hands."""
    monkeypatch.setattr("optlab.tui.past.filtered.FILTERED_S", 0.01)


def place(pilot: Pilot[None]) -> HistoryScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, HistoryScreen))


def lab(pilot: Pilot[None]) -> LabScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    return screen


def rows(pilot: Pilot[None]) -> KeptList:
    return place(pilot).query_one(KeptList)


def page(pilot: Pilot[None]) -> str:
    return "\n".join(place(pilot).query_one(PageView).plain)


def nothing(pilot: Pilot[None]) -> str:
    said = place(pilot).query_one("#nothing", Static)
    return str(said.render()) if said.display else ""


def footer(pilot: Pilot[None]) -> str:
    return " ".join(key.description for key in place(pilot).query(FooterKey))


async def until(pilot: Pilot[None], met: Callable[[], object]) -> None:
    for _ in range(100):
        if met():
            return
        await settle(pilot)
    raise AssertionError("it did not come")


async def go(pilot: Pilot[None], *keys: str) -> None:
    await until(pilot, lambda: lab(pilot).scene.ready)
    await pilot.press("f5")
    await until(pilot, lambda: pilot.app.screen is place(pilot) and lab(pilot).scene.past.answers)
    await settle(pilot)
    await pilot.press(*keys)
    await settle(pilot)


async def test_the_list_is_read_once_and_again_when_a_run_has_ended(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await until(pilot, lambda: lab(pilot).scene.ready)
        assert session.lists == [], "nobody has looked yet"
        await go(pilot)
        assert session.lists == [commands.ListHistory(PAGE, counted=True)]
        assert len(rows(pilot).plain) == 1 + len(DAYS)
        await pilot.press("f2", "r")
        session.tell(planned())
        await settle(pilot)
        await pilot.press("f5")
        await settle(pilot)
        before = len(session.lists)
        session.entries.insert(0, run(99, id="just-now", scenario="Brand new"))
        session.tell(run_events.ExperimentFinished(recorded_report()))
        await until(pilot, lambda: "Brand new" in rows(pilot).plain[1])
        assert len(session.lists) > before and lab(pilot).scene.past.total == len(DAYS) + 1


async def test_the_same_list_again_is_an_answer_too(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot)
        for times in (2, 3):
            await pilot.press("f2")
            await settle(pilot)
            await pilot.press("f5")
            await until(pilot, lambda times=times: len(session.lists) == times)  # type: ignore[misc]
            await settle(pilot)


async def test_of_a_long_list_only_what_is_in_sight_is_asked_for(make_lab: MakeLab, session: PastSession) -> None:
    session.entries = [run(n % 1_000, id=f"run-{n}") for n in range(50_000)]
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot)
        assert len(rows(pilot).plain) < 40 and "1 of 50,000" in str(place(pilot).query_one("#kept").border_subtitle)
        await pilot.press("end")
        await until(pilot, lambda: rows(pilot).entry is not None and rows(pilot).entry.id == "run-49999")
        await settle(pilot)
        assert "50,000 of 50,000" in str(place(pilot).query_one("#kept").border_subtitle)
        pages = [sent.offset // PAGE for sent in session.lists]
        assert set(pages) == {0, 1, 249, 248} and len(pages) == 4
        await pilot.press(*["pageup"] * 12)
        await until(pilot, lambda: all(row.entry for row in rows(pilot).rows_in_sight))
        assert len(session.lists) <= 7


async def test_the_cursor_stays_on_its_entry_when_something_new_comes(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "down", "down")
        here = rows(pilot).entry
        session.entries[:0] = [run(90, id="new-1"), run(91, id="new-2")]
        await pilot.press("f2", "f5")
        await until(pilot, lambda: lab(pilot).scene.past.total == len(DAYS) + 2)
        await settle(pilot)
        assert rows(pilot).entry == here and rows(pilot).at == 5


async def test_words_filter_and_escape_takes_them_away(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "slash", *"not known b")
        await until(pilot, lambda: lab(pilot).scene.past.filter and lab(pilot).scene.past.filter.words == "not known b")
        await settle(pilot)
        assert [row.entry for row in rows(pilot).rows_in_sight] == [DAYS[3]]
        assert session.lists[-1] == commands.ListHistory(PAGE, words="not known b", counted=True)
        assert "holding not known b" in str(place(pilot).query_one("#kept").border_title)
        assert not [sent for sent in session.sent if isinstance(sent, commands.RecallSetup)], "letters were text"
        await pilot.press(*" zz")
        await until(pilot, lambda: nothing(pilot) == surface.NOTHING)
        await pilot.press("enter", "escape")
        await until(pilot, lambda: lab(pilot).scene.past.total == len(DAYS))
        await settle(pilot)
        assert not nothing(pilot) and len(rows(pilot).rows_in_sight) == len(DAYS)


async def test_one_scenario_alone_and_all_again(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "o")
        await until(pilot, lambda: lab(pilot).scene.past.total == 2)
        await settle(pilot)
        assert {row.entry.scenario for row in rows(pilot).rows_in_sight if row.entry} == {"Support desk"}
        await pilot.press("o")
        await until(pilot, lambda: lab(pilot).scene.past.total == len(DAYS))


async def test_a_study_is_unfolded_and_folded_by_key_and_by_mouse(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot)
        assert "Runs" not in footer(pilot)
        await pilot.press("down")
        await settle(pilot)
        assert "Runs" in footer(pilot)
        await pilot.press("space")
        await until(pilot, lambda: len(rows(pilot).rows_in_sight) == len(DAYS) + 3)
        assert [row.inside for row in rows(pilot).rows_in_sight][:6] == [False, False, True, True, True, False]
        await pilot.press("down", "down", "left")
        await settle(pilot)
        assert len(rows(pilot).rows_in_sight) == len(DAYS)
        await pilot.click(KeptList, offset=(1, 5))
        await until(pilot, lambda: len(rows(pilot).rows_in_sight) == len(DAYS) + 3)
        assert rows(pilot).entry == DAYS[4]


async def test_an_entry_opens_beside_the_list_or_over_it(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await go(pilot, "down", "down", "down", "enter")
        await until(pilot, lambda: "NOT YET KNOWN" in page(pilot))
        assert place(pilot).query_one("#kept").display and "MEASURED" in str(
            place(pilot).query_one("#sheet").border_title
        )
        assert isinstance(app.focused, PageView)
        await pilot.press("J")
        await settle(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert not place(pilot).query_one("#kept").display
        assert all(len(line) <= 77 for line in page(pilot).splitlines())
        await pilot.press("end")
        await settle(pilot)
        assert place(pilot).query_one(PageView).below == 0
        await pilot.press("y")
        await settle(pilot)
        assert isinstance(app.screen, PlainScreen)
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert place(pilot).query_one("#kept").display and not place(pilot).query_one("#sheet").display
        await pilot.click(KeptList, offset=(30, 2), times=2)
        await until(pilot, lambda: "About 120 tokens become 90" in page(pilot))


async def test_what_runs_elsewhere_is_not_asked_for(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "enter")
        assert surface.STILL_RUNS in page(pilot)
        assert not [sent for sent in session.sent if isinstance(sent, commands.ShowRun)]
        session.entries[0] = msgspec.structs.replace(session.entries[0], status="finished")
        place(pilot)._look_again()
        await until(pilot, lambda: lab(pilot).scene.past.entry(0) == session.entries[0])
        asked = len(session.lists)
        place(pilot)._look_again()
        await settle(pilot)
        assert len(session.lists) == asked, "nothing runs any more, so nobody looks"


async def test_an_entry_without_a_result_says_why(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, *["down"] * 6, "enter")
        await until(pilot, lambda: "ended without a report" in page(pilot))
        assert DAYS[6].id in page(pilot) and "\x1b" not in page(pilot)


async def test_nothing_kept_and_nothing_readable_are_sentences(make_lab: MakeLab, session: PastSession) -> None:
    session.entries = []
    app = make_lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await go(pilot)
        assert nothing(pilot) == surface.EMPTY
        await pilot.press("enter", "space", "o", "b", "g", "end", "down")
        await settle(pilot)
        session.problem = "the history h.sqlite3 cannot be used (file is not a database); move it away"
        await pilot.press("f2", "f5")
        await until(pilot, lambda: nothing(pilot) == session.problem)
        asked = len(session.lists)
        for _ in range(3):
            await settle(pilot)
        assert len(session.lists) == asked, "it is not asked again and again"
        assert not lab(pilot).scene.trouble


async def test_a_list_not_read_yet_waits_for_the_run_and_says_so(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await until(pilot, lambda: lab(pilot).scene.ready)
        await pilot.press("r")
        session.tell(planned())
        await settle(pilot)
        await pilot.press("f5")
        await settle(pilot)
        assert nothing(pilot) == surface.BUSY and session.lists == []
        session.tell(run_events.ExperimentFinished(recorded_report()))
        await until(pilot, lambda: len(rows(pilot).rows_in_sight) == len(DAYS))


async def test_a_setup_comes_back_or_the_reason_why_not(make_lab: MakeLab, session: PastSession) -> None:
    other = msgspec.structs.replace(session.scenario, name="Another", source="mine.toml", max_tokens=77)
    answers = {
        DAYS[2].id: events.SetupRecalled(DAYS[2].id, other, other.prompt, ()),
        DAYS[3].id: events.Failed("usage", "mine.toml: there is no such file"),
    }
    session.recalled = lambda run_id: answers[run_id]  # type: ignore[method-assign]
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "down", "down", "b")
        banner = place(pilot).query_one(Banner)
        await until(pilot, lambda: "there is no such file" in str(banner.render()))
        assert lab(pilot).scene.desk.source == "hamlet"
        await pilot.press("up")
        await settle(pilot)
        assert "no such file" not in str(banner.render())
        session.scenario = other
        for _ in range(2):  # the same twice is as good as once
            await pilot.press("b")
            await until(pilot, lambda: f"{DAYS[2].id} are on the desk" in str(banner.render()))
        assert (lab(pilot).scene.desk.source, lab(pilot).scene.desk.scenario) == ("mine.toml", other)
        await pilot.press("f2")
        await settle(pilot)
        assert lab(pilot).scene.desk.benchmark().scenario == "mine.toml"


async def test_only_a_stopped_heat_map_offers_to_go_on(make_lab: MakeLab, session: PastSession, clock: Clock) -> None:
    here = msgspec.structs.replace(session.scenario, source="hamlet")
    kept = commands.MapHeat("hamlet", by="auto")
    setup = events.SetupRecalled(DAYS[4].id, here, here.prompt, (), again=kept)
    session.recalled = lambda run_id: setup  # type: ignore[method-assign]
    session.entries.append(study(9, kind="heat", upshot=None))
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot)
        offered = []
        for at in range(len(session.entries)):
            rows(pilot).go_to(at)
            offered += [at] if place(pilot).check_action("go_on", ()) else []
        assert offered == [4, 8]
        rows(pilot).go_to(4)
        await until(pilot, lambda: "Go on" in footer(pilot))
        await pilot.press("g")
        await until(pilot, lambda: lab(pilot).scene.running)
        started = [sent for sent in session.sent if isinstance(sent, commands.Study)]
        assert [(sent.scenario, sent.dry) for sent in started] == [("hamlet", False)]
        assert lab(pilot).scene.kind == "heat" and "goes on" in str(place(pilot).query_one(Banner).render())


async def test_many_keys_draw_the_footer_no_oftener_than_it_changes(
    make_lab: MakeLab, session: PastSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.entries = [run(n % 1_000, id=f"run-{n}") for n in range(5_000)]
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot)
        drawn: list[int] = []
        refresh = HistoryScreen.refresh_bindings
        monkeypatch.setattr(HistoryScreen, "refresh_bindings", lambda self: (drawn.append(1), refresh(self)))
        await pilot.press(*["down"] * 20)
        await settle(pilot)
        assert rows(pilot).at == 20 and len(drawn) <= 2


async def test_the_palette_offers_what_the_keys_do(make_lab: MakeLab, session: PastSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down")
        offered = {command.title: command for command in app.get_system_commands(app.screen)}
        assert {"History: open", "History: filter", "History: runs", "History: only this"} <= offered.keys()
        done = offered["History: runs"].callback()
        assert done is not None
        await done
        await until(pilot, lambda: len(rows(pilot).rows_in_sight) == len(DAYS) + 3)
