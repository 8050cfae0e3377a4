"""What the Trim place says: the card of a search, intervals of a heat map, what runs, short warnings. No worker."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from lab_script import MakeLab, study_planned
from trim_script import HEAT, HELD, PROMPT, RULES, SCENARIO, WORSE, cut_tested, cut_tried, cuts_found, head

from optlab.core import commands, study_events
from optlab.core.commands import By
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.report import Caveat
from optlab.core.scenario import Sample, Scenario
from optlab.core.verdict import QualityWord
from optlab.tui.bridge import Heard
from optlab.tui.trim.bench import Bench, whole
from optlab.tui.trim.findings import NO_SETUP, Findings, Search, card_of, learn, passport_of, stands
from optlab.tui.trim.found import reached, with_found
from optlab.tui.trim.known import asked_of
from optlab.tui.trim.out import FORMATS, write_out
from optlab.tui.trim.outcome_words import outcome
from optlab.tui.trim.paint import Columns, Mark, painted
from optlab.tui.trim.piece_pane import worth
from optlab.tui.trim.questions import QUESTIONS
from optlab.tui.trim.rows import Row
from optlab.tui.trim.rows_view import INTERVALS_FROM
from optlab.tui.trim.totals import Totals, cache_line, totals_of
from optlab.tui.trim.weight import Cache, Scale, cache_of
from optlab.tui.widgets.choice import Choice

FIND = commands.FindCuts(scenario="desk.toml")
FOUND = Findings(search=Search("segment", asked_of(PROMPT, "segment"), end=cuts_found(FIND)))


def test_a_search_ends_with_its_card() -> None:
    words = str(outcome(FOUND, False, 50))
    assert " ADOPT  cheaper and as good" in words and "saving 20% (10% to 30%)" in words and "the run cost" in words


@pytest.mark.parametrize("kind", FORMATS)
def test_what_goes_out_carries_the_card_of_this_very_cut(kind: str, tmp_path: Path) -> None:
    report = cuts_found(FIND).report
    assert card_of(FOUND, PROMPT, NO_SETUP) is None
    assert card_of(Findings(tested=cut_tested(), tested_of=PROMPT), PROMPT, NO_SETUP) is not None
    told = passport_of(FOUND, report.prompt, NO_SETUP, SCENARIO)
    out = write_out(str(tmp_path / "out"), kind, SCENARIO, report.prompt, overwrite=False, told=told)
    text = out.read_text()
    on_top = [line for line in text.splitlines() if line.startswith("# ")]
    assert text.startswith("# VERIFIED") and "# ADOPT: cheaper and as good" in on_top
    for part in ("SIMULATED", "claude-sonnet-4-6", "2026-11-22", "20261122-231500-abcd", "seed 0", "verified on 60"):
        assert any(part in line for line in on_top), part
    assert "# smallest loss ruled out: 6 points" in on_top
    if kind == "scenario":
        assert tomllib.loads(text)["name"] == SCENARIO.name
    elif kind == "Python":
        compile(text, "out.py", "exec")


def test_what_goes_out_unasked_is_not_verified() -> None:
    (told,) = passport_of(FOUND, PROMPT, NO_SETUP, SCENARIO)
    assert told.startswith("NOT VERIFIED") and "claude-sonnet-4-6" in told
    tested = Findings(tested=cut_tested(WORSE), tested_of=PROMPT)
    assert passport_of(tested, PROMPT, NO_SETUP, SCENARIO)[0] == "NOT VERIFIED"
    smaller = passport_of(FOUND, PROMPT, ((LeverChoice("smaller_model"),), None), SCENARIO)
    assert "claude-haiku-4-5-20251001" in smaller[0]
    assert "claude-opus-4-5" in passport_of(FOUND, PROMPT, ((), "claude-opus-4-5"), SCENARIO)[0]


def test_a_map_that_cannot_be_made_says_why() -> None:
    caveat = Caveat("nothing_right", "the original passes 0 of 12 samples")
    end = study_events.HeatMapped(head=head("heat", caveats=(caveat,)), report=None)
    found = learn(Findings(), Heard(end, commands.MapHeat(scenario="desk.toml"), 0.0), PROMPT)
    assert "the original passes 0 of 12 samples." in str(outcome(found, False, 50))


def test_a_question_about_all_that_is_cut_says_so() -> None:
    tried = (cut_tried(1, ("thanks",), True), cut_tried(2, (), True))
    words = str(outcome(Findings(search=Search("segment", tried=tried)), False, 50))
    assert "all that is cut so far, once more (0 of 20 answers lost)" in words
    assert "without nothing" not in words and "without thanks (0 of 20 answers lost)" in words


@pytest.mark.parametrize("verdict", ["worse", "non-inferior"])
def test_a_loss_that_is_proven_is_not_called_ruled_out(verdict: QualityWord) -> None:
    quality = msgspec.structs.replace(HELD, verdict=verdict, excluded_loss=0.304)
    words = str(outcome(Findings(tested=cut_tested(quality), tested_of=PROMPT), True, 50))
    assert ("proven worse, by 31 points at most" in words) == (verdict == "worse")
    assert ("ruled out: 31 points" in words) == (verdict != "worse")


def test_a_p_is_never_nought_and_no_bound_of_it_is_told() -> None:
    end = cut_tested()
    assert end.report is not None
    change = msgspec.structs.replace(end.report.change, verdict="changed", p=1e-7)
    end = study_events.CutTested(head=end.head, report=msgspec.structs.replace(end.report, change=change))
    words = str(outcome(Findings(tested=end, tested_of=PROMPT), True, 50))
    assert "p < 0.001" in words and "p can fall" not in words


CLOCK = Segment("clock", "system", "It is {now}.")
HANDBOOK = Segment("handbook", "system", "Every rule of the house says something to somebody who reads it. " * 120)
ASKED = Segment("question", "user", "{question}", trimmable=False)
TICKING = Scenario(
    "Clock",
    "claude-sonnet-4-6",
    50,
    Prompt((CLOCK, HANDBOOK, ASKED)),
    tuple(Sample(f"s{n}", {"now": f"12:0{n}", "question": f"Why {n}?"}) for n in range(4)),
)


@pytest.mark.parametrize("levers", [(), (LeverChoice("caching"),)])
def test_a_prefix_that_changes_from_call_to_call_is_not_cached(levers: tuple[LeverChoice, ...]) -> None:
    scale = Scale(TICKING)
    whole = cache_of(scale, TICKING.prompt, levers)
    assert whole is not None and (whole.before, whole.breaks) == (0, "clock")
    totals = msgspec.structs.replace(totals_of(scale, 9, 9, counted=False), cache=whole)
    assert "never cached: clock changes every call, ≈0 tokens in front of it" in str(cache_line(totals))
    cut = cache_of(scale, TICKING.prompt.switched("clock", False), levers)
    assert cut is not None and cut.gained and cut.after > 1_024
    line = str(cache_line(msgspec.structs.replace(totals, cache=cut)))
    assert f"now ≈0 → {cut.after:,} tokens" in line and "without clock" in line
    assert ("lever off" in line) == (not levers)


def test_what_stands_in_front_of_a_change_can_be_cached() -> None:
    turned = Prompt((HANDBOOK, CLOCK, ASKED))
    scale = Scale(msgspec.structs.replace(TICKING, prompt=turned))
    found, marked = cache_of(scale, turned, ()), cache_of(scale, turned, (LeverChoice("caching"),))
    assert found is not None and marked is not None
    assert found.before > 1_024 and marked.before == 0, "the lever's mark stands behind the clock"


@pytest.mark.parametrize("by, gone, left", [("segment", "history", "rules"), ("sentence", "rules#1", "rules#2")])
def test_what_is_found_is_applied_also_where_hands_cut_before(by: By, gone: str, left: str) -> None:
    bench = Bench.of(PROMPT, PROMPT).shown({"history": "sentence", "rules": "sentence"})
    bench = bench.do("cut", bench.draft.cut_out([bench.parts("history")[0], bench.parts("rules")[0]]))
    command = commands.FindCuts(scenario="desk.toml", prompt=bench.trimmed, by=by)
    known = asked_of(bench.trimmed, by)
    applied = with_found(bench, Search(by, known, end=cuts_found(command))).trimmed
    said = [s.text for s in applied.segments if s.on and s.name in ("history", "rules")]
    assert not any(known.pieces[gone].text.strip() in text for text in said)
    assert any(known.pieces[left].text.strip() in text for text in said)


def test_what_was_shown_under_other_levers_is_not_shown_now() -> None:
    prompt, streaming = cuts_found(FIND).report.prompt, ((LeverChoice("streaming"),), None)
    assert card_of(FOUND, prompt, streaming) is None and card_of(FOUND, prompt, ((), "claude-opus-4-5")) is None
    command = commands.TestCut(scenario="desk.toml", trimmed=PROMPT, levers=streaming[0])
    tested = learn(Findings(), Heard(cut_tested(), command, 0.0), PROMPT)
    assert stands(tested, PROMPT, streaming) and card_of(tested, PROMPT, streaming) is not None
    assert not stands(tested, PROMPT, NO_SETUP) and card_of(tested, PROMPT, NO_SETUP) is None


def test_what_goes_out_does_not_carry_the_card_of_a_larger_cut() -> None:
    end = cuts_found(FIND)
    (one,) = end.report.verifications
    larger = msgspec.structs.replace(one, cut=(*one.cut, "rules"))
    report = msgspec.structs.replace(end.report, verified=False, verifications=(larger,))
    found = Findings(search=Search("segment", end=msgspec.structs.replace(end, report=report)))
    assert card_of(found, report.prompt, NO_SETUP) is None
    assert "of a larger cut" in str(outcome(found, False, 50)) and "of a larger cut" not in str(
        outcome(FOUND, False, 50)
    )
    by_hand = msgspec.structs.replace(one, cut=())
    report = msgspec.structs.replace(report, verifications=(one, by_hand), loss_before_search=True)
    found = Findings(search=Search("segment", by_hand=True, end=msgspec.structs.replace(end, report=report)))
    assert card_of(found, report.prompt, NO_SETUP) is None
    words = str(outcome(found, False, 50))
    assert "This card is of what was cut by hand, alone" in words and "of a larger cut" not in words


def test_the_interval_of_the_piece_at_the_cursor_is_told() -> None:
    assert worth(HEAT[2]) == " · +41.0 points (+33 to +49)" and worth(None) == ""
    assert INTERVALS_FROM <= 82  # the list of a screen of 160 cells


def test_while_a_test_runs_the_pane_says_so() -> None:
    words = str(outcome(Findings(under_way=commands.TestCut(scenario="desk.toml", trimmed=PROMPT)), True, 50))
    assert "being asked" in words and "Nothing asked yet" not in words


@pytest.mark.parametrize("marked", [True, False])
def test_the_cache_warning_fits_80_columns(marked: bool) -> None:
    cache = Cache(11900, 1010, 1024, marked, True)
    told = cache_line(Totals(11900, 1010, False, None, None, cache))
    assert "below the cache minimum 1,024" in str(told) and told.cell_length <= 78


def test_what_must_stay_is_kept_by_the_scenario() -> None:
    row = Row(whole(PROMPT.segments[0]), 0, "on", 9.0, 0.1, None)
    assert "task · the scenario keeps it" in "".join(text for text, _ in painted(row, Mark(), Columns(90)))


async def test_arrows_change_a_choice(make_lab: MakeLab) -> None:
    app = make_lab(SCENARIO)
    async with app.run_test(size=(120, 36)) as pilot:
        choice = Choice(("one", "two", "three"), "one")
        await app.screen.mount(choice)
        choice.focus()
        await pilot.press("right")
        assert choice.value == "two"
        await pilot.press("left", "left")
        assert choice.value == "three"


def test_the_card_states_quality_once() -> None:
    words = str(outcome(FOUND, False, 50))
    assert words.count("a loss of 10 points is excluded") == 1 and "NOT WORSE" not in words
    assert "12 items could rule out a loss above 6%" in words


def test_the_last_question_stands_first() -> None:
    found = learn(Findings(), Heard(study_planned(FIND), FIND, 0.0), PROMPT)
    found = learn(found, Heard(cuts_found(FIND), FIND, 0.0), PROMPT)
    test = commands.TestCut(scenario="desk.toml", trimmed=PROMPT)
    for event in (study_planned(test), cut_tested()):
        found = learn(found, Heard(event, test, 0.0), PROMPT)
        words = str(outcome(found, True, 50))
        assert words.startswith("── would the answers change?") and "── what can go?" in words


TWICE = "Be warm. Never promise. Be kind. Never promise. "


@pytest.mark.parametrize(
    "by, first, rules", [("segment", 1, RULES), ("sentence", 1, RULES), ("sentence", 0, RULES), ("sentence", 0, TWICE)]
)
def test_what_is_applied_is_exactly_what_was_verified(by: commands.By, first: int, rules: str) -> None:
    """Also where something had been cut by hand, inside the very segments that the search cuts further."""
    original = Prompt(
        tuple(msgspec.structs.replace(s, text=rules) if s.name == "rules" else s for s in PROMPT.segments)
    )
    bench = Bench.of(original, original).shown({"rules": "sentence"})
    bench = bench.do("by hand", bench.draft.switched(bench.parts("rules")[first]))
    command = commands.FindCuts(scenario="desk.toml", prompt=bench.trimmed, by=by, whole=original)
    learnt = learn(Findings(), Heard(study_planned(command), command, 0.0), original)
    learnt = learn(learnt, Heard(cuts_found(command), command, 0.0), original)
    search = learnt.search
    assert search is not None and search.end is not None and search.by_hand
    assert reached(bench, search) == "ahead"
    applied = with_found(bench, search)
    assert applied.trimmed == search.end.report.prompt and reached(applied, search) == "here"
    assert applied.undo().trimmed == bench.trimmed
    assert reached(bench.undo(), search) == "past" and reached(bench, Search(by)) == "past"
    words = str(outcome(learnt, False, 50, "past"))
    assert "with what was cut by hand" in words and "this was about another cut" in words


def test_a_map_is_not_offered_a_fineness_that_it_refuses() -> None:
    offered = {kind: next(f.choices for f in QUESTIONS[kind].fields if f.name == "by") for kind in ("trim", "heat")}
    assert "auto" in offered["trim"] and offered["heat"] == tuple(by for by in offered["trim"] if by != "auto")


def test_a_budget_that_paid_for_nothing_is_not_told_as_a_finding() -> None:
    end = cuts_found(FIND)
    kept = tuple(msgspec.structs.replace(piece, kept=True) for piece in end.report.pieces)
    nothing = msgspec.structs.replace(end.report, pieces=kept, verifications=(), verified=False, prompt=PROMPT)
    told = {}
    for tests, ended in ((0, "budget"), (3, "budget"), (3, "searched")):
        report = msgspec.structs.replace(nothing, tests=tests, ended=ended)
        head = msgspec.structs.replace(end.head, caveats=(Caveat("budget_too_small", "the budget pays for no search"),))
        search = Search("segment", end=msgspec.structs.replace(end, head=head, report=report))
        told[tests, ended] = str(outcome(Findings(search=search), False, 50))
        assert "the budget pays for no search" in told[tests, ended]
    words = [next(w for w in ("NOTHING ASKED", "NOTHING FOUND YET", "NOTHING TO CUT") if w in t) for t in told.values()]
    assert words == ["NOTHING ASKED", "NOTHING FOUND YET", "NOTHING TO CUT"]
