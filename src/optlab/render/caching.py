"""Studies of prompt caching in words and tables: the doctor's findings, the planner's ways to buy."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from optlab.catalogue import load
from optlab.core.cache_report import (
    Arm,
    Cause,
    DoctorReport,
    DoctorSummary,
    Finding,
    MeasureReport,
    PlanName,
    PlanReport,
)
from optlab.core.events import CacheMeasured
from optlab.render import format as spell
from optlab.render.tables import Grid

MOST_FINDINGS: Final = 12

_SAID: Final[Mapping[Cause, str]] = {
    "no_breakpoint": "no block carries cache_control; mark the last block that stays the same",
    "below_minimum": "the marked prefix is shorter than the model caches; no error says so",
    "other_model": "each model, speed and workspace has a cache of its own; keep a template on one",
    "invalidating_switch": "this setting is part of the prefix; set it once and keep it",
    "changed_block": "this block differs from the previous call's; take it out, or move it behind the last breakpoint",
    "beyond_lookback": "the entry lies more than 20 blocks before the breakpoint; set a second one on the way",
    "not_yet_readable": "sent before the answer that writes the entry had begun; send one first, then the others",
    "expired": "the entry was too old; take the 1 h lifetime, or keep it alive (optlab cache plan)",
    "unknown": "nothing in the log explains it; real reads are best effort",
}
_BREAKERS: Final[Mapping[str, str]] = {
    "iso_timestamp": "a time stamp",
    "uuid": "a UUID",
    "date": "a date, new every day",
    "epoch": "a time in epoch seconds",
    "clock": "the time of day",
    "hex_id": "an id",
    "number": "a number",
    "whitespace": "white space alone; build the text the same way every time",
    "json_key_order": "the order of keys in JSON; sort the keys",
    "line_order": "the order of lines; sort them",
    "content": "the text itself",
}
_WAYS: Final[Mapping[PlanName, str]] = {
    "none": "no cache",
    "5m": "5 minutes",
    "1h": "1 hour",
    "keep_alive": "5 minutes, kept alive",
}


def doctor_object(report: DoctorReport) -> dict[str, Any]:
    """The report for programs."""
    return {
        "requests": msgspec.to_builtins(report.requests),
        "summary": msgspec.to_builtins(report.summary),
    }


def doctor_title(report: DoctorReport, name: str) -> str:
    """What was read: calls, hits, templates."""
    found = report.summary
    hits = f"{found.hits:,} of {found.calls:,} calls hit"
    templates = f"{found.templates:,} template{'' if found.templates == 1 else 's'}"
    return f"{spell.line(name)} · {hits} · {templates} · tokens ESTIMATED"


def doctor_grid(report: DoctorReport) -> Grid:
    """The findings, the dearest first."""
    found = report.summary
    header = ("", "cause", "block", "kind of change", "calls", "tokens lost", f"$ {_per(found)}")
    rows = [
        (
            str(number),
            finding.cause,
            finding.block or "–",
            finding.breaker or "–",
            f"{finding.requests:,}",
            f"{finding.lost_tokens:,}",
            spell.usd(_scaled(finding, found)),
        )
        for number, finding in enumerate(_worth_telling(found)[:MOST_FINDINGS], 1)
    ]
    return Grid(header, tuple(rows))


def doctor_lines(report: DoctorReport) -> Iterator[str]:
    """Below the table: what changed and what to do, finding by finding, and the sum."""
    found = report.summary
    shown = _worth_telling(found)
    alike: dict[str, list[int]] = {}
    for number, finding in enumerate(shown[:MOST_FINDINGS], 1):
        kind = _BREAKERS.get(finding.breaker or "", "")
        if not (finding.before or finding.after):
            alike.setdefault(_SAID[finding.cause], []).append(number)
            continue
        yield f"{number}  {f'{kind}; ' if kind else ''}{_SAID[finding.cause]} (first in call {finding.first_index})"
        yield f"   {spell.line(finding.before) or '(nothing)'} → {spell.line(finding.after) or '(nothing)'}"
    yield from (f"{', '.join(map(str, numbers))}  {words}" for words, numbers in alike.items())
    if len(shown) > MOST_FINDINGS:
        yield f"and {len(shown) - MOST_FINDINGS:,} more; --format json has every request"
    if not shown:
        yield "nothing that could have been read from the cache was missed"
    yield from found.notes


def doctor_end(report: DoctorReport) -> str:
    """The bill that the log tells of, and what this look at it cost."""
    found = report.summary
    read = found.read_tokens / found.prompt_tokens if found.prompt_tokens else 0.0
    lost = "" if found.lost_usd is None else f", {spell.usd(found.lost_usd)} of it for misses"
    pace = ""
    if found.lost_usd_per_day is not None and found.calls_per_day is not None and found.span_s is not None:
        over = spell.duration(found.span_s)
        pace = (
            f" = {spell.usd(found.lost_usd_per_day)} a day at the log's pace "
            f"({found.calls_per_day:,.0f} calls a day, from {over})"
        )
    elif found.lost_usd_per_1000_calls is not None:
        pace = f" = {spell.usd(found.lost_usd_per_1000_calls)} per 1,000 calls"
    return (
        f"prompts cost {spell.usd(found.input_usd)}{lost}{pace}; {spell.percent(read)} of their tokens were read from "
        f"the cache; prices as of {load().as_of} · 0 calls, $0"
    )


def plan_object(report: PlanReport) -> dict[str, Any]:
    """The report for programs."""
    plans = [
        {
            "ttl": plan.ttl,
            "hit_rate": plan.hit_rate,
            "multiplier": plan.multiplier,
            "usd_per_1000_calls": plan.usd_per_1000_calls,
        }
        for plan in report.plans
    ]
    rest: dict[str, Any] = msgspec.to_builtins(report)
    return {**rest, "plans": plans}


def plan_title(report: PlanReport) -> str:
    """Which prefix at which arrivals."""
    calls = ""
    if report.arrivals is not None:
        calls = f" · {report.arrivals:,} calls replayed"
    elif report.rate_per_minute is not None:
        calls = f" · {report.rate_per_minute:g} call{'' if report.rate_per_minute == 1 else 's'} a minute at random"
    estimated = " (ESTIMATED)" if report.prefix_is_estimate else ""
    return f"{spell.line(report.model)} · a prefix of {report.prefix_tokens:,} tokens{estimated}{calls}"


def plan_grid(report: PlanReport) -> Grid:
    """The ways to buy; the bill is that of the prefix alone."""
    rows = []
    for plan in report.plans:
        chosen = "→ " if plan.ttl == report.choice else "  "
        pings = f"{plan.pings_per_call:.2f}" if plan.pings_per_call else "–"
        rows.append(
            (
                f"{chosen}{_WAYS[plan.ttl]}",
                spell.percent(plan.hit_rate),
                f"× {plan.multiplier:.3f}",
                pings,
                spell.usd(plan.usd_per_1000_calls),
            )
        )
    return Grid(("way", "hits", "input price", "pings a call", "$ of the prefix per 1,000 calls"), tuple(rows))


def breakpoints_grid(report: PlanReport) -> Grid:
    """The cheapest breakpoints of each template of a log."""
    rows = tuple(
        (
            ", ".join(found.blocks) or "none",
            _WAYS[found.ttl],
            f"{found.requests:,}",
            spell.usd(found.usd_per_1000_calls),
            spell.usd(found.as_logged_usd_per_1000_calls),
            spell.usd(found.uncached_usd_per_1000_calls),
        )
        for found in report.breakpoints
    )
    return Grid(("best breakpoints behind", "lifetime", "calls", "$ per 1,000", "as logged", "no cache"), rows)


def plan_lines(report: PlanReport) -> Iterator[str]:
    """What to choose and why, warnings, notes, and what this look cost."""
    plans = {plan.ttl: plan for plan in report.plans}
    if report.choice is not None:
        best, plain = plans[report.choice], plans["none"]
        if report.prefix_tokens < report.minimum_tokens:
            yield "choose no cache: the prefix is too short to be cached, so every way costs the same"
        elif report.choice == "none":
            pays = " or ".join(f"{spell.percent(rate)} ({_WAYS[name]})" for name, rate in report.break_even.items())
            yield f"choose no cache: caching pays from a hit rate of {pays} on" if pays else "choose no cache"
        else:
            saved = spell.percent(1 - best.usd_per_1000_calls / plain.usd_per_1000_calls)
            yield f"choose {_WAYS[report.choice]}: it saves {saved} of what the prefix costs without a cache"
    yield from (f"warning: {words}" for words in report.warnings)
    yield from report.notes
    yield f"prices as of {load().as_of} · 0 calls, $0"


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
    saving = f"{spell.percent(report.saving)} ({spell.short_saving(report.interval)}), {report.verdict}"
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
    kind = "simulated money" if head.provenance == "simulated" else "real money"
    yield f"{head.calls:,} calls, {spell.usd(head.cost_usd)} of {kind}, prices as of {head.catalogue_as_of}"


def _median(arm: Arm) -> str:
    if arm.ttft_p50_s is None:
        return "never (failed)"
    return f"{spell.seconds(arm.ttft_p50_s)} ({spell.short_interval(arm.ttft_p50_interval, 's')})"


def _worth_telling(found: DoctorSummary) -> list[Finding]:
    return [finding for finding in found.findings if finding.lost_tokens]


def _per(found: DoctorSummary) -> str:
    return "a day" if found.lost_usd_per_day is not None else "per 1,000 calls"


def _scaled(finding: Finding, found: DoctorSummary) -> float | None:
    """USD of a finding a day, or per 1,000 calls of the log."""
    if finding.lost_usd is None:
        return None
    each = finding.lost_usd / found.calls
    return each * found.calls_per_day if found.calls_per_day is not None else 1000 * each
