"""Reports and lists as rows of text; drawn for a terminal by rich, or as Markdown."""

from collections.abc import Mapping, Sequence

import msgspec

from optlab.catalogue import Cost
from optlab.core.metrics import BY_NAME
from optlab.core.plan_events import Estimate
from optlab.core.report import KeptRun, Report
from optlab.core.scenario import Scenario, ScenarioHead
from optlab.core.study import KeptStudy
from optlab.levers import Lever
from optlab.render import format as spell
from optlab.render.judging import judging_rows
from optlab.render.kept import cost_words, outcome_words


class Grid(msgspec.Struct, frozen=True):
    """A table as text: a header and rows of as many cells. An empty row is a rule between groups, notes stand below."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def title(report: Report) -> str:
    """Scenario, provenance, pairs, run: what the figures below are about."""
    where = spell.provenance(report.provenance, report.sim_speed)
    ended = "" if report.status == "finished" else f" · ended: {report.status}"
    pairs = f"{report.pairs} {'pair' if report.comparisons else 'run'}{'' if report.pairs == 1 else 's'}"
    return f"{spell.line(report.scenario)} · {where} · {pairs} · seed {report.seed} · run {report.run_id}{ended}"


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


def history_grid(kept: Sequence[KeptRun | KeptStudy]) -> Grid:
    """Runs and studies kept, newest first; what each came to, and of a study in how many runs."""
    header = ("run", "at (UTC)", "scenario", "kind", "outcome", "runs", "provenance", "status", "cost")
    return Grid(header, tuple(map(_history_row, kept)))


def _history_row(one: KeptRun | KeptStudy) -> tuple[str, ...]:
    outcome, runs = outcome_words(one), f"{one.runs:,}" if isinstance(one, KeptStudy) else ""
    when, where = one.at[:16].replace("T", " "), one.provenance.value.upper()
    return (one.id, when, one.scenario, one.kind, outcome, runs, where, one.status, cost_words(one))


def markdown(grid: Grid) -> str:
    """The grid as a Markdown table."""

    def cells(row: Sequence[str]) -> str:
        return "| " + " | ".join(spell.line(cell).replace("|", "\\|") for cell in row) + " |"

    lines = [cells(grid.header), "|" + "---|" * len(grid.header), *(cells(row) for row in grid.rows if row)]
    return "\n".join([*lines, *(f"\n{spell.line(note)}" for note in grid.notes)])


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
