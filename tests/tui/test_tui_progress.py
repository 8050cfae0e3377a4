"""How far long work is, in one line; pausing it; another model; on a scripted worker and a clock that is moved."""

import msgspec
import pytest
from lab_script import RUN, Clock, FakeSession, MakeLab, planned, run_record, settle, study_planned
from textual.pilot import Pilot
from textual.widgets import DataTable, Input

from optlab.catalogue import load
from optlab.core import commands
from optlab.core.events import Event
from optlab.core.run_events import CallStarted, ExperimentStarted, RunFinished, RunPaused, RunResumed
from optlab.render.snapshot import Snapshot, fold
from optlab.tui.bridge import Heard
from optlab.tui.progress import Progress, headway
from optlab.tui.screens.lab import LabScreen
from optlab.tui.screens.models import ModelScreen
from optlab.tui.widgets.banner import Banner

CALL = CallStarted(RUN, "x", "baseline", 0, "measured")


def finished(spent_usd: float) -> RunFinished:
    run = run_record("baseline", streamed=False)
    return RunFinished(msgspec.structs.replace(run, phase="measured"), spent_usd)


def seen(*told: tuple[float, Event]) -> tuple[Progress, Snapshot]:
    progress, stage = Progress(), Snapshot()
    for at, event in told:
        progress, stage = progress.hear(Heard(event, None, at)), fold(stage, event)
    return progress, stage


STARTED = ((0.0, planned(consent=True)), (0.0, ExperimentStarted(RUN, "now")), (10.0, CALL))


def test_time_left_is_the_pace_so_far() -> None:
    progress, stage = seen(*STARTED, (14.0, finished(0.01)), (20.0, finished(0.02)))
    assert progress.left_s(26, 20.0) == pytest.approx(5.0 * 24)
    words = headway(progress, stage, 20.0)
    assert words.startswith("▰▱▱▱▱▱▱▱▱▱ 2 of 26 runs · about 2 min 0 s left · $0.02 spent, $0.48 left of the cap")
    assert words.endswith("p pauses, esc cancels")


def test_a_pause_takes_no_time_and_is_told() -> None:
    told = (*STARTED, (14.0, finished(0.01)), (15.0, RunPaused(RUN)))
    progress, stage = seen(*told)
    assert "PAUSED · 1 of 26 runs" in headway(progress, stage, 500.0) and progress.left_s(26, 500.0) is None
    progress, stage = seen(*told, (115.0, RunResumed(RUN, 100.0, True)), (120.0, finished(0.02)))
    assert progress.left_s(26, 120.0) == pytest.approx(5.0 * 24)


def test_without_a_plan_or_a_call_nothing_is_made_up() -> None:
    assert headway(Progress(), Snapshot(), 0.0) == ""
    progress, stage = seen(STARTED[0])
    assert "left ·" not in headway(progress, stage, 99.0) and "0 of 26 runs" in headway(progress, stage, 99.0)


def test_a_search_is_measured_by_what_is_usual() -> None:
    progress, stage = seen((0.0, study_planned(commands.FindCuts("x"))), (10.0, CALL), (12.0, finished(0.01)))
    assert "1 of about 26 runs" in headway(progress, stage, 12.0)


async def running(pilot: Pilot[None], session: FakeSession) -> LabScreen:
    lab = pilot.app.screen
    assert isinstance(lab, LabScreen)
    for _ in range(100):
        await settle(pilot)
        if lab.scene.ready:
            break
    await pilot.press("r")
    await settle(pilot)
    session.tell(planned(), ExperimentStarted(RUN, "now"), CALL, finished(0.01))
    await settle(pilot)
    return lab


async def test_p_pauses_and_goes_on(make_lab: MakeLab, session: FakeSession, clock: Clock) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        lab = await running(pilot, session)
        banner = lab.query_one(Banner)
        assert "1 of 26 runs" in str(banner.render())
        await pilot.press("p")
        await settle(pilot)
        assert session.sent[-1] == commands.Pause() and "pausing after this pair" in str(banner.render())
        session.tell(RunPaused(RUN))
        await settle(pilot)
        assert "PAUSED" in str(banner.render()) and lab.scene.state == "paused"
        await pilot.press("f4")  # from every place alike
        await settle(pilot)
        assert "PAUSED" in str(app.screen.query_one(Banner).render())
        await pilot.press("p")
        await settle(pilot)
        assert session.sent[-1] == commands.Resume()
        session.tell(RunResumed(RUN, 3.0, False))
        await settle(pilot)
        assert "PAUSED" not in str(app.screen.query_one(Banner).render())


async def test_what_is_not_under_way_is_not_paused(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        assert not any(isinstance(sent, commands.Pause) for sent in session.sent)


async def test_a_model_is_chosen_with_its_prices_beside_it(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        lab = app.screen
        assert isinstance(lab, LabScreen)
        for _ in range(100):
            await settle(pilot)
            if lab.scene.ready:
                break
        await pilot.press("M")
        await settle(pilot)
        assert isinstance(app.screen, ModelScreen)
        table = app.screen.query_one(DataTable)
        models = load().models
        assert table.row_count == len(models)
        at = [model.id for model in models].index("claude-sonnet-4-6")
        assert table.cursor_row == at
        cells = [str(cell) for cell in table.get_row_at(at)]
        price = models[at].prices.tiers[0]
        assert cells[1].startswith(f"{price.input:g}") and cells[2] == f"{price.output:g}"
        for column, cells_of in zip(
            table.ordered_columns, zip(*map(table.get_row_at, range(len(models))), strict=True), strict=True
        ):
            assert column.width >= max(len(str(cell)) for cell in cells_of), "nothing is cut"
        await pilot.press("up", "enter")
        await settle(pilot)
        chosen = models[at - 1].id
        assert lab.scene.desk.scenario is not None and lab.scene.desk.scenario.model == chosen
        sent = lab.scene.desk.benchmark()
        assert sent.model == chosen
        await pilot.press("u")
        await settle(pilot)
        assert lab.scene.desk.benchmark().model is None


async def test_a_lever_s_model_is_chosen_in_its_field(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await settle(pilot)
        lab = app.screen
        assert isinstance(lab, LabScreen)
        for _ in range(100):
            await settle(pilot)
            if lab.scene.ready:
                break
        lab.query_one("#lever-smaller_model #param-model", Input).focus()
        await pilot.press("ctrl+g", "home", "enter")
        await settle(pilot)
        first = load().models[0].id
        assert lab.scene.desk.lever("smaller_model").params["model"] == first
        assert lab.scene.desk.benchmark().model is None
