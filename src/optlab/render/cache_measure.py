"""Cold and warm caches in words, side by side."""

from collections.abc import Iterator
from typing import Any

import msgspec

from optlab.core.cache_report import Arm, MeasureReport
from optlab.core.study_events import CacheMeasured
from optlab.core.verdict import NO_GAIN
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.study import bill
from optlab.render.tables import Grid


def measure_object(event: CacheMeasured) -> dict[str, Any]:
    """The study for programs."""
    report = event.report
    found: dict[str, Any] = msgspec.to_builtins(report)
    found["interval"] = [report.interval.low, report.interval.high]
    for arm in (report.cold, report.warm):
        if arm is not None:
            name = "cold" if arm is report.cold else "warm"
            found[name]["ttft_p50_interval"] = [arm.ttft_p50_interval.low, arm.ttft_p50_interval.high]
    return {**msgspec.to_builtins(event.head), **found}


def measure_sheet(event: CacheMeasured) -> Sheet:
    """The page for a person."""
    grid = measure_grid(event.report)
    return (heading(measure_title(event)), *([grid] if grid.rows else []), Words(tuple(measure_lines(event))))


def measure_title(event: CacheMeasured) -> str:
    """What was measured, and in which world."""
    head, report = event.head, event.report
    ended = "" if head.status == "finished" else f" · ended: {head.status}"
    where = spell.provenance(head.provenance, head.sim_speed)
    return f"{spell.line(head.scenario)} · {report.model} · {report.ttl} · {where} · {report.pairs} pairs{ended}"


def measure_grid(report: MeasureReport) -> Grid:
    """Both arms side by side; no row where nothing was measured."""
    if report.cold is None or report.warm is None:
        return Grid(("", "cold", "warm", ""), ())
    cold, warm = report.cold, report.warm
    verdict = NO_GAIN if report.verdict == "negligible" else report.verdict
    saving = f"{spell.percent(report.saving)} ({spell.short_saving(report.interval)}), {verdict}"
    rows = (
        ("first token, p50", *(_median(arm) for arm in (cold, warm)), saving),
        ("first token, mean", *(spell.seconds(arm.ttft_mean_s) for arm in (cold, warm)), ""),
        ("$ a call", *(spell.usd(arm.cost_usd) for arm in (cold, warm)), ""),
        ("tokens read", *(f"{arm.read_tokens:,.0f}" for arm in (cold, warm)), ""),
        ("tokens written", *(f"{arm.written_tokens:,.0f}" for arm in (cold, warm)), ""),
        ("failed", *(str(arm.failed) for arm in (cold, warm)), ""),
    )
    return Grid(("", "cold", "warm", "saving"), rows if cold.failed or warm.failed else rows[:-1])


def measure_lines(event: CacheMeasured) -> Iterator[str]:
    """Arrivals, caveats, and the cost this study caused."""
    report, head = event.report, event.head
    if report.too_short:
        yield (
            f"nothing was measured: the prefix has {report.prefix_tokens:,} tokens (ESTIMATED) and {report.model} "
            f"caches from {report.minimum_tokens:,} on; below that nothing is cached, without any error"
        )
    if report.expected is not None:
        found = report.expected
        yield (
            f"at {found.rate_per_minute:g} calls a minute {spell.percent(found.hit_rate)} hit: a first token takes "
            f"{spell.seconds(found.ttft_s)} on average, a call costs {spell.usd(found.cost_usd)}"
        )
    yield from (f"caveat: {caveat.sentence}" for caveat in head.caveats)
    yield bill(head)


def _median(arm: Arm) -> str:
    if arm.ttft_p50_s is None:
        return "never (failed)"
    return f"{spell.seconds(arm.ttft_p50_s)} ({spell.short_interval(arm.ttft_p50_interval, 's')})"
