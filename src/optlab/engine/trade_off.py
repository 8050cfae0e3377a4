"""The trade-off between all variants of a run: who is beaten on everything, and whose difference is undecided.

Every two variants shared every block, so each pair is compared as a candidate and its baseline are, at the run's own
error rate. No axis is weighed against another.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Literal

import msgspec

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Pair, RunRecord
from optlab.core.scenario import MetricName
from optlab.core.trade_off import TradeOff, TradeOffPoint
from optlab.engine.answers import may_change_text, quality
from optlab.engine.arrivals import weighted_cost
from optlab.engine.compare import compare
from optlab.engine.judge_cases import opposed
from optlab.levers import BY_NAME as LEVERS
from optlab.stats import pareto_front, quantile

Block = Mapping[str, RunRecord]
Axis = Literal["first", "second", "even", "open"]
"""Which of two variants is proven better on one axis; "even": no useful difference, "open": not decided."""


def trade_off(
    experiment: Experiment,
    blocks: Sequence[Block],
    ceilings: Mapping[str, float],
    *,
    floor_s: float = 0.0,
    broken: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> TradeOff | None:
    """The place of every variant; None with fewer than two candidates, or before the first block.

    The latency is what people wait for, the first visible text, unless every candidate is judged on the whole call.
    `ceilings` is the most one run of each variant can cost, in USD. Two latencies less than `floor_s` apart, what the
    client itself takes, are undecided. `broken` names for each variant the blocking guards that are proven broken.
    """
    if len(experiment.candidates) < 2 or not blocks:
        return None
    asked = {experiment.primary_of(variant)[0] for variant in experiment.candidates}
    latency: MetricName = "e2e" if asked == {"e2e"} else "first_visible"
    points = [
        _point(experiment, variant, latency, [block[variant.name] for block in blocks])
        for variant in experiment.variants
    ]
    if any(point.quality is None for point in points):
        points = [msgspec.structs.replace(point, quality=None) for point in points]
    front = pareto_front([_coordinates(point) for point in points])
    found = {
        (one.name, other.name): _axes(experiment, one, other, latency, blocks, ceilings)
        for one, other in combinations(experiment.variants, 2)
    }
    placed = [
        msgspec.structs.replace(point, front=at in front, broken=tuple(broken.get(point.variant, ())))
        for at, point in enumerate(points)
    ]
    close = {frozenset((a.variant, b.variant)) for a, b in combinations(placed, 2) if _near(a, b, floor_s)}
    found = {pair: _without_latency(axes) if frozenset(pair) in close else axes for pair, axes in found.items()}
    wins = _wins(found)
    beaten = {
        point.variant: tuple(other.variant for other in placed if _beats(other, point, found, wins)) for point in placed
    }
    return TradeOff(
        latency,
        tuple(
            msgspec.structs.replace(
                point,
                beaten_by=beaten[point.variant],
                tied_with=()
                if beaten[point.variant]
                else tuple(
                    other.variant
                    for other in placed
                    if other is not point and not beaten[other.variant] and not wins[point.variant, other.variant]
                ),
            )
            for point in placed
        ),
    )


def _point(experiment: Experiment, variant: Variant, latency: MetricName, runs: Sequence[RunRecord]) -> TradeOffPoint:
    read = METRICS[latency].read
    waits = [value for run in runs if (value := read(run)) is not None]
    scores = [run.score for run in runs if run.score is not None]
    middle = quantile(waits, 0.5)
    return TradeOffPoint(
        variant=variant.name,
        cost_usd=math.fsum(weighted_cost(experiment, variant, run) for run in runs) / len(runs),
        latency_s=middle if math.isfinite(middle) else None,
        quality=math.fsum(scores) / len(scores) if scores else None,
        front=False,
    )


def _near(one: TradeOffPoint, other: TradeOffPoint, floor_s: float) -> bool:
    """Whether two latencies differ by less than the client itself takes."""
    if one.latency_s is None or other.latency_s is None:
        return False
    return 0 < abs(one.latency_s - other.latency_s) < floor_s


def _without_latency(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    cost, _, quality = axes
    return cost, "open", quality


def _coordinates(point: TradeOffPoint) -> tuple[float, ...]:
    """The axes, each of them better when smaller; quality is no axis where it was not checked."""
    wait = math.inf if point.latency_s is None else point.latency_s
    return (point.cost_usd, wait, *(() if point.quality is None else (-point.quality,)))


def _axes(
    experiment: Experiment,
    one: Variant,
    other: Variant,
    latency: MetricName,
    blocks: Sequence[Block],
    ceilings: Mapping[str, float],
) -> tuple[Axis, ...]:
    """What is proven between two variants, axis by axis in the order of the coordinates."""
    between = msgspec.structs.replace(experiment, variants=(one, other))
    # A pairwise judge held every candidate against the baseline: only that one has scores to be lent.
    lend = opposed if one is experiment.baseline else lambda first, second: (first, second)
    pairs = [lend(block[one.name], block[other.name]) for block in blocks]
    metrics: tuple[MetricName, ...] = ("cost_usd", latency)
    return (
        *(_numbers(between, other, metric, pairs, ceilings) for metric in metrics),
        _answers(experiment, one, other, pairs),
    )


def _numbers(
    between: Experiment, other: Variant, metric: MetricName, pairs: Sequence[Pair], ceilings: Mapping[str, float]
) -> Axis:
    found = compare(between, other, metric, pairs, ceilings)
    words: dict[str, Axis] = {"better": "second", "worse": "first", "negligible": "even"}
    return words.get(found.verdict, "open") if found else "even"


def _answers(experiment: Experiment, one: Variant, other: Variant, pairs: Sequence[Pair]) -> Axis:
    if _rewriting(one) == _rewriting(other):
        return "even"  # the same levers, or none, touch the text of both
    if not may_change_text(other):
        mirrored = _answers(experiment, other, one, [(candidate, base) for base, candidate in pairs])
        turned: dict[Axis, Axis] = {"first": "second", "second": "first"}
        return turned.get(mirrored, mirrored)
    between = msgspec.structs.replace(experiment, variants=(one, other))
    words: dict[str, Axis] = {"better": "second", "worse": "first", "non-inferior": "even"}
    return words.get(quality(between, other, pairs, over=True).verdict, "open")


def _rewriting(variant: Variant) -> list[str]:
    return [choice.label() for choice in variant.levers if LEVERS[choice.name].spec.changes_text]


Found = Mapping[tuple[str, str], tuple[Axis, ...]]


def _wins(found: Found) -> dict[tuple[str, str], bool]:
    """Whether the first named is proven better than the second on any axis."""
    won = {pair: "first" in axes for pair, axes in found.items()}
    return won | {(other, one): "second" in axes for (one, other), axes in found.items()}


def _beats(one: TradeOffPoint, other: TradeOffPoint, found: Found, wins: Mapping[tuple[str, str], bool]) -> bool:
    """Whether `one` dominates `other` by its figures, and every difference between them is proven or of no use."""
    if one is other or one.broken or pareto_front([_coordinates(one), _coordinates(other)]) != [0]:
        return False
    axes = found.get((one.variant, other.variant)) or found[other.variant, one.variant]
    apart = [a != b for a, b in zip(_coordinates(one), _coordinates(other), strict=True)]
    settled = all(axis != "open" for axis, differs in zip(axes, apart, strict=False) if differs)
    return settled and wins[one.variant, other.variant] and not wins[other.variant, one.variant]
