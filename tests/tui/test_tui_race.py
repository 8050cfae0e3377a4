"""Who races: the racers as values, the dialog that chooses them, and two panes on one clock."""

import msgspec
from lab_script import RUN, Clock, FakeSession, MakeLab, desk_scenario, planned, race_over, race_under_way, settle
from textual.widgets import Button, Digits, OptionList, Static

from optlab.core import commands, run_events
from optlab.core.plan_events import CallAhead
from optlab.tui.app import LabApp
from optlab.tui.desk import Desk, LeverSetting
from optlab.tui.race.racers import AS_WRITTEN, PULLED, Racer, Racers, choices
from optlab.tui.race.screen import RacersScreen
from optlab.tui.screens.lab import LabScreen
from optlab.tui.widgets.words import Words

FULL = (120, 36)
HAIKU = Racer("model", "claude-haiku-5-5", streams=True)


def desk(*pulled: str, racers: Racers | None = None) -> Desk:
    found = Desk("hamlet").loaded(desk_scenario())
    for name in pulled:
        found = found.with_lever(LeverSetting(name, on=True, params=found.lever(name).params))
    return msgspec.structs.replace(found, racers=racers or Racers())


def names(found: tuple[commands.LeverChoice, ...]) -> list[str]:
    return [choice.name for choice in found]


def test_at_first_as_written_races_the_pulled_stack() -> None:
    race = desk("streaming", "caching").race()
    assert (names(race.left), names(race.levers)) == ([], ["caching", "streaming"])
    assert AS_WRITTEN.title("caching") == "as written" and PULLED.title("caching + streaming") == "caching + streaming"


def test_a_lever_races_as_it_is_set_and_a_model_as_it_is_called() -> None:
    cap = LeverSetting("max_tokens", params={"cap": "77"})
    race = desk(racers=Racers(Racer("lever", "max_tokens"), HAIKU)).with_lever(cap).race()
    assert [choice.params for choice in race.left] == [{"cap": "77"}]
    assert names(race.levers) == ["smaller_model", "streaming"]
    assert race.levers[0].params == {"model": "claude-haiku-5-5"}
    assert HAIKU.title("") == "claude-haiku-5-5 + streaming"


def test_streaming_is_pulled_once() -> None:
    racer = msgspec.structs.replace(PULLED, streams=True)
    assert names(desk("streaming").stack(racer)) == ["streaming"]
    assert racer.title("caching + streaming") == "caching + streaming"


def test_who_can_race() -> None:
    found = choices("claude-sonnet-4-6")
    assert found[:2] == (AS_WRITTEN, PULLED) and Racer("lever", "streaming") in found
    assert all(racer.name not in ("batch", "smaller_model", "claude-sonnet-4-6") for racer in found)
    assert Racer("model", "claude-sonnet-4-6") in choices("claude-haiku-5-5")


def test_what_is_wrong_with_either_side_is_said() -> None:
    broken = LeverSetting("max_tokens", params={"cap": "none"})
    for racers in (Racers(Racer("lever", "max_tokens"), AS_WRITTEN), Racers(AS_WRITTEN, Racer("lever", "max_tokens"))):
        assert "cap is a whole number" in desk(racers=racers).with_lever(broken).race_problem
    assert desk().race_problem == ""


def lab_of(app: LabApp) -> LabScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    return screen


async def test_x_chooses_the_racers_and_races_them(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab(desk_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RacersScreen)
        await pilot.press("down", "down", "down")  # as written, pulled, trim, max_tokens
        await pilot.click("#streams-right")
        await pilot.press("w")
        expected = Racers(msgspec.structs.replace(PULLED, streams=True), Racer("lever", "max_tokens"))
        assert screen.racers == expected
        await pilot.press("s")
        await settle(pilot)
        race = session.runs()[-1]
        assert isinstance(race, commands.RunRace)
        assert (names(race.left), names(race.levers)) == (["streaming"], ["max_tokens"])
        assert lab_of(app).scene.desk.pulled == (), "nobody asked for a lever to be pulled"
        assert "left" in str(app.screen.query_one("#baseline").border_title)


async def test_the_list_and_the_sentence_agree_on_who_races_while_no_lever_is_pulled(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        lab = lab_of(app)
        lab.scene = msgspec.structs.replace(lab.scene, desk=desk())
        await pilot.press("x")
        await settle(pilot)

        def chosen() -> tuple[str, str]:
            right = app.screen.query_one("#list-right", OptionList)
            assert right.highlighted is not None
            said = str(app.screen.query_one("#words", Static).content)
            return str(right.get_option_at_index(right.highlighted).prompt), said.split(":")[0]

        assert chosen() == ("nothing pulled, so streaming", "as written against streaming")
        await pilot.press("down", "down", "down")
        await settle(pilot)
        listed, said = chosen()
        assert listed == "the pulled stack: none on" and said.endswith("against no lever on")


async def test_taken_racers_wait_for_s_and_escape_leaves_them(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("x", "down", "escape")
        await settle(pilot)
        assert lab_of(app).scene.desk.racers == Racers()
        await pilot.press("x")
        await settle(pilot)
        await pilot.click("#list-right", offset=(3, 7))
        await pilot.click("#take")
        await settle(pilot)
        assert lab_of(app).scene.desk.racers == Racers(AS_WRITTEN, Racer("lever", "cascade"))
        assert session.runs() == []


async def test_what_cannot_race_is_said_and_not_raced(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        lab = lab_of(app)
        broken = lab.scene.desk.with_lever(LeverSetting("max_tokens", params={"cap": "none"}))
        lab.scene = msgspec.structs.replace(lab.scene, desk=broken)
        await pilot.press("x", "down", "down", "down")
        await settle(pilot)
        assert "cap is a whole number" in str(app.screen.query_one("#words", Static).content)
        assert app.screen.query_one("#race", Button).disabled
        await pilot.press("s", "t")
        await settle(pilot)
        assert isinstance(app.screen, RacersScreen) and session.runs() == []
        assert app.screen.query_one("#list-left", OptionList).highlighted == 3


AHEAD = tuple(CallAhead(v, "claude-sonnet-4-6", 18, 0.00005, 15e-6) for v in ("baseline", "streaming"))
STARTED = [
    msgspec.structs.replace(planned(pairs=0), ahead=AHEAD),
    run_events.ExperimentStarted(RUN, "2026-11-22T16:51:06+00:00"),
]


def call(variant: str) -> run_events.CallStarted:
    return run_events.CallStarted(RUN, f"{RUN}.r0.{variant}", variant, 0, "race")


def delta(at_s: float, text: str, kind: str = "text") -> run_events.TextDelta:
    return run_events.TextDelta(f"{RUN}.r0.streaming", "streaming", at_s, text, kind)  # type: ignore[arg-type]


def figure(app: LabApp, pane: str, which: str) -> str:
    return app.screen.query_one(f"#{pane} Digits.{which}", Digits).value


def words(app: LabApp, pane: str, which: str) -> list[str]:
    return str(app.screen.query_one(f"#{pane} .{which}-words", Words).content).split("\n")


async def test_both_panes_show_one_clock_also_where_one_call_was_seen_later(
    make_lab: MakeLab, session: FakeSession, clock: Clock
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        session.tell(*STARTED, call("baseline"))
        await settle(pilot)
        clock.now += 0.3
        session.tell(call("streaming"))
        await settle(pilot)
        clock.now += 2.0
        await settle(pilot)
        assert figure(app, "baseline", "total") == figure(app, "candidate", "total") == "2.3"


async def test_thinking_then_dollars_tick_then_the_bill(make_lab: MakeLab, session: FakeSession, clock: Clock) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        session.tell(*STARTED, call("baseline"), call("streaming"), delta(0.9, "", "thinking"))
        await settle(pilot)
        clock.now += 3.2
        await settle(pilot)
        assert words(app, "candidate", "first")[1] == "thinking 2.3 s"
        assert words(app, "baseline", "first")[1] == "waiting"
        assert words(app, "baseline", "total")[1:] == ["prompt alone", "≈$0.00005"]
        session.tell(delta(3.2, "To be, "), delta(4.2, "or not to be: that is the question."))
        await settle(pilot)
        assert words(app, "candidate", "first")[1:] == ["simulated", "thought 2.3 s"]
        rate, usd = words(app, "candidate", "total")[1:]
        assert rate == "≥3 tok/s so far" and usd == "over ≈$0.00025"
        session.tell(*race_over())
        await settle(pilot)
        assert words(app, "candidate", "total") == ["s in total", "34 tok/s overall", "$0.00225"]
        assert words(app, "candidate", "first")[2] == "thought 0.4 s", "its record says 1.31 s to the first text"
        assert "18 in + 149 out" in str(app.screen.query_one("#candidate").border_subtitle)


async def test_the_finished_race_says_who_was_ahead_and_stays(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        session.tell(*race_under_way())
        await settle(pilot)
        finish = app.screen.query_one("#finish", Words)
        assert not finish.region.area
        session.tell(*race_over())
        await settle(pilot)
        told = "First text: streaming by 3.09 s · end: level · bill: the same · one call each: no verdict"
        assert str(finish.content) == told and finish.region.area
        await pilot.press("u")
        await settle(pilot)
        assert finish.region.area, "an edit does not wipe it away"
        await pilot.press("r")
        await settle(pilot)
        assert not finish.region.area


async def test_a_cancelled_race_stops_its_clock_and_says_the_most_it_can_have_cost(
    make_lab: MakeLab, session: FakeSession, clock: Clock
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        session.tell(*STARTED, call("baseline"), call("streaming"), delta(0.5, "To be, "))
        await settle(pilot)
        clock.now += 2.0
        over = race_over()[-1]
        assert isinstance(over, run_events.ExperimentFinished)
        report = msgspec.structs.replace(over.report, status="cancelled", cost_usd=0.0185, unknown_usd=0.0185)
        session.tell(run_events.ExperimentFinished(report))
        await settle(pilot)
        clock.now += 60.0
        await settle(pilot)
        for pane in ("baseline", "candidate"):
            assert words(app, pane, "total") == ["s until stopped", "at most $0.01850", "for both calls"]
            assert figure(app, pane, "total") == "2.0", "nothing runs any more"
        assert words(app, "baseline", "first")[1] == "stopped"
        assert lab_of(app).scene.note.endswith("at the most they can have cost: $0.01850.")


async def test_a_race_takes_the_room_and_results_get_it_back_when_they_are_gone_to(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        streams, results = app.screen.query_one("#streams"), app.screen.query_one("#results")
        before = streams.region.height
        await pilot.press("s")
        await settle(pilot)
        assert streams.region.height == before + 8 and results.region.height == 6
        await pilot.click("ResultsView")
        await settle(pilot)
        assert results.region.height == 14


async def test_a_click_on_a_title_chooses_the_racers_too(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.click("#candidate", offset=(8, 3))
        await settle(pilot)
        assert app.screen is lab_of(app), "the text is for reading"
        await pilot.click("#candidate", offset=(8, 0))
        await settle(pilot)
        assert isinstance(app.screen, RacersScreen)
