"""The Guide place: rows that pull levers, exercises that open, run, tick themselves and are remembered."""

from guide_script import advice, benchmark, recorded
from lab_script import FakeSession, MakeLab, planned, settle, study_planned
from textual.pilot import Pilot
from textual.widgets import Input

from optlab.core import commands
from optlab.core.prompt import Prompt, Segment
from optlab.core.study_events import StageFinished, StageStarted
from optlab.engine import scenarios
from optlab.tui.app import LabApp
from optlab.tui.frames.plain import plain
from optlab.tui.guide.index import Index
from optlab.tui.guide.kept import read, ticks_path
from optlab.tui.places.guide import GuideScreen
from optlab.tui.screens.lab import LabScreen
from optlab.tui.trim.ask_screen import AskScreen
from optlab.tui.widgets.banner import Banner

STAGE = next(event for event in recorded() if isinstance(event, StageFinished))


def lab(app: LabApp) -> LabScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    return screen


async def open_guide(pilot: Pilot[None]) -> LabApp:
    app = pilot.app
    assert isinstance(app, LabApp)
    for _ in range(100):
        await settle(pilot)
        if lab(app).scene.ready and lab(app).bridge.idle:
            break
    await pilot.press("f6")
    await settle(pilot)
    return app


def rows(app: LabApp) -> str:
    return plain(app.screen.query_one(Index))


def page(app: LabApp) -> str:
    return plain(app.screen.query_one("#guide-page"))


def asked(session: FakeSession, kind: type[commands.Study] | type[commands.RunBenchmark]) -> list[commands.Command]:
    return [sent for sent in session.sent if isinstance(sent, kind) and not sent.dry]


async def look_at_baseline(pilot: Pilot[None], session: FakeSession) -> None:
    await pilot.press("r")
    await pilot.pause(0.5)
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)
    session.tell(study_planned(commands.Advise("hamlet")), StageStarted("r-1", 1, "a look", ("baseline",), 26))
    await settle(pilot)


async def test_without_a_measurement_the_rows_stand_with_what_would_be_looked_at(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await open_guide(pilot)
        free = [sent for sent in session.sent if isinstance(sent, commands.AdviseOnRun)]
        assert free == [commands.AdviseOnRun("last", scenario="hamlet")], "the newest kept run is looked at, once"
        assert "· somebody waits → Streaming" in rows(app) and "○ 8 Roll back" in rows(app)
        await pilot.press("up", "up", "up")
        assert "What is looked at: How long nothing is to be seen" in page(app)
        assert "the history has no run of hamlet" in page(app)
        assert lab(app).scene.trouble == "", "that nothing is kept is no trouble"


async def test_enter_on_a_row_pulls_its_lever_alone_and_goes_to_the_lab(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await open_guide(pilot)
        lab(app).switch_lever("effort")
        await pilot.press("up", "up", "up", "enter")
        await settle(pilot)
        assert app.screen is lab(app)
        assert [setting.name for setting in lab(app).scene.desk.pulled] == ["streaming"]
        assert "Streaming is pulled alone" in str(app.screen.query_one(Banner).render())


async def test_a_baseline_is_measured_shown_ticked_and_the_table_stands_on_it(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await open_guide(pilot)
        await pilot.press("r")
        await pilot.pause(0.5)
        await settle(pilot)
        assert isinstance(app.screen, AskScreen) and "At most 26 calls" in app.screen.told
        assert asked(session, commands.Advise) == [], "nothing is sent before the estimate is seen"
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, GuideScreen)
        await look_at_baseline(pilot, session)
        assert len(asked(session, commands.Advise)) == 1
        assert "run 1 of 26" in lab(app).scene.state
        await pilot.press("escape")
        await settle(pilot)
        assert session.sent[-1] == commands.Cancel()
        session.tell(STAGE, advice())
        await settle(pilot)
        assert "✓ 1 Measure a baseline  SIMULATED" in rows(app) and "Exercises  1 of 8" in rows(app)
        assert "● somebody waits → Streaming  2.72 s a call" in rows(app) and "n = 12" in rows(app)
        assert "✓ Reached · SIMULATED at speed 200" in page(app) and "no upper bound at n = 12" in page(app)
        assert "which lever first?" in page(app), "the page of the study itself stands below"


async def test_an_exercise_puts_its_scenario_and_its_lever_on_the_desk(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await open_guide(pilot)
        session.scenario = scenarios.load("support_rules")
        await pilot.press("down", "r")
        await settle(pilot)
        await settle(pilot)
        assert isinstance(app.screen, AskScreen)
        desk = lab(app).scene.desk
        assert desk.source == "support_rules" and [setting.name for setting in desk.pulled] == ["caching"]
        app.screen.query_one("#ask-budget", Input).value = "0.75"
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert asked(session, commands.RunBenchmark) == [lab(app).scene.desk.benchmark()]
        assert lab(app).scene.desk.settings.budget == "0.75"
        session.tell(planned(), benchmark("caching"))
        await settle(pilot)
        assert "✓ 2 Cache a stable prefix" in rows(app) and "✓ 7 Change one thing" in rows(app)
        again = [sent for sent in session.sent if isinstance(sent, commands.AdviseOnRun)]
        assert again[-1].scenario == "support_rules", "the table goes with what was measured last"


async def test_enter_opens_the_scenario_of_an_exercise_in_the_lab(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await open_guide(pilot)
        session.scenario = scenarios.load("support_desk")
        await pilot.press("down", "down", "enter")
        await settle(pilot)
        await settle(pilot)
        assert app.screen is lab(app) and lab(app).scene.desk.source == "support_desk"
        assert lab(app).scene.desk.pulled == ()


async def test_the_same_is_measured_on_what_is_on_the_desk_edits_and_all(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await open_guide(pilot)
        edited = Prompt((Segment("question", "user", "Summarise Macbeth in 3 bullets."),))
        lab(app).put_prompt(edited)
        await pilot.press("down", "down", "d")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        (study,) = asked(session, commands.StudyCascade)
        assert isinstance(study, commands.StudyCascade) and (study.scenario, study.prompt) == ("hamlet", edited)


async def test_a_cap_that_is_none_starts_nothing(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await open_guide(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert isinstance(app.screen, AskScreen)
        app.screen.query_one("#ask-budget", Input).value = "-1"
        await settle(pilot)
        assert "the cap is dollars above 0" in app.screen.told
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, AskScreen) and asked(session, commands.Advise) == []


async def test_u_in_the_lab_ticks_and_the_next_lab_remembers(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await open_guide(pilot)
        session.scenario = scenarios.load("essay")
        await pilot.press("end", "r")
        await settle(pilot)
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        session.tell(planned(), benchmark("max_tokens"))
        await settle(pilot)
        assert "press u" in page(app) and "○ 8 Roll back" in rows(app)
        await pilot.press("f2", "u", "f6")
        await settle(pilot)
        assert "✓ 8 Roll back  SIMULATED" in rows(app) and "u took it back to the scenario as loaded" in page(app)
        for _ in range(100):
            if set(read(ticks_path())) == {"roll_back", "one_thing"}:
                break
            await settle(pilot)
    next_lab = make_lab()
    assert set(lab_of(next_lab).scene.course.ticks) == {"roll_back", "one_thing"}


def lab_of(app: LabApp) -> LabScreen:
    screen = app.get_default_screen()
    assert isinstance(screen, LabScreen)
    return screen


async def test_a_click_moves_the_cursor_and_a_second_one_does_it(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await open_guide(pilot)
        await pilot.click(Index, offset=(8, 3))
        await settle(pilot)
        assert isinstance(app.screen, GuideScreen) and app.screen.query_one(Index).symptom == "stable prefix"
        await pilot.click(Index, offset=(8, 1))
        await settle(pilot)
        assert app.screen.query_one(Index).symptom == "stable prefix", "a heading is no row"
        await pilot.click(Index, offset=(8, 3))
        await settle(pilot)
        assert app.screen is lab(app)
        assert [setting.name for setting in lab(app).scene.desk.pulled] == ["caching"]


async def test_the_palette_leads_to_every_exercise(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(100):
            await settle(pilot)
            if lab(app).scene.ready:
                break
        found = {command.title: command for command in app.get_system_commands(app.screen)}
        found["Exercise: Stream"].callback()
        await settle(pilot)
        assert isinstance(app.screen, GuideScreen) and app.screen.query_one(Index).exercise == "stream"


async def test_the_kept_run_is_asked_for_by_a_key(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await open_guide(pilot)
        before = len(session.sent)
        await pilot.press("k")
        await settle(pilot)
        assert session.sent[before:] == [commands.AdviseOnRun("last", scenario="hamlet")]
