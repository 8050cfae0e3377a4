"""Runs of two variants become comparisons: per metric a saving with its interval and a verdict, quality, and guards."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from statistics import fmean, median
from typing import Protocol, TypeVar

import msgspec

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import RunRecord
from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison, Guard, Interval, Quality, Verdict
from optlab.engine.arrivals import hit_rate, weighted_cost
from optlab.engine.summary import flipped, savings
from optlab.levers import BY_NAME as LEVERS
from optlab.levers import GuardName
from optlab.stats import (
    Decision,
    confidence_sequence,
    decide,
    decide_cost,
    decide_quality,
    energy_test,
    guard_no_loss,
    guard_share,
    hodges_lehmann,
    log_ratios,
    mcnemar_exact,
    pairs_needed,
    probability_faster,
    ratio_interval,
    rouge_l,
    smallest_saving,
    spread,
    truncation_bound,
)

Pair = tuple[RunRecord, RunRecord]
"""(baseline, candidate) of one pair, in the order in which pairs started."""

HEADROOM = 1.25
"""Planned pairs are this many times the textbook number: spikes and the split error rate cost some power."""
VISIBLE_ERRORS = 3.24
"""An effect this many standard errors away is found nine times in ten at 5%: z(0.975) + z(0.9)."""


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
    decision, interval, centre, sd = _judged(tuple(ratios), experiment.pairs, plan.delta_min, experiment.alpha)
    return Comparison(
        variant=variant.name,
        metric=metric,
        verdict=decision.verdict,
        estimate=1 - math.exp(-centre),
        interval=interval,
        pairs=decision.pairs,
        seen=len(ratios),
        final=decision.final,
        won=sum(ratio > 0 for ratio in ratios),
        pairs_needed=_needed(sd, centre, plan.delta_min, experiment.alpha) if decision.verdict == "undecided" else None,
        smallest_visible=smallest_saving(sd, len(ratios), experiment.alpha) if sd > 0 else None,
        note=_last_look_note(decision.verdict, interval),
        won_by=_typical([ratio for ratio in ratios if ratio > 0]),
        lost_by=_typical([ratio for ratio in ratios if ratio < 0]),
        faster=probability_faster([b for b, _ in values], [c for _, c in values]),
    )


@lru_cache(maxsize=8)
def _judged(
    ratios: tuple[float, ...], n_max: int, delta: float, alpha: float
) -> tuple[Decision, Interval, float, float]:
    """The decision, the interval of the saving, and centre and spread of the log ratios.

    This is nearly all the work of a look, and kept: a plain answer is visible when it ends, so two metrics have the
    same ratios, and the last look at a run mostly sees what the look before it saw.
    """
    interval = savings(confidence_sequence(ratios, alpha))
    return decide(ratios, n_max, delta, alpha), interval, hodges_lehmann(ratios), spread(ratios)


def _typical(ratios: Sequence[float]) -> float | None:
    """The median saving of these pairs; infinite ratios count as the cap of all ratios, 20."""
    return 1 - math.exp(-max(-20.0, min(20.0, median(ratios)))) if ratios else None


def _last_look_note(verdict: Verdict, interval: Interval) -> str:
    """The interval holds at every look and is wider than the test at the last pair: the two may seem to disagree."""
    if verdict not in ("better", "worse") or interval.low is None or interval.high is None:
        return ""
    if interval.low <= 0 <= interval.high:
        return "by the exact test at the last pair; the interval is the wider one that holds at every look"
    return ""


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
    rows = [_costs(experiment, variant, pair) for pair in pairs]
    # The largest cost is fixed before the first pair; a call that outran it all the same must not stop the verdict.
    names = (experiment.baseline.name, variant.name)
    most = [max(ceilings[name], *column) for name, column in zip(names, zip(*rows, strict=True), strict=True)]
    complete = len(pairs) >= experiment.pairs
    items, decision = _decided(
        experiment,
        [base.sample for base, _ in pairs],
        rows,
        len(experiment.scenario.samples),
        complete,
        lambda rows, n_max: decide_cost(
            [b for b, _ in rows], [c for _, c in rows], most[0], most[1], n_max, plan.delta_min, experiment.alpha
        ),
    )
    base, candidate = [b for b, _ in items], [c for _, c in items]
    total = math.fsum(base)
    interval = ratio_interval(base, candidate, 1 - experiment.alpha) if total > 0 else Interval(None, None)
    ratio = math.fsum(candidate) / total if total > 0 else None
    return Comparison(
        variant=variant.name,
        metric="cost_usd",
        verdict=decision.verdict,
        estimate=None if ratio is None else 1 - ratio,
        interval=flipped(interval),
        pairs=decision.pairs,
        seen=len(items),
        final=decision.final,
        won=sum(c < b for b, c in items),
        pairs_needed=_needed_for_cost(ratio, interval, len(items), plan.delta_min)
        if decision.verdict == "undecided"
        else None,
        smallest_visible=_visible_in_cost(interval),
        note=_cost_note(experiment, variant, items is not rows),
        won_by=_typical([math.log(b / c) for b, c in items if b > c > 0]),
        lost_by=_typical([math.log(b / c) for b, c in items if c > b > 0]),
    )


def _visible_in_cost(interval: Interval) -> float | None:
    """The smallest saving that so many pairs usually show, from the half width of the ratio's interval.

    A t interval is about 1.96 standard errors wide to each side; what is seen nine times in ten is 3.24 of them away.
    """
    if interval.low is None or interval.high is None or interval.high <= interval.low:
        return None
    return min(1.0, VISIBLE_ERRORS / 1.96 * (interval.high - interval.low) / 2)


def _costs(experiment: Experiment, variant: Variant, pair: Pair) -> tuple[float, float]:
    """USD of both runs. A run without an answer is no cheaper than its partner: nothing is saved by not answering."""
    base, candidate = pair
    b, c = base.cost.total_usd, weighted_cost(experiment, variant, candidate)
    return (b if base.answered else max(b, c)), (c if candidate.answered else max(b, c))


def _needed_for_cost(ratio: float | None, interval: Interval, seen: int, delta: float) -> int | None:
    """Pairs after which the interval, which closes with the square root of their number, would tell."""
    if ratio is None or interval.low is None or interval.high is None:
        return None
    effect = max(abs(1 - ratio), delta)
    return max(seen + 1, math.ceil(HEADROOM * seen * ((interval.high - interval.low) / 2 / effect) ** 2))


def _cost_note(experiment: Experiment, variant: Variant, clustered: bool) -> str:
    share = hit_rate(experiment, variant)
    notes = [] if share is None else [f"weighted for {experiment.rate_per_minute:g} calls a minute: {share:.0%} hits"]
    return "; ".join([*notes, *(["items counted, not pairs"] if clustered else [])])


class _Final(Protocol):
    @property
    def final(self) -> bool: ...


D = TypeVar("D", bound=_Final)
Row = tuple[float, float]


def _decided(
    experiment: Experiment,
    samples: Sequence[str],
    rows: list[Row],
    planned_items: int,
    complete: bool,
    decide_on: Callable[[list[Row], int], D],
) -> tuple[list[Row], D]:
    """What is the sample where money or quality is judged, and the decision on it.

    With one item, repeats are the sample. With several, repeats of one are a cluster: on the way only the first row of
    each item counts, for evidence that was looked at must not change; when all pairs are in, repeats are averaged
    inside the item and looked at once. An earlier final decision is kept.
    """
    if len(experiment.scenario.samples) == 1:
        return rows, decide_on(rows, experiment.pairs)
    planned = min(experiment.pairs, planned_items)
    grouped: dict[str, list[Row]] = {}
    for sample, row in zip(samples, rows, strict=True):
        grouped.setdefault(sample, []).append(row)
    first = [group[0] for group in grouped.values()]
    repeated = len(rows) > len(first)
    if not repeated:
        # Every row is its item's first: the way and the last look are one path.
        return first, decide_on(first, min(planned, len(first)) if complete else planned + 1)
    found = decide_on(first, planned + 1)
    if found.final or not complete:
        return first, found
    averages = [(fmean(b for b, _ in group), fmean(c for _, c in group)) for group in grouped.values()]
    return averages, decide_on(averages, len(averages))


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
    checked = sum(bool(sample.checks) for sample in scenario.samples)
    if checked == 1:
        why = "one checked item cannot speak for others; add samples with checks"
        return Quality("inconclusive", "none", 1, margin, why)
    scored = [(p[0].sample, b, c) for p in pairs if (b := p[0].score) is not None and (c := p[1].score) is not None]
    items, decision = _decided(
        experiment,
        [sample for sample, _, _ in scored],
        [(b, c) for _, b, c in scored],
        checked,
        len(pairs) >= experiment.pairs,
        lambda rows, n_max: decide_quality(rows, margin, max(n_max, 1), experiment.alpha),
    )
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

    if not over:
        return said("inconclusive", "the change test looks once, when all pairs are in", 0)
    groups = _answers_by_item(pairs)
    items = [
        (_distances(base + candidate), len(base)) for base, candidate in groups if min(len(base), len(candidate)) > 1
    ]
    smallest_p = math.prod(2 / math.comb(2 * k, k) for _, k in items)
    if smallest_p > experiment.alpha:
        return said("inconclusive", "too few answers for the change test to ring; run more pairs", len(items))
    _, p = energy_test(items, seed=experiment.seed)
    if p <= experiment.alpha:
        return said(
            "inconclusive",
            "the answers changed, which this lever must not do (a false alarm in one run of twenty); run it again",
            len(items),
        )
    return said("non-inferior", "the change test ran and did not ring", len(items))


def _answers_by_item(pairs: Sequence[Pair]) -> list[tuple[list[str], list[str]]]:
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for runs in pairs:
        if not all(run.answered for run in runs):
            continue
        group = groups.setdefault(runs[0].sample, ([], []))
        for answers, run in zip(group, runs, strict=True):
            answers.append(run.answer)
    return list(groups.values())


def _distances(answers: Sequence[str]) -> list[list[float]]:
    # Short answers repeat word for word: each two texts are compared once, equal ones never.
    texts = list(dict.fromkeys(answers))
    apart = {(text, text): 0.0 for text in texts}
    for one, two in combinations(texts, 2):
        apart[one, two] = apart[two, one] = 1 - rouge_l(one, two)[2]
    return [[apart[one, two] for two in answers] for one in answers]


def guards(experiment: Experiment, variant: Variant, pairs: Sequence[Pair], *, over: bool) -> tuple[Guard, ...]:
    """The guards of the variant's levers, each once. `over`: no further pair will come."""
    names = dict.fromkeys(name for choice in variant.levers for name in LEVERS[choice.name].spec.blocking)
    return (
        *_guard_failures(experiment, pairs, over=over),
        *(_guard(name, experiment, pairs, over=over) for name in names),
    )


def _guard_failures(experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> tuple[Guard, ...]:
    """A candidate that fails more often than the baseline is no improvement, whatever else it is."""
    only_candidate = sum(candidate.failed and not base.failed for base, candidate in pairs)
    only_base = sum(base.failed and not candidate.failed for base, candidate in pairs)
    if only_candidate <= only_base:
        return ()
    # An exact test is made for one look; asked after every pair it would ring far more often than it says.
    broken = over and mcnemar_exact(only_candidate, only_base) <= experiment.alpha
    why = f"{only_candidate} runs failed where the baseline answered, {only_base} the other way round"
    return (Guard("failures", "broken" if broken else "open", True, why),)


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
    answered = [candidate for _, candidate in pairs if candidate.answered]
    cut = sum(run.cut for run in answered)
    # The share is bounded at one look; asked after every pair, the bound would be wrong far more often than it says.
    state = guard_share(len(answered), cut, limit, experiment.alpha) if answered and over else "open"
    words = {
        "held": f"at most {limit:.0%} of answers are cut",
        "broken": f"{cut} of {len(answered)} answers are cut, more than the {limit:.0%} allowed",
        "open": f"{cut} of {len(answered)} answers are cut; that at most {limit:.0%} are is not shown yet",
    }
    needed = math.ceil(math.log(experiment.alpha) / math.log(1 - limit)) if state == "open" and cut == 0 else None
    return Guard("truncation", state, True, words[state], needed)
