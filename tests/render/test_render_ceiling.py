"""Ceilings in words: what is proven, when a cap is of no use, and what was cut where nobody could look."""

import pytest

from optlab.core.ceiling_report import CapRow, CeilingReport, LengthBin
from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.study import StudyHead
from optlab.render.ceiling import caps_grid, ceiling_object, ceiling_sheet, histogram, notes, sentence
from optlab.render.sheet import sheet_markdown


def report(*rows: CapRow, recommended: int | None = None, **more: object) -> CeilingReport:
    whole: dict[str, object] = {
        "source": "a\x1b[31m.jsonl",
        "answers": 100,
        "censored": 0,
        "epsilon": 0.05,
        "confidence": 0.95,
        "median": 180.0,
        "largest": 310,
        "recommended": recommended,
        "answers_needed": None,
        "rows": rows,
        "bins": (LengthBin(100, 199, 60, 0), LengthBin(200, 299, 39, 0), LengthBin(300, 399, 1, 1)),
        "command": "optlab run hamlet --lever max_tokens:cap=290",
    }
    return CeilingReport(**(whole | more))  # type: ignore[arg-type]


PROVEN = CapRow("proven", 290, 1, 0.046, 0.008, 0.05)
LARGEST = CapRow("largest", 310, 0, 0.03, 0.0, 0.0)


def test_a_cap_saves_what_it_cuts() -> None:
    assert sentence(report(PROVEN, LARGEST, recommended=290)) == (
        "A cap of 290 tokens cuts at most 5% of answers (1 of 100 here). All it saves is the text it cuts off, 0.8% of "
        "the output tokens; every other answer is as long and as slow as before."
    )


def test_a_cap_that_nothing_reaches_is_called_useless() -> None:
    proven = CapRow("proven", 310, 0, 0.03, 0.0, None)
    said = sentence(report(proven, LARGEST, recommended=310, present_cap=300))
    assert "a cap cannot speed this up" in said
    assert "the limit in force, 300, is no higher" in said


def test_too_few_and_cut_answers_are_told() -> None:
    few = report(CapRow("largest", 310, 0, 0.2589, 0.0, None), answers=10, answers_needed=59)
    assert sentence(few) == (
        "10 answers prove no cap for 5%: one at the longest, 310, may cut up to 25.9%; 59 answers would do. No answer "
        "here is longer, so such a cap cannot speed this up."
    )
    cut = report(CapRow("largest", 400, 3, 0.076, 0.0, None), censored=3)
    assert "nobody saw how long they are" in sentence(cut)
    assert "up to 7.6%" in sentence(cut)


def test_a_risk_is_never_rounded_down_to_what_was_asked_for() -> None:
    """58 answers prove 5.03%: one answer short of 5%."""
    short = report(CapRow("largest", 310, 0, 0.0503, 0.0, None), answers=58, answers_needed=59)
    assert "no cap for 5%: one at the longest, 310, may cut up to 5.1%" in sentence(short)
    assert caps_grid(short).rows[0][3] == "5.1%"
    rare = report(CapRow("largest", 310, 0, 0.000501, 0.0, None), epsilon=0.0005, answers=5980, answers_needed=5990)
    assert "no cap for 0.05%: one at the longest, 310, may cut up to 0.051%" in sentence(rare)


def test_notes_say_what_the_figures_hide() -> None:
    module = CapRow("module", 250, 9, 0.152, 0.02, None)
    said = notes(report(PROVEN, module, recommended=290, thinking=True, items=12, censored=1))
    assert said[0] == "the rule of thumb 1.2 x p90 gives 250, which may cut up to 15.2% (9 of 100 here)"
    assert any("hold the model's thinking, and so must the cap" in words for words in said)
    assert any("12 inputs" in words for words in said)
    assert any("count as cut by every cap" in words for words in said)
    assert notes(report(PROVEN, recommended=290, items=100)) == []


def test_bars_name_the_cap_and_the_cut() -> None:
    first, second, third = histogram(report(PROVEN, recommended=290))
    assert first.startswith("100–199 " + "█" * 40 + " 60")
    assert second.endswith("39  ← cap 290")
    assert third.endswith("1  ← 1 cut")


@pytest.mark.parametrize("priced", [True, False])
def test_the_page_holds_it_all(priced: bool) -> None:
    row = PROVEN if priced else CapRow("proven", 290, 1, 0.046, 0.008, None)
    made = report(row, recommended=290)
    assert ("per 1,000 answers" in caps_grid(made).header) is priced
    page = sheet_markdown(ceiling_sheet(made))
    assert page.startswith("# a␛[31m.jsonl: max_tokens · 100 answers\n")
    assert "test it: optlab run hamlet --lever max_tokens:cap=290" in page
    assert page.endswith("0 calls, $0\n")


HEAD = StudyHead(
    study_id="s1",
    kind="ceiling",
    scenario="Hamlet",
    source="hamlet",
    provenance=Provenance.SIMULATED,
    sim_speed=1.0,
    server="http://x",
    seed=7,
    catalogue_as_of="2026-11-22",
    started_at="2026-12-01",
    status="budget",
    calls=7,
    cost_usd=0.02,
    caveats=(Caveat("failed", "one call failed"),),
)


def test_what_was_measured_says_where_how_it_ended_and_for_how_much() -> None:
    page = sheet_markdown(ceiling_sheet(report(LARGEST, answers_needed=59), HEAD))
    assert page.startswith("# Hamlet: max_tokens · SIMULATED · seed 7 · study s1 · ended: budget · 100 answers\n")
    assert "- one call failed" in page
    assert page.endswith("7 calls, $0.02 of simulated money, prices as of 2026-11-22 · SIMULATED\n")
    found = ceiling_object(report(LARGEST, answers_needed=59), HEAD)
    assert (found["status"], found["seed"], found["calls"], found["provenance"]) == ("budget", 7, 7, "simulated")


def test_no_answer_is_told_with_its_bill() -> None:
    assert "7 calls, $0.02 of simulated money" in sheet_markdown(ceiling_sheet(None, HEAD))
    found = ceiling_object(None, HEAD)
    assert (found["cost_usd"], found["sentence"]) == (0.02, "No answer came, so there is nothing to tell of lengths.")
