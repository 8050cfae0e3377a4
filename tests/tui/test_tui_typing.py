"""Typing in a long prompt: what a key paints, what it waits for, and that nothing it leaves alone is stale."""

import asyncio
import random

import pytest
from lab_script import RUN, Clock, FakeSession, MakeLab, planned, settle
from rich.segment import Segment as Cell
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from optlab.core import commands, events
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario
from optlab.tui.app import LabApp
from optlab.tui.bridge import BATCH_S, LONGEST_S, Bridge, Heard
from optlab.tui.hold import AFTER_A_KEY_S, Hold
from optlab.tui.screens.lab import LabScreen
from optlab.tui.widgets.editor import PromptEditor
from optlab.tui.widgets.frame import Frame
from optlab.tui.widgets.later import Later
from optlab.tui.widgets.long_text import BRACKETS_WITHIN, LongText

FULL = (120, 36)
LONG = "\n".join(
    f"Rule {n}: {'a customer asks, the desk answers {name} in two sentences. ' * (n % 5)}" for n in range(60)
)


def long_scenario() -> Scenario:
    prompt = Prompt((Segment("task", "system", LONG), Segment("question", "user", "Hello {name},\n\twhere is it?")))
    return Scenario("Long", "claude-sonnet-4-6", 400, prompt, (Sample("one", {"name": "Ada"}),))


def lab_of(app: LabApp) -> LabScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    return screen


def picture(app: App[None]) -> list[list[Cell]]:
    return [list(strip) for strip in app.screen._compositor.render_strips()]


async def painted_anew(pilot: Pilot[None], area: LongText) -> list[list[Cell]]:
    area.notify_style_update()
    area.refresh()
    await pilot.pause()
    return looks(area)


def looks(area: LongText) -> list[list[Cell]]:
    x, y, width, height = area.region
    strips = area.screen._compositor.render_strips()[y : y + height]
    return [list(strip.crop(x, x + width).simplify()) for strip in strips]


KEYS = (*"ab ({", "enter", "backspace", "left", "right", "up", "down", "shift+right", "shift+down", "delete", "ctrl+z")


@pytest.mark.parametrize("seed", range(2))
async def test_what_a_key_leaves_alone_is_what_would_be_painted_anew(make_lab: MakeLab, seed: int) -> None:
    app, rng = make_lab(long_scenario()), random.Random(seed)
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        editor = app.screen.query_one(PromptEditor)
        editor.cursor_blink = False
        for _ in range(9):
            editor.move_cursor((rng.randrange(editor.document.line_count), rng.randrange(30)))
            await pilot.press(*rng.choices(KEYS, k=4))
            await pilot.pause()
            shown = looks(editor)
            assert shown == await painted_anew(pilot, editor)


async def test_a_segment_that_is_switched_off_is_painted_so_in_every_row(make_lab: MakeLab) -> None:
    app = make_lab(long_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        editor = app.screen.query_one(PromptEditor)
        editor.cursor_blink = False
        on = looks(editor)
        await pilot.press("ctrl+t")
        await settle(pilot)
        off = looks(editor)
        assert all(row != before for row, before in zip(off, on, strict=True))
        assert off == await painted_anew(pilot, editor)


async def test_a_variable_that_reaches_over_the_end_of_a_row_goes_in_both(make_lab: MakeLab) -> None:
    text = "ab " * 18 + "{full name} and more"
    prompt = Prompt((Segment("task", "user", text),))
    app = make_lab(Scenario("Wide", "claude-sonnet-4-6", 400, prompt, (Sample("one", {"full name": "Ada L"}),)))
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        editor = app.screen.query_one(PromptEditor)
        editor.cursor_blink = False
        cut, end = text.index("name}"), text.index("}") + 1
        while editor.wrapped_document.get_offsets(1) != [cut]:
            assert len(text) < 200
            editor.insert("x", (1, 0))
            text, cut, end = "x" + text, cut + 1, end + 1
        editor.move_cursor((1, end))
        await settle(pilot)
        await pilot.press("backspace")
        assert looks(editor) == await painted_anew(pilot, editor)


async def test_a_key_paints_the_row_it_changed(make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_lab(long_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        editor = app.screen.query_one(PromptEditor)
        editor.move_cursor((6, 3))
        await settle(pilot)
        row, asked, refresh = editor.cursor_screen_offset.y - editor.content_region.y, list[Region](), Widget.refresh

        def noted(widget: Widget, *regions: Region, **how: bool) -> Widget:
            asked.extend((regions or (widget.size.region,)) if widget is editor else ())
            return refresh(widget, *regions, **how)

        monkeypatch.setattr(Widget, "refresh", noted)
        await pilot.press("x")
        assert asked and {(region.y, region.height) for region in asked} == {(row, 1)}


async def test_the_desk_follows_the_typing_and_a_run_waits_for_nothing(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab(long_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        lab = lab_of(app)
        await pilot.press("e", "x")
        await settle(pilot)
        assert lab.scene.desk.prompt.segments[0].text == "x" + LONG
        lab._typed._wait_s = 3600.0  # what is typed from now on stays owed
        await pilot.press("y")
        assert lab.scene.desk.prompt.segments[0].text == "x" + LONG
        lab.action_segment(1)
        assert lab.scene.desk.prompt.segments[0].text == "xy" + LONG
        await pilot.press("z")
        lab.action_race()
        await pilot.pause()
        (run,) = session.runs()
        assert isinstance(run, commands.RunRace) and run.prompt is not None
        assert run.prompt.segments[0].text == "xyz" + LONG


async def test_text_that_comes_in_paints_its_pane_and_not_the_screen(
    make_lab: MakeLab, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, whole = make_lab(), list[Compositor]()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("s")
        session.tell(planned(), events.ExperimentStarted(RUN, "2026-11-22T12:00:00+00:00"))
        session.tell(events.CallStarted(RUN, f"{RUN}.1", "baseline", 0, "race"))
        await settle(pilot)
        full = Compositor.render_full_update

        def noted(compositor: Compositor, simplify: bool = False) -> object:
            whole.append(compositor)
            return full(compositor, simplify)

        monkeypatch.setattr(Compositor, "render_full_update", noted)
        session.tell(events.TextDelta(f"{RUN}.1", "baseline", 0.1, "To be, or not", "text"))
        await settle(pilot)
        assert any("To be, or not" in "".join(cell.text for cell in row) for row in picture(app))
        assert not whole


async def test_while_a_key_is_on_its_way_it_is_painted_without_waiting_for_a_frame(make_lab: MakeLab) -> None:
    clock = Clock()
    app = make_lab(long_scenario())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        screen = app.screen
        screen._update_timer.resume = lambda: None  # type: ignore[method-assign]
        screen.hold = Hold(clock)  # type: ignore[attr-defined]
        screen.hold.typed()  # type: ignore[attr-defined]
        await pilot.press("Q")
        assert any("Q" + LONG[:6] in "".join(cell.text for cell in row) for row in picture(app))
        assert not screen._dirty_widgets


async def test_what_the_worker_tells_waits_for_a_key_but_not_for_ever() -> None:
    clock, told = Clock(), list[tuple[Heard, ...]]()
    hold = Hold(clock)
    bridge = Bridge(FakeSession(), told.append, lambda: None, clock, hold)
    delta = events.TextDelta(RUN, "baseline", 0.1, "word", "text")
    bridge._hear(delta)
    assert len(told) == 1  # what stands alone is told at once
    clock.now += BATCH_S
    hold.typed()
    bridge._hear(delta)
    assert len(told) == 1
    clock.now += 2 * AFTER_A_KEY_S
    bridge._tell_or_wait()
    assert len(told) == 2
    bridge._hear(delta)
    clock.now += LONGEST_S
    hold.typed()
    bridge._tell_or_wait()
    assert len(told) == 3 and [heard.event for heard in told[2]] == [delta]


async def test_a_lab_that_breaks_down_is_told_nothing_more(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()

    def breaks() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with app.run_test(size=FULL) as pilot:
            await settle(pilot)
            bridge = app._lab.bridge
            bridge._told_at = bridge._clock() + 3600.0
            bridge._hear(events.TextDelta(RUN, "baseline", 0.1, "word", "text"))
            assert bridge._due is not None, "it waits to be told"
            due = bridge._due
            app.call_later(breaks)
            await settle(pilot)
    assert due.cancelled() and bridge._due is None and not bridge._heard


async def test_words_on_a_frame_paint_its_line_alone() -> None:
    class Framed(App[None]):
        CSS = "Frame { border: round white; height: 9; }"

        def compose(self) -> ComposeResult:
            yield Frame()

    app = Framed()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        frame = app.query_one(Frame)
        frame.entitle(Content("above"), Content("below"))
        assert frame._repaint_regions == {Region(0, 0, 40, 1), Region(0, 8, 40, 1)}
        await pilot.pause()
        shown = ["".join(cell.text for cell in row) for row in picture(app)]
        assert "above" in shown[0] and "below" in shown[8]
        frame.entitle(Content("above"), Content("below"))
        assert not frame._repaint_regions


async def test_later_is_done_once_and_now_is_at_once() -> None:
    class Widgetless:
        def call_later(self, do: object) -> None:
            done.append("asked")
            assert callable(do)
            do()

    done: list[str] = []
    later = Later(Widgetless(), 0.0, lambda: done.append("done"))  # type: ignore[arg-type]
    later.ask()
    later.ask()
    while not done:
        await asyncio.sleep(0)
    assert done == ["asked", "done"] and not later.owed
    later.ask()
    later.now()
    later.now()
    assert done == ["asked", "done", "done"]
    while later._alarm is not None:
        await asyncio.sleep(0)
    assert done == ["asked", "done", "done"]


async def test_a_bracket_without_a_partner_is_given_up() -> None:
    class Long(App[None]):
        def compose(self) -> ComposeResult:
            with Vertical():
                yield LongText()

    app = Long()
    async with app.run_test(size=(40, 12)):
        area = app.query_one(LongText)
        area.load_text("(" + "long " * 2000 + "\n" + "(" + "near " * 20 + ")")
        assert area.find_matching_bracket("(", (0, 0)) is None
        assert area.find_matching_bracket("(", (1, 0)) == (1, 101)
        assert area.find_matching_bracket(")", (1, 101)) == (1, 0)
        assert len(list(area._yield_character_locations((0, 0)))) == BRACKETS_WITHIN
