"""A cascade's findings in words: one sentence that says whether it is worth it, and JSON whose keys are promised."""

import json
from typing import Any

import msgspec
import pytest

from optlab.core.cascade_report import (
    CascadeFigures,
    CascadeLive,
    CascadeReport,
    CascadeWaiting,
    Chosen,
    Curve,
    CurvePoint,
    Estimated,
    Ratios,
)
from optlab.core.record import Provenance
from optlab.core.report import Caveat, Distribution
from optlab.core.study import StudyHead
from optlab.core.verdict import Interval
from optlab.render.cascade import (
    chosen_line,
    figures_object,
    outcomes_sheet,
    rule_of_thumb,
    study_object,
    study_sheet,
    verdict,
)
from optlab.render.sheet import sheet_markdown


def share(value: float | None, low: float | None = None, high: float | None = None) -> Estimated:
    return Estimated(value, Interval(low, high))


def figures(saving: Estimated, quality: Any = "non-inferior", difference: float | None = -0.01) -> CascadeFigures:
    return CascadeFigures(
        n=100,
        escalation=share(0.2, 0.133, 0.289),
        accuracy=share(0.9, 0.83, 0.95),
        big_accuracy=share(0.92, 0.85, 0.96),
        break_even=share(0.567, 0.56, 0.57),
        saving=saving,
        false_pass=share(None),
        false_fail=share(0.1, 0.04, 0.2),
        difference=share(difference, -0.04, 0.02),
        quality=quality,
    )


SAVES = figures(share(0.367, 0.278, 0.433))
RATIOS = Ratios("measured here", 1 / 3, 0.1, 0.567, 0.367)


@pytest.mark.parametrize(
    "found, begins, holds",
    [
        (SAVES, "Worth a test: the cascade saves 37%", "a loss of more than 5.0 points is excluded"),
        (figures(SAVES.saving, "better"), "Worth a test", "answers better than the big model alone"),
        (figures(SAVES.saving, "worse", -0.08), "Not worth it", "by -8.0 points"),
        (figures(SAVES.saving, "inconclusive"), "Not yet known to be worth it", "is not excluded (-1.0 points so far)"),
        (figures(share(-0.2, -0.3, -0.1)), "Not worth it: the cascade costs 20% more", "break-even 57%"),
        (figures(share(0.02, -0.1, 0.1)), "Whether it saves is not yet known: 2% so far", "-10% to 10% possible"),
        (figures(share(0.02)), "Whether it saves is not yet known", "open to open"),
        (figures(share(None)), "Nothing can be said", "no item has both"),
    ],
)
def test_one_plain_sentence(found: CascadeFigures, begins: str, holds: str) -> None:
    said = verdict(CascadeReport(found, 0.05))
    assert said.startswith(begins) and holds in said and said.endswith(".")


def test_the_rule_of_thumb_is_false_for_one_pair_and_true_for_the_other() -> None:
    said = rule_of_thumb(RATIOS)
    assert "20% escalated saves 37% here, not 70%" in said and "up to 57% escalated, not 30%" in said
    assert "it would save 67%" in said
    assert "so the rule's 70% holds" in rule_of_thumb(Ratios("x", 0.05, 0.015, 0.935, 0.735))
    assert "much as the rule says" in rule_of_thumb(Ratios("x", 0.333, 0.334, 0.333, 0.133))
    assert "no escalation rate pays" in rule_of_thumb(Ratios("x", 0.9, 0.2, -0.1, -0.3))


def test_the_json_has_the_promised_keys_and_no_other() -> None:
    found = figures_object(CascadeReport(SAVES, 0.05, RATIOS))
    rates = ["escalation", "accuracy", "big_accuracy", "break_even", "saving", "false_pass", "false_fail"]
    assert list(found) == ["n", *rates, "intervals"]
    assert list(found["intervals"]) == rates
    assert found["intervals"]["escalation"] == [0.133, 0.289]
    assert (found["false_pass"], found["intervals"]["false_pass"]) == (None, [None, None])
    json.dumps(found, allow_nan=False)


def test_a_curve_is_added_where_scores_are() -> None:
    points = (CurvePoint(0, 0.0, 0.5, 0.8), CurvePoint(50, 0.2, None, None))
    report = CascadeReport(SAVES, 0.05, RATIOS, curve=Curve(points, Chosen(40, 50, SAVES)))
    found = figures_object(report)
    assert found["curve"][0] == {"threshold": 0, "escalation": 0.0, "saving": 0.5, "accuracy": 0.8}
    assert (found["chosen"]["threshold"], found["chosen"]["other_half"]["n"]) == (40, 100)
    page = sheet_markdown(outcomes_sheet("o.jsonl", report))
    assert "Threshold 40, chosen on 50 items; on the other 100" in page
    assert (found["chosen"]["holds"], found["chosen"]["small_alone"]) == (True, False)
    without = CascadeReport(SAVES, 0.05, curve=Curve(points, reason="no threshold is chosen, for a reason"))
    found = figures_object(without)
    assert (found["chosen"], found["chosen_reason"]) == (None, "no threshold is chosen, for a reason")
    assert "No threshold is chosen, for a reason." in sheet_markdown(outcomes_sheet("o.jsonl", without))


@pytest.mark.parametrize(
    "chosen, holds",
    [
        (Chosen(40, 50, SAVES), "and a loss of more than 5.0 points is excluded there too."),
        (Chosen(0, 50, SAVES, alone=True), "then the small model alone does it, without a judge: smaller_model."),
        (Chosen(40, 50, figures(SAVES.saving, "inconclusive")), "is not excluded there, so this is not recommended."),
        (Chosen(40, 50, figures(share(0.1, -0.1, 0.2))), "is not shown there, so this is not recommended."),
    ],
)
def test_a_threshold_is_told_with_what_follows_from_the_other_half(chosen: Chosen, holds: str) -> None:
    assert chosen_line(CascadeReport(SAVES, 0.05, RATIOS, curve=Curve((), chosen))).endswith(holds)


def test_the_page_of_stored_outcomes_ends_with_what_it_cost() -> None:
    page = sheet_markdown(outcomes_sheet("o\x1b[31m.jsonl", CascadeReport(SAVES, 0.05, RATIOS)))
    assert page.rstrip().endswith("0 calls, $0: everything comes from the stored outcomes.")
    assert "not defined" in page and "\x1b" not in page
    assert "| measured here | 33% | 10% | 57% | 37% |" in page


HEAD = StudyHead(
    study_id="s", kind="cascade", scenario="Desk", source="desk.toml", provenance=Provenance.SIMULATED, sim_speed=10.0,
    server="here", seed=0, catalogue_as_of="2026-11-22", started_at="2026-12-01", status="finished", calls=363,
    cost_usd=0.75, caveats=(Caveat("x", "mind the gap"),),
)  # fmt: skip
TIMES = Distribution(
    n=11,
    p50=5.5,
    p50_interval=Interval(4.0, 7.0),
    p90=None,
    p90_interval=Interval(6.0, None),
    p99=None,
    p99_interval=Interval(7.0, None),
    mean=5.0,
    max=8.0,
)
LIVE = CascadeLive(
    small="haiku",
    judge="haiku",
    big="sonnet",
    threshold=50,
    basis="checks",
    audited=80,
    passed=80,
    left_out=0,
    unreadable=0,
    waiting=CascadeWaiting(TIMES, TIMES, TIMES, TIMES, None),
    command="optlab run desk.toml --lever cascade:threshold=50 --pairs 60",
)


def test_the_page_of_a_study_says_where_its_figures_are_from_and_what_it_cost() -> None:
    page = sheet_markdown(study_sheet(HEAD, CascadeReport(SAVES, 0.05, RATIOS), LIVE))
    assert "SIMULATED at speed 10" in page.splitlines()[0]
    assert "at least 6.00 s, no upper bound at n = 11" in page
    assert "- mind the gap" in page and f"test it: {LIVE.command}" in page
    assert page.rstrip().endswith("363 calls, $0.75 of simulated money, prices as of 2026-11-22 · SIMULATED")


def test_the_json_of_a_study_adds_to_that_of_outcomes() -> None:
    report = CascadeReport(SAVES, 0.05, RATIOS)
    found = study_object(HEAD, report, LIVE)
    assert set(figures_object(report)) < set(found)
    assert (found["provenance"], found["cost_usd"], found["calls"]) == ("simulated", 0.75, 363)
    assert found["waiting_ms"]["escalated"] == {
        "n": 11,
        "p50": 5500.0,
        "p90": None,
        "p50_interval": [4000.0, 7000.0],
        "p90_interval": [6000.0, None],
    }
    assert found["waiting_ms"]["cascade"] is None
    assert found["verdict"].startswith("Worth a test")
    json.dumps(found, allow_nan=False)


def test_where_nothing_was_found_there_is_no_table_and_nothing_to_copy() -> None:
    nothing = msgspec.structs.replace(figures(share(None)), n=0)
    live = msgspec.structs.replace(LIVE, command="", waiting=CascadeWaiting(None, None, None, None, None))
    page = sheet_markdown(study_sheet(HEAD, CascadeReport(nothing, 0.05), live))
    assert "Nothing can be said" in page and "|" not in page and "test it" not in page
    assert study_object(HEAD, CascadeReport(nothing, 0.05), live)["command"] is None
