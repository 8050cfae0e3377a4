"""Whose turn it is: what waits for the worker, what is taken back, and what the screen makes of an answer it awaits."""

from lab_script import FakeSession, MakeLab, desk_scenario, planned, recorded, settle

from optlab.catalogue import Rates
from optlab.core import commands, events
from optlab.core.record import Provenance
from optlab.tui.bridge import Bridge, Heard
from optlab.tui.desk import Desk
from optlab.tui.scene import Scene, hear, opened
from optlab.tui.screens.consent import ConsentScreen
from optlab.tui.screens.lab import LabScreen

SCENARIO = "hamlet"
FORECAST = commands.RunBenchmark(scenario=SCENARIO, dry=True)


def waiting(*asked: commands.Command) -> list[commands.Command]:
    """What still waits after these were asked, behind a worker that is not there yet."""
    bridge = Bridge(FakeSession(), lambda _: None, lambda: None)
    for command in asked:
        bridge.ask(command)
    return list(bridge._waiting)


def test_a_forecast_that_waits_gives_way_to_its_like_and_to_a_run_alone() -> None:
    newer = commands.RunBenchmark(scenario=SCENARIO, pairs=3, dry=True)
    assert waiting(FORECAST, newer) == [newer]
    for other in (commands.ListDays(SCENARIO, SCENARIO), commands.MapHeat(scenario=SCENARIO, dry=True)):
        assert waiting(FORECAST, other) == [FORECAST, other]
    run = commands.RunRace(scenario=SCENARIO)
    assert waiting(FORECAST, run) == [run]


async def test_a_run_that_is_cancelled_before_its_turn_is_over(make_lab: MakeLab, session: FakeSession) -> None:
    session.connects = False
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        lab = app.get_default_screen()
        assert isinstance(lab, LabScreen)
        await pilot.press("r")
        assert lab.scene.running
        await pilot.press("escape")
        await settle(pilot)
        assert not lab.scene.running and lab.scene.note == "Nothing was sent." and session.runs() == []
        session.tell(events.Connected(Provenance.SIMULATED, 1.0, "127.0.0.1:1", "asked for", False))
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert len(session.runs()) == 1


async def test_a_run_outlives_what_fails_before_its_turn(make_lab: MakeLab, session: FakeSession) -> None:
    """Else it would be made all the same, unseen, and wait for a yes that nobody is asked for."""
    session.connects = False
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        session.tell(events.Failed("unreachable", "nobody answers there"))
        await settle(pilot)
        assert len(session.runs()) == 1
        session.tell(planned(consent=True))
        await settle(pilot)
        assert isinstance(app.screen, ConsentScreen)


def test_another_scenario_leaves_the_user_s_own_prices() -> None:
    own = {"claude-sonnet-4-6": Rates(1.0, 2.0, 1.25, 2.0, 0.1)}
    scene = opened(Scene(Desk("a")), "a", desk_scenario())
    scene = hear(scene, Heard(events.PricesListed("prices.toml", own), commands.ListPrices(), 0.0))
    assert opened(scene, "b", desk_scenario()).cuts.own_prices == own


async def test_prices_are_known_from_the_start(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert commands.ListPrices() in session.sent


async def test_results_stay_where_the_next_benchmark_is_declined(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        lab = app.get_default_screen()
        assert isinstance(lab, LabScreen)
        await pilot.press("r")
        session.tell(*recorded())
        await settle(pilot)
        results = lab.scene.results
        assert results.cards
        await pilot.press("r")
        session.tell(planned(consent=True))
        await settle(pilot)
        await pilot.press("n")
        session.tell(events.Failed("declined", "nothing was sent: the run was not confirmed"))
        await settle(pilot)
        assert not lab.scene.running and lab.scene.results == results
