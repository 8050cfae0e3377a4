"""Pictures of the Charts place, empty and full, at its three sizes, dark and light. Look at them when they change."""

from collections.abc import Callable

import pytest
from lab_script import FakeSession, MakeLab, settle
from test_tui_charts_place import measured, opened
from textual.pilot import Pilot

SIZES = [(80, 24), (120, 36), (160, 48)]
Snap = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_empty(snap_compare: Snap, make_lab: MakeLab, size: tuple[int, int]) -> None:
    """All names, dim; "Fills as pairs arrive." in the middle."""

    async def play(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await pilot.press("f4")
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


@pytest.mark.parametrize(
    ("size", "key", "theme"),
    [
        ((80, 24), "w", "optlab-dark"),
        ((80, 24), "i", "optlab-light"),
        ((120, 36), "f", "optlab-dark"),
        ((120, 36), "b", "optlab-light"),
        ((120, 36), "o", "optlab-dark"),
        ((160, 48), "t", "optlab-dark"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
def test_full(
    snap_compare: Snap, make_lab: MakeLab, session: FakeSession, size: tuple[int, int], key: str, theme: str
) -> None:
    """Three variants of 14 pairs, one run of them failed, in the colours of the theme and with a mark each."""

    async def play(pilot: Pilot[None]) -> None:
        pilot.app.theme = theme
        await measured(pilot, session)
        await pilot.press(key)
        await settle(pilot)

    assert snap_compare(make_lab(), terminal_size=size, run_before=play)


def test_without_colour(
    snap_compare: Snap, make_lab: MakeLab, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grey; the variants differ by their marks."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def play(pilot: Pilot[None]) -> None:
        await measured(pilot, session)

    assert snap_compare(make_lab(), terminal_size=(120, 36), run_before=play)
