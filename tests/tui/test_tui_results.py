"""The results as rows of text, the cursor on their figures, and what a figure says of itself."""

import msgspec
import pytest
from lab_script import FakeSession, MakeLab, recorded, settle
from textual.widgets import Static

from optlab.core.report import VariantSummary
from optlab.core.run_events import RunFinished
from optlab.render.charts.chart import pairs
from optlab.render.explain import CARD
from optlab.render.snapshot import Snapshot, fold
from optlab.render.standing import Cell
from optlab.render.standing import Row as Line
from optlab.tui.panes.results import ResultsPane
from optlab.tui.results.rows import Row, Stop
from optlab.tui.results.screen import ExplanationScreen
from optlab.tui.results.sheet import ENDED, FAILED, MEASURING, NOTHING, sheet
from optlab.tui.results.table import table
from optlab.tui.results.view import ResultsView

FULL = (120, 36)
HEAD = ("p50", "baseline", "fast", "saving")
LINES = (
    Line((Cell("cost", "better"), Cell("$2", "1–3"), Cell("$1", "1–2"), Cell("50%", "40–60%", "good")), "cost_usd"),
    Line((Cell("model", tone="dim"), Cell("a" * 30), Cell("b")), "model"),
)  # fmt: skip


def finished() -> Snapshot:
    snapshot = Snapshot()
    for event in recorded():
        snapshot = fold(snapshot, event)
    return snapshot


def text(rows: tuple[Row, ...]) -> str:
    return "\n".join(row.text for row in rows)


def test_the_card_stands_first_and_the_main_rows_need_no_scrolling() -> None:
    """The results pane of a 120 by 36 terminal has 62 by 12 cells."""
    rows = sheet(finished(), 62, 12)
    assert rows[0].text.startswith(" NOT YET KNOWN  streaming")
    seen = [row.text.split("  ")[0] for row in rows[:12]]
    assert {"first visible", "end to end", "cost, median", "in + warm-up"} <= set(seen)
    assert all(len(row.text.rstrip()) <= 62 for row in rows)


def test_intervals_stand_where_there_is_room_for_them() -> None:
    behind = text(tuple(table(HEAD, LINES, 100, 20)))
    assert "$2 1–3" in behind and "50% 40–60%" in behind
    below = [row.text for row in table(HEAD, LINES, 44, 20)]
    assert "1–3" in below[2] and "better" in below[2] and "1–3" not in below[1]
    bare = text(tuple(table(HEAD, LINES, 44, 3)))
    assert "1–3" not in bare and "50% 40–60%" in bare, "the interval of a saving always stands beside it"


def test_every_cell_is_a_stop_at_its_own_place() -> None:
    _, cost, model = table(HEAD, LINES, 100, 20)
    assert [cost.text[stop.start : stop.end] for stop in cost.stops] == ["cost", "$2", "$1", "50%"]
    assert [(stop.key, stop.column) for stop in cost.stops] == [("cost_usd", column) for column in range(4)]
    assert model.stops[1] == Stop(cost.stops[1].start, cost.stops[1].start + 18, "model", 1)
    assert model.text.count("a") == 17 and "…" in model.text, "what is too long is cut"


def test_a_sentence_that_was_read_out_does_not_stand_twice() -> None:
    assert text(sheet(finished(), 400, 40)).count("a loss of 5% in end to end time is not excluded yet") == 1


def test_no_table_where_there_are_no_lines() -> None:
    assert list(table(("p50",), (), 40, 10)) == []


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (Snapshot(), NOTHING),
        (Snapshot(phase="failed"), FAILED),
        (msgspec.structs.replace(finished(), phase="running", cards=(), variants=(), report=None), MEASURING),
        (msgspec.structs.replace(finished(), cards=(), variants=(), report=None), ENDED),
    ],
)
def test_without_a_card_it_says_why(snapshot: Snapshot, words: str) -> None:
    assert text(sheet(snapshot, 200, 12)) == words


def test_a_card_on_the_way_says_so_and_a_stranger_is_made_plain() -> None:
    whole = finished()
    assert "so far" in sheet(msgspec.structs.replace(whole, report=None), 80, 20)[0].text
    hostile = msgspec.structs.replace(whole.cards[0], variant="\x1b]0;x\x07\u202e")
    assert not set("\x1b\x07\u202e") & set(text(sheet(msgspec.structs.replace(whole, cards=(hostile,)), 80, 20)))


def test_models_of_all_kinds_of_names_fit() -> None:
    def long(variant: VariantSummary) -> VariantSummary:
        return msgspec.structs.replace(variant, model="a-model-with-a-very-long-name-indeed")

    whole = finished()
    whole = msgspec.structs.replace(whole, variants=tuple(map(long, whole.variants)))
    assert all(len(row.text.rstrip()) <= 70 for row in sheet(whole, 70, 12))


async def measured(pilot: object, session: FakeSession) -> None:
    await settle(pilot)  # type: ignore[arg-type]
    await pilot.press("r")  # type: ignore[attr-defined]
    await settle(pilot)  # type: ignore[arg-type]
    session.tell(*recorded())
    await settle(pilot)  # type: ignore[arg-type]


async def test_arrows_go_from_figure_to_figure_and_enter_explains(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await measured(pilot, session)
        view = app.screen.query_one(ResultsView)
        view.focus()
        await pilot.pause()
        assert view.stop is not None and (view.stop.key, view.stop.column) == (CARD, 0)
        await pilot.press("down", "right", "right")
        assert (view.stop.key, view.stop.column) == ("first_visible", 2)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, ExplanationScreen)
        words = str(app.screen.query_one(Static).content)
        assert "12 measured runs" in words and "by ranks" not in words and "ranks" in words
        assert "SIMULATED" in words and "four times as many" in words
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen.focused is view
        await pilot.press("end", "home", *["up"] * 30)
        assert view.stop.key == CARD and view.scroll_offset.y == 0


async def test_hovering_tells_the_same_and_a_click_moves_the_cursor(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await measured(pilot, session)
        view = app.screen.query_one(ResultsView)
        row = next(y for y, words in enumerate(view.plain) if words.startswith("cost"))
        at = (view.plain[row].index("$"), row - view.scroll_offset.y)
        await pilot.hover(ResultsView, offset=at)
        assert "cost · as written" in str(view.tooltip) and "n: 12 measured runs" in str(view.tooltip)
        await pilot.click(ResultsView, offset=at)
        assert view.stop is not None and (view.stop.key, view.stop.column) == ("cost_usd", 1)
        await pilot.hover(ResultsView, offset=(view.size.width - 2, 0))
        assert view.tooltip is None
        await pilot.click(ResultsView, offset=at, times=2)
        await settle(pilot)
        assert isinstance(app.screen, ExplanationScreen)


async def test_only_what_changed_is_painted_anew(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await measured(pilot, session)
        view = app.screen.query_one(ResultsView)
        view.focus()
        await pilot.pause()
        before = dict(view._strips)
        await pilot.press("down")
        await pilot.pause()
        anew = [number for number, strip in view._strips.items() if before.get(number) is not strip]
        assert len(anew) == 2, "the row that was left, and the one that was gone to"


async def test_a_pair_is_counted_when_it_is_whole(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        told = recorded()
        ends = [at for at, event in enumerate(told) if isinstance(event, RunFinished) and event.run.phase == "measured"]
        session.tell(*told[: ends[2] + 1])  # a whole pair, and one run of the next
        await settle(pilot)
        pane = app.screen.query_one(ResultsPane)
        assert "1 of 12 pairs" in str(pane.border_subtitle)
        assert pairs(app.screen.scene.results) == "n = 1 pair"
        session.tell(*told[ends[2] + 1 : ends[3] + 1])
        await settle(pilot)
        assert "2 of 12 pairs" in str(pane.border_subtitle)
