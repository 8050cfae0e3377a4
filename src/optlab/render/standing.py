"""The table of a screen: baseline and candidates as they stand now, each figure with its interval below it."""

from collections.abc import Iterator, Sequence
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
    """One metric: its title, then a cell a variant, then the saving where there is one candidate."""

    cells: tuple[Cell, ...]


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
        found = _comparison(snapshot, name)
        title = Cell(
            BY_NAME[name].title, found.verdict if found else "", _TONES.get(found.verdict if found else "", "dim")
        )
        cells = [title, *(_median(v, name) for v in variants)]
        if len(variants) == 2:
            cells.append(_saving(found, marks.mark(found)))
        yield Row(tuple(cells))


def _comparison(snapshot: Snapshot, metric: MetricName) -> Comparison | None:
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


def _bills(variants: Sequence[VariantSummary]) -> Iterator[Row]:
    def row(title: str, words: Sequence[str]) -> Row:
        return Row((Cell(title, tone="dim"), *(Cell(word) for word in words)))

    yield row("tokens in", [f"{v.usage.prompt_tokens:,}" for v in variants])
    yield row("tokens out", [f"{v.usage.output_tokens:,}" for v in variants])
    if any(v.cache.write_tokens or v.cache.read_tokens for v in variants):
        yield row("cache w / r", [f"{v.cache.write_tokens:,} / {v.cache.read_tokens:,}" for v in variants])
    yield row("$ in all", [spell.usd(v.cost.total_usd) for v in variants])
    if any(v.levers for v in variants):
        yield row("levers", [spell.line(stack([name.partition(":")[0] for name in v.levers])) for v in variants])
    yield row("model", [spell.line(v.model) for v in variants])
    yield row("ended", [", ".join(f"{n} {spell.line(k)}" for k, n in v.stop_reasons.items()) or "–" for v in variants])
    if any(v.quality.runs for v in variants):
        yield row("passed", [f"{v.quality.passed} of {v.quality.runs}" for v in variants])
    if any(v.errors for v in variants):
        yield row("failed", [f"{v.errors} of {v.runs}" for v in variants])
