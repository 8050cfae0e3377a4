"""A finding finds its row: after cuts by hand, before the study or since, and where the same words stand twice."""

import pytest

from optlab.core.commands import By
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario
from optlab.core.study_events import CutTried
from optlab.core.trim_report import HeatRow
from optlab.core.verdict import Interval
from optlab.tui.trim.bench import Bench
from optlab.tui.trim.findings import Heat, Search
from optlab.tui.trim.known import asked_of
from optlab.tui.trim.marks import marks_of
from optlab.tui.trim.rows import rows_of
from optlab.tui.trim.weight import Scale

TWINS = "Be warm. Never promise refunds. Be warm. Close with the number."
PROMPT = Prompt(
    (
        Segment("history", "system", "Founded in 1987. Closed on Sundays. Two friends own it."),
        Segment("rules", "system", TWINS),
        Segment("question", "user", "{question}", trimmable=False),
    )
)
SCALE = Scale(Scenario("S", "claude-sonnet-4-6", 9, PROMPT, (Sample("one", {"question": "Why?"}),)))


def fine() -> Bench:
    return Bench.of(PROMPT, PROMPT).shown({"history": "sentence", "rules": "sentence"})


def cut(bench: Bench, *names: str) -> Bench:
    gone = [row.piece for row in rows_of(bench, SCALE) if row.piece.name in names]
    assert len(gone) == len(names)
    return bench.do("cut", bench.draft.cut_out(gone))


def heat_of(asked: Bench, by: By, *names: str) -> Heat:
    known = asked_of(asked.trimmed, by)
    rows = {name: HeatRow(name, "x", 3, 0.1, 0.1, 0.2, Interval(0.0, 0.3), 0.1) for name in names or known.pieces}
    return Heat(rows, known)


def search_of(asked: Bench, by: By, dead: tuple[str, ...], needed: tuple[str, ...]) -> Search:
    tried = CutTried(
        number=1,
        why="search",
        tried=dead,
        good=True,
        answers=20,
        losses=0.0,
        dead=dead,
        needed=needed,
        calls=20,
        spent_usd=0.1,
    )
    return Search(by, asked_of(asked.trimmed, by), asked.trimmed, tried=(tried,))


def heated(bench: Bench, heat: Heat) -> dict[str, str]:
    """What a map calls the pieces of the rows that it marks."""
    rows = rows_of(bench, SCALE)
    marks = marks_of(bench, rows, heat, None)
    return {row.piece.name: mark.heat.name for row, mark in zip(rows, marks, strict=True) if mark.heat}


def found(bench: Bench, search: Search) -> dict[str, str]:
    rows = rows_of(bench, SCALE)
    marks = marks_of(bench, rows, Heat(), search)
    return {row.piece.name: mark.found for row, mark in zip(rows, marks, strict=True) if mark.found}


def test_a_study_of_a_prompt_cut_by_hand_marks_its_segments() -> None:
    bench = cut(fine(), "history#1")
    assert heated(bench, heat_of(bench, "segment")) == {n: n for n in ("history", "rules", "question")}
    assert heated(bench.undo(), heat_of(fine(), "segment")).keys() == {"history", "rules", "question"}


def test_marks_of_a_segment_stay_while_more_of_it_is_cut_and_go_where_it_says_something_new() -> None:
    whole, less = fine(), cut(fine(), "history#1")
    heat = heat_of(less, "segment", "history")
    assert heated(cut(less, "history#2"), heat) == {"history": "history"}
    assert heated(cut(whole, "history#2"), heat_of(whole, "segment", "history")) == {"history": "history"}
    assert heated(whole, heat) == {}, "nobody asked about it with that sentence"
    piece = next(row.piece for row in rows_of(whole, SCALE) if row.piece.name == "history#2")
    assert heated(whole.do("edit", whole.draft.edited(piece, "Open daily. ")), heat_of(whole, "segment")).keys() == {
        "rules",
        "question",
    }


def test_pieces_are_counted_anew_behind_a_cut_by_hand() -> None:
    bench = cut(fine(), "history#1")
    assert heated(bench, heat_of(bench, "sentence", "history#1", "history#2")) == {
        "history#2": "history#1",
        "history#3": "history#2",
    }


def test_twins_are_told_apart() -> None:
    bench = fine()
    search = search_of(bench, "sentence", ("rules#1",), ("rules#3",))
    assert found(bench, search) == {"rules#1": "dead", "rules#3": "stays"}
    assert found(cut(bench, "rules#1"), search) == {"rules#1": "dead", "rules#3": "stays"}
    assert found(cut(bench, "history#1"), search) == {"rules#1": "dead", "rules#3": "stays"}


@pytest.mark.parametrize(("gone", "left"), [("rules#1", "rules#3"), ("rules#3", "rules#1")])
def test_what_is_said_of_one_twin_is_not_said_of_one_that_was_cut_before(gone: str, left: str) -> None:
    bench = cut(fine(), gone)
    asked = asked_of(bench.trimmed, "sentence")
    name = next(name for name, piece in asked.pieces.items() if piece.text.strip() == "Be warm.")
    assert found(bench, search_of(bench, "sentence", (), (name,))) == {left: "stays"}


def test_which_twin_is_meant_is_not_guessed() -> None:
    bench = cut(fine(), "rules#1")
    search = search_of(bench, "sentence", ("rules#2",), ("rules#1",))  # the second twin, and the rule in front of it
    assert found(bench, search) == {"rules#3": "dead", "rules#2": "stays"}
    restored = cut(bench.undo(), "rules#4")
    assert found(restored, search) == {"rules#2": "stays"}


def test_a_search_of_both_rounds_marks_segments_and_their_sentences() -> None:
    bench = cut(fine(), "history#1")
    assert found(bench, search_of(bench, "auto", ("history",), ("rules#1", "rules#3"))) == {
        "history": "dead",
        "rules#1": "stays",
        "rules#3": "stays",
    }
