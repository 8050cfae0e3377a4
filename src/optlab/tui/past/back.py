"""A kept setup on the desk again: pure, scene in and scene out."""

import msgspec

from optlab.core.commands import MapHeat
from optlab.core.events import SetupRecalled
from optlab.render.snapshot import Snapshot
from optlab.tui.desk import Desk, LeverSetting, Settings
from optlab.tui.scene import Scene

CHANGED = " Its scenario file says something else now than it did then."


def put_back(scene: Scene, setup: SetupRecalled) -> Scene:
    """The scene with prompt and levers of a kept run on its desk; another scenario takes the place of all that was."""
    if setup.scenario != scene.desk.scenario:
        scene = _fresh(scene, setup)
    levers = tuple(_lever(setting, setup) for setting in scene.desk.levers)
    desk = msgspec.structs.replace(scene.desk, prompt=setup.prompt, levers=levers)
    note = f"Prompt and levers of {setup.id} are on the desk; F2 goes there."
    return msgspec.structs.replace(scene, desk=desk, note=note + (CHANGED if setup.changed else ""), trouble="")


def _fresh(scene: Scene, setup: SetupRecalled) -> Scene:
    settings = Settings(speed=scene.desk.settings.speed)
    empty = Desk(setup.scenario.source, settings=settings, connection=scene.desk.connection, yes=scene.desk.yes)
    desk = empty.loaded(setup.scenario)
    stage = Snapshot("ready", where=scene.stage.where)
    return Scene(desk, loaded=desk, stage=stage, past=scene.past, dead=scene.dead)


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
