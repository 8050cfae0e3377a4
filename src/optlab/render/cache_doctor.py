"""The cache doctor in words: what missed, why, what changed, what it costs."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from optlab.catalogue import load
from optlab.core.cache_report import Cause, DoctorReport, DoctorSummary, Finding
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading
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


def doctor_object(report: DoctorReport) -> dict[str, Any]:
    """The report for programs."""
    return {
        "requests": msgspec.to_builtins(report.requests),
        "summary": msgspec.to_builtins(report.summary),
    }


def doctor_sheet(report: DoctorReport, name: str) -> Sheet:
    """The page for a person; `name` is the log's."""
    grid = doctor_grid(report)
    lines = Words(tuple(doctor_lines(report)), "list")
    return (heading(doctor_title(report, name)), *([grid] if grid.rows else []), lines, Words((doctor_end(report),)))


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
        words = f"{spell.line(finding.before) or '(nothing)'} → {spell.line(finding.after) or '(nothing)'}"
        why = f"{kind}; {_SAID[finding.cause]}" if kind else _SAID[finding.cause]
        yield f"{number}: {why}; first in call {finding.first_index}: {words}"
    yield from (f"{', '.join(map(str, numbers))}: {words}" for words, numbers in alike.items())
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
