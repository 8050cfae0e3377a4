"""A candidate that sends what the baseline sends would be paid for in full and could only ever end in NOISE."""

from collections.abc import Sequence

import msgspec

from optlab.catalogue import load
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, Variant
from optlab.core.request import Request
from optlab.engine.requests import planned_requests
from optlab.levers import BY_NAME, Rewriting


async def refuse_sameness(experiment: Experiment) -> None:
    """Raise UsageError where a candidate's requests are the baseline's, on every sample.

    An A/A run means it so. Levers that do more than change a request are not looked at.
    """
    if experiment.is_aa:
        return
    base = await _requests(experiment, experiment.baseline)
    for variant in experiment.candidates:
        plain = all(isinstance(BY_NAME[choice.name], Rewriting) for choice in variant.levers)
        if plain and await _requests(experiment, variant) == base:
            levers = " and ".join(choice.label() for choice in variant.levers)
            raise UsageError(
                f"{levers} changes nothing here: every request would be the baseline's, so there is nothing to "
                "measure; give other parameters, or compare the baseline with itself by --aa"
            )


async def _requests(experiment: Experiment, variant: Variant) -> Sequence[Request]:
    """What a variant would send, each model by the one name that the catalogue has for it."""
    sent = await planned_requests(experiment.scenario, variant, experiment.scenario.samples)
    return [msgspec.structs.replace(request, model=_known(request.model)) for request in sent]


def _known(model_id: str) -> str:
    model = load().find(model_id)
    return model.id if model else model_id
