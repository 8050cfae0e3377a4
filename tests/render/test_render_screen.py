"""A screening in words: effects, levers that act on each other, the verdict on the winner, the cost."""

import msgspec
from render_builders import STREAMING, report

from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.screen_report import LeverEffect, PairEffect, ScreenReport, ScreenRow
from optlab.core.study import StudyHead
from optlab.core.verdict import Interval
from optlab.render.screen import effects_grid, rows_grid, screen_object, screen_sheet
from optlab.render.sheet import sheet_markdown

HEAD = StudyHead(
    study_id="r1", kind="screen", scenario="Desk", source="desk", provenance=Provenance.SIMULATED, sim_speed=2.0,
    server="s", seed=7, catalogue_as_of="2026-11-22", started_at="2026-12-01", status="finished",
    runs=("r1-1", "r1-2"), calls=96, cost_usd=0.25, caveats=(Caveat("floor", "The floor is near."),),
)  # fmt: skip
EFFECTS = (
    LeverEffect("streaming", 0.31, Interval(0.2, 0.4), 1, 2, 32, True, "helps"),
    LeverEffect("max_tokens:cap=20", 0.5, Interval(0.45, 0.55), 14, 0, 32, False, "loses quality"),
)
PAIR = PairEffect((("streaming", "max_tokens"), ("trim", "effort")), 0.3, 0.1, True)
ROWS = (
    ScreenRow((), 4, 0, 0.01, 2.0, 4, 4),
    ScreenRow(("streaming", "max_tokens"), 4, 3, 0.004, None, 1, 4),
)
FOUND = ScreenReport(
    primary="e2e", primary_reason="asked for", items=4, effects=EFFECTS, pairs=(PAIR,), rows=ROWS,
    chosen=("streaming",), predicted=0.31, screen_runs=64, one_at_a_time=224, fresh_items=True, caching=True,
    rate_per_minute=4.0, confirmation=report(STREAMING), command="optlab run desk --lever streaming",
)  # fmt: skip


def page(**changes: object) -> str:
    return sheet_markdown(screen_sheet(HEAD, msgspec.structs.replace(FOUND, **changes)))


def test_one_row_a_lever_and_one_a_combination() -> None:
    grid = effects_grid(FOUND)
    assert grid.header == ("lever", "saving in end to end", "95% interval", "wrong answers, on / off", "chosen")
    assert grid.rows[0] == ("streaming", "31%", "20% to 40%", "1 / 2 of 32", "yes, helps")
    assert grid.rows[1][-1] == "no, loses quality"
    rows = rows_grid(FOUND)
    assert rows.header == ("levers on", "end to end, p50", "cost, mean", "passed", "failed")
    assert rows.rows[0] == ("none (baseline)", "2.00 s", "$0.01", "4 of 4", "0 of 4")
    assert rows.rows[1][1] == "never (failed)"


def test_nothing_judged_and_nothing_failed_are_no_columns() -> None:
    bare = msgspec.structs.replace(
        FOUND,
        primary="cost_usd",
        effects=tuple(msgspec.structs.replace(e, judged=0) for e in EFFECTS),
        rows=tuple(msgspec.structs.replace(r, judged=0, failed=0) for r in ROWS),
    )
    assert effects_grid(bare).header == ("lever", "saving in cost", "95% interval", "chosen")
    assert rows_grid(bare).header == ("levers on", "cost, mean")


def test_the_page_says_what_was_found_and_what_it_cost() -> None:
    said = page()
    assert said.startswith("# Desk: screening · SIMULATED at speed 2, figures scaled back · seed 7 · study r1 · 2 comb")
    assert "streaming saves 30% without max_tokens and 10% with it; it may also be trim with effort" in said
    assert "Chosen: streaming. Its effects add up to 31%" in said
    assert "**" in said and "streaming" in said.split("Verdict on the winner")[1]
    assert "64 runs judge every lever at once; one lever at a time, with a shared baseline, takes 224" in said
    assert "its cost is weighted for 4 calls a minute and waiting is that of a warm cache" in said
    assert "The floor is near." in said
    assert "again: optlab run desk --lever streaming" in said
    assert said.endswith("96 calls, $0.25 of simulated money, prices as of 2026-11-22 · SIMULATED\n")


def test_what_was_not_found_is_said_as_plainly() -> None:
    calm = msgspec.structs.replace(PAIR, clear=False)
    assert "no two levers clearly act on each other (2 pairs in 1 contrasts; 1 contrasts hold several" in page(
        pairs=(calm,)
    )
    assert "It was not confirmed" in page(confirmation=None)
    assert "No lever helps: keep the baseline." in page(chosen=(), confirmation=None, predicted=None, command=None)
    assert "ended before its first block was whole" in sheet_markdown(screen_sheet(HEAD, None))


def test_programs_get_it_all() -> None:
    found = screen_object(HEAD, FOUND)
    assert (found["schema"], found["calls"], found["kind"]) == ("optlab.screen/1", 96, "screen")
    assert found["screen"]["effects"][0]["interval"] == [0.2, 0.4]
    assert found["screen"]["confirmation"]["schema"] == "optlab.report/1"
    assert screen_object(HEAD, None)["screen"] is None
