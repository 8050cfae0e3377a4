"""A tour through every place of the lab, in a real pseudo-terminal from a fresh home: no traceback, no dead key."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tour_terminal import Tour

PLACES = (("f2", "Lab"), ("f3", "Trim"), ("f4", "Charts"), ("f5", "History"), ("f6", "Guide"))
LEAVES = {"q", "ctrl+q"}


@pytest.fixture
def lab(tmp_path: Path, size: tuple[int, int]) -> Iterator[Tour]:
    tour = Tour(tmp_path, "trim_bench", "--sim-speed", "500", size=size)
    tour.shows("SIMULATED", "ready")
    tour.settle()
    yield tour
    tour.close()


def at(tour: Tour, title: str) -> bool:
    """Whether the first row says that one is at a place."""
    row = tour.screen.buffer[0]
    here = "".join(row[column].data for column in range(tour.screen.columns) if row[column].reverse)
    return title in here


def changed(tour: Tour, before: object) -> bool:
    return tour.painted != before


def at_rest(tour: Tour) -> bool:
    return any(word in tour.lines[0] for word in (" ready", " done", " failed"))


@pytest.mark.parametrize("size", [(120, 36)])
def test_every_place_is_reached_and_every_key_of_its_footer_does_something(lab: Tour) -> None:
    for key, title in (*PLACES, PLACES[0]):
        lab.press(key)
        lab.until(partial(at, lab, title), title)
        offered = [name for name, _ in lab.offered if name not in LEAVES]
        assert "f1" in offered, lab.text
        for name in offered:
            before = lab.painted
            lab.press(name)
            lab.until(partial(changed, lab, before), f"{name} in {title} does something")
            lab.press("esc", "esc", "esc")  # out of a dialog, a text, a run
            lab.until(partial(at_rest, lab), f"rest after {name} in {title}")
            lab.press(key)
            lab.until(partial(at, lab, title), f"{title} again after {name}")
    assert b"Traceback" not in lab.told
    lab.press("f2")
    lab.press("q")
    assert lab.process.wait(20) == 0


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
def test_every_place_is_reached_at_every_size(lab: Tour) -> None:
    for key, title in (*PLACES, *reversed(PLACES)):
        lab.press(key)
        lab.until(partial(at, lab, title), title)
        assert "SIMULATED" in lab.lines[0]
    assert b"Traceback" not in lab.told


@pytest.mark.parametrize("size", [(120, 36)])
def test_the_mouse_drags_a_border(lab: Tour) -> None:
    top = next(number for number, row in enumerate(lab.lines) if "baseline" in row)
    lab.drag((20, top), (20, top + 3))
    assert "baseline" in lab.lines[top + 3], lab.text
