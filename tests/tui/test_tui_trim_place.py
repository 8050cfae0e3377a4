"""The Trim place on a scripted worker: what keys do to the prompt, what they ask, what is shown of the answers."""

from pathlib import Path

import msgspec
import pytest
from lab_script import FakeSession, MakeLab, settle, study_planned
from textual.app import App
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Button, Input, Static
from textual.widgets._footer import FooterKey
from trim_script import HEAT, PROMPT, RULES, SCENARIO, cut_tested, cut_tried, cuts_found, heat_mapped, stage

from optlab.core import commands, events, study_events
from optlab.core.prompt import Prompt
from optlab.tui.app import LabApp
from optlab.tui.screens.consent import ConsentScreen
from optlab.tui.screens.lab import LabScreen
from optlab.tui.trim import ask_screen
from optlab.tui.trim import screen as trim_screen
from optlab.tui.trim.ask_screen import AskScreen
from optlab.tui.trim.findings import Findings
from optlab.tui.trim.known_pane import KnownPane
from optlab.tui.trim.out_screen import OutScreen
from optlab.tui.trim.piece_pane import PiecePane, PieceText
from optlab.tui.trim.questions import command_of
from optlab.tui.trim.rows_view import RowsView
from optlab.tui.trim.screen import TrimScreen
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.choice import Choice
from optlab.tui.widgets.header import Header

FULL = (120, 36)
PIECE_CUT = "Be warm.\n\n- Answer in English.\n- Close with the ticket number.\n"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses after which something is asked are for hands."""
    monkeypatch.setattr(ask_screen, "ESTIMATE_AFTER_S", 0.01)
    monkeypatch.setattr(trim_screen, "COUNT_AFTER_S", 0.01)


def place(app: LabApp) -> TrimScreen:
    screen = next(screen for screen in app.screen_stack if isinstance(screen, TrimScreen))
    return screen


def lab(app: App[None]) -> LabScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, LabScreen)
    return screen


def said(app: LabApp, name: str) -> str:
    return str(place(app).query_one(f"#{name}", Static).render())


def rows(app: LabApp) -> list[str]:
    return [" ".join(row.split()) for row in place(app).query_one(RowsView).plain[1:]]


async def footer(pilot: Pilot[None]) -> str:
    """The keys that are in sight, in their order; a footer that is being rebuilt is waited for."""
    app = pilot.app
    assert isinstance(app, LabApp)
    for _ in range(100):
        await pilot.pause(0.02)
        keys = [key for key in place(app).query(FooterKey) if key.region.area and key.region.right <= app.size.width]
        if keys:
            break
    return " ".join(f"{key.key_display} {key.description}" for key in keys)


async def test_dollars_are_those_of_the_model_that_a_lever_asks(make_lab: MakeLab) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot)
        dear = said(app, "dollars")
        lab(app).switch_lever("smaller_model")
        await settle(pilot)
        cheap = said(app, "dollars")
        lab(app).switch_lever("smaller_model")
        await settle(pilot)
        assert said(app, "dollars") == dear != cheap


def prompt(app: LabApp) -> Prompt:
    return lab(app).scene.desk.prompt


async def go(pilot: Pilot[None], *keys: str) -> None:
    for _ in range(100):
        await settle(pilot)
        if lab(pilot.app).scene.ready:
            break
    await pilot.press("f3", *keys)
    await settle(pilot)


async def start(pilot: Pilot[None], session: FakeSession, key: str) -> commands.Study:
    """Ask a question as its dialog stands; the command that was sent."""
    await pilot.press(key, "enter")
    await settle(pilot)
    sent = next(sent for sent in reversed(session.sent) if isinstance(sent, commands.Study))
    assert not sent.dry
    return sent


async def test_space_cuts_z_shows_pieces_u_brings_back_and_the_lab_shares_the_desk(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "space")
        assert [segment.on for segment in prompt(app).segments] == [True, False, True, True, True]
        assert rows(app)[1].startswith("○ history") and "→" in said(app, "tokens")
        assert "estimated offline" in said(app, "tokens") and "per 1,000" in said(app, "dollars")
        await pilot.press("u")
        assert prompt(app) == PROMPT and rows(app)[1].startswith("● history")
        await pilot.press("U")
        assert not prompt(app).segments[1].on
        await pilot.press("f2")
        assert app.screen is lab(app)
        await pilot.press("3")
        await go(pilot)
        assert [row[0] for row in rows(app)] == ["●", "○", "○", "●", "●"]
        await pilot.press("u")
        assert prompt(app).segments[2].on and not prompt(app).segments[1].on
        await pilot.press("space")
        assert prompt(app) == PROMPT

        await pilot.press("down", "z", "z", "z")
        assert [row.split(" ")[0] for row in rows(app)[2:7]] == ["●"] * 5 and rows(app)[3].startswith("● Be warm.")
        await pilot.press("down", "down", "space")
        assert prompt(app).segments[2].text == PIECE_CUT
        assert rows(app)[2].startswith("◐ ▾ rules") and rows(app)[4].startswith("○ Never promise")
        await pilot.press("z")
        assert len(rows(app)) == 5 and rows(app)[2].startswith("◐ rules")

        await pilot.press("end", "space")
        assert "no user text left" in said(app, "cache")
        await pilot.press("t")
        await pilot.pause()
        assert app.screen is place(app) and not session.runs()


async def test_what_is_typed_is_weighed_as_it_is_typed_and_is_one_step(make_lab: MakeLab) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "enter")
        assert isinstance(app.focused, PieceText)
        before = said(app, "tokens")
        await pilot.press(*"New and short")
        await settle(pilot)
        during = said(app, "tokens")
        assert during != before and "→" in during
        assert prompt(app) == PROMPT  # not yet
        await pilot.press("escape")
        await settle(pilot)
        assert prompt(app).segments[1].text.startswith("New and shortThe desk")
        assert said(app, "tokens") == during and isinstance(app.focused, RowsView)
        await pilot.press("u")
        assert prompt(app) == PROMPT and len(place(app).bench.past) == 0  # type: ignore[union-attr]


async def test_typing_never_lays_the_screen_out_anew(make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout costs as much as all else that a key does."""
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "enter")
        await settle(pilot)  # the footer has its new keys
        before, refresh, asked = said(app, "tokens"), Widget.refresh, list[str]()

        def counted(widget: Widget, *regions: Region, layout: bool = False, **more: bool) -> Widget:
            asked.extend([type(widget).__name__] if layout else [])
            return refresh(widget, *regions, layout=layout, **more)

        monkeypatch.setattr(Widget, "refresh", counted)
        await pilot.press(*"abc de fgh")
        await settle(pilot)
        assert asked == [] and said(app, "tokens") != before


async def test_a_text_that_is_only_looked_at_stays_byte_for_byte(make_lab: MakeLab) -> None:
    odd = Prompt(
        tuple(s if s.name != "rules" else type(s)("rules", "system", "a\r\nb\x0bc\n") for s in PROMPT.segments)
    )
    app = make_lab(type(SCENARIO)("Odd", SCENARIO.model, 400, odd, SCENARIO.samples))
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "down", "enter", "x", "backspace", "escape")
        assert prompt(app) == odd


async def test_t_tells_what_it_takes_then_tests_this_cut_and_shows_what_differs(
    make_lab: MakeLab, session: FakeSession
) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "space", "t")
        dialog = app.screen
        assert isinstance(dialog, AskScreen)
        dialog.query_one("#ask-answers", Input).value = "1"
        await pilot.pause()
        assert "answers is a whole number from 2 to 10,000,000" in dialog.told
        await pilot.press("enter")
        assert app.screen is dialog
        dialog.query_one("#ask-answers", Input).value = "3"
        dialog.query_one("#ask-budget", Input).value = "0.2"
        await settle(pilot)
        assert dialog.told.startswith("At most 26 calls") and "$0.20" in dialog.told
        await pilot.press("enter")
        await settle(pilot)
        sent = session.sent[-1]
        assert isinstance(sent, commands.TestCut) and not sent.dry and sent.prompt is None
        assert (sent.answers, sent.items, sent.budget_usd) == (3, None, 0.2)
        assert sent.trimmed == PROMPT.switched("history", False)

        session.tell(study_planned(sent), stage("original and trimmed"))
        await settle(pilot)
        assert place(app).query_one(Header).state == "run 1 of 24"
        session.tell(cut_tested())
        await settle(pilot)
        words = said(app, "findings")
        for title, value in (("within the original", "0.412"), ("within the trimmed", "0.398"), ("across", "0.431")):
            row = next(row for row in words.splitlines() if row.startswith(title))
            assert row.endswith(value) and "█" in row
        for part in (
            "NO CHANGE PROVEN",
            "NOT WORSE",
            "12 samples",
            "smallest loss ruled out: 6 points",
            "Keep the cut.",
        ):
            assert part in words
        assert "[bold]is" in words.replace(" ", "") and "SIMULATED at speed 20" in words
        await pilot.press("space")
        assert "about another cut" in said(app, "findings")
        await start(pilot, session, "f")
        session.tell(events.Failed("usage", "the scenario has no check; add one"))
        await settle(pilot)
        assert "no check" in str(place(app).query_one(Banner).render())
        assert not lab(app).scene.running and "t Test" in await footer(pilot)
        session.die()
        await settle(pilot)
        assert "ended unexpectedly" in str(place(app).query_one(Banner).render()) and "t Test" not in await footer(
            pilot
        )


async def test_the_heat_map_colours_rows_and_sorts_them(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=(160, 48)) as pilot:
        await go(pilot)
        assert (
            "f1 Help" in await footer(pilot)
            and "s Sort" not in await footer(pilot)
            and "a Apply" not in await footer(pilot)
        )
        sent = await start(pilot, session, "h")
        assert isinstance(sent, commands.MapHeat) and (sent.by, sent.orders, sent.items) == ("segment", 2, 12)
        session.tell(study_planned(sent), stage("set 1"), study_events.HeatProgress(3, 10, 0, (), 0.001))
        await settle(pilot)
        assert place(app).query_one(Header).state == "heat map, set 4 of 10"
        session.tell(study_events.HeatProgress(7, 10, 0, HEAT, 0.002), heat_mapped())
        await settle(pilot)
        rules = next(row for row in rows(app) if "rules" in row)
        assert "██████ +41.0" in rules and "+2.0" in rows(app)[1] and "-1.0" in rows(app)[3]
        assert "s Sort" in await footer(pilot)
        await pilot.press("down", "down")
        assert "+41.0 points (+33 to +49)" in str(place(app).query_one("#piece").border_subtitle)
        await pilot.press("s")
        assert [row.split(" ")[1] for row in rows(app)] == ["thanks", "history", "rules", "task", "question"]
        await pilot.press("s")
        assert len(rows(app)) == 5


async def test_what_a_search_finds_is_told_applied_written_and_undone(
    make_lab: MakeLab, session: FakeSession, tmp_path: Path
) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "f")
        dialog = app.screen
        dialog.query_one("#ask-goal", Choice).action_next()
        while dialog.query_one("#ask-by", Choice).value != "sentence":
            dialog.query_one("#ask-by", Choice).action_next()
        await pilot.pause()
        await pilot.press("enter")
        await settle(pilot)
        sent = session.sent[-1]
        assert isinstance(sent, commands.FindCuts) and (sent.goal, sent.by) == ("third", "sentence")
        session.tell(study_planned(sent), stage("without history#1"))
        dead = ("history#1", "history#2")
        session.tell(cut_tried(1, dead, True, dead=dead), stage("without rules"))
        await settle(pilot)
        words = said(app, "findings")
        assert "trying without rules" in words and "proven dead history#1, history#2" in words and "must stay" in words
        await pilot.press("escape")
        await settle(pilot)
        assert session.sent[-1] == commands.Cancel()
        session.tell(cuts_found(sent))
        await settle(pilot)
        assert "VERIFIED" in said(app, "findings") and "This is the prompt after a" in said(app, "findings")
        assert "a Apply" in await footer(pilot)
        await pilot.press("a")
        assert prompt(app).segments[2].text == RULES.removeprefix("Be warm. ") and not prompt(app).segments[1].on
        assert any(row.startswith("○ Be warm.") for row in rows(app))
        assert "This is the prompt as it stands." in said(app, "findings")
        await pilot.press("o")
        app.screen.query_one("#out-file", Input).value = str(tmp_path / "out.toml")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "\n# ADOPT: cheaper and as good" in (tmp_path / "out.toml").read_text()
        await pilot.press("u")
        assert prompt(app) == PROMPT


@pytest.mark.parametrize("size", [(80, 24), FULL, (160, 48)])
async def test_answers_that_differ_come_into_view(
    make_lab: MakeLab, session: FakeSession, size: tuple[int, int]
) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=size) as pilot:
        await go(pilot, "down", "down", "space")
        sent = await start(pilot, session, "t")
        session.tell(study_planned(sent), cut_tested())
        await settle(pilot)
        pane = place(app).query_one(KnownPane)
        told = said(app, "findings").splitlines()
        answers = next(number for number, row in enumerate(told) if row.startswith("sample s3"))
        seen = pane.query_one(VerticalScroll)
        if pane.below:
            assert f"{pane.below} more line" in str(pane.border_subtitle) and "J" in str(pane.border_subtitle)
            await pilot.press("J")
            await settle(pilot)
        assert "f1 Help" in await footer(pilot) and "t Test" in await footer(pilot) and "v View" in await footer(pilot)
        assert seen.scroll_y <= answers and answers + 2 < seen.scroll_y + seen.size.height
        view = place(app).query_one(RowsView)
        assert view.scroll_offset.y <= view.at < view.scroll_offset.y + view.size.height - 1, "the cursor is in view"
        await pilot.press("v")
        await settle(pilot)
        assert place(app).query_one("#piece").display and place(app).query_one("#piece").size.height > 2


async def test_real_money_is_asked_for_and_the_api_counts(make_lab: MakeLab, session: FakeSession) -> None:
    session.charges = True
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot)
        await settle(pilot)
        assert "counted by the API" in said(app, "tokens")
        await pilot.press("down", "space")
        await settle(pilot)
        counts = [sent.prompt for sent in session.sent if isinstance(sent, commands.CountTokens)]
        assert counts == [None, PROMPT.switched("history", False)]
        assert "36 → 21 tokens" in said(app, "tokens").replace(",", "") or "counted by the API" in said(app, "tokens")
        sent = await start(pilot, session, "t")
        asking = study_planned(sent, consent=True)
        session.tell(msgspec.structs.replace(asking, notes=("the cut leaves nothing to cache",)))
        await settle(pilot)
        assert isinstance(app.screen, ConsentScreen)
        assert "⚠ the cut leaves nothing to cache" in str(app.screen.query_one(".note", Static).render())
        await pilot.press("y")
        await settle(pilot)
        assert session.sent[-1] == commands.Consent(True)


async def test_free_wins_are_taken_one_by_one_and_undone(make_lab: MakeLab) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "w")
        offer = str(app.screen.query_one("#offer", Static).render())
        assert "duplicate" in offer and "Never promise refunds." in offer
        await pilot.press("enter")
        await pilot.pause()
        taken = prompt(app)
        assert taken != PROMPT and sum(s.text.count("Never promise refunds.") for s in taken.segments) == 1
        await pilot.press("u")
        assert prompt(app) == PROMPT
        for _ in range(9):
            if "No more free wins." in str(app.screen.query_one("#offer", Static).render()):
                break
            await pilot.press("enter")
            await pilot.pause()
        else:
            raise AssertionError("the wins never ended")
        await pilot.press("escape")
        assert app.screen is place(app)


async def test_an_edit_of_what_is_cut_says_that_it_comes_back(make_lab: MakeLab) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "space", "enter")
        pane = place(app).query_one(PiecePane)
        assert "brings back this piece, which is cut" in str(pane.border_subtitle)
        await pilot.press("X", "escape")
        await settle(pilot)
        assert "cut before, back now" in str(place(app).query_one("#bench-rows").border_subtitle)


async def test_a_dialog_shows_how_many_samples_and_what_to_look_at(make_lab: MakeLab) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "space", "t")
        dialog = app.screen
        assert isinstance(dialog, AskScreen)
        box = dialog.query_one("#ask-items", Input)
        assert box.placeholder == "as many as a verdict takes"
        asked = command_of("cut", dialog.values, lab(app).scene.desk, prompt(app))
        notes = ("the cut leaves nothing to cache",)
        plan = msgspec.structs.replace(study_planned(asked), dry=True, samples=41, notes=notes)
        dialog.show(Findings(forecast=plan, forecast_of=asked))
        assert box.placeholder.startswith("41")
        assert "⚠ the cut leaves nothing to cache" in str(dialog.query_one("#notes", Static).render())


async def test_out_asks_before_it_overwrites(make_lab: MakeLab, tmp_path: Path) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=FULL) as pilot:
        await go(pilot, "down", "space", "o")
        assert isinstance(app.screen, OutScreen) and "a new file: " in app.screen.told
        target = tmp_path / "desk.toml"
        target.write_text("precious")
        app.screen.query_one("#out-file", Input).value = str(target)
        await pilot.pause()
        assert str(target) in app.screen.told and "asks before it is overwritten" in app.screen.told
        await pilot.press("enter")
        assert target.read_text() == "precious" and "overwrite it?" in app.screen.told
        assert str(app.screen.query_one("#yes", Button).label) == "Overwrite (⏎)"
        await pilot.press("enter")
        await pilot.pause()
        assert str(place(app).query_one(Banner).render()) == f"Written: {target}"
        assert app.screen is place(app) and "support desk" in target.read_text().lower()
        await pilot.press("o")
        app.screen.query_one("#out-kind", Choice).action_next()
        app.screen.query_one("#out-kind", Choice).action_next()
        app.screen.query_one("#out-file", Input).value = str(tmp_path / "cut.diff")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "-The desk was founded" in (tmp_path / "cut.diff").read_text()
