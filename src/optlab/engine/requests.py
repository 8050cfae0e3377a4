"""From a scenario to the requests its variants send: variables filled in, salt in front, levers pulled."""

from collections.abc import Sequence

from optlab.core.errors import ScenarioError
from optlab.core.experiment import Experiment, Variant
from optlab.core.record import CallRecord, Provenance
from optlab.core.request import Request, compose
from optlab.core.scenario import Sample, Scenario
from optlab.engine.placeholders import missing
from optlab.levers import BY_NAME, Send, complete, param_of

WORD = "and "
"""A token or more, by any estimate."""
LETS_PASS = "PASS 100"
"""The reply of a judge that lets a draft pass at every threshold."""


def prepare(scenario: Scenario, sample: Sample, salt: str = "") -> Request:
    """The request before any lever: one sample's variables filled in, and the salt in front."""
    request = compose(scenario.prompt, sample.variables, model=scenario.model, max_tokens=scenario.max_tokens)
    return request.salted(salt) if salt else request


def examine_prompt(scenario: Scenario) -> None:
    """Raise ScenarioError where the prompt as it stands makes no request, or not the one that is meant."""
    lacking = missing(scenario)
    if lacking is not None:
        raise ScenarioError(lacking.words)
    for sample in scenario.samples:
        try:
            compose(scenario.prompt, sample.variables, model=scenario.model, max_tokens=scenario.max_tokens)
        except ValueError as error:
            raise ScenarioError(f"with the sample {sample.id!r} {error}") from None


def pulled(send: Send, variant: Variant, scenario: Scenario) -> Send:
    """`send` behind the variant's levers; the first lever of the declared order sees the request first."""
    for choice in reversed(variant.levers):
        full = complete(choice, scenario)
        send = BY_NAME[choice.name].wrap(send, full.params)
    return send


async def planned_requests(
    scenario: Scenario, variant: Variant, samples: Sequence[Sample], *, longest: bool = False, fewest: bool = False
) -> list[Request]:
    """The requests one run of every sample would send at most, found by sending them nowhere; with `fewest` at least.

    Nothing comes back of any answer that a later request might hold, or with `longest` as much of it as may come.
    """
    sent: list[Request] = []

    async def nowhere(request: Request) -> CallRecord:
        sent.append(request)
        # A judge that says nothing lets nothing pass, so that every call of a cascade is planned.
        if request.purpose == "judge":
            text = LETS_PASS if fewest else ""
        else:
            text = WORD * request.max_tokens if longest else ""
        return CallRecord("", request.model, request.stream, 0.0, 0.0, Provenance.SIMULATED, text=text)

    for sample in samples:
        await pulled(nowhere, variant, scenario)(prepare(variant.on(scenario), sample))
    return sent


async def caps(experiment: Experiment) -> tuple[int, ...]:
    """The max_tokens of an answer of each variant, in their order; of several calls the largest."""
    scenario = experiment.scenario
    planned = [await planned_requests(scenario, variant, scenario.samples[:1]) for variant in experiment.variants]
    return tuple(max(request.max_tokens for request in of if request.purpose != "judge") for of in planned)


async def batch_requests(experiment: Experiment) -> tuple[Variant, list[Request]] | None:
    """The one batch that an experiment really submits: that of its first variant under the lever, a few samples of it.

    None where no variant is under the lever.
    """
    scenario = experiment.scenario
    for variant in experiment.variants:
        size = param_of(variant.levers, "batch", "size", scenario)
        if size is not None:
            return variant, await planned_requests(scenario, variant, scenario.samples[: int(size)])
    return None
