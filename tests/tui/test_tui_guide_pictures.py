"""Pictures of the Guide, fresh, measuring and with goals reached, at its three sizes, dark and light. Look at them."""

from collections.abc import Callable

import pytest
from guide_script import command_of, given, recorded
from lab_script import FakeSession, MakeLab, settle, study_planned
from test_tui_guide_place import lab, open_guide
from textual.pilot import Pilot

from optlab.core import commands
from optlab.core.events import Event
from optlab.core.study_events import StageStarted
from optlab.tui.bridge import Heard
from optlab.tui.scene import hear

Snap = Callable[..., bool]
SIZES = [(80, 24), (120, 36), (160, 48)]
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@sizes
def test_fresh(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """Nothing measured: six rows without a figure, eight open goals, the text of the first exercise."""

    async def play(pilot: Pilot[None]) -> None:
        await open_guide(pilot)
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@sizes
def test_reached(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """Light: rows with figures, seven ticks marked SIMULATED, the cascade's figures and its page below."""

    async def play(pilot: Pilot[None]) -> None:
        pilot.app.theme = "optlab-light"
        app = await open_guide(pilot)
        scene = lab(app).scene
        for event, command in _told():
            scene = hear(scene, Heard(event, command, 0.0))
        lab(app).scene = scene
        await pilot.press("down", "down")
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


def _told() -> list[tuple[Event, commands.Command]]:
    told: list[tuple[Event, commands.Command]] = [(event, command_of(event)) for event in recorded()]
    return [*told, (given(), commands.AdviseOnRun("last", scenario="hamlet"))]


def test_measuring(snap_compare: Snap, make_lab: MakeLab, session: FakeSession) -> None:
    """A study is under way: the header counts its runs, esc is offered, the row at the cursor is a symptom."""

    async def play(pilot: Pilot[None]) -> None:
        app = await open_guide(pilot)
        lab(app).study(commands.Advise("hamlet"), "advice")
        session.tell(study_planned(commands.Advise("hamlet")), StageStarted("r-1", 1, "a look", ("baseline",), 26))
        await pilot.press("up", "up")
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=(120, 36), run_before=play)
