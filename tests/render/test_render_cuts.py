"""Free wins as a table, in a line, and what they mean for a cache."""

import json

from msgspec import convert

from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario
from optlab.cuts.prefix import Prefix, stable_prefix
from optlab.cuts.wins import Edit, FreeWin, find, take_all
from optlab.engine import scenarios
from optlab.render.cuts import prefix_line, wins_grid, wins_line, wins_object, wins_sheet
from optlab.render.sheet import Words, heading

RULES = "Please be brief.\n- Never share data.\n- never share data!\n\nOne.    Two.   Three.\n"
LONG = "".join(f"Rule {i}: parcels of kind {i} are handled by desk {i}.\n" for i in range(120))
ROWS = tuple(
    Sample(f"n{i}", {"q": f"q{i}", "stock": stock}) for i, stock in enumerate(('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'))
)
PROMPT = Prompt((Segment("rules", "system", RULES), Segment("q", "user", "{q}")))


def test_every_offer_is_a_row() -> None:
    grid = wins_grid(find(Scenario("S", "claude-sonnet-4-6", 9, PROMPT, ROWS)))
    assert [row[:6] for row in grid.rows] == [
        ("1", "duplicate", "rules", "- never share data!", "gone", "6"),
        ("2", "filler", "rules", "Please be brief.", "Be brief.", "1"),
        ("3", "white space", "rules", "···· (and 1 more)", "·", "2"),
    ]
    assert all(len(row) == len(grid.header) for row in grid.rows)
    assert grid.rows[0][-1] == "the same words stand already in 'rules'"


def test_what_moves_and_what_is_advice() -> None:
    segments = (Segment("stock", "system", "Stock: {stock}"), Segment("rules", "system", LONG), *PROMPT.segments[1:])
    rows = wins_grid(find(Scenario("S", "claude-sonnet-4-6", 9, Prompt(segments), ROWS))).rows
    assert [(row[1], row[3], row[4]) for row in rows] == [
        ("cache", "Stock: {stock}", "moves: user"),
        ("key order", "–", "advice"),
    ]
    assert rows[0][5].endswith(" cacheable") and rows[1][5] == "–"


def test_words_of_strangers_stay_words() -> None:
    edit = Edit("a\x1b[2Jb", 0, 1, "x\x1b]0;t\x07" + "y" * 99, "")
    (row,) = wins_grid([FreeWin("filler", "says\nnothing", 1, (edit,))]).rows
    assert not any("\x1b" in cell or "\n" in cell for cell in row)
    assert len(row[3]) == 60 and row[6] == "says nothing"


def test_all_in_a_line() -> None:
    assert wins_line([], 9, 9).startswith("No free wins")
    win = FreeWin("filler", "x", 1200)
    assert wins_line([win], 5000, 3800) == (
        "1 free win; with all taken the prompt goes from about 5,000 to 3,800 tokens (estimated offline)."
    )
    assert wins_line([win, win], 9, 9) == "2 free wins; the prompt keeps its 9 tokens (estimated offline)."


def test_the_page_and_the_object_tell_the_same_offers() -> None:
    scenario = scenarios.load("tickets")
    wins, (taken, _) = find(scenario), take_all(scenario)
    page, found = wins_sheet(scenario, wins, taken), wins_object(scenario, wins, taken)
    assert page[0] == heading("Support tickets: what can go without a call") and page[2] == wins_grid(wins)
    before, after = found["tokens_before"], found["tokens_after"]
    assert page[1] == Words((wins_line(wins, before, after),)) and before > after
    last = page[-1]
    assert isinstance(last, Words) and last.lines[0].startswith("The beginning that every call shares")
    assert found["cacheable_tokens_before"] >= found["cache_minimum"] > found["cacheable_tokens_after"]
    assert [(win["kind"], win["tokens"]) for win in found["wins"]] == [(win.kind, win.tokens) for win in wins]
    text = {segment.name: segment.text for segment in scenario.prompt.segments}
    edits = [edit for win in found["wins"] for edit in win["edits"]]
    assert edits and all(text[edit["segment"]][edit["start"] : edit["end"]] == edit["before"] for edit in edits)
    assert convert(found["prompt"], Prompt) == taken
    json.dumps(found, allow_nan=False)


def test_what_moves_and_what_is_advice_are_told_apart_in_the_object() -> None:
    segments = (Segment("stock", "system", "Stock: {stock}"), Segment("rules", "system", LONG), *PROMPT.segments[1:])
    scenario = Scenario("S", "claude-sonnet-4-6", 9, Prompt(segments), ROWS)
    moved, advice = wins_object(scenario, find(scenario), scenario.prompt)["wins"]
    assert (moved["moves"], moved["advice"]) == ({"segment": "stock", "where": "user"}, False)
    assert (advice["moves"], advice["advice"], advice["edits"]) == (None, True, [])


def test_a_trim_below_the_models_minimum_is_told() -> None:
    scenario = scenarios.load("tickets")
    prompt, _ = take_all(scenario)
    before, after = stable_prefix(scenario, scenario.prompt), stable_prefix(scenario, prompt)
    line = prefix_line(before, after)
    assert line is not None and line.endswith(
        "below the 1,024 from which the model caches: nothing of it can be cached any more"
    )
    up = prefix_line(after, before)
    assert up is not None and up.endswith("above the 1,024 from which the model caches")
    assert prefix_line(before, before) is None
    assert prefix_line(Prefix(9, None, None), Prefix(1, None, None)) is None
