"""Figures that explain themselves, and cards that can be read aloud."""

import msgspec
import pytest
from render_builders import BASELINE, STREAMING, report
from test_render_snapshot import PLAN, SERVER

from optlab.core.experiment import Variant
from optlab.core.report import Report, Share
from optlab.core.run_events import ExperimentFinished
from optlab.core.verdict import Card, CardWord, Interval, Quality
from optlab.render.aloud import aloud
from optlab.render.cards import card_lines
from optlab.render.charts import CHARTS
from optlab.render.comparison import comparison_grid
from optlab.render.explain import AT_EVERY_LOOK, AT_THE_END, BY_RANKS, CARD, COUNTED, Explanation, explain
from optlab.render.snapshot import Snapshot, fold
from optlab.render.standing import BILLS, header, rows


def snapshot(found: Report) -> Snapshot:
    return fold(fold(fold(Snapshot(), SERVER), PLAN), ExperimentFinished(found))


def lines(found: Explanation) -> dict[str, str]:
    return dict(found.lines)


WHOLE = snapshot(report(STREAMING))


def test_a_median_says_its_formula_number_interval_and_origin() -> None:
    found = explain(WHOLE, "first_visible", 2)
    assert (found.title, found.figure) == ("first visible · streaming", "500 ms")
    told = lines(found)
    assert told["formula"].startswith("time to first token where the call streamed")
    assert told["n"] == "12 measured runs" and told["interval"].endswith(BY_RANKS)
    assert told["provenance"].startswith("SIMULATED") and "prices as of" in told["provenance"]
    assert "four times as many" in told["sharper by"]


def test_failed_runs_are_told_with_the_number() -> None:
    found = explain(snapshot(report(STREAMING, fails=(1, 2))), "e2e", 2)
    assert lines(found)["n"] == "12 measured runs, 2 of them failed"


def test_a_saving_says_how_pairs_were_compared_and_when_its_interval_holds() -> None:
    time, bill = lines(explain(WHOLE, "first_visible", 3)), lines(explain(WHOLE, "cost_usd", 3))
    assert "Hodges-Lehmann" in time["formula"] and time["interval"].endswith(AT_EVERY_LOOK)
    assert "money adds up" in bill["formula"] and bill["interval"].endswith(AT_THE_END)
    running = msgspec.structs.replace(WHOLE, report=None)
    assert lines(explain(running, "cost_usd", 3))["interval"].endswith(AT_EVERY_LOOK)
    assert time["n"] == "12 pairs, 12 of them won"


def test_what_would_make_a_saving_sharper() -> None:
    (found,) = (c for c in WHOLE.comparisons if c.metric == "e2e")
    open_one = msgspec.structs.replace(found, verdict="undecided", pairs_needed=93)
    others = tuple(c for c in WHOLE.comparisons if c.metric != "e2e")
    changed = msgspec.structs.replace(WHOLE, comparisons=(*others, open_one))
    assert lines(explain(changed, "e2e", 3))["sharper by"] == "about 93 pairs, by the spread so far"
    assert "the verdict needs none" in lines(explain(WHOLE, "first_visible", 3))["sharper by"]


def test_what_is_absent_says_when_it_is() -> None:
    found = explain(WHOLE, "tpot_visible", 1)
    assert found.figure == "absent" and lines(found)["absent"].startswith("where the call did not stream")
    assert explain(WHOLE, "tpot_visible", 3).figure == "–"


@pytest.mark.parametrize("bill", BILLS, ids=lambda bill: bill.key)
def test_what_is_counted_says_so(bill: object) -> None:
    found = explain(WHOLE, bill.key, 1)  # type: ignore[attr-defined]
    assert lines(found)["sharper by"] == COUNTED and lines(found)["formula"] and found.figure


def test_every_cell_of_the_table_explains_itself() -> None:
    assert header(WHOLE)[-1] == "saving"
    for row in rows(WHOLE):
        for column in range(len(row.cells)):
            found = explain(WHOLE, row.key, column)
            assert lines(found)["formula"] and found.text.count("\n") == len(found.lines)


def test_a_card_explains_itself_by_its_evidence() -> None:
    found = explain(WHOLE, CARD, 0)
    assert found.figure == WHOLE.cards[0].verdict.value and lines(found)["why"] == WHOLE.cards[0].reason
    assert any("won" in words for _, words in found.lines)


def card(verdict: CardWord, reason: str = "", **changes: object) -> Card:
    return msgspec.structs.replace(WHOLE.cards[0], verdict=verdict, reason=reason, **changes)


def test_keep_it_is_read_out_with_two_figures_and_their_unit() -> None:
    quality = Quality("non-inferior", "checks", 12, 0.05, "")
    said = aloud(WHOLE, card(CardWord.ADOPT, quality=quality))
    assert said.startswith("Keep streaming: the first words come after 500 ms instead of 4.00 s, 88% sooner (")
    assert said.endswith("The answers are as good: a loss of 5 points or more is ruled out.")
    same = aloud(WHOLE, card(CardWord.ADOPT, quality=Quality("non-inferior", "change test", 12, 0.05, "")))
    assert same.endswith("The change test found no difference between the answers.")


def test_what_is_missing_follows_the_figures_once() -> None:
    said = aloud(WHOLE, card(CardWord.NOT_YET_KNOWN, "The first text is visible 88% sooner, but the bill is open."))
    assert said == (
        "Nothing is decided about streaming yet: the first words come after 500 ms instead of 4.00 s, 88% sooner, but "
        "the bill is open."
    )
    other = aloud(WHOLE, card(CardWord.ROLL_BACK, "The answers got worse."))
    assert other.startswith("Leave streaming out: the first words") and other.endswith(". The answers got worse.")


def test_figures_that_would_mislead_are_not_read_out() -> None:
    """A saving far from that of the two middles, or outside its own interval, is told by the card's own sentence."""
    far = msgspec.structs.replace(WHOLE.cards[0].primary, estimate=0.1, interval=Interval(0.05, 0.2))
    lopsided = msgspec.structs.replace(WHOLE.cards[0].primary, interval=Interval(0.0, 0.2))
    for primary in (far, lopsided):
        said = aloud(WHOLE, card(CardWord.ADOPT, "It helps.", primary=primary))
        assert said == "Keep streaming. It helps."


def test_an_unchanged_candidate_is_told_by_its_own_sentence() -> None:
    again = Variant("baseline again")
    found = snapshot(report(again))
    assert aloud(found, found.cards[0]) == found.cards[0].reason
    assert BASELINE.levers == again.levers


def test_a_row_says_negligible_only_where_a_loss_is_excluded_too() -> None:
    """In the table of the screen, on paper, on the card and where the figure is explained."""

    def said(*, loss_excluded: bool) -> list[bool]:
        made = report(STREAMING)
        even = [
            msgspec.structs.replace(c, verdict="negligible", note="", loss_excluded=loss_excluded)
            for c in made.comparisons
        ]
        found = next(c for c in even if c.metric == "e2e")
        card = msgspec.structs.replace(made.cards[0], primary=found)
        made = msgspec.structs.replace(made, comparisons=tuple(even), cards=(card,))
        screen = snapshot(made)
        (row,) = (row for row in rows(screen) if row.key == "e2e")
        (paper,) = (row for row in comparison_grid(made).rows if row and row[0] == "end to end, p50")
        told = (row.cells[0].below, paper[3], card_lines(card)[0], explain(screen, "e2e", 3).figure)
        word = "negligible" if loss_excluded else "no useful gain"
        return [word in words and ("no useful gain" in words) != loss_excluded for words in told]

    assert said(loss_excluded=False) == [True] * 4
    assert said(loss_excluded=True) == [True] * 4


def test_every_dollar_says_whether_it_is_a_mean_a_median_or_with_the_warm_up() -> None:
    titles = {row.key: row.cells[0].value for row in rows(WHOLE)}
    assert titles["cost_usd"] == "cost, median" and titles["usd"] == "$ + warm-up"
    warm = {key for key, title in titles.items() if "warm-up" in title}
    assert {"tokens_in", "tokens_out", "usd"} <= warm and not {"ended", "passed"} & warm
    assert titles["ended"] == "ended, measured"
    assert {bill.title for bill in BILLS if bill.key in ("passed", "failed")} == {
        "passed, measured",
        "failed, measured",
    }
    (card,) = (c for c in report(STREAMING).cards)
    bill = next(c for c in WHOLE.comparisons if c.metric == "cost_usd")
    assert " (mean)" in aloud(WHOLE, msgspec.structs.replace(card, primary=bill))


@pytest.mark.parametrize(("key", "column"), [("tpot_visible", 0), ("tpot_visible", 1), ("tpot_visible", 3), ("e2e", 0)])
def test_a_figure_that_is_absent_or_a_row_has_its_number_too(key: str, column: int) -> None:
    made = msgspec.structs.replace(WHOLE, comparisons=tuple(c for c in WHOLE.comparisons if c.metric != "tpot_visible"))
    base, *others = made.variants
    bare = msgspec.structs.replace(base, metrics={k: v for k, v in base.metrics.items() if k != "tpot_visible"})
    told = lines(explain(msgspec.structs.replace(made, variants=(bare, *others)), key, column))
    assert {"formula", "n", "interval", "sharper by", "provenance"} <= set(told)
    assert "12 measured runs" in told["n"] or "no pair" in told["n"]


def test_one_answer_a_variant_is_one() -> None:
    checked = [
        msgspec.structs.replace(v, shares={**v.shares, "quality": Share(n, n, Interval(0.1, 1.0))})
        for v, n in zip(WHOLE.variants, (1, 1), strict=True)
    ]
    few = msgspec.structs.replace(WHOLE, variants=tuple(checked))
    (answers,) = (chart for chart in CHARTS if chart.name == "answers")
    assert "n = 1 answer a variant" in answers.caption(few)
