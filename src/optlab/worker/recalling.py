"""What a kept run or study was made of, as something that can be put on a desk again."""

from typing import NamedTuple

import msgspec

from optlab.core.commands import FindCuts, MapHeat, RunScreen, Study, StudyCascade, TestCut
from optlab.core.errors import UsageError
from optlab.core.events import SetupRecalled
from optlab.core.experiment import Experiment, LeverChoice
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.engine import scenarios
from optlab.history.studies import Kept

_STOPPED = ("budget", "cancelled", "left", "failed", "broken off")


class _Setup(NamedTuple):
    source: str
    prompt: Prompt | None
    levers: tuple[LeverChoice, ...]
    model: str | None
    then: Scenario | None = None


def setup_recalled(kept: Kept) -> SetupRecalled:
    """What was kept, on top of the scenario's file as it is now.

    Raises ScenarioError where that file cannot be read, UsageError where a desk has no room for what was asked.
    """
    setup = _of_run(kept.id, kept.of) if isinstance(kept.of, Experiment) else _of_study(kept.id, kept.of)
    if not setup.source:
        raise UsageError(f"it was not kept which file the scenario of {kept.id} came from")
    scenario = scenarios.load(setup.source)
    prompt = setup.prompt or scenario.prompt
    if _places(prompt) != _places(scenario.prompt):
        raise UsageError(f"{setup.source} has other segments now than when {kept.id} was made")
    then = setup.then and msgspec.structs.replace(setup.then, prompt=scenario.prompt, model=scenario.model)
    again = kept.of if isinstance(kept.of, MapHeat) and kept.status in _STOPPED else None
    return SetupRecalled(
        id=kept.id,
        scenario=scenario,
        prompt=prompt,
        levers=setup.levers,
        model=None if setup.model == scenario.model else setup.model,
        changed=then is not None and then != scenario,
        again=again,
    )


def _places(prompt: Prompt) -> list[tuple[str, str]]:
    return [(segment.name, segment.where) for segment in prompt.segments]


def _of_run(run_id: str, experiment: Experiment) -> _Setup:
    if len(experiment.variants) > 2:
        raise UsageError(f"{run_id} compared {len(experiment.candidates)} candidates, and the desk holds one")
    if experiment.candidates and experiment.baseline.levers:
        raise UsageError(f"{run_id} pulled levers on its baseline too, and the desk has them on the candidate alone")
    shown = experiment.variants[-1]
    scenario = experiment.scenario
    return _Setup(scenario.source, shown.prompt or scenario.prompt, shown.levers, scenario.model, scenario)


def _of_study(study_id: str, command: Study) -> _Setup:
    match command:
        case TestCut(trimmed=trimmed, levers=levers):
            return _Setup(command.scenario, trimmed, levers, command.model)
        case FindCuts(levers=levers) | MapHeat(levers=levers) | RunScreen(levers=levers):
            return _Setup(command.scenario, command.prompt, levers, command.model)
        case StudyCascade(lever=lever):
            return _Setup(command.scenario, command.prompt, (lever,), command.model)
    return _Setup(command.scenario, command.prompt, (), command.model)
