"""The charts beside the results, where nobody can see a colour."""

from lab_script import FakeSession, MakeLab, recorded, settle
from textual.content import Content

from optlab.tui.widgets.chart_view import ChartView


async def test_the_legend_has_the_marks_that_are_drawn(make_lab: MakeLab, session: FakeSession) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        session.tell(*recorded())
        await settle(pilot)
        await pilot.pause(0.6)
        views = list(app.screen.query(ChartView))
        legend = Content.from_markup(str(views[0].border_subtitle)).plain.split()
        assert legend == ["●", "baseline", "▲", "streaming"]
        assert all("●" in view.plain and "▲" in view.plain for view in views)
