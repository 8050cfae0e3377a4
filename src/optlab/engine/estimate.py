"""What a run will take, told before the first paid call."""

from optlab.catalogue import estimate_tokens, load
from optlab.core.events import Estimate
from optlab.core.experiment import Experiment
from optlab.core.request import Request
from optlab.engine.pricing import Pricer
from optlab.engine.requests import planned_requests

SAMPLES_LOOKED_AT = 50
ESTIMATE_SLACK = 2
"""How many times the offline estimate a prompt may really have: it is up to 45% low for some languages."""

TYPICAL_SHARE_OF_CAP = 0.4
"""Where nothing is known of answer lengths, the time is planned with this share of max_tokens."""


async def estimate(experiment: Experiment, pricer: Pricer, speed: float) -> Estimate:
    """Calls, dollars and seconds of a run, warm-ups included.

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
            took = _seconds(request, tokens)
            timed = timed and took is not None
            seconds += each * (took or 0.0)
    # A race (no pairs) makes no call twice.
    retries = (experiment.scenario.plan.attempts - 1) * high if experiment.pairs else 0.0
    return Estimate(calls, low, high, seconds / speed if timed else None, retries)


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


def prompt_tokens(request: Request) -> int:
    """Estimated tokens of a prompt, in the tokenizer of its model (the older family where the model is unknown)."""
    model = load().find(request.model)
    family = model.tokenizer.family if model else "old"
    frame = model.tokenizer.message_frame_tokens if model else 0
    return frame + sum(estimate_tokens(text, family) for text in request.texts())


def _seconds(request: Request, tokens: int) -> float | None:
    model = load().find(request.model)
    if model is None:
        return None
    profile = model.latency.profile
    answer = TYPICAL_SHARE_OF_CAP * request.max_tokens / profile.output_tokens_per_s.p50
    return profile.ttft_s.p50 + tokens / profile.prefill_tokens_per_s.uncached + answer
