"""The cache planner in words: the ways to buy, the best breakpoints, which to choose."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from optlab.catalogue import load
from optlab.core.cache_report import PlanName, PlanReport
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.tables import Grid

_WAYS: Final[Mapping[PlanName, str]] = {
    "none": "no cache",
    "5m": "5 minutes",
    "1h": "1 hour",
    "keep_alive": "5 minutes, kept alive",
}


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


def plan_sheet(report: PlanReport) -> Sheet:
    """The page for a person."""
    grids = [grid for grid in (plan_grid(report), breakpoints_grid(report)) if grid.rows]
    return (heading(plan_title(report)), *grids, Words(tuple(plan_lines(report))))


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
