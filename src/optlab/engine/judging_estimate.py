"""What the judges of a run will take, told before the first paid call."""

from optlab.checks.judge import pairwise_request, verdict_request
from optlab.core.plan_events import Estimate
from optlab.core.scenario import Scenario
from optlab.engine.guessing import NOTHING_KNOWN, SAMPLES_LOOKED_AT, AnswerLengths, call_seconds, prompt_tokens
from optlab.engine.judge_cases import Case, case_of, judges_of, numbered
from optlab.engine.judging import AGAIN, EVEN
from optlab.engine.pricing import Pricer


def judging_estimate(
    scenario: Scenario, variants: int, pairs: int, pricer: Pricer, lengths: AnswerLengths = NOTHING_KNOWN
) -> Estimate:
    """Calls, dollars and model seconds of everything that judges are asked in a run of `pairs` blocks.

    The low end of the dollars is the prompts without any answer in them, the high end every answer and every reply at
    its cap; what is expected has both as long as `lengths` says. Retries of failed calls are not counted. Raises
    UsageError where a judge's model has no price.
    """
    numbers = numbered(scenario)
    samples = scenario.samples[:SAMPLES_LOOKED_AT]
    cases = [case for sample in samples if (case := case_of(scenario, sample, numbers)) is not None]
    if not cases or pairs < 1:
        return Estimate(0, 0.0, 0.0, 0.0)
    once = pairs / len(samples)
    calls, low, high, expected, seconds, timed = 0.0, 0.0, 0.0, 0.0, 0.0, True
    for case in cases:
        answers = variants if case.judge.how == "verdict" else 2 * (variants - 1)
        mine = sum(other.number == case.number for other in cases)
        count = once * answers + _extra(case, scenario, variants, pairs) / mine
        one_low, one_high, one_expected, took = _one(case, scenario, pricer, lengths)
        calls, low, high = calls + count, low + count * one_low, high + count * one_high
        expected += count * one_expected
        timed = timed and took is not None
        seconds += count * (took or 0.0)
    return Estimate(
        calls=round(calls),
        low_usd=low,
        high_usd=high,
        seconds=seconds if timed else None,
        judge_calls=round(calls),
        judge_usd=high,
        expected_usd=expected,
        basis=lengths.basis,
    )


def _extra(case: Case, scenario: Scenario, variants: int, pairs: int) -> int:
    """Calls beyond one judgement of every answer: asked again, labels, two answers of the baseline."""
    if case.judge.how == "verdict":
        return min(AGAIN, pairs * variants) + len(case.judge.labels)
    # The warm-up gives the first sample a second answer; repeats give one to others.
    doubled = 1 + min(max(0, pairs - len(scenario.samples)), len(scenario.samples) - 1)
    return 2 * min(AGAIN, pairs * (variants - 1)) + 2 * min(EVEN, doubled)


def _one(
    case: Case, scenario: Scenario, pricer: Pricer, lengths: AnswerLengths
) -> tuple[float, float, float, float | None]:
    """Dollars at least, at most and as expected, and expected seconds, of one call."""
    if case.judge.how == "verdict":
        request, answers = verdict_request(case.judge, case.exhibit, ""), 1
    else:
        request, answers = pairwise_request(case.judge, case.exhibit, "", ""), 2
    bare = prompt_tokens(request)
    most = bare + answers * scenario.max_tokens
    rates = pricer.rates(request.model, bare)
    shown = bare + round(answers * lengths.expected(scenario.model, scenario.max_tokens))
    reply = lengths.expected(request.model, request.max_tokens, "judge")
    expected = (shown * rates.input + reply * rates.output) / 1e6
    high = pricer.ceiling_usd(request.model, most, request.max_tokens)
    return bare * rates.input / 1e6, high, expected, call_seconds(request, shown, reply)


def planned_judging(scenario: Scenario, pricer: Pricer) -> Estimate | None:
    """The same for the scenario's own plan with one candidate; None where no model judges."""
    return judging_estimate(scenario, 2, scenario.plan.pairs, pricer) if judges_of(scenario) else None
