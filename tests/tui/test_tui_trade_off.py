"""The trade-off in the results pane, where a benchmark had several candidates."""

import msgspec
from lab_script import FakeSession, MakeLab, recorded, settle

from optlab.core import events, run_events
from optlab.core.trade_off import TradeOff, TradeOffPoint
from optlab.tui.results.view import ResultsView


async def test_every_variant_has_a_line_that_says_who_beats_it(make_lab: MakeLab, session: FakeSession) -> None:
    points = (
        TradeOffPoint("baseline", 0.002, 2.0, 0.9, False, beaten_by=("fast",)),
        TradeOffPoint("fast", 0.001, 1.0, 0.9, True),
    )

    def with_trade_off(event: events.Event) -> events.Event:
        if not isinstance(event, run_events.ExperimentFinished):
            return event
        report = msgspec.structs.replace(event.report, trade_off=TradeOff("e2e", points))
        return msgspec.structs.replace(event, report=report)

    async with make_lab().run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        session.tell(*map(with_trade_off, recorded()))
        await settle(pilot)
        shown = "\n".join(pilot.app.screen.query_one(ResultsView).plain)
    assert "baseline: $0.00200 · 2.00 s · 90% · beaten by fast" in shown
    assert "fast: $0.00100 · 1.00 s · 90% · on the front" in shown
