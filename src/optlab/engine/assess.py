"""Everything a run adds up to at one moment: summaries, comparisons, cards, caveats. Pure, from records."""

from collections.abc import Mapping, Sequence

import msgspec

from optlab.backends.backend import BackendInfo
from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import DECIDABLE
from optlab.core.record import Pair, RunRecord
from optlab.core.report import Caveat, VariantSummary
from optlab.core.trade_off import TradeOff
from optlab.core.verdict import Card, Comparison, ShareDifference
from optlab.engine.answers import quality
from optlab.engine.beside import change_shown, shown
from optlab.engine.cards import card, settled
from optlab.engine.cascade_caveats import cascade_caveats
from optlab.engine.caveats import caveats
from optlab.engine.compare import compare
from optlab.engine.doubts import doubts, simulated_floor_s
from optlab.engine.guards import guards
from optlab.engine.judge_cases import opposed
from optlab.engine.shares import share_differences
from optlab.engine.summary import summarise
from optlab.engine.trade_off import trade_off

Block = Mapping[str, RunRecord]
"""One run of every variant on the same sample, by the variant's name."""


class Assessment(msgspec.Struct, frozen=True):
    """Figures and verdicts as they stand; `settled` tells that more pairs could not change any card."""

    variants: tuple[VariantSummary, ...]
    comparisons: tuple[Comparison, ...]
    cards: tuple[Card, ...]
    shares: tuple[ShareDifference, ...]
    caveats: tuple[Caveat, ...]
    settled: bool
    trade_off: TradeOff | None = None


def assess(
    experiment: Experiment,
    info: BackendInfo,
    blocks: Sequence[Block],
    cold: Sequence[RunRecord],
    stray: Sequence[RunRecord],
    spent_usd: float,
    ceilings: Mapping[str, float],
    *,
    over: bool,
) -> Assessment:
    """The state of a run after these blocks. `over`: no further block will come.

    `stray` runs were billed and are compared with nothing: set aside for a quota, or of a block that was not finished.

    `ceilings` is the most one run of each variant can cost, in USD.
    """

    def of(runs: Sequence[RunRecord], variant: Variant) -> list[RunRecord]:
        return [run for run in runs if run.variant == variant.name]

    model = experiment.scenario.model
    summaries = tuple(
        summarise(v, model, [b[v.name] for b in blocks], of(cold, v), of(stray, v)) for v in experiment.variants
    )
    comparisons: list[Comparison] = []
    cards: list[Card] = []
    shares: list[ShareDifference] = []
    over_with: list[bool] = []
    for variant in experiment.candidates if blocks else ():
        pairs: list[Pair] = [opposed(block[experiment.baseline.name], block[variant.name]) for block in blocks]
        found = [c for m in DECIDABLE if (c := compare(experiment, variant, m, pairs, ceilings)) is not None]
        comparisons += found
        shares += share_differences(experiment, variant, pairs)
        by_metric = {c.metric: c for c in found}
        primary = by_metric.get(experiment.primary_of(variant)[0])
        if primary is None:
            continue
        made = card(
            experiment,
            variant,
            pairs,
            primary,
            by_metric["cost_usd"],
            quality(experiment, variant, pairs, over=over),
            (
                *guards(experiment, variant, pairs, over=over),
                *shown(experiment, variant, by_metric),
                *change_shown(experiment, variant, pairs, over=over),
            ),
            spent_usd,
        )
        cards.append(made)
        over_with.append(settled(experiment, made, pairs))
    warnings = (
        *caveats(experiment, info, summaries, comparisons, _day([*cold, *(r for b in blocks for r in b.values())])),
        *doubts(experiment, info, summaries, comparisons, blocks),
        *cascade_caveats(experiment, blocks),
    )
    return Assessment(
        summaries,
        tuple(comparisons),
        tuple(cards),
        tuple(shares),
        warnings,
        bool(over_with) and all(over_with),
        trade_off(
            experiment,
            blocks,
            ceilings,
            floor_s=simulated_floor_s(info),
            broken={
                made.variant: [g.name for g in made.guards if g.blocking and g.state == "broken"] for made in cards
            },
        )
        if over
        else None,
    )


def _day(runs: Sequence[RunRecord]) -> str | None:
    return runs[0].started_at[:10] if runs else None
