"""Pictures of the lab, empty, racing, finished and failed, at its three sizes. Look at them when they change."""

from collections.abc import Awaitable, Callable

import pytest
from lab_script import Clock, FakeSession, MakeLab, planned, race_under_way, recorded, settle
from textual.pilot import Pilot

from optlab.core import events
from optlab.tui.screens.lab import LabScreen

SIZES = [(80, 24), (120, 36), (160, 48)]
Snap = Callable[..., bool]
Play = Callable[[Pilot[None]], Awaitable[None]]


async def forecast(pilot: Pilot[None]) -> None:
    """Until the lab stands as it will stand: scenario, backend and estimate are there."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    for _ in range(100):
        await settle(pilot)
        if screen.scene.forecast is not None and screen.bridge.idle:
            return
    raise AssertionError("no estimate came")


sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@sizes
def test_empty(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """The prompt with its bar and token estimate, every lever off, SIMULATED in the header, "ready"."""
    assert snap_compare(make_lab(), terminal_size=size, run_before=forecast)


@sizes
def test_racing(
    snap_compare: Snap, make_lab: MakeLab, session: FakeSession, clock: Clock, size: tuple[int, int]
) -> None:
    """The left pane waits with its clock at 3.2, the right one has its first token at 1.31 and text."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("s")
        session.tell(*race_under_way())
        await settle(pilot)
        clock.now += 3.2
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@sizes
def test_finished(snap_compare: Snap, make_lab: MakeLab, session: FakeSession, size: tuple[int, int]) -> None:
    """The card first, then the table with intervals; at the large sizes three charts full of data."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("r")
        session.tell(*recorded())
        await settle(pilot)
        await pilot.pause(0.6)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@sizes
def test_failed(snap_compare: Snap, make_lab: MakeLab, session: FakeSession, size: tuple[int, int]) -> None:
    """One red sentence under the header, "failed" in it; prompt and levers are still there."""

    async def play(pilot: Pilot[None]) -> None:
        await forecast(pilot)
        await pilot.press("r")
        refused = (
            "api.anthropic.com refused variant 'baseline': invalid x-api-key; check the credential and its balance"
        )
        session.tell(planned(), events.Failed("refused", refused))
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)
