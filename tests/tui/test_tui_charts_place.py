"""The Charts place: chosen by letter, arrow, click; copied, saved, never over a file unasked; days asked for once."""

from pathlib import Path

import pytest
from lab_script import FakeSession, MakeLab, settle
from textual.pilot import Pilot

from charts_script import DAYS, benchmark
from optlab.core import commands, events
from optlab.render.charts import CHARTS
from optlab.tui.app import LabApp
from optlab.tui.charts.large import LargeChart
from optlab.tui.charts.names import ChartNames
from optlab.tui.charts.saving import OverwriteScreen
from optlab.tui.places.charts import ChartsScreen
from optlab.tui.scene import opened as read
from optlab.tui.screens.lab import LabScreen


async def opened(pilot: Pilot[None]) -> LabScreen:
    lab = pilot.app.screen_stack[0]
    assert isinstance(lab, LabScreen)
    for _ in range(100):
        await settle(pilot)
        if lab.scene.ready:
            return lab
    raise AssertionError("the lab did not get ready")


async def measured(pilot: Pilot[None], session: FakeSession) -> ChartsScreen:
    """The Charts place behind a finished benchmark."""
    await opened(pilot)
    await pilot.press("r")
    session.tell(*benchmark())
    await settle(pilot)
    await pilot.press("f4")
    await settle(pilot)
    assert isinstance(pilot.app.screen, ChartsScreen)
    return pilot.app.screen


def title(app: LabApp) -> str:
    return str(app.screen.query_one(LargeChart).border_title)


def picture(app: LabApp) -> str:
    return app.screen.query_one(LargeChart).plain


async def test_letters_arrows_and_clicks_choose_a_chart(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        place = await measured(pilot, session)
        for chart in CHARTS:
            await pilot.press(chart.key)
            assert title(app) == chart.title and place.query_one(ChartNames).chosen == chart.name
            if chart.name != "days":
                assert "n = " in picture(app) and "SIMULATED" in picture(app)
        await pilot.press("down")
        assert title(app) == CHARTS[0].title
        await pilot.press("up")
        assert title(app) == CHARTS[-1].title
        await pilot.click(ChartNames, offset=(4, 4))
        assert title(app) == CHARTS[3].title
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        await pilot.click(ChartNames, offset=(9, 0))
        assert title(app) == CHARTS[1].title
        assert place.query_one(ChartNames).size.height == 1


async def test_a_chart_can_have_the_whole_place(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        place = await measured(pilot, session)
        for key in ("enter", "m"):
            narrow = place.query_one(LargeChart).size.width
            await pilot.press(key)
            await settle(pilot)
            assert place.query_one(LargeChart).size.width > narrow + 30
            assert max(map(len, picture(app).splitlines())) > narrow
            await pilot.press(key)
            await settle(pilot)
            assert place.query_one(LargeChart).size.width == narrow


async def test_without_data_it_says_what_is_missing_and_copies_nothing(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("f4")
        await settle(pilot)
        assert "Fills as pairs arrive." in picture(app)
        await pilot.press("y", "S")
        assert app.clipboard == ""
        assert not list(Path.cwd().glob("*.svg"))
        assert not app.screen.query_one(ChartNames).ready


async def test_pairs_that_arrive_are_drawn(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press("r", "f4")
        said = benchmark()
        session.tell(*said[: len(said) // 2])
        await settle(pilot)
        await pilot.pause(0.6)
        assert "n = 6 pairs," in picture(app) and "latency" in app.screen.query_one(ChartNames).ready
        session.tell(*said[len(said) // 2 :])
        await settle(pilot)
        await pilot.pause(0.6)
        assert "n = 14 pairs" in picture(app)


async def test_copied_as_text(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await measured(pilot, session)
        await pilot.press("b", "y")
        assert app.clipboard.startswith("Spread of the waits – Support desk\n")
        assert "SIMULATED" in app.clipboard and "┃" in app.clipboard and "\x1b" not in app.clipboard
        (told,) = (notice.message for notice in app._notifications)
        assert "OSC 52" in told and f"{app.clipboard.count(chr(10))} lines" in told


async def test_saved_as_svg_and_never_over_a_file_unasked(
    make_lab: MakeLab, session: FakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_lab()
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await measured(pilot, session)
        await pilot.press("f", "S")
        (file,) = tmp_path.iterdir()
        assert file.name == "support-desk-ecdf-20261122-165106-nqvc.svg"
        assert "<title" in file.read_text() and "SIMULATED" in file.read_text()
        file.write_text("mine")
        for answer, kept in (("n", True), ("escape", True), ("y", False)):
            await pilot.press("S")
            await settle(pilot)
            assert isinstance(app.screen, OverwriteScreen)
            await pilot.press(answer)
            await settle(pilot)
            assert isinstance(app.screen, ChartsScreen)
            assert (file.read_text() == "mine") == kept
        assert list(tmp_path.iterdir()) == [file]


async def test_a_folder_that_takes_no_file_is_told_in_a_sentence(
    make_lab: MakeLab, session: FakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    app = make_lab()
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await measured(pilot, session)
        monkeypatch.setattr(Path, "cwd", lambda: gone / "nowhere")
        await pilot.press("S")
        (told,) = (notice for notice in app._notifications)
        assert "cannot be written" in told.message and told.severity == "error"


async def test_days_are_asked_for_once_they_are_to_be_seen(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()

    def asked() -> list[commands.Command]:
        return [sent for sent in session.sent if isinstance(sent, commands.ListDays)]

    async with app.run_test(size=(120, 36)) as pilot:
        await measured(pilot, session)
        assert not asked()
        await pilot.press("d")
        await settle(pilot)
        scenario = session.scenario
        assert asked() == [commands.ListDays(scenario.name, scenario.source)]
        session.tell(events.DaysListed(DAYS))
        await settle(pilot)
        await pilot.pause(0.6)
        assert "n = 6 benchmarks kept" in picture(app) and "Nov" in picture(app)
        await pilot.press("w", "d", "f2", "f4")
        await settle(pilot)
        assert len(asked()) == 1
        lab = app.screen_stack[0]
        assert isinstance(lab, LabScreen)
        for times in (2, 3):  # opened again: the days that were heard are gone
            await pilot.press("f2")
            lab.scene = read(read(lab.scene, "other", session.scenario), "hamlet", session.scenario)
            await pilot.press("f4")
            await settle(pilot)
            session.tell(events.DaysListed(DAYS))
            await settle(pilot)
            assert len(asked()) == times


async def test_a_history_that_cannot_be_read_leaves_the_lab_as_it_is(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await measured(pilot, session)
        await pilot.press("d")
        await settle(pilot)
        session.tell(events.Failed("storage", "the history cannot be used"))
        await settle(pilot)
        lab = app.screen_stack[0]
        assert isinstance(lab, LabScreen)
        assert lab.scene.trouble == "the history cannot be used" and lab.scene.stage.phase == "finished"


async def test_every_chart_is_in_the_palette_here_and_only_here(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        place = await measured(pilot, session)
        here = {command.title: command.callback for command in app.get_system_commands(place)}
        assert {f"Chart: {chart.title}" for chart in CHARTS} | {"Chart: save as SVG"} <= set(here)
        here["Chart: Length of the answers"]()
        assert title(app) == "Length of the answers"
        there = {command.title for command in app.get_system_commands(app.screen_stack[0])}
        assert not any(words.startswith("Chart: ") for words in there)


async def test_a_theme_and_a_size_draw_it_anew(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        place = await measured(pilot, session)
        view = place.query_one(LargeChart)
        before = view.palette
        app.theme = "optlab-light"
        await settle(pilot)
        assert view.palette != before
        colour = "rgb({},{},{})".format(*view.palette.of(0))
        styles = {str(segment.style) for y in range(20) for segment in view.render_line(y)}
        assert any(colour.replace("rgb", "").strip("()") in style.replace(" ", "") for style in styles)
        await pilot.resize_terminal(160, 48)
        await settle(pilot)
        assert len(picture(app).splitlines()) == view.size.height
