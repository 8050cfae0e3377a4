"""The main job: a baseline against candidates. What was asked for becomes a frozen Experiment."""

import math

import msgspec

from optlab.core.commands import RunBenchmark
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.metrics import STREAMED_ONLY
from optlab.core.scenario import MetricName, Scenario
from optlab.levers import BY_NAME, complete, examine, stacked, timed

BASELINE = Variant("baseline")


def plan(command: RunBenchmark, scenario: Scenario) -> Experiment:
    """The experiment that a command asks for. Raises UsageError where it makes no sense.

    Several candidates share the error rate: each is judged at alpha divided by their number.
    """
    choices = stacked(complete(choice, scenario) for choice in command.levers)
    candidates = _candidates(choices, each=command.each, aa=command.aa)
    for candidate in candidates:
        examine(candidate.levers, scenario)
    decided = [primary_metric(command.primary, candidate, scenario) for candidate in candidates or (BASELINE,)]
    primary, why = decided[0]
    if len(set(decided)) > 1:
        candidates = tuple(
            msgspec.structs.replace(candidate, primary=metric, primary_reason=reason)
            for candidate, (metric, reason) in zip(candidates, decided, strict=True)
        )
    pairs = scenario.plan.pairs if command.pairs is None else command.pairs
    if pairs < 1:
        raise UsageError(f"--pairs is at least 1, not {pairs}")
    rate = arrival_rate(command.rate_per_minute, scenario)
    budget = scenario.plan.budget_usd if command.budget_usd is None else command.budget_usd
    if budget is not None and not (math.isfinite(budget) and budget > 0):
        raise UsageError(f"--budget is dollars and above 0, not {budget:g}")
    return Experiment(
        scenario=scenario,
        variants=(BASELINE, *candidates),
        primary=primary,
        primary_reason=why,
        pairs=pairs,
        alpha=scenario.plan.alpha / max(1, len(candidates)),
        seed=command.connection.seed,
        rate_per_minute=rate,
        budget_usd=budget,
        early_stop=command.early_stop,
        is_aa=command.aa,
    )


def arrival_rate(asked: float | None, scenario: Scenario) -> float | None:
    """Calls a minute, as asked or as the scenario declares. Raises UsageError where that is no rate."""
    rate = scenario.traffic.per_minute if asked is None else asked
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise UsageError(f"--rate is calls a minute and above 0, not {rate:g}")
    return rate


def _candidates(choices: tuple[LeverChoice, ...], *, each: bool, aa: bool) -> tuple[Variant, ...]:
    if aa:
        if choices:
            raise UsageError("--aa compares the baseline with itself; leave the levers out")
        return (Variant("baseline again"),)
    if each and not choices:
        raise UsageError("--each makes one candidate of every lever; name some with --lever")
    if each:
        return tuple(Variant(choice.name, (choice,)) for choice in choices)
    return (Variant("+".join(choice.name for choice in choices), choices),) if choices else ()


def primary_metric(asked: MetricName | None, candidate: Variant, scenario: Scenario) -> tuple[MetricName, str]:
    """The metric that decides on a candidate, and why: as asked, else a single lever's own, else the scenario's."""
    for metric, where in ((asked, "--primary"), (None if asked else scenario.plan.primary, "plan.primary")):
        if metric in STREAMED_ONLY:
            raise UsageError(
                f"{where} {metric} exists only where both variants stream, and the baseline does not; "
                "take first_visible, which both have"
            )
    if not timed(candidate.levers):
        if asked not in (None, "cost_usd"):
            raise UsageError(
                f"{candidate.name} has no {asked} to decide on, for nobody waits for a batch; take cost_usd"
            )
        return "cost_usd", "asked for" if asked else "all that a batch can be decided on"
    if asked is not None:
        return asked, "asked for"
    levers = [choice.name for choice in candidate.levers]
    if len(levers) == 1:
        return BY_NAME[levers[0]].spec.primary, f"what {levers[0]} is for"
    if scenario.plan.primary is not None:
        return scenario.plan.primary, "the scenario's plan"
    if levers:
        return "cost_usd", "several levers and no metric declared, so the bill decides; --primary names another"
    return "e2e", "no lever and no metric declared"
