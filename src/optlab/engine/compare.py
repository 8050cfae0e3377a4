"""Runs of two variants become comparisons: per metric a saving with its interval and a verdict, quality, and guards."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

import msgspec

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import RunRecord
from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison, Guard, Interval, Quality
from optlab.engine.arrivals import weighted_cost
from optlab.engine.summary import flipped, savings
from optlab.levers import BY_NAME as LEVERS
from optlab.levers import GuardName
from optlab.stats import (
    confidence_sequence,
    decide,
    decide_cost,
    decide_quality,
    energy_test,
    guard_no_loss,
    guard_share,
    hodges_lehmann,
    log_ratios,
    pairs_needed,
    ratio_interval,
    rouge_l,
    spread,
    truncation_bound,
)

Pair = tuple[RunRecord, RunRecord]
"""(baseline, candidate) of one pair, in the order in which pairs started."""

HEADROOM = 1.25
"""Planned pairs are this many times the textbook number: spikes and the split error rate cost some power."""


def compare(
    experiment: Experiment, variant: Variant, metric: MetricName, pairs: Sequence[Pair], ceilings: Mapping[str, float]
) -> Comparison | None:
    """The candidate against the baseline on one metric; None where the metric is absent on one side.

    `ceilings` is the most one run of each variant can cost, in USD, as it was known before the first pair.
    """
    if metric == "cost_usd":
        return _compare_cost(experiment, variant, pairs, ceilings)
    read = METRICS[metric].read
    values = [
        (b, c) for base, candidate in pairs if (b := read(base)) is not None and (c := read(candidate)) is not None
    ]
    if not values:
        return None
    plan = experiment.scenario.plan
    ratios = log_ratios([b for b, _ in values], [c for _, c in values])
    decision = decide(ratios, experiment.pairs, plan.delta_min, experiment.alpha)
    centre = hodges_lehmann(ratios)
    sd = spread(ratios)
    return Comparison(
        variant=variant.name,
        metric=metric,
        verdict=decision.verdict,
        estimate=1 - math.exp(-centre),
        interval=savings(confidence_sequence(ratios, experiment.alpha)),
        pairs=decision.pairs,
        seen=len(ratios),
        final=decision.final,
        won=sum(ratio > 0 for ratio in ratios),
        pairs_needed=_needed(sd, centre, plan.delta_min, experiment.alpha) if decision.verdict == "undecided" else None,
        smallest_visible=1 - math.exp(-3.24 * sd / math.sqrt(len(ratios))) if sd > 0 else None,
    )


def _needed(sd: float, centre: float, delta: float, alpha: float) -> int | None:
    """Pairs that would show the effect seen so far, or the smallest useful one if that is larger."""
    effect = max(abs(1 - math.exp(-abs(centre))), delta)
    if sd <= 0 or effect >= 1:
        return None
    return math.ceil(HEADROOM * pairs_needed(sd, effect, alpha))


def _compare_cost(
    experiment: Experiment, variant: Variant, pairs: Sequence[Pair], ceilings: Mapping[str, float]
) -> Comparison:
    plan = experiment.scenario.plan
    rows = [(base.cost.total_usd, weighted_cost(experiment, variant, candidate)) for base, candidate in pairs]
    # The largest cost is fixed before the first pair; a call that outran it all the same must not stop the verdict.
    most = [
        max(ceilings[name], *column)
        for name, column in zip(_names(variant, experiment), zip(*rows, strict=True), strict=True)
    ]
    for items, n_max in _looks(experiment, [base.sample for base, _ in pairs], rows):
        base, candidate = [b for b, _ in items], [c for _, c in items]
        decision = decide_cost(base, candidate, most[0], most[1], n_max, plan.delta_min, experiment.alpha)
        if decision.final:
            break
    total = math.fsum(base)
    return Comparison(
        variant=variant.name,
        metric="cost_usd",
        verdict=decision.verdict,
        estimate=1 - math.fsum(candidate) / total if total > 0 else None,
        interval=flipped(ratio_interval(base, candidate, 1 - experiment.alpha)) if total > 0 else Interval(None, None),
        pairs=decision.pairs,
        seen=len(items),
        final=decision.final,
        won=sum(c < b for b, c in items),
    )


def _names(variant: Variant, experiment: Experiment) -> tuple[str, str]:
    return experiment.baseline.name, variant.name


def _looks(
    experiment: Experiment, samples: Sequence[str], rows: Sequence[tuple[float, float]]
) -> list[tuple[list[tuple[float, float]], int]]:
    """The looks to take at money or quality, in order, each with its n_max; the first final one counts.

    With one item, repeats are the sample. With several, repeats of one are a cluster: on the way only the first row of
    each item counts, for evidence that was looked at must not change (and the last look is kept out of reach); when
    all pairs are in, repeats are averaged inside the item and looked at once.
    """
    if len(experiment.scenario.samples) == 1:
        return [(list(rows), experiment.pairs)]
    planned = min(experiment.pairs, len(experiment.scenario.samples))
    grouped: dict[str, list[tuple[float, float]]] = {}
    for sample, row in zip(samples, rows, strict=True):
        grouped.setdefault(sample, []).append(row)
    looks = [([group[0] for group in grouped.values()], planned + 1)]
    if len(rows) >= experiment.pairs:
        looks.append(
            ([(fmean(b for b, _ in group), fmean(c for _, c in group)) for group in grouped.values()], planned)
        )
    return looks


def may_change_text(variant: Variant) -> bool:
    """Whether any lever of the variant can change what the model writes."""
    return any(LEVERS[choice.name].spec.changes_text for choice in variant.levers)


def quality(experiment: Experiment, variant: Variant, pairs: Sequence[Pair], *, over: bool) -> Quality:
    """Are the candidate's answers as good? By checks where the text can change, else by the change test.

    `over` tells that no further pair will come: the change test looks only once.
    """
    if not may_change_text(variant):
        return _unchanged(experiment, pairs, over=over)
    scenario = experiment.scenario
    margin = scenario.plan.quality_margin
    if not scenario.has_checks:
        return Quality("inconclusive", "none", 0, margin, "the scenario has no check; add one to learn what is lost")
    scored = [(p[0].sample, b, c) for p in pairs if (b := p[0].score) is not None and (c := p[1].score) is not None]
    for items, n_max in _looks(experiment, [sample for sample, _, _ in scored], [(b, c) for _, b, c in scored]):
        decision = decide_quality(items, margin, n_max, experiment.alpha)
        if decision.final:
            break
    losses = sum(c < b for b, c in items)
    bound = truncation_bound(len(items), losses) if items else 1.0
    words = {
        "better": "more answers pass the checks",
        "non-inferior": f"a loss of {margin:.0%} or more is excluded",
        "worse": "fewer answers pass the checks",
        "inconclusive": f"{len(items)} items, {losses} of them worse, cannot exclude a loss of up to {bound:.0%}",
    }
    return Quality(
        decision.verdict,
        "checks",
        len(items),
        margin,
        words[decision.verdict],
        decision.interval or Interval(None, None),
        bound,
    )


def _unchanged(experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> Quality:
    margin = experiment.scenario.plan.quality_margin

    def said(verdict: str, why: str, items: int) -> Quality:
        return msgspec.convert(
            {"verdict": verdict, "basis": "change test", "items": items, "margin": margin, "why": why}, Quality
        )

    groups = _answers_by_item(pairs)
    items = [
        (_distances(base + candidate), len(base)) for base, candidate in groups if min(len(base), len(candidate)) > 1
    ]
    if not over:
        return said("inconclusive", "the change test looks once, when all pairs are in", len(items))
    smallest_p = math.prod(2 / math.comb(2 * k, k) for _, k in items)
    if smallest_p > experiment.alpha:
        return said("inconclusive", "too few answers for the change test to ring; run more pairs", len(items))
    _, p = energy_test(items, seed=experiment.seed)
    if p <= experiment.alpha:
        return said("inconclusive", "the answers changed, which this lever must not do; look at them", len(items))
    return said("non-inferior", "the change test ran and did not ring", len(items))


def _answers_by_item(pairs: Sequence[Pair]) -> list[tuple[list[str], list[str]]]:
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for runs in pairs:
        if any(run.failed for run in runs):
            continue
        group = groups.setdefault(runs[0].sample, ([], []))
        for answers, run in zip(group, runs, strict=True):
            answers.append(run.answer)
    return list(groups.values())


def _distances(answers: Sequence[str]) -> list[list[float]]:
    similar: Mapping[tuple[int, int], float] = {
        (i, j): rouge_l(answers[i], answers[j])[2] for j in range(len(answers)) for i in range(j)
    }
    size = range(len(answers))
    return [[0.0 if i == j else 1 - similar[min(i, j), max(i, j)] for j in size] for i in size]


def guards(experiment: Experiment, variant: Variant, pairs: Sequence[Pair], *, over: bool) -> tuple[Guard, ...]:
    """The guards of the variant's levers, each once. `over`: no further pair will come."""
    names = dict.fromkeys(name for choice in variant.levers for name in LEVERS[choice.name].spec.blocking)
    return tuple(_guard(name, experiment, pairs, over=over) for name in names)


def _guard(name: GuardName, experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> Guard:
    if name == "truncation":
        return _guard_truncation(experiment, pairs, over=over)
    return _guard_latency(name, experiment, pairs)


def _guard_latency(metric: MetricName, experiment: Experiment, pairs: Sequence[Pair]) -> Guard:
    read, title = METRICS[metric].read, METRICS[metric].title
    delta = experiment.scenario.plan.delta_min
    values = [(b, c) for base, cand in pairs if (b := read(base)) is not None and (c := read(cand)) is not None]
    ratios = log_ratios([b for b, _ in values], [c for _, c in values])
    state = guard_no_loss(ratios, experiment.pairs, delta, experiment.alpha)
    words = {
        "held": f"a loss of {delta:.0%} or more in {title} time is excluded",
        "broken": f"{title} time is worse by {delta:.0%} or more",
        "open": f"a loss of {delta:.0%} in {title} time is not excluded yet",
    }
    sd = spread(ratios) if ratios else 0.0
    needed = math.ceil(HEADROOM * pairs_needed(sd, delta, experiment.alpha)) if state == "open" and sd > 0 else None
    return Guard(metric, state, True, words[state], needed)


def _guard_truncation(experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> Guard:
    limit = experiment.scenario.plan.truncation_limit
    answered = [candidate for _, candidate in pairs if not candidate.failed]
    cut = sum(run.stop_reason == "max_tokens" for run in answered)
    # The share is bounded at one look; asked after every pair, the bound would be wrong far more often than it says.
    state = guard_share(len(answered), cut, limit, experiment.alpha) if answered and over else "open"
    words = {
        "held": f"at most {limit:.0%} of answers are cut",
        "broken": f"{cut} of {len(answered)} answers are cut, more than the {limit:.0%} allowed",
        "open": f"{cut} of {len(answered)} answers are cut; that at most {limit:.0%} are is not shown yet",
    }
    needed = math.ceil(math.log(experiment.alpha) / math.log(1 - limit)) if state == "open" and cut == 0 else None
    return Guard("truncation", state, True, words[state], needed)
