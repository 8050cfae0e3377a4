"""One variant in figures: quantiles that may be printed, tokens, dollars, what the cache did."""

import math
from collections import Counter
from collections.abc import Sequence

from optlab.catalogue import Cost
from optlab.core.experiment import Variant
from optlab.core.metrics import METRICS
from optlab.core.record import RunRecord
from optlab.core.report import (
    CacheCount,
    CheckCount,
    ColdStart,
    Distribution,
    Figure,
    QualityCount,
    Share,
    VariantSummary,
)
from optlab.core.scenario import FigureName
from optlab.core.usage import Usage
from optlab.core.verdict import Interval
from optlab.stats import min_runs, quantile, quantile_interval, wilson


def figure(value: float | None) -> Figure:
    """A number as JSON can carry it."""
    return "inf" if value is not None and math.isinf(value) else value


def distribution(values: Sequence[float]) -> Distribution:
    """Quantiles of one metric in its own unit, with exact intervals by ranks.

    A p90 or p99 is a number only from the number of runs that bounds it from both sides (36 and 368 at 95%); below
    that only its open interval and the maximum are given. Raises ValueError on no values.
    """

    def allowed(p: float) -> Figure:
        return figure(quantile(values, p)) if len(values) >= min_runs(p) else None

    return Distribution(
        n=len(values),
        p50=figure(quantile(values, 0.5)),
        p50_interval=quantile_interval(values, 0.5),
        p90=allowed(0.9),
        p90_interval=quantile_interval(values, 0.9),
        p99=allowed(0.99),
        p99_interval=quantile_interval(values, 0.99),
        mean=figure(math.fsum(values) / len(values)) if all(map(math.isfinite, values)) else "inf",
        max=figure(max(values)),
        min=figure(min(values)),
        p25=figure(quantile(values, 0.25)),
        p75=figure(quantile(values, 0.75)),
    )


def summarise(
    variant: Variant,
    model: str,
    measured: Sequence[RunRecord],
    cold: Sequence[RunRecord],
    stray: Sequence[RunRecord] = (),
) -> VariantSummary:
    """The summary of one variant: figures over its measured runs, its bill over all of them.

    `cold` are its warm-ups (the last one worked), `stray` what was billed and is compared with nothing.
    """
    every = [*cold, *measured, *stray]
    answered = [run for run in measured if run.answered]
    metrics: dict[FigureName, Distribution] = {}
    shares: dict[FigureName, Share] = {}
    for metric in METRICS:
        values = [value for run in measured if (value := metric.read(run)) is not None]
        if values and metric.kind == "share":
            count = round(sum(values))
            shares[metric.name] = Share(count, len(values), wilson(count, len(values)))
        elif values:
            metrics[metric.name] = distribution(values)
    usage = sum((run.usage for run in every), Usage())
    models = Counter(call.model for run in measured for call in run.calls if call.purpose == "answer")
    return VariantSummary(
        name=variant.name,
        levers=tuple(choice.label() for choice in variant.levers),
        model=models.most_common(1)[0][0] if models else model,
        runs=len(measured),
        errors=sum(run.failed for run in measured),
        usage=usage,
        cost=sum((run.cost for run in every), Cost()),
        metrics=metrics,
        quality=_quality(measured),
        cache=CacheCount(
            hit_rate=sum(run.usage.cache_read_tokens > 0 for run in answered) / len(answered) if answered else None,
            read_tokens=usage.cache_read_tokens,
            write_tokens=usage.cache_write_tokens,
            largest_prompt_tokens=max((run.usage.prompt_tokens for run in answered), default=0),
        ),
        stop_reasons=dict(Counter(run.stop_reason or "none" for run in measured)),
        cold=_cold(cold[-1]) if cold else None,
        shares=shares,
        retried=sum(run.failed and run.answered for run in measured),
        rewrote=sum(run.usage.cache_read_tokens > 0 and run.usage.cache_write_tokens > 0 for run in measured),
        thinking_in_tpot=sum(run.tpot_thinking for run in measured),
    )


def _quality(measured: Sequence[RunRecord]) -> QualityCount:
    """What passed on its own; a preference over the baseline's answer is no pass, and is told with its judge."""
    runs = [run.alone for run in measured]
    scores = [run.score for run in runs if run.score is not None]
    mean = math.fsum(scores) / len(scores) if scores else None
    kinds = dict.fromkeys(check.kind for run in runs for check in run.checks)
    by_kind = {kind: _count([c.score for run in runs for c in run.checks if c.kind == kind]) for kind in kinds}
    return QualityCount(mean, sum(score >= 1.0 for score in scores), len(scores), by_kind)


def _count(scores: Sequence[float]) -> CheckCount:
    return CheckCount(math.fsum(scores) / len(scores), sum(score >= 1.0 for score in scores), len(scores))


def _cold(run: RunRecord) -> ColdStart:
    return ColdStart(
        first_visible_s=figure(run.latency_s(run.first_visible_s)),
        e2e_s=figure(run.latency_s(run.e2e_s)),
        cost_usd=run.cost.total_usd,
        cache_write_tokens=run.usage.cache_write_tokens,
        cache_read_tokens=run.usage.cache_read_tokens,
    )


def flipped(interval: Interval) -> Interval:
    """An interval of ratios candidate/baseline as one of savings, 1 - high to 1 - low: no bill is below nothing."""
    return Interval(
        None if interval.high is None else 1 - max(0.0, interval.high),
        None if interval.low is None else 1 - max(0.0, interval.low),
    )


def savings(interval: Interval) -> Interval:
    """An interval of ln(baseline/candidate) as one of savings, 1 - exp(-theta)."""
    return Interval(
        None if interval.low is None else 1 - math.exp(-interval.low),
        None if interval.high is None else 1 - math.exp(-interval.high),
    )
