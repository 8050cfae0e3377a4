"""Warnings that only the single runs tell: drift, order inside pairs, noise of the baseline itself, uneven failures.

Two groups of figures are called apart where their medians' 95% intervals by ranks do not overlap: rarer by chance than
1 in 100, and never with fewer than six figures in a group.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from optlab.backends.backend import BackendInfo
from optlab.core.experiment import Experiment
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Provenance, RunRecord
from optlab.core.report import Caveat, VariantSummary
from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison
from optlab.engine.planning import fewest_pairs
from optlab.engine.wording import at_least, counted, size
from optlab.stats import log_ratios, mcnemar_exact, quantile_interval, smallest_saving, spread

Block = Mapping[str, RunRecord]
"""One run of every variant on the same sample, in the order in which they were made."""

FEWEST = 6
"""From so many figures on a median has an interval."""


def doubts(
    experiment: Experiment,
    info: BackendInfo,
    summaries: Sequence[VariantSummary],
    comparisons: Sequence[Comparison],
    blocks: Sequence[Block],
) -> tuple[Caveat, ...]:
    """Every warning that the runs themselves give rise to. `blocks` are complete and in the order of their start."""
    if not blocks:
        return ()
    return (
        *_too_few(experiment, blocks),
        *_clock(blocks),
        *_drift(experiment, blocks),
        *_order(experiment, blocks),
        *_uneven_failures(experiment, blocks),
        *_noise(experiment, comparisons, blocks),
        *_near_floor(experiment, info, summaries, comparisons),
    )


def _too_few(experiment: Experiment, blocks: Sequence[Block]) -> Iterator[Caveat]:
    fewest = fewest_pairs(experiment.alpha)
    timed = any(experiment.primary_of(variant)[0] != "cost_usd" for variant in experiment.candidates)
    if timed and len(blocks) < fewest:
        alone = len(blocks) == 1
        yield Caveat(
            "too_few",
            f"{counted(len(blocks), 'pair')} decide{'s' if alone else ''} nothing about time, however large the effect "
            f"is; make {fewest} or more (--pairs {fewest})",
        )


def _clock(blocks: Sequence[Block]) -> Iterator[Caveat]:
    starts = [run.started_at for block in blocks for run in block.values()]
    if any(later < earlier for earlier, later in pairwise(starts)):
        yield Caveat(
            "clock",
            "the machine's clock stepped back during the run; durations come from another clock and hold, but mend the "
            "time service before trusting times of day",
        )


def _drift(experiment: Experiment, blocks: Sequence[Block]) -> Iterator[Caveat]:
    times = [run.latency_s(run.e2e_s) or 0.0 for run in _baseline(experiment, blocks)]
    half = len(times) // 2
    first, second = times[:half], times[len(times) - half :]
    if _apart(first, second):
        change = f"{median(first):.2f} s in the first half and {median(second):.2f} s in the second"
        yield Caveat(
            "drift",
            f"the baseline took {change}: pairs are immune to that, single quantiles are not; "
            "run it again at a quieter hour before quoting a p50 or p90",
        )


def _order(experiment: Experiment, blocks: Sequence[Block]) -> Iterator[Caveat]:
    base = experiment.baseline.name
    for variant in experiment.candidates:
        primary, _ = experiment.primary_of(variant)
        read = METRICS["e2e" if primary == "cost_usd" else primary].read
        rows = [
            (list(block).index(base) < list(block).index(variant.name), b, c)
            for block in blocks
            if (b := read(block[base])) is not None and (c := read(block[variant.name])) is not None
        ]
        ratios = log_ratios([b for _, b, _ in rows], [c for _, _, c in rows])
        led = [ratio for (first, _, _), ratio in zip(rows, ratios, strict=True) if first]
        followed = [ratio for (first, _, _), ratio in zip(rows, ratios, strict=True) if not first]
        if _apart(led, followed):
            longer = math.expm1((median(led) - median(followed)) / 2)
            yield Caveat(
                "order",
                f"of baseline and {variant.name}, whichever is called first takes {abs(longer):.0%} "
                f"{'longer' if longer > 0 else 'less'}; the coin evens that out over many pairs, so make more of them, "
                "and look for what one call leaves behind for the next",
            )


def _uneven_failures(experiment: Experiment, blocks: Sequence[Block]) -> Iterator[Caveat]:
    base = experiment.baseline.name
    for variant in experiment.candidates:
        only_base = sum(block[base].failed and not block[variant.name].failed for block in blocks)
        only_candidate = sum(block[variant.name].failed and not block[base].failed for block in blocks)
        if mcnemar_exact(only_base, only_candidate) <= experiment.alpha:
            yield Caveat(
                "uneven_failures",
                f"{only_base} runs failed on the baseline's side alone and {only_candidate} on that of {variant.name}, "
                "too unevenly for chance; find out why (--format jsonl) before reading anything into latency",
            )


def _noise(experiment: Experiment, comparisons: Sequence[Comparison], blocks: Sequence[Block]) -> Iterator[Caveat]:
    """What the baseline's own repeats differ by on the same sample: an A/A run that every run holds within itself."""
    for found in _deciding(experiment, comparisons):
        if found.metric == "cost_usd" or experiment.is_aa or found.verdict not in ("better", "worse"):
            continue
        sd = _own_spread(experiment, found.metric, blocks)
        smallest = None if sd is None else smallest_saving(sd, found.seen, experiment.alpha)
        if smallest is None or found.estimate is None or abs(found.estimate) >= smallest:
            continue
        yield Caveat(
            "aa_noise",
            f"{found.variant} is found {found.verdict} by {size(found.estimate)}, while the baseline differs "
            f"from itself so much that {counted(found.seen, 'pair')} usually show only {at_least(smallest)} or more; "
            "run this scenario with --aa, and again with more pairs, before acting on it",
        )


def _deciding(experiment: Experiment, comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The comparisons that decide, each on its own candidate's metric."""
    decides = {variant.name: experiment.primary_of(variant)[0] for variant in experiment.candidates}
    return [found for found in comparisons if found.metric == decides.get(found.variant)]


def _own_spread(experiment: Experiment, metric: MetricName, blocks: Sequence[Block]) -> float | None:
    """The spread of the baseline's repeats of one sample after another; None where there are too few."""
    by_sample: dict[str, list[float]] = {}
    for run in _baseline(experiment, blocks):
        if (value := METRICS[metric].read(run)) is not None:
            by_sample.setdefault(run.sample, []).append(value)
    repeats = [pair for values in by_sample.values() for pair in pairwise(values)]
    if len(repeats) < FEWEST:
        return None
    return spread(log_ratios([one for one, _ in repeats], [other for _, other in repeats]))


def _near_floor(
    experiment: Experiment,
    info: BackendInfo,
    summaries: Sequence[VariantSummary],
    comparisons: Sequence[Comparison],
) -> Iterator[Caveat]:
    """A difference smaller than what the client itself takes; on a real server that is the way there and back."""
    floor_s = simulated_floor_s(info)
    by_name = {summary.name: summary.metrics for summary in summaries}
    for found in _deciding(experiment, comparisons):
        if METRICS[found.metric].unit != "s" or found.verdict == "undecided":
            continue
        sides = [by_name.get(name, {}).get(found.metric) for name in (experiment.baseline.name, found.variant)]
        base, other = (None if side is None else side.p50 for side in sides)
        if isinstance(base, float) and isinstance(other, float) and 0 < abs(base - other) < floor_s:
            yield Caveat(
                "near_floor",
                f"{found.variant} and baseline are {abs(base - other) * 1000:.1f} ms apart in "
                f"{METRICS[found.metric].title}, less than the {floor_s * 1000:.1f} ms of the client itself; do not "
                "report this difference, or lower --sim-speed",
            )


def simulated_floor_s(info: BackendInfo) -> float:
    """What the client itself takes of a simulated call, in seconds of model time; 0 on a real server."""
    if info.provenance is not Provenance.SIMULATED or info.floor_s is None:
        return 0.0
    return info.floor_s * info.speed


def _baseline(experiment: Experiment, blocks: Sequence[Block]) -> list[RunRecord]:
    return [block[experiment.baseline.name] for block in blocks]


def _apart(one: Sequence[float], other: Sequence[float]) -> bool:
    if min(len(one), len(other)) < FEWEST:
        return False
    a, b = quantile_interval(one, 0.5), quantile_interval(other, 0.5)
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return False
    return a.high < b.low or b.high < a.low
