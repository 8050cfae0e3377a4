"""Pictures of the History place: list, an entry in full, nothing kept; three sizes, dark and light. Look at them."""

from collections.abc import Callable, Iterator

import pytest
from lab_script import MakeLab, settle
from past_script import PastSession
from textual.pilot import Pilot

from optlab.tui.screens.lab import LabScreen

SIZES = [(80, 24), (120, 36), (160, 48)]
THEMES = ["optlab-dark", "optlab-light"]
Snap = Callable[..., bool]


@pytest.fixture
def session() -> Iterator[PastSession]:
    yield PastSession()


async def _enter(pilot: Pilot[None], theme: str, *keys: str) -> None:
    pilot.app.theme = theme
    lab = pilot.app.screen_stack[0]
    assert isinstance(lab, LabScreen)
    for _ in range(100):
        await settle(pilot)
        if lab.scene.ready:
            break
    await pilot.press("f5")
    for key in ("", *keys, ""):
        await settle(pilot)
        if key:
            await pilot.press(key)
    await settle(pilot)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_list(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int], theme: str) -> None:
    """Nine entries in every state, the study at the cursor unfolded; no provenance is cut."""

    async def play(pilot: Pilot[None]) -> None:
        await _enter(pilot, theme, "down", "space")

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@pytest.mark.parametrize("size, theme", [(SIZES[0], THEMES[0]), (SIZES[1], THEMES[1]), (SIZES[2], THEMES[0])])
def test_opened(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int], theme: str) -> None:
    """The report over the list, at the large size beside it: card, then table, MEASURED twice."""

    async def play(pilot: Pilot[None]) -> None:
        await _enter(pilot, theme, "down", "down", "down", "enter")

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


def test_filtered(snap_compare: Snap, make_lab: MakeLab) -> None:
    """The words in a line of their own and in the frame, and only what holds them."""

    async def play(pilot: Pilot[None]) -> None:
        await _enter(pilot, THEMES[0], "slash", *"heat")
        await pilot.pause(0.3)

    assert snap_compare(make_lab(), terminal_size=SIZES[1], run_before=play)


def test_empty(snap_compare: Snap, make_lab: MakeLab, session: PastSession) -> None:
    """A sentence that says how the list fills."""
    session.entries = []

    async def play(pilot: Pilot[None]) -> None:
        await _enter(pilot, THEMES[1])

    assert snap_compare(make_lab(), terminal_size=SIZES[0], run_before=play)
