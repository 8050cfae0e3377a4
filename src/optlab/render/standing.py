"""The table of a screen: baseline and candidates as they stand now, each figure with its interval below it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from optlab.core.metrics import BY_NAME
from optlab.core.report import VariantSummary
from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison
from optlab.render import format as spell
from optlab.render.comparison import SHOWN, stack
from optlab.render.notes import Notes
from optlab.render.snapshot import Snapshot

Tone = Literal["plain", "good", "bad", "dim"]
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}


class Cell(msgspec.Struct, frozen=True):
    """A figure and what stands below it."""

    value: str
    below: str = ""
    tone: Tone = "plain"


class Row(msgspec.Struct, frozen=True):
    """One metric: its title, then a cell a variant, then the saving where there is one candidate.

    `key` is the metric's name, or that of the bill.
    """

    cells: tuple[Cell, ...]
    key: str


def header(snapshot: Snapshot) -> tuple[str, ...]:
    """The titles of the columns."""
    names = tuple(spell.line(variant.name) for variant in snapshot.variants)
    return ("p50", *names, *(("saving",) if len(names) == 2 else ()))


def rows(snapshot: Snapshot) -> tuple[Row, ...]:
    """Every metric that any variant has, then tokens, dollars and how answers ended."""
    return (*_metrics(snapshot), *_bills(snapshot.variants))


def notes(snapshot: Snapshot) -> Notes:
    """The conditions of the savings shown: a lone candidate's."""
    return Notes(snapshot.comparisons if len(snapshot.variants) == 2 else (), SHOWN)


def _metrics(snapshot: Snapshot) -> Iterator[Row]:
    variants, marks = snapshot.variants, notes(snapshot)
    for name in SHOWN:
        if not any(name in v.metrics for v in variants):
            continue
        found = comparison(snapshot, name)
        title = Cell(_titled(name), found.word if found else "", _TONES.get(found.verdict if found else "", "dim"))
        cells = [title, *(_median(v, name) for v in variants)]
        if len(variants) == 2:
            cells.append(_saving(found, marks.mark(found)))
        yield Row(tuple(cells), name)


def _titled(name: MetricName) -> str:
    """Money comes as a median, a mean and a sum: its row says which it is."""
    return f"{BY_NAME[name].title}, median" if name == "cost_usd" else BY_NAME[name].title


def comparison(snapshot: Snapshot, metric: MetricName) -> Comparison | None:
    """The saving shown in a row: a lone candidate's."""
    if len(snapshot.variants) != 2:
        return None
    name = snapshot.variants[1].name
    return next((c for c in snapshot.comparisons if c.variant == name and c.metric == metric), None)


def _median(summary: VariantSummary, name: MetricName) -> Cell:
    found = summary.metrics.get(name)
    if found is None or found.p50 is None:
        return Cell("absent", tone="dim")
    unit = BY_NAME[name].unit
    return Cell(spell.figure(found.p50, unit), spell.short_interval(found.p50_interval, unit))


def _saving(found: Comparison | None, mark: str) -> Cell:
    if found is None:
        return Cell("–", tone="dim")
    tone = _TONES.get(found.verdict, "plain")
    return Cell(spell.percent(found.estimate) + mark, spell.short_saving(found.interval), tone)


class Bill(msgspec.Struct, frozen=True):
    """A row that is counted and not estimated: its name and title, how it is counted, its words for a variant, and
    whether it is worth a row."""

    key: str
    title: str
    formula: str
    word: Callable[[VariantSummary], str]
    shown: Callable[[VariantSummary], bool] = lambda _: True


def _levers(summary: VariantSummary) -> str:
    return spell.line(stack([name.partition(":")[0] for name in summary.levers]))


def _model(summary: VariantSummary) -> str:
    return spell.line(summary.model).removeprefix("claude-")


def _ended(summary: VariantSummary) -> str:
    return ", ".join(f"{n} {spell.line(kind)}" for kind, n in summary.stop_reasons.items()) or "–"


BILLS: tuple[Bill, ...] = (
    Bill(
        "tokens_in",
        "in + warm-up",
        "input + written to the cache + read from it, summed over every call that was billed, the warm-up too",
        lambda v: f"{v.usage.prompt_tokens:,} tokens",
    ),
    Bill(
        "tokens_out",
        "out + warm-up",
        "output tokens as billed, thinking among them, summed over every call that was billed, the warm-up too",
        lambda v: f"{v.usage.output_tokens:,} tokens",
    ),
    Bill(
        "cache",
        "cache + warm-up",
        "tokens written to the prompt cache, and read from it, summed over every call that was billed, the warm-up too",
        lambda v: f"{v.cache.write_tokens:,} w / {v.cache.read_tokens:,} r",
        lambda v: bool(v.cache.write_tokens or v.cache.read_tokens),
    ),
    Bill(
        "usd",
        "$ + warm-up",
        "tokens by billing class x dated price of the model that answered, summed over every call, the warm-up too",
        lambda v: spell.usd(v.cost.total_usd),
    ),
    Bill(
        "levers",
        "levers",
        "the levers pulled, in the order in which they see a request",
        _levers,
        lambda v: bool(v.levers),
    ),
    Bill("model", "model", "the model that answered most calls, by its own word", _model),
    Bill("ended", "ended, measured", "measured runs by the stop reason of their answer", _ended),
    Bill(
        "passed",
        "passed, measured",
        "measured runs that passed every check of their sample fully; a run without an answer passes none",
        lambda v: f"{v.quality.passed} of {v.quality.runs}",
        lambda v: bool(v.quality.runs),
    ),
    Bill(
        "failed",
        "failed, measured",
        "measured runs in which any call failed; each counts as infinitely slow",
        lambda v: f"{v.errors} of {v.runs}",
        lambda v: bool(v.errors),
    ),
)
"""What stands below the metrics, from top to bottom."""


def _bills(variants: Sequence[VariantSummary]) -> Iterator[Row]:
    for bill in BILLS:
        if any(map(bill.shown, variants)):
            yield Row((Cell(bill.title, tone="dim"), *(Cell(bill.word(v)) for v in variants)), bill.key)
