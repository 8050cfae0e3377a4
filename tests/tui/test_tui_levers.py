"""The table of levers: what stands on which line, and how much of it can be read."""

import pytest
from lab_script import MakeLab, settle
from textual.widgets import Input

from optlab.catalogue import load
from optlab.levers import BY_NAME, LEVERS
from optlab.tui.panes.levers import lines
from optlab.tui.screens.lab import LabScreen

LONGEST_MODEL = max(len(model.id) for model in load().models)


@pytest.mark.parametrize("size", [(120, 36), (160, 48)])
async def test_models_of_a_cascade_are_told_apart(make_lab: MakeLab, size: tuple[int, int]) -> None:
    """claude-haiku-4-5-… and claude-haiku-5-5 begin alike: each has room for a whole id."""
    app = make_lab()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        row = app.screen.query_one("#lever-cascade")
        for name in ("small", "judge", "big"):
            assert row.query_one(f"#param-{name}", Input).content_size.width >= LONGEST_MODEL


def test_short_parameters_share_a_line_and_free_text_has_its_own() -> None:
    names = [[param.name for param in line] for line in lines(BY_NAME["cascade"].spec.params)]
    assert names == [["threshold"], ["small"], ["judge"], ["big"], ["judge_prompt"]]
    assert [len(line) for line in lines(BY_NAME["batch"].spec.params)] == [2]
    for lever in LEVERS:
        assert sorted(p.name for line in lines(lever.spec.params) for p in line) == sorted(
            p.name for p in lever.spec.params
        )


async def test_arrows_go_from_lever_to_lever(make_lab: MakeLab) -> None:
    app = make_lab()
    async with app.run_test(size=(120, 36)) as pilot:
        lab = app.screen
        assert isinstance(lab, LabScreen)
        for _ in range(100):
            await settle(pilot)
            if lab.scene.ready:
                break
        caching = [lever.spec.name for lever in LEVERS].index("caching")
        await pilot.press("l", *["down"] * caching, "space")
        await settle(pilot)
        assert [setting.name for setting in lab.scene.desk.pulled] == ["caching"]
        await pilot.press("up", "space", "down", "space")
        await settle(pilot)
        assert [setting.name for setting in lab.scene.desk.pulled] == [LEVERS[caching - 1].spec.name]
