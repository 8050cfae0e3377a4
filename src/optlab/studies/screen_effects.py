"""From the runs of a screening to what each lever did, what they did together, and the combination to confirm.

A lever is kept for its sign, not for being proven: the confirmation that follows removes what luck put in. What is
never kept is a lever under which clearly more answers fail their checks.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import product

import msgspec

from optlab.core.experiment import Experiment
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import RunRecord
from optlab.core.verdict import Interval
from optlab.engine.arrivals import weighted_cost
from optlab.stats import effect_intervals, main_effects, mcnemar_exact, pair_columns

Block = Mapping[str, RunRecord]
Signs = tuple[int, ...]
"""A combination: +1 where a lever is on, -1 where it is off."""


class Interaction(msgspec.Struct, frozen=True):
    """What a product column shows, in ln units: aliased pairs of levers by number, the likeliest first."""

    pairs: tuple[tuple[int, int], ...]
    effect: float
    clear: bool


class Effects(msgspec.Struct, frozen=True):
    """All that the runs say, in ln units and by the number of the lever. `judged` answers stand on either side.

    `spoiling` levers clearly fail more checks; `idle` ones have no useful effect: their whole interval is below the
    smallest useful one on either side, and no interaction of theirs is clear.
    """

    main: tuple[float, ...]
    intervals: tuple[Interval, ...]
    interactions: tuple[Interaction, ...]
    wrong_on: tuple[int, ...]
    wrong_off: tuple[int, ...]
    judged: int
    spoiling: frozenset[int]
    idle: frozenset[int] = frozenset()


def effects_of(experiment: Experiment, design: Sequence[Signs], blocks: Sequence[Block]) -> Effects:
    """What the blocks of a screening say; row r of `design` is variant r. Raises ValueError on no blocks."""
    alpha, delta_min = experiment.scenario.plan.alpha, experiment.scenario.plan.delta_min
    ys = responses(experiment, blocks)
    chains = pair_columns(design)
    whole = [[*row, *(column[at] for _, column in chains)] for at, row in enumerate(design)]
    k = len(design[0])
    main = main_effects(design, ys)
    found = main_effects(whole, ys)[k:]
    # Nobody asked for these beforehand: all of them together ring in one screening of twenty.
    spans = effect_intervals(whole, ys, 1 - alpha / len(chains))[k:] if chains else []
    interactions = tuple(
        Interaction(
            tuple(sorted(pairs, key=lambda pair: -abs(main[pair[0]]) - abs(main[pair[1]]))),
            effect,
            _clear(effect, span, delta_min),
        )
        for (pairs, _), effect, span in zip(chains, found, spans, strict=True)
    )
    wrong_on, wrong_off, judged = _wrong(experiment, design, blocks)
    spoiling = frozenset(
        at
        for at, (on, off) in enumerate(zip(wrong_on, wrong_off, strict=True))
        if on > off and mcnemar_exact(on, off) <= alpha
    )
    intervals = tuple(effect_intervals(design, ys, 1 - alpha))
    acting = {at for found in interactions if found.clear for pair in found.pairs for at in pair}
    idle = frozenset(at for at, span in enumerate(intervals) if at not in acting and _useless(span, delta_min))
    return Effects(tuple(main), intervals, interactions, wrong_on, wrong_off, judged, spoiling, idle)


def responses(experiment: Experiment, blocks: Sequence[Block]) -> list[list[float]]:
    """ln of the primary metric: a row a variant, a column a block. Failed runs are infinite in every latency.

    A failed run is no cheaper than the dearest of its block: nothing is saved by not answering.
    """
    read = METRICS[experiment.primary].read
    columns = []
    for block in blocks:
        costs = {v.name: weighted_cost(experiment, v, block[v.name]) for v in experiment.variants}
        column = []
        for variant in experiment.variants:
            run = block[variant.name]
            if experiment.primary == "cost_usd":
                value: float | None = costs[variant.name] if run.answered else max(costs.values())
            else:
                value = read(run)
            assert value is not None, "a screening is asked for metrics that every run has"
            column.append(math.log(value) if value > 0 else -math.inf)
        columns.append(column)
    return [list(row) for row in zip(*columns, strict=True)]


def _useless(span: Interval, delta_min: float) -> bool:
    useful = -math.log1p(-delta_min)
    return span.low is not None and span.high is not None and -useful < span.low and span.high < useful


def _clear(effect: float, span: Interval, delta_min: float) -> bool:
    """Whether chance does not explain an interaction, and it changes what a lever does by a useful effect or more."""
    if 2 * abs(effect) < -math.log1p(-delta_min):
        return False
    return (span.low is not None and span.low > 0) or (span.high is not None and span.high < 0)


def _wrong(
    experiment: Experiment, design: Sequence[Signs], blocks: Sequence[Block]
) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Answers that did not pass, by lever on and off, among blocks in which every answer was scored; and of how many.

    Each side holds half of the rows, so a lever that changes nothing meets a wrong answer on either side alike.
    """
    scored = [
        [score < 1.0 for variant in experiment.variants if (score := block[variant.name].score) is not None]
        for block in blocks
    ]
    whole = [row for row in scored if len(row) == len(design)]
    on, off = (
        tuple(
            sum(wrong for row in whole for wrong, signs in zip(row, design, strict=True) if signs[at] == side)
            for at in range(len(design[0]))
        )
        for side in (1, -1)
    )
    return on, off, len(whole) * len(design) // 2


def predicted(effects: Effects, signs: Signs) -> float:
    """ln of the metric of a combination, up to a constant: main effects and the interactions that are clear."""
    alone = sum(effect * sign for effect, sign in zip(effects.main, signs, strict=True))
    together = sum(i.effect * signs[i.pairs[0][0]] * signs[i.pairs[0][1]] for i in effects.interactions if i.clear)
    return (alone + together) / 2


def choose(
    experiment: Experiment, design: Sequence[Signs], blocks: Sequence[Block], effects: Effects
) -> tuple[Signs, float]:
    """The combination predicted to be best, and ln of its ratio to the baseline.

    Where no interaction is clear these are the levers whose effect helps. A lever that spoils answers or does nothing
    useful is never on, and a combination that was run and clearly failed more checks than the baseline is passed over.
    """
    k = len(design[0])
    off: Signs = (-1,) * k
    free = [(-1,) if at in effects.spoiling | effects.idle else (-1, 1) for at in range(k)]
    # Of equals the one with fewer levers.
    ranked = sorted(product(*free), key=lambda signs: (round(predicted(effects, signs), 12), sum(signs)))
    best = next(signs for signs in ranked if signs == off or not _spoilt(experiment, design, blocks, signs))
    return best, predicted(effects, best) - predicted(effects, off)


def _spoilt(experiment: Experiment, design: Sequence[Signs], blocks: Sequence[Block], signs: Signs) -> bool:
    """Whether this very combination was run and clearly fails checks that the baseline passes."""
    rows = [tuple(row) for row in design]
    if signs not in rows:
        return False
    base, name = experiment.baseline.name, experiment.variants[rows.index(signs)].name
    scores = [(block[base].score, block[name].score) for block in blocks]
    lost = sum(b is not None and c is not None and c < 1.0 <= b for b, c in scores)
    gained = sum(b is not None and c is not None and b < 1.0 <= c for b, c in scores)
    return lost > gained and mcnemar_exact(lost, gained) <= experiment.scenario.plan.alpha
