"""Several levers as one stack: whether they make sense together, on this scenario, and what they send."""

from collections.abc import Mapping, Sequence

from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.request import Request, compose
from optlab.core.scenario import Scenario
from optlab.levers.lever import Lever, Met, Rewriting


def examined(levers: Mapping[str, Lever], choices: Sequence[LeverChoice], scenario: Scenario) -> Request | None:
    """The request of the scenario, no sample filled in, as complete choices in their declared order leave it.

    A lever that does more than rewrite a request passes it on unchanged. None where the prompt as it stands makes no
    request. Raises UsageError where two levers exclude each other, or one cannot work on what it meets.
    """
    names = [choice.name for choice in choices]
    for name in names:
        for other, why in levers[name].spec.excludes:
            if other in names:
                raise UsageError(f"the levers {name} and {other} do not stack: {why}; leave one of them out")
    try:
        request = compose(scenario.prompt, {}, model=scenario.model, max_tokens=scenario.max_tokens)
    except ValueError:
        return None
    for number, choice in enumerate(choices):
        lever = levers[choice.name]
        lever.check(choice.params, Met(scenario, tuple(choices[:number]), request))
        if isinstance(lever, Rewriting):
            request = lever.rewrite(request, choice.params)
    return request
