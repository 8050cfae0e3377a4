"""Pictures of the Trim place: a cut that was tested, at the three sizes, dark and light; a heat map. Look at them."""

from collections.abc import Callable

import pytest
from lab_script import FakeSession, MakeLab, settle, study_planned
from textual.pilot import Pilot
from trim_script import SCENARIO, cut_tested, cut_tried, heat_mapped, stage

from optlab.core import commands
from optlab.tui.screens.lab import LabScreen

Snap = Callable[..., bool]


async def _enter(pilot: Pilot[None], *keys: str) -> None:
    lab = pilot.app.screen_stack[0]
    assert isinstance(lab, LabScreen)
    for _ in range(100):
        await settle(pilot)
        if lab.scene.ready:
            break
    await pilot.press("f3", *keys)
    await settle(pilot)


async def _ask(pilot: Pilot[None], session: FakeSession, key: str) -> commands.Study:
    await pilot.press(key, "enter")
    await settle(pilot)
    sent = next(sent for sent in reversed(session.sent) if isinstance(sent, commands.Study))
    assert not sent.dry
    session.tell(study_planned(sent), stage("a stage"))
    return sent


async def _still(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await settle(pilot)


@pytest.mark.parametrize("size, theme", [((80, 24), "nord"), ((120, 36), "tokyo-night"), ((160, 48), "textual-light")])
def test_tested(snap_compare: Snap, make_lab: MakeLab, session: FakeSession, size: tuple[int, int], theme: str) -> None:
    """One segment struck out, totals before and after, three bars, both verdicts, words that differ marked."""

    async def play(pilot: Pilot[None]) -> None:
        pilot.app.theme = theme
        await _enter(pilot, "down", "space")
        await _ask(pilot, session, "t")
        session.tell(cut_tested())
        await _still(pilot)

    assert snap_compare(make_lab(SCENARIO), terminal_size=size, run_before=play)


def test_searched_and_mapped(snap_compare: Snap, make_lab: MakeLab, session: FakeSession) -> None:
    """Rows with what was found and what they are worth: words, bars, numbers, intervals; SIMULATED twice."""

    async def play(pilot: Pilot[None]) -> None:
        await _enter(pilot, "down", "down", "z")
        await _ask(pilot, session, "h")
        session.tell(heat_mapped())
        await settle(pilot)
        await _ask(pilot, session, "f")
        session.tell(cut_tried(1, ("history", "thanks"), True, dead=("history", "thanks")), stage("without rules"))
        await _still(pilot)

    assert snap_compare(make_lab(SCENARIO), terminal_size=(200, 36), run_before=play)
