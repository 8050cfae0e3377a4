"""What a call is going to be billed for, told beforehand so that dollars can be shown while its text arrives."""

from optlab.core.experiment import Experiment
from optlab.core.plan_events import CallAhead
from optlab.core.usage import Terms
from optlab.engine.estimate import expected_prompt_usd
from optlab.engine.guessing import SAMPLES_LOOKED_AT, marked_tokens, prompt_tokens
from optlab.engine.pricing import Pricer
from optlab.engine.requests import planned_requests


async def calls_ahead(experiment: Experiment, pricer: Pricer) -> tuple[CallAhead, ...]:
    """One run of every variant, in their order: of a race (no pairs) on its one sample, else on an average one.

    Prompts are counted by the offline estimate; of a cascade all of them, as if it escalated. Raises UsageError where
    a model has no price.
    """
    samples = experiment.scenario.samples[: SAMPLES_LOOKED_AT if experiment.pairs else 1]
    found = []
    for variant in experiment.variants:
        requests = await planned_requests(experiment.scenario, variant, samples)
        tokens = prompt_usd = 0.0
        for request in requests:
            each = prompt_tokens(request)
            rates = pricer.rates(request.model, each, terms=Terms(batch=request.batched))
            tokens += each / len(samples)
            prompt_usd += expected_prompt_usd(request, rates, each, marked_tokens(request), experiment.pairs) / len(
                samples
            )
        answers = [request for request in requests if request.purpose != "judge"][-1]
        rates = pricer.rates(answers.model, prompt_tokens(answers), terms=Terms(batch=answers.batched))
        found.append(CallAhead(variant.name, answers.model, round(tokens), prompt_usd, rates.output / 1e6))
    return tuple(found)
