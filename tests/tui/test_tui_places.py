"""From place to place by keys and clicks; a dialog that waits for an answer is not walked away from."""

from lab_script import MakeLab, settle
from textual.app import App
from textual.pilot import Pilot

from optlab.tui.places.screen import PlaceScreen
from optlab.tui.places.table import LAB, PLACES
from optlab.tui.screens.lab import LabScreen
from optlab.tui.trim.out_screen import OutScreen
from optlab.tui.widgets.header import Header


async def opened(pilot: Pilot[None]) -> LabScreen:
    lab = pilot.app.screen_stack[0]
    assert isinstance(lab, LabScreen)
    for _ in range(100):
        await settle(pilot)
        if lab.scene.ready:
            break
    return lab


def where(app: App[None]) -> str:
    return app.screen.PLACE if isinstance(app.screen, PlaceScreen) else LAB


async def test_every_place_is_one_key_away_from_every_other(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot)
        for place in (*PLACES, *reversed(PLACES), PLACES[2], PLACES[0], PLACES[4]):
            await pilot.press(place.key)
            await settle(pilot)
            assert where(app) == place.name
            assert app.screen.query_one(Header).place == place.name
            assert len(app.screen_stack) == 1 + (place.name != LAB)


async def test_a_click_on_a_title_goes_there(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot)
        line = app.screen.query_one(Header).render()
        at = str(line).index("Charts")
        await pilot.click(Header, offset=(at, 0))
        await settle(pilot)
        assert where(app) == "charts"
        await pilot.click(Header, offset=(str(line).index("Lab"), 0))
        await settle(pilot)
        assert where(app) == LAB


async def test_no_key_leads_away_from_a_dialog(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press("f3", "o")
        await settle(pilot)
        await pilot.press("f4")
        await settle(pilot)
        assert isinstance(app.screen, OutScreen)


async def test_every_key_has_a_name_and_a_tooltip_and_takes_another_key_from_the_config(make_lab: MakeLab) -> None:
    app = make_lab(keys={"place.charts": "f9", "lab.race": "x"})
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        for name in [place.key for place in PLACES if place.name != "charts"]:
            await pilot.press(name)
            await settle(pilot)
            for active in app.screen.active_bindings.values():
                if active.node in (app, app.screen) and not active.binding.system and active.binding.show:
                    assert active.binding.id and active.binding.tooltip, active.binding
        await pilot.press("f4")
        await settle(pilot)
        assert where(app) == "guide"
        await pilot.press("f9")
        await settle(pilot)
        assert where(app) == "charts"
