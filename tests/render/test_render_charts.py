"""Every chart on a benchmark of exact numbers: what it says, what it lacks, and that nothing can break it."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts_script import CAP, DAYS, FAILED, PAIRS, VARIANTS, day, finished
from optlab.core.plan_events import ExperimentPlanned
from optlab.core.record import Provenance
from optlab.core.report import Distribution
from optlab.core.usage import Usage
from optlab.core.verdict import Interval
from optlab.render.charts import CHARTS, SMALL, Chart
from optlab.render.charts.output import bins, counts
from optlab.render.charts.sheet import drawn, text_of
from optlab.render.snapshot import Point, Snapshot, Where
from optlab.render.styled import Palette, plain

COLOURS = Palette((150, 150, 150), (60, 60, 60), ((1, 2, 3), (4, 5, 6), (7, 8, 9)))
FULL = msgspec.structs.replace(finished(), days=DAYS)
WHERE = Where(Provenance.SIMULATED, 50.0, "127.0.0.1", "no credential")
every = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)


def chart(name: str) -> Chart:
    return next(one for one in CHARTS if one.name == name)


def rows(name: str, snapshot: Snapshot = FULL, size: tuple[int, int] = (78, 18)) -> list[str]:
    return plain(drawn(chart(name), snapshot, size, COLOURS)).split("\n")


def changed(**changes: Any) -> Snapshot:
    return msgspec.structs.replace(FULL, **changes)


# What is said beside every chart.


@every
def test_each_says_n_a_unit_and_where_its_figures_come_from(chart: Chart) -> None:
    words = chart.caption(msgspec.structs.replace(FULL, report=None, where=WHERE))
    assert words.startswith("n = ") and words.split()[2].isdigit()
    assert any(unit in words for unit in ("seconds", "dollars", "share", "saving", "tokens"))
    assert words.endswith("SIMULATED at speed 50, figures scaled back")


@every
def test_each_says_what_is_missing_in_a_sentence(chart: Chart) -> None:
    assert chart.ready(FULL) and not chart.ready(Snapshot())
    words = chart.missing(Snapshot())
    assert words.endswith(".") and words in " ".join(plain(drawn(chart, Snapshot(), (78, 9), COLOURS)).split())


def test_what_is_missing_after_a_run_is_told_for_its_reason() -> None:
    cold = tuple(msgspec.structs.replace(point, usage=Usage(5, 7)) for point in FULL.points)
    assert "the lever caching" in chart("hits").missing(changed(points=cold))
    unchecked = tuple(msgspec.structs.replace(v, shares={}) for v in FULL.variants)
    assert "No answer was checked" in chart("answers").missing(changed(variants=unchecked))
    assert "not how it came there" in chart("interval").missing(changed(looks=()))
    assert "kept" in chart("days").missing(changed(days=()))


@every
def test_variants_are_told_apart_without_colour(chart: Chart) -> None:
    marks = {"●", "▲"} if chart.name == "days" else {"▲", "◆"} if chart.name in ("interval",) else {"●", "▲", "◆"}
    if chart.name == "trade-off":
        assert all(variant.name in plain(drawn(chart, FULL, (120, 30), COLOURS)) for variant in VARIANTS)
    else:
        assert marks <= set(plain(drawn(chart, FULL, (90, 24), COLOURS)))


def test_keys_are_letters_of_the_names_and_taken_by_nothing_else() -> None:
    keys = [one.key for one in CHARTS]
    assert len(set(keys)) == len(CHARTS) and not set(keys) & set("qympSsr")
    assert all(one.key in one.short.lower() and one.key in one.title.lower() + one.short.lower() for one in CHARTS)
    assert sum(len(one.short) + 2 for one in CHARTS) <= 78  # one row of an 80-column terminal
    assert all(len(one.about) <= 78 for one in CHARTS)  # one row of the banner


# Exact pictures.


def test_latency_joins_pairs_and_marks_what_failed() -> None:
    found = rows("latency", size=(60, 16))
    assert found[0].split() == ["●", "baseline", "▲", "streaming", "◆", "max_tokens"]
    assert sum(row.count("✗") for row in found) == 1
    column = next(row.index("✗") for row in found if "✗" in row)
    ticks = found[-1]
    assert ticks.split()[1:] and column == found[-1].index("6")
    assert len({at for row in found[1:] for at, character in enumerate(row) if character in "●▲◆"}) == PAIRS
    assert any("┊" in row for row in found)
    assert f"n = {PAIRS} pairs, 1 failed" in chart("latency").caption(FULL)


def test_a_dense_latency_has_lines_with_a_mark_here_and_there() -> None:
    points = tuple(
        Point(name, pair, "measured", 1.0 + pair % 7 / 10, 2.0, 0.0)
        for pair in range(300)
        for name in ("baseline", "streaming")
    )
    found = rows("latency", changed(points=points))
    assert 2 <= sum(row.count("●") for row in found[1:]) < 30
    assert any(0x2800 < ord(character) < 0x2900 for row in found for character in row)


def two_runs(times: Distribution) -> Snapshot:
    summary = msgspec.structs.replace(FULL.variants[0], name="only", metrics={"first_visible": times})
    points = tuple(Point("only", at, "measured", float(at + 1), 9.0, 0.0) for at in range(9))
    return Snapshot(where=WHERE, variants=(summary,), points=points)


TIMES = Distribution(
    9, 5.0, Interval(2.0, 8.0), None, Interval(7.0, None), None, Interval(None, None), 5.0, 9.0, 1.0, 3.0, 7.0
)


def test_an_ecdf_has_the_interval_of_its_median_as_a_bracket() -> None:
    found = rows("ecdf", two_runs(TIMES), (60, 15))
    half = next(row for row in found if "50%" in row)
    left = half.index("┼") + 1
    columns = len(half) - left
    right = 9.0 * 1.1

    def column(value: float) -> int:
        return left + round(value / right * (columns - 1))

    assert half[column(2.0)] == "├" and half[column(8.0)] == "┤" and half[column(5.0)] == "●"
    assert half[column(2.0) + 1 : column(5.0)] == "─" * (column(5.0) - column(2.0) - 1)
    ninety = next(row for row in found if "90%" in row)
    assert ninety[column(7.0)] == "├" and ninety.rstrip()[-1] == "▸"  # no upper bound at n = 9


def test_an_ecdf_of_failed_runs_stays_below_one() -> None:
    points = tuple(Point("only", at, "measured", 1.0 if at else None, 1.0, 0.0) for at in range(2))
    lines = rows("ecdf", msgspec.structs.replace(two_runs(TIMES), points=points), (60, 20))
    ink = [bool(set(row) & {chr(code) for code in range(0x2801, 0x2900)}) for row in lines]
    top = next(row for row, text in enumerate(lines) if "75%" in text)
    assert not any(ink[: top + 1]) and any(ink)


def test_a_box_stands_where_its_quantiles_are() -> None:
    (row,) = (text for text in rows("boxes", two_runs(TIMES), (70, 5)) if text.startswith(" ● only"))
    left, columns = len("only") + 4, 70 - len("only") - 4 - 14
    at = {name: left + round(value / 9.9 * (columns - 1)) for name, value in (("min", 1), ("max", 9))}
    box = {value: left + round(value / 9.9 * (columns - 1)) for value in (3, 5, 7)}
    assert row[at["min"]] == "├" and row[at["max"]] == "┤"
    assert (row[box[3]], row[box[5]], row[box[7]]) == ("┤", "┃", "├")
    assert set(row[box[3] + 1 : box[5]]) == {"░"}
    assert row.rstrip().endswith("p50 5.00 s")


def test_a_box_of_failed_runs_has_no_end() -> None:
    endless = msgspec.structs.replace(TIMES, max="inf", p75="inf")
    (row,) = (text for text in rows("boxes", two_runs(endless), (70, 5)) if text.startswith(" ● only"))
    box, p50 = row.rstrip().split(" p50 ")
    assert p50 == "5.00 s" and box[-1] == "├" and len(box) == 70 - 14  # at the edge of the drawing
    slow = msgspec.structs.replace(TIMES, max="inf")
    (row,) = (text for text in rows("boxes", two_runs(slow), (70, 5)) if text.startswith(" ● only"))
    assert row.split(" p50 ")[0][-1] == "▸"


def test_a_run_kept_without_quartiles_says_so() -> None:
    old = msgspec.structs.replace(TIMES, min=None, p25=None, p75=None)
    assert chart("boxes").missing(two_runs(old)) == "This run was kept before quartiles were."


def test_answers_have_their_interval_and_the_margin() -> None:
    found = rows("answers", size=(78, 20))
    passed = next(row for row in found if row.startswith(" ◆ max_tokens"))
    share = FULL.variants[2].shares["quality"]
    assert f"{share.count} of {share.n} (" in passed and "├" in passed and "◆" in passed[5:]
    card = next(card for card in FULL.cards if card.variant == "max_tokens")
    assert any("margin -" in row and "no difference" in row for row in found)
    assert card.quality.verdict in next(row for row in found[::-1] if row.startswith(" ◆"))


def test_the_trade_off_names_who_is_beaten_and_what_is_on_the_front() -> None:
    assert FULL.report is not None and FULL.report.trade_off is not None
    text = "\n".join(rows("trade-off", size=(140, 30)))
    for point in FULL.report.trade_off.points:
        assert f"{point.variant}, quality" in text
    running = "\n".join(rows("trade-off", changed(report=None)))
    assert "baseline, quality" in running and "front" not in running


def test_equal_prices_have_no_tick_twice() -> None:
    assert FULL.report is not None and FULL.report.trade_off is not None
    same = tuple(msgspec.structs.replace(point, cost_usd=0.00002) for point in FULL.report.trade_off.points)
    off = msgspec.structs.replace(FULL.report.trade_off, points=same)
    labels = rows("trade-off", changed(report=msgspec.structs.replace(FULL.report, trade_off=off)))[-1].split()
    assert labels and len(labels) == len(set(labels))


def test_the_interval_closes_around_the_line_of_no_difference() -> None:
    found = rows("interval", size=(100, 44))
    assert any("no difference" in row for row in found) and any("smallest useful, 5%" in row for row in found)
    assert {look.variant for look in FULL.looks} == {"streaming", "max_tokens"}
    last = [look for look in FULL.looks if look.variant == "streaming"][-1]
    assert last.pairs == PAIRS and last.low is not None and last.low > 0
    assert f"n = {PAIRS} pairs" in chart("interval").caption(FULL)


def test_lines_that_share_a_row_have_one_label() -> None:
    wide = changed(looks=tuple(msgspec.structs.replace(look, low=-1.0, high=1.0) for look in FULL.looks))
    text = "\n".join(rows("interval", wide, (78, 12)))
    assert "no difference; useful from 5%" in text and "smallest" not in text


def test_bins_are_shared_and_round() -> None:
    assert bins(97.0, 10) == tuple(float(10 * n) for n in range(11))
    assert bins(100.0, 10)[-1] == 110.0
    assert counts([0, 1, 10, 11, 60], bins(60.0, 6)) == (3, 1, 0, 0, 0, 1, 0)


def test_what_a_cap_cut_lies_left_of_its_line() -> None:
    found = rows("output", size=(78, 20))
    title = next(at for at, row in enumerate(found) if row.startswith(" ◆ max_tokens"))
    cut = sum(point.cut for point in FULL.points if point.phase == "measured")
    assert f"cap {CAP} tokens (┊), {cut} cut" in found[title] and cut > 0
    below = found[title + 1]
    assert below.index("┊") > below.index("█")
    assert "█" not in below[below.index("┊") :]
    assert "cap 400 tokens (┊), 0 cut" in found[0]


def test_a_far_cap_and_an_unknown_one_are_said() -> None:
    plan = FULL.plan
    assert isinstance(plan, ExperimentPlanned)
    far = changed(plan=msgspec.structs.replace(plan, caps=(9000, 9000, CAP)))
    assert "cap 9,000 tokens, far to the right" in rows("output", far)[0]
    assert "its cap is not known" in rows("output", changed(plan=msgspec.structs.replace(plan, caps=())))[0]


def test_hits_show_what_was_read_and_written_run_by_run() -> None:
    found = rows("hits", size=(78, 20))
    title = next(at for at, row in enumerate(found) if row.startswith(" ▲ streaming"))
    assert f"{PAIRS - 1} of {PAIRS} runs read the cache" in found[title]
    letters = next(row for row in found[title + 1 :] if "R" in row)
    assert letters.split() == [*"WW", *"R" * (PAIRS - 1)]  # warm-up, first run, then hits
    assert "▒" in found[title + 2] and "█" in found[title + 2]
    assert "1,220" in found[title + 1]
    assert FAILED < PAIRS and sum(row.count("–") for row in found[1:]) == 2 * (PAIRS + 1) - 1


def test_more_runs_than_columns_are_drawn_by_every_so_many() -> None:
    usage = Usage(1, 1, 0, 0, 9)
    points = tuple(Point("baseline", at, "measured", 1.0, 1.0, 0.0, usage=usage) for at in range(200))
    found = rows("hits", changed(points=points))
    assert "one run of 3 drawn" in found[1]


def test_days_show_one_kind_of_figures_only() -> None:
    mixed = changed(days=(*DAYS, day(20, kind=Provenance.MEASURED)))
    assert "n = 6 benchmarks kept, 1 of another kind left out" in chart("days").caption(mixed)
    found = rows("days", mixed, (90, 20))
    assert sum(row.count("●") for row in found[1:]) == len(DAYS)
    assert "Nov" in found[-1] and "20 Nov" not in found[-1]


def test_one_day_is_told_in_hours() -> None:
    found = rows("days", changed(days=tuple(day(3, hour=hour) for hour in (9, 11, 13))))
    assert "10:00" in found[-1] and "Nov" not in found[-1]


def test_the_small_charts_are_the_lab_s_own() -> None:
    assert [one.name for one in SMALL] == ["latency", "ecdf", "cost"]


@pytest.mark.parametrize("chart", SMALL, ids=lambda chart: chart.name)
def test_the_small_charts_tell_variants_apart_without_colour(chart: Chart) -> None:
    drawn_small = plain(chart.draw(FULL, (44, 8), COLOURS))
    assert all(drawn_small.count(mark) >= 2 for mark in "●▲◆")


# A chart that leaves.


@every
def test_as_text_it_has_title_and_words(chart: Chart) -> None:
    text = text_of(chart, FULL, (80, 20), COLOURS)
    lines = text.split("\n")
    assert lines[0] == f"{chart.title} – Support desk" and text.endswith("\n")
    assert "SIMULATED" in text and "n = " in text and all(line == line.rstrip() for line in lines)
    assert max(map(len, lines)) <= 80


# Whatever comes.

numbers = st.one_of(st.floats(), st.floats(0, 1e-300), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e300]))
figures = st.one_of(st.none(), st.just("inf"), numbers)
intervals = st.builds(Interval, st.one_of(st.none(), numbers), st.one_of(st.none(), numbers))
distributions = st.builds(
    Distribution,
    n=st.integers(0, 3),
    p50=figures,
    p50_interval=intervals,
    p90=figures,
    p90_interval=intervals,
    p99=st.none(),
    p99_interval=intervals,
    mean=figures,
    max=figures,
    min=figures,
    p25=figures,
    p75=figures,
)
points = st.builds(
    Point,
    variant=st.sampled_from(["baseline", "streaming", "max_tokens", "stranger", "\x1b]0;x\x07 漢字"]),
    pair=st.integers(0, 10_000),
    phase=st.sampled_from(["cold", "measured", "set aside"]),
    first_visible_s=st.one_of(st.none(), numbers),
    e2e_s=st.one_of(st.none(), numbers),
    cost_usd=st.just(0.0),
    failed=st.booleans(),
    usage=st.builds(Usage, *[st.integers(0, 10**7)] * 6),
    answer_tokens=st.integers(0, 10**6),
)
sizes = st.tuples(st.integers(0, 130), st.integers(0, 45))


@every
@settings(max_examples=25)
@given(data=st.data())
def test_no_size_and_no_number_breaks_a_chart(chart: Chart, data: st.DataObject) -> None:
    width, height = data.draw(sizes)
    looks = tuple(
        msgspec.structs.replace(look, low=data.draw(st.one_of(st.none(), numbers)), estimate=data.draw(numbers))
        for look in FULL.looks[-2:]
    )
    times = data.draw(distributions)
    variants = tuple(msgspec.structs.replace(v, metrics=dict.fromkeys(v.metrics, times)) for v in FULL.variants)
    kept = tuple(
        msgspec.structs.replace(
            one,
            arms=tuple(msgspec.structs.replace(arm, p50=times.p50, interval=times.p50_interval) for arm in one.arms),
        )
        for one in DAYS[:2]
    )
    snapshot = changed(
        points=tuple(data.draw(st.lists(points, max_size=6))), looks=looks, variants=variants, days=kept, report=None
    )
    lines = drawn(chart, snapshot, (width, height), COLOURS)
    assert [sum(len(span.text) for span in line) for line in lines] == [width] * height
    assert "\x1b" not in plain(lines)
    assert chart.caption(snapshot)
