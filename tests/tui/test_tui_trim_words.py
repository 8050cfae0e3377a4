"""What the Trim place says, as values: verdicts, differing answers, rows in paint, questions. No screen."""

import json
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from trim_script import HEAT, PAIR, PROMPT, SCENARIO, WORSE, cut_tested

from optlab.core.commands import FindCuts, MapHeat
from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt
from optlab.cuts.wins.win import Edit, FreeWin
from optlab.engine.scenarios import load
from optlab.tui.desk import Desk
from optlab.tui.trim.bench import Bench
from optlab.tui.trim.difference import differing, side_by_side
from optlab.tui.trim.findings import Findings
from optlab.tui.trim.known import asked_of
from optlab.tui.trim.out import FORMATS, WouldOverwrite, suggested, write_out
from optlab.tui.trim.outcome_words import outcome
from optlab.tui.trim.paint import Columns, Mark, bar, heading, heat_tone, painted
from optlab.tui.trim.questions import TOKENS, command_of
from optlab.tui.trim.rows import rows_of
from optlab.tui.trim.weight import Scale
from optlab.tui.trim.wins_screen import offered


def test_a_loss_is_said_to_be_one() -> None:
    words = outcome(Findings(tested=cut_tested(WORSE)), True, 60).plain
    assert "Take it back." in words and "no loss can be ruled out" in words and "Keep the cut." not in words


def test_without_checks_nothing_is_kept() -> None:
    words = outcome(Findings(tested=cut_tested(None)), True, 60).plain
    assert "Not enough is known to keep it." in words


def test_what_differs_is_marked_and_joins_to_the_texts() -> None:
    left, right = differing(PAIR.original, PAIR.trimmed)
    assert "".join(text for text, _ in left) == PAIR.original and "".join(text for text, _ in right) == PAIR.trimmed
    assert (" parcel ", False) in left and any(marked and "Your" in text for text, marked in left)
    assert differing("the same", "the same") == ([("the same", False)], [("the same", False)])


def test_columns_are_never_wider_than_asked() -> None:
    rows = side_by_side("短い 文です。 " * 9 + "\x1b[2J", "averyveryverylongwordindeed and more\nnew line", 14)
    assert all(sum(cell_len(text) for text, _ in side) <= 14 for row in rows for side in row)
    assert not any("\x1b" in text for row in rows for side in row for text, _ in side)


@pytest.mark.parametrize("width", [60, 78, 130])
def test_a_row_is_exactly_as_wide_as_its_columns(width: int) -> None:
    rows = rows_of(Bench.of(PROMPT, PROMPT.switched("history", False)), Scale(SCENARIO))
    for columns in (Columns(width), Columns(width, True, True, width > 90, 0.4)):
        assert cell_len(heading(columns)) == width
        for row in rows:
            assert sum(cell_len(text) for text, _ in painted(row, Mark(HEAT[2], "stays"), columns)) == width


def test_worth_can_be_read_without_colour() -> None:
    assert bar(0.41, 0.41) == "██████" and bar(0.0, 0.41).strip() == "" == bar(-0.1, 0.41).strip()
    assert [heat_tone(row, 0.41) for row in HEAT] == ["good", "warm", "hot"]


def test_questions_become_commands_about_the_prompt_as_it_stands() -> None:
    desk = Desk("desk.toml").loaded(SCENARIO)
    less = PROMPT.switched("history", False)
    values = {"goal": TOKENS, "tokens": "1,000", "by": "auto", "budget": "0.5"}
    found = command_of("trim", values, desk, less)
    assert isinstance(found, FindCuts) and (found.goal, found.by, found.budget_usd) == ("1000", "auto", 0.5)
    assert (found.prompt, found.whole) == (less, PROMPT), "all of the cut is verified"
    uncut = command_of("trim", values, desk, PROMPT)
    assert isinstance(uncut, FindCuts) and (uncut.prompt, uncut.whole) == (None, None)
    heat = command_of("heat", {"by": "sentence", "orders": "4", "items": "6", "budget": ""}, desk, PROMPT)
    assert isinstance(heat, MapHeat) and (heat.by, heat.orders, heat.items) == ("sentence", 4, 6)
    with pytest.raises(UsageError, match="tokens is a whole number"):
        command_of("trim", {**values, "tokens": "few"}, desk, PROMPT)
    with pytest.raises(UsageError, match="cap is dollars"):
        command_of("trim", {**values, "budget": "-1"}, desk, PROMPT)


def test_pieces_go_by_the_names_studies_give_them() -> None:
    assert set(asked_of(PROMPT, "segment").pieces) == {"task", "history", "rules", "thanks", "question"}
    auto = asked_of(PROMPT, "auto").pieces
    assert auto["rules"].text.startswith("Be warm. Never") and auto["rules#1"].text == "Be warm. "


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_written_replaces_a_file_only_when_told_to(kind: str, tmp_path: object) -> None:
    target = f"{tmp_path}/{suggested(SCENARIO, kind)}"
    less = PROMPT.switched("history", False)
    place = write_out(target, kind, SCENARIO, less, overwrite=False)
    first = place.read_text()
    with pytest.raises(WouldOverwrite, match="already"):
        write_out(target, kind, SCENARIO, PROMPT, overwrite=False)
    assert place.read_text() == first
    write_out(target, kind, SCENARIO, less.switched("thanks", False), overwrite=True)
    assert place.read_text() != first and [path.name for path in place.parent.iterdir()] == [place.name]
    with pytest.raises(UsageError, match="cannot be written"):
        write_out(f"{tmp_path}/no/such/place", kind, SCENARIO, less, overwrite=False)
    with pytest.raises(UsageError, match="is a folder"):
        write_out(str(tmp_path), kind, SCENARIO, less, overwrite=True)


def test_a_check_that_holds_null_is_written_in_a_file_of_samples(tmp_path: Path) -> None:
    row = {"id": "one", "question": "Which?", "check": [{"kind": "fields", "expected": {"due": None}}]}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    segment = '[[segment]]\nname = "q"\nwhere = "user"\ntext = "Be kind. {question}"\n'
    head = 'name = "S"\nmodel = "claude-sonnet-4-6"\nmax_tokens = 9\n'
    (tmp_path / "s.toml").write_text(f'{head}{segment}[samples]\nfile = "rows.jsonl"\n')
    scenario = load(str(tmp_path / "s.toml"))
    less = Prompt((msgspec.structs.replace(scenario.prompt.segments[0], text="{question}"),))
    target, samples = tmp_path / "less.toml", tmp_path / "less.samples.jsonl"
    samples.write_text("somebody's own\n")
    with pytest.raises(WouldOverwrite, match=r"less\.samples\.jsonl is there already"):
        write_out(str(target), "scenario", scenario, less, overwrite=False)
    assert not target.exists() and samples.read_text() == "somebody's own\n"
    assert write_out(str(target), "scenario", scenario, less, overwrite=True) == target
    written = load(str(target))
    assert (written.prompt, written.samples) == (less, scenario.samples)


def test_nothing_is_written_that_cannot_be_asked(tmp_path: object) -> None:
    nothing = Prompt(tuple(s for s in PROMPT.segments if s.where != "user"))
    with pytest.raises(UsageError, match="as Python this cannot be written"):
        write_out(f"{tmp_path}/x.py", "Python", SCENARIO, nothing, overwrite=False)


def test_white_space_is_shown_by_marks_and_helps_no_cache() -> None:
    blank = FreeWin("white space", "says nothing", 0, (Edit("rules", 1, 5, "  \n\n", "\n"),))
    words = "\n".join(map(str, offered(blank)))
    assert "··⏎⏎ → ⏎" in words and "white space →" not in words and "helps the cache" not in words
    assert "helps the cache" in "\n".join(map(str, offered(msgspec.structs.replace(blank, kind="cache"))))
