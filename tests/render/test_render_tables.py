"""Reports and lists as rows of text."""

import msgspec
import pytest
from render_builders import CACHING, SCENARIO, STREAMING, report

from optlab.catalogue import Rates, load
from optlab.core.experiment import LeverChoice, Variant
from optlab.core.record import Provenance
from optlab.core.report import KeptRun, Report, Share
from optlab.core.scenario import ScenarioHead
from optlab.core.verdict import CardWord, Guard, Interval, Quality
from optlab.levers import LEVERS
from optlab.render import format as spell
from optlab.render.cards import card_lines
from optlab.render.comparison import comparison_grid
from optlab.render.models import models_grid
from optlab.render.report_json import report_object
from optlab.render.tables import (
    Grid,
    cost_line,
    history_grid,
    levers_grid,
    markdown,
    scenario_grid,
    scenarios_grid,
    title,
)


def row(grid: Grid, name: str) -> tuple[str, ...]:
    (found,) = (row for row in grid.rows if row and row[0] == name)
    return found


def test_the_title_says_what_the_figures_are_about() -> None:
    assert title(report(STREAMING)) == "Hamlet · SIMULATED · 12 pairs · seed 7 · run r1"
    fast = report(STREAMING, sim_speed=50.0, status="budget", pairs=4, scenario="Ham\x1b[31m\nlet")
    assert title(fast) == (
        "Ham␛[31m let · SIMULATED at speed 50, figures scaled back · 4 pairs · seed 7 · run r1 · ended: budget"
    )
    assert title(report(provenance=Provenance.MEASURED)) == "Hamlet · MEASURED · 12 runs · seed 7 · run r1"


def test_one_candidate_beside_its_baseline() -> None:
    grid = comparison_grid(report(STREAMING))
    assert grid.header == ("", "baseline", "streaming", "saving")
    first = row(grid, "first visible, p50")
    assert first[1:3] == ("4.00 s (4.00 s to 4.00 s)", "500 ms (500 ms to 500 ms)")
    assert first[3].startswith("88% (") and first[3].endswith(") better")
    p90 = [r for r in grid.rows if r and r[0] == "p90"]
    assert p90[0][1] == "at least 4.00 s, no upper bound at n = 12"
    assert row(grid, "time per token, p50")[1:3] == ("absent", "30.0 ms (30.0 ms to 30.0 ms)")
    assert row(grid, "tokens in / out, warm-up too")[1:3] == ("390 / 1,300", "390 / 1,300")
    assert row(grid, "cache written / read, warm-up too")[1:3] == ("91 / 39", "91 / 39")
    assert row(grid, "$ in all, warm-up too")[1:3] == tuple(
        spell.usd(v.cost.total_usd) for v in report(STREAMING).variants
    )
    assert row(grid, "cold start")[1:3] == ("4.00 s, $0.01", "500 ms, $0.01")
    assert row(grid, "passed checks")[1:3] == ("12 of 12", "12 of 12")
    assert row(grid, "stop reasons")[1:3] == ("12 end_turn", "12 end_turn")
    assert not any(r and r[0] == "failed" for r in grid.rows)


def test_failures_are_shown() -> None:
    grid = comparison_grid(report(STREAMING, fails=(1, 2)))
    assert row(grid, "failed")[1:3] == ("0 of 12", "2 of 12")
    assert row(grid, "stop reasons")[2] == "10 end_turn, 2 none"
    every = comparison_grid(report(STREAMING, fails=tuple(range(12))))
    assert row(every, "end to end, p50")[2].startswith("never (failed)")


def test_several_candidates_have_a_row_of_savings() -> None:
    grid = comparison_grid(report(STREAMING, CACHING))
    assert grid.header == ("", "baseline", "streaming", "caching")
    savings = [r for r in grid.rows if r and r[0] == "saving"]
    assert savings[0][1] == "" and savings[0][2].startswith("88%") and savings[0][3].startswith("0%")


@pytest.mark.parametrize(
    "made",
    [
        report(STREAMING),
        report(STREAMING, CACHING),
        report(),
        report(STREAMING, pairs=0),
        report(STREAMING, pairs=0, cold=False),
        report(STREAMING, fails=tuple(range(12))),
    ],
)
def test_every_row_fits_its_header(made: object) -> None:
    grid = comparison_grid(made)  # type: ignore[arg-type]
    assert all(len(cells) == len(grid.header) for cells in grid.rows if cells)
    assert len([cells for cells in grid.rows if cells]) >= 5


def test_gaps_and_rates_are_shown_where_every_variant_has_them() -> None:
    def with_rates(*which: int) -> Report:
        made = report(STREAMING)
        flat = made.variants[0].metrics["e2e"]
        variants = [
            msgspec.structs.replace(v, metrics=v.metrics | ({"tokens_per_s": flat} if i in which else {}))
            for i, v in enumerate(made.variants)
        ]
        return msgspec.structs.replace(made, variants=tuple(variants))

    name = "tokens per second, whole call, p50"
    assert row(comparison_grid(with_rates(0, 1)), name)[1].startswith("4.0 /s (4.0 /s to 4.0 /s)")
    assert all(not cells or cells[0] != name for cells in comparison_grid(with_rates(1)).rows)
    assert row(comparison_grid(with_rates(1), every=True), name)[1] == "absent"


def test_declared_limits_have_a_row_of_their_own() -> None:
    made = report(STREAMING)
    assert all(not cells or cells[0] != "within every limit" for cells in comparison_grid(made).rows)
    kept = Share(9, 12, Interval(0.43, 0.95))
    variants = tuple(msgspec.structs.replace(v, shares={**v.shares, "goodput": kept}) for v in made.variants)
    limited = msgspec.structs.replace(made, variants=variants)
    assert row(comparison_grid(limited), "within every limit")[1] == "9 of 12 (43% to 95%)"
    assert all(not cells or cells[0] != "cut" for cells in comparison_grid(limited).rows)


def test_every_metric_on_demand_with_tails_and_shares() -> None:
    made = report(STREAMING)
    names = [cells[0] for cells in comparison_grid(made, every=True).rows if cells]
    assert names[:3] == ["first visible, p50", "p90", "p99"]
    assert {"time to first token, p50", "end to end, retries too, p50", "read the cache", "passed checks"} <= set(names)
    read = row(comparison_grid(made, every=True), "read the cache")
    assert read[1:] == ("12 of 12 (76% to 100%)", "12 of 12 (76% to 100%)", "difference 0% (-24% to 24%)")
    few = tuple(msgspec.structs.replace(d, items=6) for d in made.share_differences)
    read = row(comparison_grid(msgspec.structs.replace(made, share_differences=few), every=True), "read the cache")
    assert read[3] == "difference 0% (-24% to 24%) for these 6 items"
    assert "p99" not in [cells[0] for cells in comparison_grid(made).rows if cells]
    several = comparison_grid(report(STREAMING, CACHING), every=True)
    assert len(row(several, "cut")) == len(several.header) == 4


def test_what_escalated_is_shown_where_anything_did() -> None:
    made = report(STREAMING)
    assert all(not cells or cells[0] != "escalated" for cells in comparison_grid(made).rows)
    some = made.variants[1].shares | {"escalation": Share(3, 12, Interval(0.089, 0.532))}
    escalating = msgspec.structs.replace(made.variants[1], shares=some)
    shown = comparison_grid(msgspec.structs.replace(made, variants=(made.variants[0], escalating)))
    assert row(shown, "escalated")[1:3] == ("0 of 12 (0% to 24%)", "3 of 12 (9% to 53%)")
    assert all(not cells or cells[0] != "cut" for cells in shown.rows)


def test_times_per_token_say_that_they_hold_thinking() -> None:
    made = report(STREAMING)
    thinking = msgspec.structs.replace(made.variants[1], thinking_in_tpot=2)
    marked = msgspec.structs.replace(made, variants=(made.variants[0], thinking))
    assert row(comparison_grid(marked), "time per token (incl. thinking), p50")
    assert row(comparison_grid(made), "time per token, p50")


def test_answers_at_a_later_attempt_are_told() -> None:
    made = report(STREAMING, fails=(1, 2, 3))
    again = msgspec.structs.replace(made.variants[1], retried=2)
    shown = comparison_grid(msgspec.structs.replace(made, variants=(made.variants[0], again)))
    assert row(shown, "failed")[1:3] == ("0 of 12", "3 of 12")
    assert row(shown, "answered when asked again")[1:3] == ("0 of 0", "2 of 3")


def test_what_an_open_card_lacks_and_could_have_seen() -> None:
    (card,) = report(STREAMING).cards
    primary = msgspec.structs.replace(card.primary, smallest_visible=0.136)
    lines = card_lines(msgspec.structs.replace(card, primary=primary, needs="more of it", waits="guard e2e"))
    assert lines[1].endswith("; 12 pairs usually show a saving from 14% on")
    assert "to close it: more of it" in lines
    assert "early stop waits for guard e2e" in lines
    tiny = msgspec.structs.replace(card.primary, smallest_visible=0.0004)
    assert card_lines(msgspec.structs.replace(card, primary=tiny))[1].endswith("a saving from 1% on")


def test_card_lines() -> None:
    (card,) = report(STREAMING).cards
    lines = card_lines(card)
    assert lines[0].startswith("decided on first visible (asked for): saving 88% (")
    assert lines[0].endswith("), better after 6 of 12 pairs")
    assert lines[1] == "12 of 12 won; beats a random call of the baseline in 100%"
    assert lines[2] == "quality: non-inferior (the change test found no difference)"
    assert lines[3] == "guard e2e: held (a loss of 5% or more in end to end time is excluded)"
    assert lines[4] == "beside it: cost shows no useful gain, and a loss of 5% or more is excluded"
    assert lines[5] == "the run cost $0.26; no payback: no saving in money is proven"


def test_what_the_sentence_says_is_not_said_again() -> None:
    (card,) = report(STREAMING).cards
    guard = Guard("e2e", "open", True, "a loss of 5% in end to end time is not excluded yet", 90)
    told = "The first text is visible 88% sooner, but a loss of 5% in end to end time is not excluded yet."
    open_ = msgspec.structs.replace(card, reason=told, guards=(guard,))
    assert card_lines(open_)[3] == "guard e2e: open"
    assert card_lines(msgspec.structs.replace(open_, reason="Other."))[3] == f"guard e2e: open ({guard.why})"


def test_a_payback_is_told_of_what_may_be_adopted_alone() -> None:
    (card,) = report(STREAMING).cards
    earning = msgspec.structs.replace(card, saving_per_call_usd=0.002, payback_calls=1_624.2)
    assert card_lines(earning)[-1] == "the run cost $0.26; a call saves $0.00200, so 1,624 calls pay it back"
    unsure = msgspec.structs.replace(earning, verdict=CardWord.NOT_YET_KNOWN)
    assert card_lines(unsure)[-1].endswith("1,624 calls would pay it back")
    lost = msgspec.structs.replace(earning, verdict=CardWord.ROLL_BACK, payback_calls=None)
    assert card_lines(lost)[-1] == "the run cost $0.26"


def test_one_pair_and_items_are_called_what_they_are() -> None:
    (card,) = report(STREAMING).cards
    one = msgspec.structs.replace(card.primary, pairs=1, seen=1, won=1, verdict="undecided")
    assert card_lines(msgspec.structs.replace(card, primary=one))[0].endswith("undecided after 1 pair")
    items = msgspec.structs.replace(card.primary, pairs=15, seen=48, unit="items")
    assert card_lines(msgspec.structs.replace(card, primary=items))[0].endswith("better after 15 of 48 items")


def test_conditions_of_savings_are_notes_below_the_table() -> None:
    made = report(STREAMING)
    noted = [
        msgspec.structs.replace(c, note="weighted for 4 calls a minute: 86% hits") if c.metric == "cost_usd" else c
        for c in made.comparisons
    ]
    grid = comparison_grid(msgspec.structs.replace(made, comparisons=tuple(noted)))
    assert grid.notes == ("¹ weighted for 4 calls a minute: 86% hits",)
    assert row(grid, "cost, p50")[3].endswith("negligible ¹")
    assert not row(grid, "first visible, p50")[3].endswith("¹")
    assert markdown(grid).endswith("\n\n¹ weighted for 4 calls a minute: 86% hits")
    assert comparison_grid(made).notes == ()


def test_a_table_of_five_columns_fits_a_wide_terminal() -> None:
    several = [Variant(name, (LeverChoice("streaming"),)) for name in ("streaming", "smaller_model", "caching", "trim")]
    grid = comparison_grid(report(*several))
    widths = [max(len(cells[at]) for cells in (grid.header, *grid.rows) if cells) for at in range(len(grid.header))]
    assert len(widths) == 6 and sum(widths) + 2 * len(widths) <= 160
    assert row(grid, "first visible, p50")[1:3] == ("4.00 s", "500 ms")
    intervals = [cells for cells in grid.rows if cells and cells[0] == "interval"]
    assert intervals[0][1:3] == ("4.00–4.00 s", "500–500 ms")
    assert next(cells[1] for cells in grid.rows if cells and cells[0] == "p90") == "≥ 4.00 s"
    told = [f"levers of {name}: 1 streaming" for name in ("smaller_model", "caching", "trim")]
    assert grid.notes == ("¹ by the exact test at the last pair; the interval holds at every look and is wider", *told)
    slow = comparison_grid(report(*several, floor_ms=5_000.0))
    assert next(cells[2] for cells in slow.rows if cells and cells[0] == "saving") == "too small to tell"


def test_quality_has_its_interval_and_what_so_many_items_could_rule_out() -> None:
    """The book of methods: zero losses in 59 items still allow 5 points."""
    (card,) = report(STREAMING).cards
    held = Quality("non-inferior", "checks", 59, 0.05, "a loss is excluded", Interval(-0.03, 0.06), 0.0495)
    assert card_lines(msgspec.structs.replace(card, quality=held))[2] == (
        "quality: non-inferior (a loss is excluded); difference in passes -3% to 6%; "
        "59 items could rule out a loss above 5%"
    )
    told = msgspec.structs.replace(held, verdict="inconclusive", why="cannot exclude a loss of up to 5%")
    assert card_lines(msgspec.structs.replace(card, quality=told))[2].endswith("difference in passes -3% to 6%")
    found = report_object(
        msgspec.structs.replace(report(STREAMING), cards=(msgspec.structs.replace(card, quality=held),))
    )
    assert found["cards"][0]["quality"]["interval"] == [-0.03, 0.06]
    assert found["cards"][0]["quality"]["excluded_loss"] == 0.0495


def test_cost_line() -> None:
    assert cost_line(report(STREAMING, variants=())) == "$0.26 of simulated money, prices as of 2026-11-22"
    assert "real money" in cost_line(report(STREAMING, provenance=Provenance.MEASURED))
    assert cost_line(report(STREAMING, variants=(), cost_usd=0.5)).startswith("$0.50 of")


def test_the_models() -> None:
    grid = models_grid(load().models, {})
    assert len(grid.rows) == sum(len(model.prices.tiers) for model in load().models) > len(load().models)
    assert all(len(cells) == len(grid.header) for cells in grid.rows)
    sonnet = row(grid, "claude-sonnet-4-6")
    assert sonnet[1:8] == ("3", "15", "3.75", "6", "0.3", "1,024", "128,000")


def test_a_dearer_tier_of_long_prompts_has_a_row_below_its_model() -> None:
    grid = models_grid(load().models, {})
    (model,) = [m for m in load().models if len(m.prices.tiers) > 1]
    short, long = model.prices.tiers
    at = [cells[0] for cells in grid.rows].index(model.id)
    assert grid.rows[at + 1][0] == f"  prompts above {short.up_to_prompt_tokens:,}" == "  prompts above 100,000"
    assert grid.rows[at][1:3] == (f"{short.input:g}", f"{short.output:g}")
    assert grid.rows[at + 1][1:3] == (f"{long.input:g}", f"{long.output:g}")


def test_own_prices_stand_in_the_place_of_the_catalogues_also_by_an_alias() -> None:
    own = {name: Rates(7, 8, 9, 10, 11) for name in ("claude-haiku-4-5", "claude-haiku-5-5", "mine")}
    grid = models_grid(load().models, own)
    for name in ("claude-haiku-4-5-20251001", "claude-haiku-5-5"):
        cells = row(grid, name)
        assert cells[1:6] == ("7", "8", "9", "10", "11") and cells[-1].endswith("your own price")
    assert row(grid, "mine")[1:6] == ("7", "8", "9", "10", "11") and grid.rows[-1][0] == "mine"
    assert "prompts above" not in "".join(cells[0] for cells in grid.rows)
    assert all(len(cells) == len(grid.header) for cells in grid.rows)


def test_the_scenarios_in_a_line_each() -> None:
    heads = [ScenarioHead("a", "What?", "m", 1200, {"equals": 3, "judge": 1}), ScenarioHead("b", "", "m", 1, {})]
    grid = scenarios_grid(heads)
    assert grid.rows == (("a", "What?", "m", "1,200", "equals on 3, judge on 1"), ("b", "", "m", "1", "none"))


def test_what_calls_without_a_bill_may_have_cost_stands_beside_the_sum() -> None:
    words = cost_line(report(STREAMING, unknown_usd=0.0243))
    assert "$0.02430 of it for calls without a bill, taken at their most" in words
    assert "without a bill" not in cost_line(report(STREAMING))


def test_the_levers_in_the_order_in_which_they_stack() -> None:
    grid = levers_grid(LEVERS)
    assert [cells[:2] for cells in grid.rows] == [(f"{i}", lever.spec.name) for i, lever in enumerate(LEVERS, 1)]
    named = Grid(grid.header, tuple(cells[1:] for cells in grid.rows))
    every = "ttl=5m (5m|1h), at=auto (up to 4 names joined by +)"
    assert row(named, "caching")[2:] == (every, "cost")
    assert row(named, "streaming")[2] == "–"
    assert row(named, "trim")[2] == "off=all (names joined by +)"
    assert row(named, "batch")[2] == "size=10 (1 to 100), wait_s=300 (1 to 86,400)"


def test_a_scenario() -> None:
    grid = scenario_grid(SCENARIO)
    assert grid.header == ("scenario", "Hamlet")
    assert row(grid, "segments")[1] == "rules (system), question (user)"
    assert row(grid, "samples")[1] == "1"
    assert row(grid, "checks")[1] == "contains on 1"
    assert row(grid, "levers with parameters")[1] == "caching"


def test_the_history() -> None:
    kept = KeptRun(
        "r1", "2026-12-01T10:11:12+00:00", "Hamlet", "hamlet", "race", Provenance.REPLAYED, 1.0, 0, "finished", 0.25
    )
    grid = history_grid([kept])
    assert grid.rows == (("r1", "2026-12-01 10:11", "Hamlet", "race", "", "", "REPLAYED", "finished", "$0.25"),)


def test_markdown_keeps_its_columns_whatever_the_cells_hold() -> None:
    grid = Grid(("a", "b"), (("x|y", "two\nlines"), (), ("\x1b[31m", "\u202e")))
    assert markdown(grid) == "| a | b |\n|---|---|\n| x\\|y | two lines |\n| ␛[31m | \ufffd |"
    drawn = comparison_grid(report(STREAMING, CACHING))
    for line in markdown(msgspec.structs.replace(drawn, notes=())).splitlines():
        assert line.startswith("|") and line.endswith("|")
