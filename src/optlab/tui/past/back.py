"""A kept setup on the desk again: pure values."""

import msgspec

from optlab.core.commands import MapHeat
from optlab.core.events import SetupRecalled
from optlab.core.prompt import Prompt
from optlab.tui.desk import Desk, LeverSetting

CHANGED = " Its scenario file says something else now than it did then."


def fits(desk: Desk, setup: SetupRecalled) -> bool:
    """Whether the scenario on the desk has the segments of the setup: it may be an older reading of its file."""
    return desk.scenario is not None and _places(desk.scenario.prompt) == _places(setup.prompt)


def _places(prompt: Prompt) -> list[tuple[str, str]]:
    return [(segment.name, segment.where) for segment in prompt.segments]


def put_back(desk: Desk, setup: SetupRecalled) -> Desk:
    """The desk with prompt, model and levers of a kept run of the scenario that is on it."""
    model = setup.model or setup.scenario.model
    if desk.scenario is None or desk.scenario.model != model:  # else the same object: what was typed can be undone
        desk = desk.with_model(model)
    levers = tuple(_lever(setting, setup) for setting in desk.levers)
    return msgspec.structs.replace(desk, prompt=setup.prompt, levers=levers, model=setup.model)


def note_of(setup: SetupRecalled) -> str:
    """What is told once that is done."""
    done = f"Prompt and levers of {setup.id} are on the desk; F2 goes there."
    return done + CHANGED if setup.changed else done


def _lever(setting: LeverSetting, setup: SetupRecalled) -> LeverSetting:
    choice = next((choice for choice in setup.levers if choice.name == setting.name), None)
    if choice is None:
        return msgspec.structs.replace(setting, on=False)
    params = {**setting.params, **{name: str(value) for name, value in choice.params.items()}}
    return msgspec.structs.replace(setting, on=True, params=params)


def going_on(desk: Desk, setup: SetupRecalled) -> MapHeat | str:
    """The command by which a stopped heat map goes on, on the wire of the desk; or one sentence why it does not."""
    if setup.again is None:
        return f"{setup.id} cannot go on: only a heat map that was stopped is kept piece by piece."
    if setup.scenario.source != desk.source:
        return f"{setup.id} is about another scenario: b puts that on the desk, then g goes on."
    wire = msgspec.structs.replace(desk.wire, seed=setup.again.connection.seed)
    return msgspec.structs.replace(setup.again, dry=False, again=False, yes=desk.yes, connection=wire)
