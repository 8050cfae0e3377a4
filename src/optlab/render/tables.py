"""Reports and lists as rows of text; drawn for a terminal by rich, or as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from optlab.catalogue import Cost
from optlab.core.events import Estimate
from optlab.core.metrics import BY_NAME, METRICS, Metric
from optlab.core.report import CheckCount, KeptRun, QualityCount, Report, VariantSummary
from optlab.core.scenario import FigureName, MetricName, Scenario, ScenarioHead
from optlab.core.verdict import Card, Comparison, Quality
from optlab.levers import Lever
from optlab.render import format as spell
from optlab.render.conditions import near_floor
from optlab.render.judging import judging_rows

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


class Grid(msgspec.Struct, frozen=True):
    """A table as text: a header and rows of as many cells. An empty row is a rule between groups."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def title(report: Report) -> str:
    """Scenario, provenance, pairs, run: what the figures below are about."""
    where = spell.provenance(report.provenance, report.sim_speed)
    ended = "" if report.status == "finished" else f" · ended: {report.status}"
    pairs = f"{report.pairs} {'pair' if report.comparisons else 'run'}{'' if report.pairs == 1 else 's'}"
    return f"{spell.line(report.scenario)} · {where} · {pairs} · seed {report.seed} · run {report.run_id}{ended}"


def comparison_grid(report: Report, *, every: bool = False) -> Grid:
    """Baseline and candidates side by side: quantiles with their intervals, savings with verdicts, tokens, dollars.

    With `every`, every metric that any variant has, its p99 and the shares of runs too.
    """
    candidates = report.variants[1:]
    lone = len(candidates) == 1
    header = ["", *(v.name for v in report.variants)]
    if lone:
        header.append("saving")
    return Grid(tuple(header), tuple(tuple(row) for row in _comparison_rows(report, lone=lone, every=every)))


def _names(report: Report, *, every: bool) -> list[FigureName]:
    if every:
        return [m.name for m in METRICS if any(m.name in v.metrics for v in report.variants)]
    extra = [name for name in IF_BOTH if all(name in v.metrics for v in report.variants)]
    shown: list[FigureName] = [name for name in SHOWN if any(name in v.metrics for v in report.variants)]
    return [*shown[:-1], *extra, *shown[-1:]] if report.variants else []


def _comparison_rows(report: Report, *, lone: bool, every: bool) -> Iterator[list[str]]:
    def padded(row: list[str], saving: str = "") -> list[str]:
        return [*row, saving] if lone else row

    for name in _names(report, every=every):
        metric = BY_NAME[name]
        saving = _saving(report, _comparison(report, report.variants[-1].name, name)) if lone else ""
        yield padded([f"{_titled(metric, report)}, p50", *(_median(v, metric) for v in report.variants)], saving)
        if every or name in ("first_visible", "e2e"):
            yield padded(["p90", *(_tail(v, metric, "p90") for v in report.variants)])
        if every:
            yield padded(["p99", *(_tail(v, metric, "p99") for v in report.variants)])
        if not lone and len(report.variants) > 1:
            yield ["saving", "", *(_saving(report, _comparison(report, v.name, name)) for v in report.variants[1:])]
        yield []
    shares = [padded(*row) for row in _share_rows(report, every=every)]
    if shares:
        yield from shares
        yield []
    if any(v.levers for v in report.variants):
        yield padded(["levers, in order", *(stack(v.levers) for v in report.variants)])
    yield padded(["model", *(v.model for v in report.variants)])
    yield padded(["tokens in / out", *(_tokens(v) for v in report.variants)])
    yield padded(["cache written / read", *(_cache(v) for v in report.variants)])
    for label, field in _CLASSES:
        if any(getattr(v.cost, field) for v in report.variants):
            yield padded([f"$ {label}", *(spell.usd(getattr(v.cost, field)) for v in report.variants)])
    yield padded(["$ in all, warm-up too", *(spell.usd(v.cost.total_usd) for v in report.variants)])
    yield padded(["cold start", *(_cold(v) for v in report.variants)])
    yield padded(["stop reasons", *(_counts(v.stop_reasons) for v in report.variants)])
    if any(v.quality.runs for v in report.variants):
        yield padded(["passed checks", *(_passed(v.quality) for v in report.variants)])
        for kind in dict.fromkeys(kind for v in report.variants for kind in v.quality.by_kind):
            yield padded([f"  {kind}", *(_passed(v.quality.by_kind.get(kind)) for v in report.variants)])
    if any(v.errors for v in report.variants):
        yield padded(["failed", *(f"{v.errors} of {v.runs}" for v in report.variants)])
    if any(v.retried for v in report.variants):
        yield padded(["answered when asked again", *(f"{v.retried} of {v.errors}" for v in report.variants)])


def stack(levers: Sequence[str]) -> str:
    """Levers in the order in which they see a request: 1 trim → 2 caching; none at all is the request as written."""
    return " → ".join(f"{place} {lever}" for place, lever in enumerate(levers, 1)) or "as written"


def _titled(metric: Metric, report: Report) -> str:
    thinking = metric.name in ("tpot", "tpot_visible") and any(v.thinking_in_tpot for v in report.variants)
    return f"{metric.title}{' (incl. thinking)' if thinking else ''}"


def _share_rows(report: Report, *, every: bool) -> Iterator[tuple[list[str], str]]:
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
        yield [metric.title, *cells], words[0] if len(words) == 1 else ""


def _passed(count: CheckCount | QualityCount | None) -> str:
    """How many passed; the mean as well where scores lie between."""
    if count is None or count.mean is None:
        return "–"
    graded = abs(count.mean - count.passed / count.runs) > 1e-9
    return f"{count.passed} of {count.runs}" + (f", mean {count.mean:.2f}" if graded else "")


def _median(summary: VariantSummary, metric: Metric) -> str:
    found = summary.metrics.get(metric.name)
    return spell.median(found, metric) if found else "absent"


def _tail(summary: VariantSummary, metric: Metric, name: Literal["p90", "p99"]) -> str:
    found = summary.metrics.get(metric.name)
    return spell.tail(found, metric, name) if found else "absent"


def _comparison(report: Report, variant: str, metric: FigureName) -> Comparison | None:
    return next((c for c in report.comparisons if c.variant == variant and c.metric == metric), None)


def _saving(report: Report, found: Comparison | None) -> str:
    if found is None:
        return ""
    if near_floor(report, found):
        return "below what the client itself takes"
    return f"{spell.percent(found.estimate)} ({spell.saving_interval(found.interval)}) {found.verdict}"


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


def card_lines(card: Card) -> list[str]:
    """What stands on a card below its word and sentence: evidence, guards, money."""
    primary = card.primary
    note = f" ({primary.note})" if primary.note else ""
    visible = f"; what {primary.seen} pairs usually show: a saving from {spell.percent(primary.smallest_visible)} on"
    seen = [] if primary.smallest_visible is None else [visible]
    chance = [] if primary.faster is None else [f"; beats a random baseline call in {spell.percent(primary.faster)}"]
    lines = [
        f"decided on {BY_NAME[primary.metric].title}: saving {spell.percent(primary.estimate)} "
        f"({spell.saving_interval(primary.interval)}), {primary.verdict}, "
        f"{primary.pairs} of {primary.seen} pairs used, {primary.won} won{note}" + "".join([*chance, *seen]),
        _quality_line(card.quality),
        *(f"guard {guard.name}: {guard.state} ({guard.why})" for guard in card.guards),
    ]
    payback = "no payback: no saving in money is proven"
    if card.payback_calls is not None:
        payback = f"a call saves {spell.usd(card.saving_per_call_usd)}, so {card.payback_calls:,.0f} calls pay it back"
    needed = f"; about {card.pairs_needed:,} pairs would settle it" if card.pairs_needed else ""
    lacks = [f"to close it: {card.needs}"] if card.needs else []
    return [*lines, *lacks, f"the run cost {spell.usd(card.spent_usd)}; {payback}{needed}"]


def _quality_line(quality: Quality) -> str:
    """The verdict with its interval, and beside it the smallest loss that so many items could rule out."""
    words = f"quality: {quality.verdict} ({quality.why})"
    if quality.interval.low is not None and quality.interval.high is not None:
        words += f"; difference in passes {spell.saving_interval(quality.interval)}"
    if quality.excluded_loss is not None and quality.verdict != "inconclusive":
        words += f"; {quality.items} items could rule out a loss above {spell.percent(quality.excluded_loss)}"
    return words


def levers_grid(levers: Sequence[Lever]) -> Grid:
    """The table of levers, in the order in which they stack."""
    rows = []
    for number, lever in enumerate(levers, 1):
        spec = lever.spec
        params = ", ".join(f"{p.name}={p.default}" + (f" ({p.allowed})" if p.allowed else "") for p in spec.params)
        rows.append((str(number), spec.name, spec.does, params or "–", BY_NAME[spec.primary].title))
    return Grid(("order", "lever", "what it does", "parameters", "decided on"), tuple(rows))


def scenario_grid(scenario: Scenario, judging: Estimate | None = None, notes: Sequence[str] = ()) -> Grid:
    """What is in a scenario, what judging its planned run will take, and what is worth a second look."""
    segments = ", ".join(f"{s.name} ({s.where})" for s in scenario.prompt.segments)
    rows = (
        ("about", scenario.about),
        ("model", scenario.model),
        ("max_tokens", f"{scenario.max_tokens:,}"),
        ("segments", segments),
        ("samples", str(len(scenario.samples))),
        ("checks", _kinds(scenario.check_kinds)),
        *judging_rows(scenario, judging),
        ("levers with parameters", ", ".join(scenario.lever_params) or "none"),
        ("pairs", str(scenario.plan.pairs)),
        *(("look at this", note) for note in notes),
    )
    return Grid(("scenario", scenario.name), rows)


def scenarios_grid(scenarios: Sequence[ScenarioHead]) -> Grid:
    """The scenarios that come with optlab, each by the bare name that commands take."""
    rows = tuple((s.name, s.about, s.model, f"{s.samples:,}", _kinds(s.checks)) for s in scenarios)
    return Grid(("scenario", "about", "model", "samples", "checks"), rows)


def _kinds(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} on {count}" for kind, count in counts.items()) or "none"


def history_grid(runs: Sequence[KeptRun]) -> Grid:
    """Runs kept, newest first."""
    header = ("run", "at (UTC)", "scenario", "kind", "provenance", "status", "cost")
    return Grid(
        header,
        tuple(
            (
                run.id,
                run.at[:16].replace("T", " "),
                run.scenario,
                run.kind,
                run.provenance.value.upper(),
                run.status,
                spell.usd(run.cost_usd),
            )
            for run in runs
        ),
    )


def markdown(grid: Grid) -> str:
    """The grid as a Markdown table."""

    def cells(row: Sequence[str]) -> str:
        return "| " + " | ".join(spell.line(cell).replace("|", "\\|") for cell in row) + " |"

    return "\n".join([cells(grid.header), "|" + "---|" * len(grid.header), *(cells(row) for row in grid.rows if row)])


def cost_line(report: Report) -> str:
    """What the run cost, in whose money, and how much of it was judging."""
    total = sum((v.cost for v in report.variants), Cost()).total_usd if report.variants else report.cost_usd
    kind = "simulated money" if report.provenance == "simulated" else "real money"
    spent = max(total + report.judging_usd, report.cost_usd)
    judging = f", {spell.usd(report.judging_usd)} of it for judging" if report.judging else ""
    most = f", {spell.usd(report.unknown_usd)} of it for calls without a bill, taken at their most"
    unknown = most if report.unknown_usd else ""
    batches = sum(batch.cost_usd for batch in report.batches)
    batch = f", {spell.usd(batches)} of it for the submitted batch" if batches else ""
    return f"{spell.usd(spent)} of {kind}{judging}{batch}{unknown}, prices as of {report.catalogue_as_of}"
