"""Frames: one as large as the screen, borders that move, letters to jump by, and the words alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_script import MakeLab, settle
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import TextArea

from optlab.tui.frames.found import boundaries, frames, title
from optlab.tui.frames.screen import FramedScreen
from optlab.tui.frames.screens import JumpScreen, PlainScreen
from optlab.tui.frames.sizes import LEAST, moved
from optlab.tui.screens.lab import LabScreen
from optlab.tui.widgets.header import Header

FULL = (120, 36)


async def opened(pilot: Pilot[None]) -> FramedScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    for _ in range(100):
        await settle(pilot)
        if screen.scene.ready:
            break
    return screen


def region(screen: FramedScreen, name: str) -> tuple[int, int]:
    frame = screen.query_one(f"#{name}", Widget)
    return frame.outer_size.width, frame.outer_size.height


@given(st.lists(st.integers(1, 200), min_size=2, max_size=5), st.integers(-300, 300), st.booleans(), st.data())
def test_moving_a_boundary_keeps_the_sum_and_the_least_sizes(
    sizes: list[int], by: int, across: bool, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sizes) - 2))
    after = moved(sizes, at, by, across=across)
    assert sum(after) == sum(sizes) and len(after) == len(sizes)
    for number, (old, new) in enumerate(zip(sizes, after, strict=True)):
        assert new >= min(old, LEAST[across])
        assert new == old or number in (at, at + 1)


def test_a_boundary_goes_as_far_as_it_is_told() -> None:
    assert moved((20, 30, 10), 0, 5, across=False) == (25, 25, 10)
    assert moved((20, 30, 10), 1, -40, across=False) == (20, 4, 36)
    assert moved((20, 30), 0, 99, across=True) == (32, 18)


async def test_m_makes_a_pane_as_large_as_the_screen_and_back(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        screen = await opened(pilot)
        before = region(screen, "results")
        await pilot.press("ctrl+o", "g", "m")
        await settle(pilot)
        assert screen.maximized is screen.query_one("#results")
        assert region(screen, "results")[0] == FULL[0] and region(screen, "results")[1] > 30
        assert screen.query_one(Header).region.area, "where figures come from is never out of sight"
        await pilot.press("m")
        await settle(pilot)
        assert screen.maximized is None and region(screen, "results") == before


async def test_without_focus_m_asks_which(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        screen = await opened(pilot)
        await pilot.press("m")
        await settle(pilot)
        assert isinstance(app.screen, JumpScreen)
        await pilot.press("h")
        await settle(pilot)
        assert screen.maximized is not None and title(screen.maximized) == "Wait, pair by pair"


@pytest.mark.parametrize(
    ("letter", "key", "name", "wider", "taller"),
    [("a", "alt+right", "prompt", 4, 0), ("a", "alt+down", "prompt", 0, 1), ("g", "alt+up", "results", 0, -1)],
)
async def test_keys_move_the_borders_of_the_pane_in_focus(
    make_lab: MakeLab, letter: str, key: str, name: str, wider: int, taller: int
) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        screen = await opened(pilot)
        width, height = region(screen, name)
        await pilot.press("ctrl+o", letter, key)
        await settle(pilot)
        assert region(screen, name) == (width + wider, height + taller)


async def test_the_mouse_drags_a_border(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        screen = await opened(pilot)
        _, height = region(screen, "prompt")
        edge = next(edge for edge in boundaries(screen) if edge.after.id == "streams")
        x, y = edge.after.region.x + 40, edge.after.region.y
        await pilot.mouse_down(offset=(x, y))
        for row in (y + 1, y + 3):
            await pilot.hover(offset=(x, row))
            await settle(pilot)
        await pilot.mouse_up(offset=(x, y + 3))
        await pilot.hover(offset=(x, y - 2))
        await settle(pilot)
        assert region(screen, "prompt")[1] == height + 3


async def test_a_jump_to_a_letter_gives_the_focus(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        screen = await opened(pilot)
        names = [title(frame) for frame in frames(screen)]
        assert names[:2] == ["Prompt", "Levers, in the order they stack"] and len(names) == len(set(names)) == 8
        await pilot.press("ctrl+o", "s")
        await settle(pilot)
        assert screen.focused in screen.query_one("#controls").walk_children()
        await pilot.press("escape", "ctrl+o", "escape")
        await settle(pilot)
        assert app.screen is screen


async def test_y_shows_the_words_of_a_pane_alone_and_copies_them(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await opened(pilot)
        await pilot.press("ctrl+o", "s", "y")
        await settle(pilot)
        assert isinstance(app.screen, PlainScreen)
        words = app.screen.query_one(TextArea).text
        assert "[ ] 6 Streaming\n" in words and "pairs 12" in words and words.startswith("Levers")
        await pilot.press("y")
        await settle(pilot)
        assert app.clipboard == words
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, LabScreen)
