"""Advice in words: formulas filled in, what is assumed marked, what to do first."""

from optlab.core.advice_report import AdviceReport, AdviceRow, Quantity
from optlab.core.answer_events import AdviceGiven
from optlab.core.record import Provenance
from optlab.render.advice import advice_object, advice_sheet, filled, rows_grid
from optlab.render.sheet import sheet_markdown
from optlab.render.snapshot import Snapshot, fold

CACHING = AdviceRow(
    "stable prefix",
    "yes",
    "{prefix} stay the same, called {rate}",
    "caching",
    "optlab run desk --lever caching:ttl=5m",
    (
        Quantity("prefix", 2790.4, "tokens"),
        Quantity("input", 3.0, "usd_per_million"),
        Quantity("hits", 0.999, "share", assumed=True),
        Quantity("rate", 4, "per_min", assumed=True),
        Quantity("read", 0.1, "times"),
    ),
    "{prefix} x {input} x (1 - {read} x {hits}), {unknown}",
    saving_usd=0.0075,
)
STREAMING = AdviceRow(
    "somebody waits", "yes", "nothing is seen for {wait}", "streaming", "optlab run desk --lever streaming",
    (Quantity("wait", 4.0, "s"), Quantity("speed", 52.0, "per_s", assumed=True)), "({wait}) / {speed}", saving_s=3.0,
)  # fmt: skip
CASCADE = AdviceRow("easy questions", "no", "", "cascade", saving_usd=-0.001, blocked="no check")
FELL = AdviceRow("quality fell", "yes", "{now} of {items} pass", "roll back", "optlab show r0", (
    Quantity("now", 3, "count"), Quantity("items", 10, "count")))  # fmt: skip


def report(*rows: AdviceRow, first: str | None = None) -> AdviceReport:
    return AdviceReport("Desk", "desk", Provenance.SIMULATED, 1.0, "r1", 12, 0.01, None, rows, first)  # type: ignore[arg-type]


def test_every_figure_is_filled_in_and_assumed_ones_are_marked() -> None:
    assert filled(CACHING.why, CACHING) == "2,790 tokens stay the same, called 4 times a minute*"
    assert filled(CACHING.formula, CACHING) == "2,790 tokens x $3.00/M tokens x (1 - 0.1 x 99.9%*), {unknown}"
    assert filled(STREAMING.formula, STREAMING) == "(4.00 s) / 52 tokens/s*"


def test_savings_stand_in_their_unit_and_losses_are_no_savings() -> None:
    cells = [row[3] for row in rows_grid(report(CACHING, STREAMING, CASCADE, FELL)).rows]
    assert cells == ["$0.00750 (75% of the bill)", "3.00 s", "none, $0.00100 more", "–"]


def test_what_to_do_first_is_said_first() -> None:
    page = sheet_markdown(advice_sheet(report(CACHING, CASCADE, first="stable prefix")))
    assert "First: caching, for about $0.00750 (75% of the bill) a call. Test it: optlab run desk" in page
    assert "first text after never (failed)" in page
    assert "caching saves $0.00750 = 2,790 tokens x" in page
    assert page.endswith("\\* assumed, not measured here\n\n0 calls, $0\n") or page.endswith("here\n\n0 calls, $0\n")
    assert "First: roll back what was changed. 3 of 10 pass." in sheet_markdown(
        advice_sheet(report(FELL, first="quality fell"))
    )
    assert "No symptom of the table holds" in sheet_markdown(advice_sheet(report(CASCADE)))
    assert "No answer came" in sheet_markdown(advice_sheet(None))


def test_programs_get_the_words_filled_in_too() -> None:
    found = advice_object(report(CACHING, first="stable prefix"))
    assert (found["schema"], found["calls"], found["advice"]["first"]) == ("optlab.advice/1", 0, "stable prefix")
    assert found["advice"]["rows"][0]["formula"].startswith("2,790 tokens x")
    assert advice_object(None)["advice"] is None


def test_advice_on_a_kept_run_changes_no_snapshot() -> None:
    assert fold(Snapshot(), AdviceGiven(report(CACHING))) == Snapshot()
