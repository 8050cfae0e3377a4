"""What a run will take, told before the first paid call."""

from collections.abc import Sequence

from optlab.catalogue import Rates
from optlab.core.experiment import Experiment
from optlab.core.plan_events import Estimate
from optlab.core.request import Request
from optlab.core.usage import Terms
from optlab.engine.guessing import (
    NOTHING_KNOWN,
    SAMPLES_LOOKED_AT,
    AnswerLengths,
    call_seconds,
    marked_tokens,
    prompt_tokens,
)
from optlab.engine.judging_estimate import judging_estimate
from optlab.engine.pricing import Pricer
from optlab.engine.requests import batch_requests, planned_requests

ESTIMATE_SLACK = 2
"""How many times the offline estimate a prompt may really have: it is up to 45% low for some languages."""


async def estimate(
    experiment: Experiment, pricer: Pricer, speed: float, lengths: AnswerLengths = NOTHING_KNOWN
) -> Estimate:
    """Calls, dollars and seconds of a run, warm-ups, judges and a submitted batch included.

    The low end of the dollars is the prompts alone (at the read price where they are cached) of the calls that are made
    in any case, the high end every answer at its cap, also where another call reads it; what is expected has answers as
    long as `lengths` says, and a cascade that always escalates. Prompts are counted by the offline estimate. Raises
    UsageError where a model has no price.
    """
    samples = experiment.scenario.samples[:SAMPLES_LOOKED_AT]
    low = high = expected = seconds = 0.0
    calls = 0
    timed = True
    for variant in experiment.variants:
        requests = await planned_requests(experiment.scenario, variant, samples)
        each = (experiment.pairs + experiment.warm_up) / len(samples)
        calls += round(len(requests) * each)
        fullest = await planned_requests(experiment.scenario, variant, samples, longest=True)
        for request in await planned_requests(experiment.scenario, variant, samples, fewest=True):
            low += each * _least_usd(request, pricer)
        for request, full in zip(requests, fullest, strict=True):
            tokens, marked = prompt_tokens(request), marked_tokens(request)
            rates = pricer.rates(request.model, tokens)
            read = tokens if full == request else prompt_tokens(full)
            high += each * pricer.ceiling_usd(request.model, read, request.max_tokens)
            purpose = "judge" if request.purpose == "judge" else "answer"
            answer = lengths.expected(request.model, request.max_tokens, purpose)
            prompt_usd = expected_prompt_usd(request, rates, tokens, marked, experiment.pairs)
            expected += each * (prompt_usd + answer * rates.output / 1e6)
            took = call_seconds(request, tokens, answer)
            timed = timed and took is not None
            seconds += each * (took or 0.0)
    judging = judging_estimate(experiment.scenario, len(experiment.variants), experiment.pairs, pricer, lengths)
    timed = timed and judging.seconds is not None
    batched, least, likely, most = await _batches(experiment, pricer, lengths)
    return Estimate(
        calls=calls + batched + judging.calls,
        low_usd=low + judging.low_usd + least,
        high_usd=high + judging.high_usd + most,
        seconds=(seconds + (judging.seconds or 0.0)) / speed if timed else None,
        judge_calls=judging.calls,
        judge_usd=judging.high_usd,
        # A race (no pairs) makes no call twice.
        retries_usd=(experiment.scenario.plan.attempts - 1) * high if experiment.pairs else 0.0,
        expected_usd=expected + (judging.expected_usd or 0.0) + likely,
        basis=lengths.basis,
        batch_calls=batched,
    )


def _least_usd(request: Request, pricer: Pricer) -> float:
    """USD of a prompt without its answer, read from the cache where it is marked."""
    tokens, marked = prompt_tokens(request), marked_tokens(request)
    rates = pricer.rates(request.model, tokens)
    return (marked * rates.cache_read + (tokens - marked) * rates.input) / 1e6


def expected_prompt_usd(request: Request, rates: Rates, tokens: int, marked: int, pairs: int) -> float:
    """USD of a prompt, on average over a warm-up and its pairs: what is marked is written once and then read."""
    written = rates.cache_write_1h if "1h" in request.breakpoints else rates.cache_write_5m
    cached = (written + pairs * rates.cache_read) / (pairs + 1)
    return (marked * cached + (tokens - marked) * rates.input) / 1e6


async def _batches(experiment: Experiment, pricer: Pricer, lengths: AnswerLengths) -> tuple[int, float, float, float]:
    """Requests of the batch that is really submitted, and what they cost at least, as expected and at most, in USD."""
    submitted = await batch_requests(experiment)
    requests, terms = submitted[1] if submitted and experiment.pairs else [], Terms(batch=True)
    low = expected = high = 0.0
    for request in requests:
        tokens = prompt_tokens(request)
        rates = pricer.rates(request.model, tokens, terms=terms)
        least = tokens * rates.input / 1e6
        low += least
        expected += least + lengths.expected(request.model, request.max_tokens) * rates.output / 1e6
        high += pricer.ceiling_usd(request.model, tokens, request.max_tokens, terms=terms)
    return len(requests), low, expected, high


async def estimate_all(
    experiments: Sequence[Experiment], pricer: Pricer, speed: float, lengths: AnswerLengths = NOTHING_KNOWN
) -> Estimate:
    """What a series of experiments will take, each at its full length. Seconds are None where any of them is."""
    each = [await estimate(experiment, pricer, speed, lengths) for experiment in experiments]
    seconds = [one.seconds for one in each if one.seconds is not None]
    return Estimate(
        calls=sum(one.calls for one in each),
        low_usd=sum(one.low_usd for one in each),
        high_usd=sum(one.high_usd for one in each),
        seconds=sum(seconds) if len(seconds) == len(each) else None,
        judge_calls=sum(one.judge_calls for one in each),
        judge_usd=sum(one.judge_usd for one in each),
        retries_usd=sum(one.retries_usd for one in each),
        expected_usd=sum(one.expected_usd or 0.0 for one in each),
        basis=lengths.basis,
        batch_calls=sum(one.batch_calls for one in each),
    )


async def ceilings(experiment: Experiment, pricer: Pricer) -> dict[str, float]:
    """The most one run of each variant can cost, in USD: the dearest planned run, its prompts taken twice as long."""
    most = {}
    for variant in experiment.variants:
        each = [
            await planned_requests(experiment.scenario, variant, [sample], longest=True)
            for sample in experiment.scenario.samples
        ]
        most[variant.name] = max(
            sum(
                pricer.ceiling_usd(
                    r.model, ESTIMATE_SLACK * prompt_tokens(r), r.max_tokens, terms=Terms(batch=r.batched)
                )
                for r in requests
            )
            for requests in each
        )
    return most
