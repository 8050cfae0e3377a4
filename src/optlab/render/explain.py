"""What a figure of the results is: formula, number of runs, interval and its kind, provenance, what sharpens it."""

from collections.abc import Iterator

import msgspec

from optlab.core.metrics import BY_NAME, DECIDABLE, Metric
from optlab.core.report import Distribution, VariantSummary
from optlab.core.verdict import Comparison
from optlab.render import format as spell
from optlab.render.cards import card_lines
from optlab.render.finish import called
from optlab.render.snapshot import Snapshot
from optlab.render.standing import BILLS, comparison

Lines = list[tuple[str, str]]
"""Labels and words."""

CARD = "card"
"""The key of a card; its column is its number."""

MIDDLE = "the middle (p50): half of the runs lie below it"
BY_RANKS = "95%, exact, from the ranks of the runs alone: it assumes no shape of their distribution"
AT_EVERY_LOOK = "holds at every look, however often one looks while pairs arrive (a confidence sequence)"
AT_THE_END = "holds for one look, now that all pairs are in"
PAIRED = "1 - candidate / baseline, typical of pairs made close together (Hodges-Lehmann of their log ratios)"
SUMMED = "1 - sum of the candidate's bills / sum of the baseline's: money adds up, ratios do not"
MORE_RUNS = "more pairs: four times as many halve the interval"
COUNTED = "nothing: it is counted, not estimated; more runs add to it"


class Explanation(msgspec.Struct, frozen=True):
    """A figure explained: its title, the figure itself, and what is known of it, each line with its label."""

    title: str
    figure: str
    lines: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """All of it as plain lines."""
        return "\n".join((f"{self.title}: {self.figure}", *(f"{label}: {words}" for label, words in self.lines)))


def explain(snapshot: Snapshot, key: str, column: int) -> Explanation:
    """The figure in a row of the results: column 0 is the row's title, then one a variant, then the saving.

    Raises StopIteration where there is no such row, IndexError where there is no such card.
    """
    if key == CARD:
        card = snapshot.cards[column]
        why = [("why", card.reason), *(("", words) for words in card_lines(card))]
        return Explanation(called(card.variant), card.verdict.value, (*map(_safe, why), _origin(snapshot)))
    title, figure, lines = _bill(snapshot, key, column) or _metric(snapshot, key, column)
    return Explanation(title, figure, (*map(_safe, lines), _origin(snapshot)))


def _bill(snapshot: Snapshot, key: str, column: int) -> tuple[str, str, Lines] | None:
    bill = next((bill for bill in BILLS if bill.key == key), None)
    if bill is None:
        return None
    lines = [("formula", bill.formula), ("sharper by", COUNTED)]
    if not 0 < column <= len(snapshot.variants):
        return bill.title, "", lines
    variant = snapshot.variants[column - 1]
    return f"{bill.title} · {called(variant.name)}", bill.word(variant), [*lines[:1], ("n", _runs(variant)), lines[1]]


def _metric(snapshot: Snapshot, key: str, column: int) -> tuple[str, str, Lines]:
    metric = next(metric for name, metric in BY_NAME.items() if name == key)
    if column == 0:
        return metric.title, "", list(_row(snapshot, metric))
    if column > len(snapshot.variants):
        title = f"{metric.title} · saving"
        found = next((c for c in (comparison(snapshot, name) for name in DECIDABLE if name == key) if c), None)
        if found is None:
            return title, "–", [*_nothing(metric, "no pair has this figure on both sides")]
        return title, f"{spell.percent(found.estimate)}, {found.word}", list(_saving(snapshot, found, metric))
    summary = snapshot.variants[column - 1]
    title = f"{metric.title} · {called(summary.name)}"
    values = summary.metrics.get(metric.name)
    if values is None or values.p50 is None:
        return title, "absent", [*_nothing(metric, f"{_runs(summary)}, none of them has this figure")]
    return title, spell.figure(values.p50, metric.unit), list(_middle(summary, values, metric))


def _safe(line: tuple[str, str]) -> tuple[str, str]:
    return line[0], spell.line(line[1])


def _runs(summary: VariantSummary) -> str:
    failed = f", {summary.errors} of them failed" if summary.errors else ""
    return f"{summary.runs:,} measured run{'' if summary.runs == 1 else 's'}{failed}"


def _middle(summary: VariantSummary, found: Distribution, metric: Metric) -> Iterator[tuple[str, str]]:
    yield "statistic", MIDDLE
    yield "formula", metric.formula
    yield "n", _runs(summary) + _having(summary, found)
    yield "interval", f"{spell.short_interval(found.p50_interval, metric.unit)}; {BY_RANKS}"
    yield "tail", f"p90 {spell.tail(found, metric, 'p90')}"
    yield "sharper by", MORE_RUNS


def _row(snapshot: Snapshot, metric: Metric) -> Iterator[tuple[str, str]]:
    """What a row is about: its number and interval of every variant that has the figure."""
    yield "formula", metric.formula
    yield "absent", metric.absent
    for summary in snapshot.variants:
        found, name = summary.metrics.get(metric.name), called(summary.name)
        if found is None or found.p50 is None:
            yield "n", f"{name}: {_runs(summary)}, none of them has this figure"
        else:
            yield "n", f"{name}: {_runs(summary)}{_having(summary, found)}"
            yield "interval", f"{name}: {spell.short_interval(found.p50_interval, metric.unit)}; {BY_RANKS}"
    yield "sharper by", MORE_RUNS


def _nothing(metric: Metric, n: str) -> Iterator[tuple[str, str]]:
    """Why there is no figure, and what would bring one."""
    yield "formula", metric.formula
    yield "n", n
    yield "interval", "none without a figure"
    yield "absent", metric.absent
    yield "sharper by", "nothing, until there is a figure"


def _having(summary: VariantSummary, found: Distribution) -> str:
    return "" if found.n == summary.runs else f", {found.n:,} of them have this figure"


def _saving(snapshot: Snapshot, found: Comparison, metric: Metric) -> Iterator[tuple[str, str]]:
    bill = found.metric == "cost_usd"
    once = bill and snapshot.report is not None and snapshot.report.status == "finished"
    yield "formula", SUMMED if bill else PAIRED
    yield "figure", metric.formula
    yield "n", f"{found.seen:,} {found.unit}, {found.won:,} of them won"
    yield "interval", f"{spell.saving_interval(found.interval)}; {AT_THE_END if once else AT_EVERY_LOOK}"
    if found.note:
        yield "condition", found.note
    yield "sharper by", _sharper(found)


def _sharper(found: Comparison) -> str:
    if found.pairs_needed is not None:
        return f"about {found.pairs_needed:,} pairs, by the spread so far"
    if found.verdict != "undecided":
        sees = (
            f"; {found.seen:,} usually show a saving from {spell.percent_up(found.smallest_visible)} on"
            if (found.smallest_visible is not None)
            else ""
        )
        return f"more pairs, but the verdict needs none{sees}"
    return MORE_RUNS


def _origin(snapshot: Snapshot) -> tuple[str, str]:
    where = snapshot.where
    if where is None:
        return "provenance", "unknown"
    report = snapshot.report
    prices = f", prices as of {report.catalogue_as_of}" if report is not None else ""
    return "provenance", f"{spell.provenance(where.provenance, where.sim_speed)}, {spell.line(where.server)}{prices}"
