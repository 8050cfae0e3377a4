"""A kept setup on the desk again: pure, scene in and scene out."""

import msgspec

from optlab.core.commands import MapHeat
from optlab.core.events import SetupRecalled
from optlab.tui.desk import LeverSetting
from optlab.tui.scene import Scene, opened

CHANGED = " Its scenario file says something else now than it did then."


def put_back(scene: Scene, setup: SetupRecalled) -> Scene:
    """The scene with prompt, model and levers of a kept run on its desk; another scenario is opened for it."""
    here, source = scene.desk, setup.scenario.source
    same = here.scenario and msgspec.structs.replace(here.scenario, model=setup.scenario.model)
    if source != here.source or same != setup.scenario:
        scene = opened(scene, source, setup.scenario)
    desk, model = scene.desk, setup.model or setup.scenario.model
    if desk.scenario is None or desk.scenario.model != model:  # else the same object: what was typed can be undone
        desk = desk.with_model(model)
    levers = tuple(_lever(setting, setup) for setting in desk.levers)
    desk = msgspec.structs.replace(desk, prompt=setup.prompt, levers=levers, model=setup.model)
    note = f"Prompt and levers of {setup.id} are on the desk; F2 goes there."
    return msgspec.structs.replace(scene, desk=desk, note=note + (CHANGED if setup.changed else ""), trouble="")


def _lever(setting: LeverSetting, setup: SetupRecalled) -> LeverSetting:
    choice = next((choice for choice in setup.levers if choice.name == setting.name), None)
    if choice is None:
        return msgspec.structs.replace(setting, on=False)
    params = {**setting.params, **{name: str(value) for name, value in choice.params.items()}}
    return msgspec.structs.replace(setting, on=True, params=params)


def going_on(scene: Scene, setup: SetupRecalled) -> MapHeat | str:
    """The command by which a stopped heat map goes on, on the wire of the desk; or one sentence why it does not."""
    if setup.again is None:
        return f"{setup.id} cannot go on: only a heat map that was stopped is kept piece by piece."
    if setup.scenario.source != scene.desk.source:
        return f"{setup.id} is about another scenario: b puts that on the desk, then g goes on."
    wire = msgspec.structs.replace(scene.desk.wire, seed=setup.again.connection.seed)
    return msgspec.structs.replace(setup.again, dry=False, again=False, yes=scene.desk.yes, connection=wire)
