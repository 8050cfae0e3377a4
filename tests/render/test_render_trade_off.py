"""The trade-off as rows, and in the report that programs read."""

import jsonschema
from render_builders import CACHING, STREAMING, report

from optlab.core.trade_off import TradeOff, TradeOffPoint
from optlab.render.report_json import report_object, schema
from optlab.render.trade_off import trade_off_grid

POINTS = (
    TradeOffPoint("baseline", 0.002, None, 0.94, False, beaten_by=("cheap", "fast")),
    TradeOffPoint("cheap", 0.001, 1.5, 0.9, True),
    TradeOffPoint("fast", 0.0012, 1.0, 0.9, True, tied_with=("cheap",)),
    TradeOffPoint("odd", 0.0013, 1.6, 0.9, False, tied_with=("cheap", "fast"), broken=("truncation",)),
)


def test_rows_say_what_is_decided() -> None:
    grid = trade_off_grid(TradeOff("first_visible", POINTS))
    assert grid.header == ("variant", "cost, mean", "first visible, p50", "quality", "place")
    assert grid.rows == (
        ("baseline", "$0.00200", "never (failed)", "94%", "beaten by cheap, fast"),
        ("cheap", "$0.00100", "1.50 s", "90%", "on the front"),
        ("fast", "$0.00120", "1.00 s", "90%", "on the front, undecided against cheap"),
        (
            "odd",
            "$0.00130",
            "1.60 s",
            "90%",
            "behind by its figures, undecided against cheap, fast, guard broken: truncation",
        ),
    )


def test_quality_that_nobody_checked_is_no_column() -> None:
    grid = trade_off_grid(TradeOff("e2e", (TradeOffPoint("baseline", 0.002, 1.0, None, True),)))
    assert grid.header == ("variant", "cost, mean", "end to end, p50", "place")


def test_programs_read_it_too() -> None:
    made = report(STREAMING, CACHING, trade_off=TradeOff("e2e", POINTS))
    jsonschema.validate(report_object(made), schema())
    first, *_ = report_object(made)["trade_off"]["points"]
    assert (first["latency_ms"], first["place"], first["beaten_by"]) == ("inf", "beaten", ["cheap", "fast"])
    assert report_object(report(STREAMING))["trade_off"] is None
