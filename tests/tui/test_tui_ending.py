"""Ending what runs: what is dear is asked for once, and keys that would start another run say why they do not."""

import msgspec
import pytest
from lab_script import ESTIMATE, RUN, Clock, FakeSession, MakeLab, planned, race_under_way, settle
from test_tui_progress import CALL, finished, running
from textual.pilot import Pilot

from optlab.core import commands
from optlab.core.record import Provenance
from optlab.core.run_events import ExperimentStarted, RunPaused
from optlab.tui.ending import AGAIN_S
from optlab.tui.files.question_screen import QuestionScreen
from optlab.tui.screens.lab import LabScreen
from optlab.tui.widgets.banner import Banner

FULL = (120, 36)


def told(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one(Banner).render())


def ended(session: FakeSession) -> int:
    return sum(isinstance(sent, commands.Cancel) for sent in session.sent)


@pytest.mark.parametrize("key", ["r", "s", "x"])
async def test_a_key_that_would_start_another_run_says_why_not(
    make_lab: MakeLab, session: FakeSession, key: str
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        lab = await running(pilot, session)
        asked = len(session.runs())
        await pilot.press(key)
        await settle(pilot)
        assert told(pilot) == "A run is on: p pauses, esc ends it."
        session.tell(RunPaused(RUN))
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert told(pilot) == "A run is on: p goes on, esc ends it."
        assert len(session.runs()) == asked and app.screen is lab


async def test_a_key_of_one_s_own_says_so_too_and_a_race_has_no_pause(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab(keys={"lab.race": "R"})
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("R")
        session.tell(*race_under_way())
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert "A run is on" not in told(pilot)
        await pilot.press("R")
        await settle(pilot)
        assert told(pilot) == "A run is on: esc ends it."


@pytest.mark.parametrize("place", ["", "f3", "f4", "f5", "f6"])
async def test_what_is_paused_is_ended_by_a_second_esc(
    make_lab: MakeLab, session: FakeSession, clock: Clock, place: str
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await running(pilot, session)
        session.tell(RunPaused(RUN))
        await settle(pilot)
        await pilot.press(*filter(None, [place]), "escape")
        await settle(pilot)
        assert ended(session) == 0 and "esc again within 5 s ends it: 1 run is done, $0.01 spent" in told(pilot)
        clock.now += AGAIN_S + 1
        await pilot.press("escape")
        await settle(pilot)
        assert ended(session) == 0, "the first was too long ago"
        await pilot.press("escape")
        await settle(pilot)
        assert ended(session) == 1 and "esc again" not in told(pilot)


async def test_real_money_asks_and_a_simulated_run_does_not(make_lab: MakeLab, session: FakeSession) -> None:
    for provenance, presses in ((Provenance.SIMULATED, 1), (Provenance.MEASURED, 2)):
        app = make_lab()
        async with app.run_test(size=FULL) as pilot:
            await running(pilot, session)
            plan = msgspec.structs.replace(planned(), provenance=provenance)
            session.tell(plan, ExperimentStarted(RUN, "now"), CALL, finished(0.02))
            await settle(pilot)
            before = ended(session)
            for press in range(presses):
                assert ended(session) == before, press
                await pilot.press("escape")
                await settle(pilot)
            assert ended(session) == before + 1


async def test_q_in_mid_run_asks_once_and_a_short_one_does_not(
    make_lab: MakeLab, session: FakeSession, clock: Clock
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await running(pilot, session)
        clock.now += 4.0
        await pilot.press("q")
        await settle(pilot)
        assert isinstance(app.screen, QuestionScreen) and app.is_running
        await pilot.press("escape")
        await settle(pilot)
        assert not isinstance(app.screen, QuestionScreen) and ended(session) == 0
        await pilot.press("q", "q")
        await settle(pilot)
        assert app.return_code == 0
    short = make_lab()
    async with short.run_test(size=FULL) as pilot:
        await running(pilot, session)
        await pilot.press("q")
        await settle(pilot)
        assert short.return_code == 0


async def test_ctrl_q_never_asks(make_lab: MakeLab, session: FakeSession, clock: Clock) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await running(pilot, session)
        session.tell(RunPaused(RUN))
        await settle(pilot)
        await pilot.press("ctrl+q")
        await settle(pilot)
        assert app.return_code == 0


async def test_a_cap_below_the_estimate_is_warned_of_beside_it(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        lab = app.screen
        assert isinstance(lab, LabScreen)
        low = ESTIMATE.low_usd
        for cap, warned in (("", False), (f"{low * 2:f}", False), (f"{low / 2:f}", True)):
            settings = msgspec.structs.replace(lab.scene.desk.settings, budget=cap)
            desk = msgspec.structs.replace(lab.scene.desk, settings=settings)
            scene = msgspec.structs.replace(lab.scene, desk=desk, forecast=planned(dry=True), forecast_problem="")
            assert ("is below that: it stops early" in scene.outlook) is warned, cap
