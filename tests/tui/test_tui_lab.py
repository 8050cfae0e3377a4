"""The lab on a scripted worker: what keys and clicks send, and what stays as it was."""

import msgspec
import pytest
from lab_script import (
    SERVER,
    Clock,
    FakeSession,
    MakeLab,
    desk_scenario,
    planned,
    race_over,
    race_under_way,
    recorded,
    run_record,
    settle,
)
from textual.widgets import Checkbox, Digits, Input, Tab, Tabs

from optlab.core import commands, events, run_events
from optlab.core.record import CallError, Provenance
from optlab.core.verdict import CardWord
from optlab.tui.app import LabApp
from optlab.tui.panes.floor import Floor
from optlab.tui.screens.consent import ConsentScreen
from optlab.tui.screens.lab import LabScreen
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.editor import PromptEditor
from optlab.tui.widgets.header import Header
from optlab.tui.widgets.stream_view import StreamView

FULL = (120, 36)


def lab_of(app: LabApp) -> LabScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    return screen


async def test_opens_with_nothing_focused_and_says_simulated(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert app.focused is None
        assert app.screen.query_one(Header).badge == "SIMULATED"
        assert not any(box.value for box in app.screen.query(Checkbox))
        assert [type(c) for c in session.sent[:2]] == [commands.LoadScenario, commands.Connect]


async def test_s_races_streaming_first_and_shows_that_it_pulled_it(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        race = session.runs()[-1]
        assert isinstance(race, commands.RunRace)
        assert [choice.name for choice in race.levers] == ["streaming"]
        assert app.screen.query_one("#lever-streaming Checkbox", Checkbox).value


async def test_one_pane_fills_while_the_other_waits_on_the_screens_clock(
    make_lab: MakeLab, session: FakeSession, clock: Clock
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        session.tell(*race_under_way())
        await settle(pilot)
        clock.now += 3.2
        await settle(pilot)
        plain, streaming = app.screen.query_one("#baseline"), app.screen.query_one("#candidate")
        assert plain.query_one(StreamView).text == "" and "ghost" in streaming.query_one(StreamView).text
        assert (
            plain.query_one("Digits.total", Digits).value == "3.2" == streaming.query_one("Digits.total", Digits).value
        )
        assert streaming.query_one("Digits.first", Digits).value == "1.31"
        assert plain.has_class("-live") and not plain.has_class("-final")
        session.tell(*race_over())
        await settle(pilot)
        assert plain.query_one("Digits.total", Digits).value == "4.40" and plain.has_class("-final")
        assert "demonstration" in str(app.screen.query_one(Banner).render())


async def test_a_race_leaves_the_results_alone(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        session.tell(*recorded())
        await settle(pilot)
        before = lab_of(app).scene.results
        assert before.report is not None and before.cards
        await pilot.press("s")
        await settle(pilot)
        session.tell(*race_under_way(), *race_over())
        await settle(pilot)
        assert lab_of(app).scene.results is before


async def test_r_sends_what_stands_on_the_desk(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab(desk_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await pilot.click("#lever-caching Checkbox")
        for field, value in (("pairs", "20"), ("speed", "10"), ("budget", "0.25")):
            app.screen.query_one(f"#setting-{field}", Input).value = value
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        sent = session.runs()[-1]
        assert isinstance(sent, commands.RunBenchmark) and sent.prompt is not None
        assert [s.on for s in sent.prompt.segments] == [True, False, True]
        assert [c.name for c in sent.levers] == ["caching"]
        assert (sent.pairs, sent.budget_usd, sent.connection.sim_speed, sent.live) == (20, 0.25, 10.0, True)


async def test_a_segment_off_weighs_nothing_and_comes_back_by_a_click(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab(desk_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        pane = app.screen.query_one("#prompt")
        whole = str(pane.border_subtitle)
        await pilot.press("2")
        await settle(pilot)
        assert str(pane.border_subtitle) != whole and "→" in str(pane.border_subtitle)
        await pilot.click(PromptEditor, offset=(10, 4))
        await settle(pilot)
        assert all(s.on for s in lab_of(app).scene.desk.prompt.segments)
        assert str(pane.border_subtitle) == whole


async def test_typing_edits_one_segment_and_undo_gives_it_back(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab(desk_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        loaded = lab_of(app).scene.desk.prompt
        await pilot.press("e", *"Hi ")
        await settle(pilot)
        texts = [s.text for s in lab_of(app).scene.desk.prompt.segments]
        assert texts == ["Hi " + loaded.segments[0].text, *(s.text for s in loaded.segments[1:])]
        await pilot.press("ctrl+z")
        editor = app.screen.query_one(PromptEditor)
        for place, keys in (((0, 0), "x"), ((1, 0), "backspace"), ((3, 0), "delete"), ((4, 0), "enter")):
            editor.move_cursor(place)
            await pilot.press(keys)
        editor.select_all()
        await pilot.press("x", "backspace", "ctrl+x")
        await settle(pilot)
        assert lab_of(app).scene.desk.prompt == loaded
        await pilot.press("ctrl+y", "ctrl+z")
        await settle(pilot)
        assert lab_of(app).scene.desk.prompt == loaded


async def test_letters_are_text_in_the_editor_and_esc_leaves_it_before_it_cancels(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        session.tell(*race_under_way())
        await settle(pilot)
        await pilot.press("e", "q", "escape")
        assert app.focused is None and not any(isinstance(c, commands.Cancel) for c in session.sent)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(session.sent[-1], commands.Cancel)
        assert lab_of(app).scene.desk.prompt.segments[0].text.startswith("q")


async def test_a_wrong_parameter_is_told_as_typed_and_sends_nothing(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        field = app.screen.query_one("#param-cap", Input)
        field.value = "many"
        await pilot.click("#lever-max_tokens Checkbox")
        await settle(pilot)
        assert field.has_class("-wrong")
        assert "whole number" in str(app.screen.query_one("#controls").border_subtitle)
        await pilot.press("r")
        await settle(pilot)
        assert session.runs() == []


async def test_a_stack_is_told_in_its_order_and_one_that_makes_no_sense_sends_nothing(
    make_lab: MakeLab, session: FakeSession
) -> None:
    """The frame counts the levers that are on; a breakpoint behind a segment that trim cuts is refused as typed."""
    app = make_lab(desk_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        frame = app.screen.query_one("#controls")
        assert str(frame.border_subtitle) == "none on: as written"
        await pilot.click("#lever-caching Checkbox")
        await pilot.click("#lever-trim Checkbox")
        app.screen.query_one("#lever-trim #param-off", Input).value = "examples"
        await settle(pilot)
        assert str(frame.border_subtitle) == "1 trim → 2 caching"
        app.screen.query_one("#lever-caching #param-at", Input).value = "rules+examples"
        await settle(pilot)
        assert "at names 'examples', which trim cuts" in str(frame.border_subtitle)
        await pilot.press("r")
        await settle(pilot)
        assert session.runs() == []
        await pilot.click("#lever-trim Checkbox")
        await settle(pilot)
        await pilot.press("r")
        (sent,) = session.runs()
        assert [choice.label() for choice in sent.levers] == ["caching:ttl=5m,at=rules+examples"]


async def test_roll_back_goes_to_what_was_adopted_then_to_what_was_loaded(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        loaded = lab_of(app).scene.desk
        await pilot.press("r")
        await settle(pilot)
        *before, last = recorded()
        assert isinstance(last, run_events.ExperimentFinished)
        card = msgspec.structs.replace(last.report.cards[0], verdict=CardWord.ADOPT)
        report = msgspec.structs.replace(last.report, cards=(card,))
        session.tell(*before, run_events.ExperimentFinished(report))
        await settle(pilot)
        adopted = lab_of(app).scene.desk
        await pilot.click("#lever-caching Checkbox")
        await pilot.press("e", "x", "escape")
        await settle(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert lab_of(app).scene.desk.same_setup(adopted) and adopted.pulled
        assert app.screen.query_one(PromptEditor).prompt == adopted.prompt
        await pilot.press("u")
        await settle(pilot)
        assert lab_of(app).scene.desk.same_setup(loaded)
        assert lab_of(app).scene.results.cards


async def test_real_money_is_asked_for_once_with_estimate_and_cap(make_lab: MakeLab, session: FakeSession) -> None:
    session.charges = True
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert app.screen.query_one(Header).badge == "MEASURED"
        await pilot.press("r")
        session.tell(planned(consent=True))
        await settle(pilot)
        assert isinstance(app.screen, ConsentScreen)
        await pilot.press("y")
        await settle(pilot)
        assert session.sent[-1] == commands.Consent(True)
        assert not isinstance(app.screen, ConsentScreen)


async def test_leaving_the_question_is_a_no(make_lab: MakeLab, session: FakeSession) -> None:
    session.charges = True
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        session.tell(planned(consent=True, pairs=1))
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        session.tell(events.Failed("declined", "nothing was sent: the run was not confirmed"))
        await settle(pilot)
        assert session.sent[-1] == commands.Consent(False)
        assert not lab_of(app).scene.running and not lab_of(app).scene.trouble


async def test_a_failed_run_is_told_in_one_sentence_and_the_lab_goes_on(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("r")
        session.tell(planned(), events.Failed("refused", "api.anthropic.com refused [b]this[/nope]\x1b]0;x\x07"))
        await settle(pilot)
        banner = app.screen.query_one(Banner)
        assert banner.has_class("-error") and "\x1b" not in str(banner.render()) and "[/nope]" in str(banner.render())
        assert app.screen.query_one(Header).state == "failed"
        await pilot.press("s")
        await settle(pilot)
        assert isinstance(session.runs()[-1], commands.RunRace)


async def test_a_dead_worker_is_told_and_makes_the_exit_code(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        session.die()
        await settle(pilot)
        assert "ended unexpectedly" in str(app.screen.query_one(Banner).render())
        await pilot.press("s", "q")
    assert app.return_code == 5 and "ended unexpectedly" in app.last_words


async def test_a_scenario_that_cannot_be_loaded_ends_the_lab(make_lab: MakeLab, session: FakeSession) -> None:
    async def refuse(command: commands.Command) -> None:
        session.tell(events.Failed("scenario", "nosuch: there is no such file"))

    session.send = refuse  # type: ignore[method-assign]
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
    assert app.return_code == 2 and app.last_words.startswith("nosuch")


async def test_text_from_strangers_is_text(make_lab: MakeLab, session: FakeSession) -> None:
    hostile = "[@click=app.quit]x[/] [/nope] \x1b]52;c;aGk=\x07 \u009b2J \u202e"
    app = make_lab(msgspec.structs.replace(desk_scenario(), name=hostile, model=hostile))
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        said = race_under_way()[:-3]
        session.tell(*said, run_events.TextDelta("r", "streaming", 1.0, hostile, "text"))
        error = CallError("server", hostile)
        session.tell(run_events.RunFinished(run_record("baseline", streamed=False, error=error), 0.0))
        await settle(pilot)
        painted = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "[@click=app.quit]x[/]" in painted
        assert not set("\x1b\x07\u009b\u202e") & set(painted)


async def test_below_the_full_size_one_tab_is_shown_and_keys_go_there(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)

        def shown() -> list[str]:
            names = ("prompt", "controls", "baseline", "results", "charts")
            return [name for name in names if app.screen.query_one(f"#{name}").region.area]

        assert shown() == ["prompt"]
        await pilot.press("s")
        await settle(pilot)
        assert shown() == ["baseline"]
        await pilot.press("right_square_bracket")
        assert shown() == ["results"]
        await pilot.press("l")
        assert shown() == ["controls"]
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert app.focused is None and shown() == ["baseline"]
        await pilot.click("#tab-charts")
        await settle(pilot)
        assert shown() == ["charts"]


async def test_too_small_is_said_in_one_sentence(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(70, 20)) as pilot:
        await settle(pilot)
        assert "80×24" in str(app.screen.query_one("#too-small").render())
        assert not app.screen.query_one("#floor").display


async def test_the_footer_never_shows_more_than_eight_keys(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for keys in ((), ("s",), ("escape", "e"), ("escape", "l")):
            await pilot.press(*keys)
            await settle(pilot)
            shown = [key for key in app.screen.query("FooterKey") if key.region.area]
            assert 3 <= len(shown) <= 8


async def test_a_key_pressed_while_warming_up_waits_for_its_turn(make_lab: MakeLab, session: FakeSession) -> None:
    session.connects = False
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await pilot.press("s")
        await settle(pilot)
        assert session.runs() == []
        session.tell(events.Connected(Provenance.SIMULATED, 1.0, SERVER, "asked for", False))
        await settle(pilot)
        assert isinstance(session.runs()[-1], commands.RunRace)


@pytest.mark.parametrize("theme", ["textual-light", "nord"])
async def test_another_theme_repaints_everything(make_lab: MakeLab, session: FakeSession, theme: str) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("r")
        session.tell(*recorded())
        await settle(pilot)
        app.theme = theme
        await settle(pilot)
        await pilot.press("f1")
        await settle(pilot)
        await pilot.press("escape", "q")


async def test_late_news_of_a_tab_that_was_left_is_not_followed(make_lab: MakeLab, session: FakeSession) -> None:
    """To follow it would bring the next late news: tabs changed quickly would chase each other for ever."""
    app = make_lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        floor = lab_of(app).query_one(Floor)
        tabs = floor.query_one(Tabs)
        floor.choose("results")
        await settle(pilot)
        tabs.post_message(Tabs.TabActivated(tabs, tabs.query_one("#tab-levers", Tab)))
        await settle(pilot)
        assert floor.has_class("-at-results")
        assert tabs.active == "tab-results"


async def test_rolling_back_takes_back_what_was_wrong_too(make_lab: MakeLab, session: FakeSession) -> None:
    """A complaint about a parameter does not outlive the parameter."""
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        lab = lab_of(app)
        lab.scene = msgspec.structs.replace(lab.scene, trouble="cap is a whole number")
        lab.action_roll_back()
        await pilot.pause()
        assert lab.scene.trouble == ""
        assert not lab.query_one(Banner).has_class("-error")
