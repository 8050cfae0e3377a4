"""Baseline and candidates side by side: one candidate with its saving beside it, several with theirs below."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

from optlab.core.metrics import BY_NAME, METRICS, Metric
from optlab.core.report import CheckCount, Distribution, QualityCount, Report, VariantSummary
from optlab.core.scenario import FigureName, MetricName
from optlab.core.verdict import Comparison
from optlab.render import format as spell
from optlab.render.conditions import near_floor
from optlab.render.notes import Notes
from optlab.render.tables import Grid

SHOWN: tuple[MetricName, ...] = ("first_visible", "e2e", "tpot_visible", "cost_usd")
IF_BOTH: tuple[FigureName, ...] = ("gap_mean", "tokens_per_s")
"""Shown as well where every variant has them: a column of "absent" tells nobody anything."""

_CLASSES = (
    ("input", "input_usd"),
    ("cache write 5m", "cache_write_5m_usd"),
    ("cache write 1h", "cache_write_1h_usd"),
    ("cache read", "cache_read_usd"),
    ("output", "output_usd"),
)


def comparison_grid(report: Report, *, every: bool = False) -> Grid:
    """Baseline and candidates side by side: quantiles with their intervals, savings with verdicts, tokens, dollars.

    With `every`, every metric that any variant has, its p99 and the shares of runs too. Below it stand the conditions
    of its savings.
    """
    lone = len(report.variants) == 2
    names = _names(report, every=every)
    notes = Notes(report.comparisons, names)
    metrics = _beside if lone else _below
    header = ["", *(v.name for v in report.variants), *(["saving"] if lone else [])]
    rows = [row for name in names for row in (*metrics(report, BY_NAME[name], notes, every), [])]
    rows += _other_rows(report, every=every)
    padded = [row + [""] * (len(header) - len(row)) if row else row for row in rows]
    return Grid(tuple(header), tuple(map(tuple, padded)), notes.lines if lone else (*notes.lines, *_stacks(report)))


def _stacks(report: Report) -> Iterator[str]:
    """The levers of several candidates, where the name of one does not say all: too long for a column each."""
    for variant in report.variants:
        if variant.levers not in ((), (variant.name,)):
            yield f"levers of {variant.name}: {stack(variant.levers)}"


def _names(report: Report, *, every: bool) -> list[FigureName]:
    if every:
        return [m.name for m in METRICS if any(m.name in v.metrics for v in report.variants)]
    extra = [name for name in IF_BOTH if all(name in v.metrics for v in report.variants)]
    shown: list[FigureName] = [name for name in SHOWN if any(name in v.metrics for v in report.variants)]
    return [*shown[:-1], *extra, *shown[-1:]] if report.variants else []


def _tails(metric: Metric, every: bool) -> tuple[Literal["p90", "p99"], ...]:
    if every:
        return ("p90", "p99")
    return ("p90",) if metric.name in ("first_visible", "e2e") else ()


def _beside(report: Report, metric: Metric, notes: Notes, every: bool) -> Iterator[list[str]]:
    """One candidate: intervals behind their figures, the saving in a column of its own."""
    found = _comparison(report, report.variants[-1].name, metric.name)
    saving = "" if found is None else f"{spell.percent(found.estimate)} ({spell.saving_interval(found.interval)}) "
    verdict = "" if found is None else f"{found.word}{notes.mark(found)}"
    if found is not None and near_floor(report, found):
        saving, verdict = "below what the client itself takes", ""
    medians = [_figure(v, metric, lambda found: spell.median(found, metric)) for v in report.variants]
    yield [f"{_titled(metric, report)}, p50", *medians, saving + verdict]
    for name in _tails(metric, every):
        yield [name, *(_figure(v, metric, partial(spell.tail, metric=metric, name=name)) for v in report.variants)]


def _below(report: Report, metric: Metric, notes: Notes, every: bool) -> Iterator[list[str]]:
    """Several candidates, or none: every interval and saving in a row of its own, so that columns stay narrow."""

    def middle(found: Distribution) -> str:
        return spell.figure(found.p50, metric.unit)

    def interval(found: Distribution) -> str:
        return spell.short_interval(found.p50_interval, metric.unit)

    yield [f"{_titled(metric, report)}, p50", *(_figure(v, metric, middle) for v in report.variants)]
    yield ["interval", *(_figure(v, metric, interval, "") for v in report.variants)]
    for name in _tails(metric, every):
        cell = partial(spell.short_tail, metric=metric, name=name)
        yield [f"{name}", *(_figure(v, metric, cell) for v in report.variants)]
    found = [_comparison(report, v.name, metric.name) for v in report.variants[1:]]
    if any(found):
        savings = [_saving(report, c, notes) for c in found]
        yield ["saving", "", *(saving for saving, _ in savings)]
        yield ["interval of saving", "", *(interval for _, interval in savings)]


def _saving(report: Report, found: Comparison | None, notes: Notes) -> tuple[str, str]:
    """A saving with its verdict, and its interval; neither where the client itself takes longer than the difference."""
    if found is None:
        return "", ""
    if near_floor(report, found):
        return "too small to tell", ""
    return f"{spell.percent(found.estimate)} {found.word}{notes.mark(found)}", spell.short_saving(found.interval)


def _other_rows(report: Report, *, every: bool) -> Iterator[list[str]]:
    shares = list(_share_rows(report, every=every))
    yield from shares
    if shares:
        yield []
    if len(report.variants) == 2 and report.variants[1].levers:
        yield ["levers, in order", *(stack(v.levers) for v in report.variants)]
    yield ["model", *(v.model for v in report.variants)]
    yield ["tokens in / out, warm-up too", *(_tokens(v) for v in report.variants)]
    yield ["cache written / read, warm-up too", *(_cache(v) for v in report.variants)]
    for label, field in _CLASSES:
        if any(getattr(v.cost, field) for v in report.variants):
            yield [f"$ {label}", *(spell.usd(getattr(v.cost, field)) for v in report.variants)]
    yield ["$ in all, warm-up too", *(spell.usd(v.cost.total_usd) for v in report.variants)]
    yield ["cold start", *(_cold(v) for v in report.variants)]
    yield ["stop reasons", *(_counts(v.stop_reasons) for v in report.variants)]
    if any(v.quality.runs for v in report.variants):
        yield ["passed checks", *(_passed(v.quality) for v in report.variants)]
        for kind in dict.fromkeys(kind for v in report.variants for kind in v.quality.by_kind):
            yield [f"  {kind}", *(_passed(v.quality.by_kind.get(kind)) for v in report.variants)]
    if any(v.errors for v in report.variants):
        yield ["failed", *(f"{v.errors} of {v.runs}" for v in report.variants)]
    if any(v.retried for v in report.variants):
        yield ["answered when asked again", *(f"{v.retried} of {v.errors}" for v in report.variants)]


def stack(levers: Sequence[str]) -> str:
    """Levers in the order in which they see a request: 1 trim → 2 caching; none at all is the request as written."""
    return " → ".join(f"{place} {lever}" for place, lever in enumerate(levers, 1)) or "as written"


def _titled(metric: Metric, report: Report) -> str:
    thinking = metric.name in ("tpot", "tpot_visible") and any(v.thinking_in_tpot for v in report.variants)
    return f"{metric.title}{' (incl. thinking)' if thinking else ''}"


def _share_rows(report: Report, *, every: bool) -> Iterator[list[str]]:
    """Shares of runs; beside a lone candidate's the difference, in points, with its interval.

    Without `every` only how many kept declared limits, and what escalated where anything did.
    """
    for metric in METRICS:
        counted = [v.shares[metric.name].count for v in report.variants if metric.name in v.shares]
        shown = every or metric.name == "goodput" or (metric.name == "escalation" and any(counted))
        if not counted or not shown:
            continue
        cells = [spell.share(v.shares[metric.name]) if metric.name in v.shares else "absent" for v in report.variants]
        found = [d for d in report.share_differences if d.share == metric.name]
        words = [
            f"difference {spell.percent(d.difference)} ({spell.saving_interval(d.interval)})"
            + (f" for these {d.items} items" if 1 < d.items < d.pairs else "")
            for d in found
        ]
        yield [metric.title, *cells, *(words if len(report.variants) == 2 else [])]


def _passed(count: CheckCount | QualityCount | None) -> str:
    """How many passed; the mean as well where scores lie between."""
    if count is None or count.mean is None:
        return "–"
    graded = abs(count.mean - count.passed / count.runs) > 1e-9
    return f"{count.passed} of {count.runs}" + (f", mean {count.mean:.2f}" if graded else "")


def _figure(
    summary: VariantSummary, metric: Metric, spelled: Callable[[Distribution], str], absent: str = "absent"
) -> str:
    found = summary.metrics.get(metric.name)
    return spelled(found) if found else absent


def _comparison(report: Report, variant: str, metric: FigureName) -> Comparison | None:
    return next((c for c in report.comparisons if c.variant == variant and c.metric == metric), None)


def _tokens(summary: VariantSummary) -> str:
    return f"{summary.usage.prompt_tokens:,} / {summary.usage.output_tokens:,}"


def _cache(summary: VariantSummary) -> str:
    return f"{summary.cache.write_tokens:,} / {summary.cache.read_tokens:,}"


def _cold(summary: VariantSummary) -> str:
    if summary.cold is None:
        return "none"
    return f"{spell.seconds(summary.cold.first_visible_s)}, {spell.usd(summary.cold.cost_usd)}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
