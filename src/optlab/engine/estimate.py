"""What a run will take, told before the first paid call."""

from collections.abc import Sequence

from optlab.core.events import Estimate
from optlab.core.experiment import Experiment
from optlab.engine.guessing import SAMPLES_LOOKED_AT, call_seconds, prompt_tokens
from optlab.engine.judging_estimate import judging_estimate
from optlab.engine.pricing import Pricer
from optlab.engine.requests import planned_requests

ESTIMATE_SLACK = 2
"""How many times the offline estimate a prompt may really have: it is up to 45% low for some languages."""


async def estimate(experiment: Experiment, pricer: Pricer, speed: float) -> Estimate:
    """Calls, dollars and seconds of a run, warm-ups and judges included.

    The low end of the dollars is the prompts alone (at the read price where they are cached), the high end every
    answer at its cap. Prompts are counted by the offline estimate. Raises UsageError where a model has no price.
    """
    samples = experiment.scenario.samples[:SAMPLES_LOOKED_AT]
    low = high = seconds = 0.0
    calls = 0
    timed = True
    for variant in experiment.variants:
        requests = await planned_requests(experiment.scenario, variant, samples)
        each = (experiment.pairs + 1) / len(samples)
        calls += round(len(requests) * each)
        for request in requests:
            tokens = prompt_tokens(request)
            rates = pricer.rates(request.model, tokens)
            low += each * tokens * (rates.cache_read if request.breakpoints else rates.input) / 1e6
            high += each * pricer.ceiling_usd(request.model, tokens, request.max_tokens)
            took = call_seconds(request, tokens)
            timed = timed and took is not None
            seconds += each * (took or 0.0)
    judging = judging_estimate(experiment.scenario, len(experiment.variants), experiment.pairs, pricer)
    timed = timed and judging.seconds is not None
    return Estimate(
        calls=calls + judging.calls,
        low_usd=low + judging.low_usd,
        high_usd=high + judging.high_usd,
        seconds=(seconds + (judging.seconds or 0.0)) / speed if timed else None,
        judge_calls=judging.calls,
        judge_usd=judging.high_usd,
        # A race (no pairs) makes no call twice.
        retries_usd=(experiment.scenario.plan.attempts - 1) * high if experiment.pairs else 0.0,
    )


async def estimate_all(experiments: Sequence[Experiment], pricer: Pricer, speed: float) -> Estimate:
    """What a series of experiments will take, each at its full length. Seconds are None where any of them is."""
    each = [await estimate(experiment, pricer, speed) for experiment in experiments]
    seconds = [one.seconds for one in each if one.seconds is not None]
    return Estimate(
        calls=sum(one.calls for one in each),
        low_usd=sum(one.low_usd for one in each),
        high_usd=sum(one.high_usd for one in each),
        seconds=sum(seconds) if len(seconds) == len(each) else None,
        judge_calls=sum(one.judge_calls for one in each),
        judge_usd=sum(one.judge_usd for one in each),
        retries_usd=sum(one.retries_usd for one in each),
    )


async def ceilings(experiment: Experiment, pricer: Pricer) -> dict[str, float]:
    """The most one run of each variant can cost, in USD: the dearest planned run, its prompts taken twice as long."""
    most = {}
    for variant in experiment.variants:
        each = [
            await planned_requests(experiment.scenario, variant, [sample]) for sample in experiment.scenario.samples
        ]
        most[variant.name] = max(
            sum(pricer.ceiling_usd(r.model, ESTIMATE_SLACK * prompt_tokens(r), r.max_tokens) for r in requests)
            for requests in each
        )
    return most
