"""Pictures of a race: thinking, finished, its racers chosen, and results that explain a figure."""

import msgspec
import pytest
from lab_script import Clock, FakeSession, MakeLab, race_over, race_under_way, recorded, settle
from test_tui_pictures import SIZES, Snap, forecast, sizes
from test_tui_race import AHEAD, STARTED, call, delta
from textual.pilot import Pilot

from optlab.core.events import Event
from optlab.core.plan_events import ExperimentPlanned
from optlab.tui.results.view import ResultsView

small_and_full = pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")


def under_way() -> list[Event]:
    return [
        msgspec.structs.replace(event, ahead=AHEAD) if isinstance(event, ExperimentPlanned) else event
        for event in race_under_way()
    ]


@sizes
def test_race_thinking(
    snap_compare: Snap, make_lab: MakeLab, session: FakeSession, clock: Clock, size: tuple[int, int]
) -> None:
    """Both clocks at 3.2; the right one thinks since 2.3 s, the left one waits."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("s")
        session.tell(*STARTED, call("baseline"), call("streaming"), delta(0.9, "", "thinking"))
        await settle(pilot)
        clock.now += 3.2
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@pytest.mark.parametrize(
    ("size", "theme"),
    [*((size, "optlab-dark") for size in SIZES), ((120, 36), "optlab-light")],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
def test_race_finished(
    snap_compare: Snap, make_lab: MakeLab, session: FakeSession, size: tuple[int, int], theme: str
) -> None:
    """What was felt and what was billed in both panes, who was ahead below them."""

    async def play(pilot: Pilot[None]) -> None:
        pilot.app.theme = theme
        await forecast(pilot)
        await pilot.press("s")
        session.tell(*under_way(), *race_over())
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@small_and_full
def test_race_racers(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """Two lists, what is chosen said below them, four buttons."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("x", "tab", "tab", "down", "down")
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@small_and_full
def test_results_explained(snap_compare: Snap, make_lab: MakeLab, session: FakeSession, size: tuple[int, int]) -> None:
    """The saving in the first visible text: how pairs are compared, their number, which interval, what sharpens it."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("r")
        session.tell(*recorded())
        await settle(pilot)
        pilot.app.screen.query_one(ResultsView).focus()
        await pilot.press("down", "right", "right", "right", "enter")
        await settle(pilot)
        await pilot.pause(0.6)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)
