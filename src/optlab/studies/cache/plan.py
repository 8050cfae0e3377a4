"""`optlab cache plan`: from what a door asks to a PlanReport. Nothing is sent."""

import math
from pathlib import Path
from statistics import median

import msgspec

from optlab.core.cache_report import CachePlan, PlanReport
from optlab.core.commands import PlanCache
from optlab.core.errors import UsageError
from optlab.core.scenario import Scenario
from optlab.engine.pricing import Pricer
from optlab.studies.cache.bill import LAST, bill_of
from optlab.studies.cache.breakpoints import Chosen, best_breakpoints
from optlab.studies.cache.planner import (
    PING_EVERY_MIN,
    Prefix,
    Traffic,
    break_even,
    cheapest,
    plans_for,
    plans_of_log,
)
from optlab.studies.cache.prefixes import prefix_of, trim_warnings, trimmed
from optlab.studies.cache.request_log import epoch_seconds, read_log
from optlab.studies.json_lines import read_lines

LEAST_RATE = 1e-9
"""Calls a minute; rarer than once in two thousand years nothing needs a plan, and pings cannot be counted."""

_NOTICEABLE = 0.02
"""The share of reads from which a prefix that changes makes another plan."""


def plan_cache(command: PlanCache, scenario: Scenario | None, pricer: Pricer) -> PlanReport:
    """The report that a command asks for; `scenario` is the one it names. Raises UsageError where it makes no sense.

    A log alone is replayed as it is: the ways to buy then are those of its own prefixes, with what changes in them.
    """
    log = read_log(Path(command.log)) if command.log else None
    chosen = best_breakpoints(log.requests, pricer) if log else []
    own = chosen[0] if chosen and scenario is None and command.model is None else None
    prefix = _prefix(command, scenario, own)
    warnings = trim_warnings(scenario, command.trim, pricer) if scenario else []
    traffic = _traffic(command, scenario, chosen[0] if log and log.timed else None)
    if prefix.tokens < prefix.minimum and not (command.trim and warnings):
        warnings.append(
            f"the prefix has {prefix.tokens:,} tokens and {prefix.model} caches from {prefix.minimum:,} on: "
            "nothing would be cached, without any error"
        )
    notes = list(log.notes) if log else []
    most_pings = None if command.keep_alive_min is None else int(command.keep_alive_min / PING_EVERY_MIN)
    plans: tuple[CachePlan, ...] = ()
    if traffic is None:
        notes.append("the log has no times, so nothing is known of lifetimes; --rate says how often calls come")
    elif own and traffic.of_log:
        plans = plans_of_log(own.requests, own.rates, own.ends, most_pings)
        notes += [_policy(most_pings), *_busiest(own, len(chosen))]
    else:
        plans = plans_for(prefix, traffic, pricer, most_pings)
        notes.append(_policy(most_pings))
        if own:
            notes.append(
                "the ways above take the prefix of the busiest template as one that never changes; what the log's own "
                "changes cost is in the bill of its breakpoints (optlab cache doctor names them)"
            )
            warnings += _changing(own)
    best = cheapest(plans) if plans else None
    return PlanReport(
        model=prefix.model,
        prefix_tokens=prefix.tokens,
        prefix_is_estimate=scenario is not None or command.prefix_tokens is None,
        minimum_tokens=prefix.minimum,
        plans=plans,
        choice=best.ttl if best else None,
        break_even=break_even(prefix, pricer),
        arrivals=len(traffic.times) if traffic and traffic.times is not None else None,
        rate_per_minute=_rate(traffic),
        breakpoints=tuple(one.breakpoints for one in chosen),
        warnings=tuple(warnings),
        notes=tuple(notes),
    )


def _busiest(own: Chosen, templates: int) -> list[str]:
    if templates == 1:
        return []
    return [
        f"the ways above are those of the template with the most tokens, {len(own.requests):,} calls; the log has "
        "others, each with breakpoints of its own"
    ]


def _changing(own: Chosen) -> list[str]:
    """A warning where the log's prefixes are not read as often as one that never changes would be."""
    undated = [msgspec.structs.replace(request, at=None) for request in own.requests]
    replayed = bill_of(undated, own.rates, own.ends, 0.0)
    if replayed.read_tokens >= (1 - _NOTICEABLE) * (1 - 1 / len(undated)) * replayed.prefix_tokens:
        return []
    return [
        f"the prefix changes within the log: were every entry alive, {replayed.read_tokens:,} of its "
        f"{replayed.prefix_tokens:,} tokens would be read, so the hits above are too many; with a time (at) on every "
        "line the log itself is replayed"
    ]


def read_arrivals(path: Path) -> tuple[float, ...]:
    """The times of a file: one ISO date-time or epoch second a line, in any order. Raises UsageError."""
    return tuple(read_lines(path, _time, item="time", write="write one ISO date-time or epoch second a line"))


def _time(line: bytes, number: int) -> float:
    text = line.decode("utf-8").strip()
    try:
        return epoch_seconds(float(text) if _is_number(text) else text)
    except ValueError as error:
        raise ValueError(f"this {error}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    # Eight digits are a day in ISO's basic form, not a moment in 1970.
    return not (len(text) == 8 and text.isdigit())


def _prefix(command: PlanCache, scenario: Scenario | None, own: Chosen | None) -> Prefix:
    if scenario is not None:
        return prefix_of(trimmed(scenario, command.trim))
    if command.trim:
        raise UsageError("--trim names segments of a scenario; give the scenario")
    if command.model is not None or command.prefix_tokens is not None:
        if command.model is None or command.prefix_tokens is None:
            raise UsageError("--model and --prefix-tokens belong together; give both, or a scenario")
        return Prefix(command.model, command.prefix_tokens)
    if own:
        return _of_log(own)
    raise UsageError("say what is to be cached: a scenario, --model with --prefix-tokens, or --log")


def _of_log(chosen: Chosen) -> Prefix:
    """The prefix up to the last of the best breakpoints, as long as it is in the middle of the requests."""
    lengths = []
    for request in chosen.requests:
        ends = [len(request.pieces) - 1 if end == LAST else end for end in chosen.ends]
        lengths.append(max((request.tokens[end] for end in ends if 0 <= end < len(request.tokens)), default=0))
    return Prefix(chosen.breakpoints.model, int(median(lengths)))


def _traffic(command: PlanCache, scenario: Scenario | None, timed: Chosen | None) -> Traffic | None:
    """When calls come; None where only a log without times is there to tell."""
    if command.arrivals is not None and command.rate_per_minute is not None:
        raise UsageError("--arrivals and --rate both say when calls come; give one of them")
    if command.arrivals is not None:
        return Traffic(times=read_arrivals(Path(command.arrivals)))
    declared = scenario.traffic.per_minute if scenario else None
    rate = declared if command.rate_per_minute is None and timed is None else command.rate_per_minute
    if rate is not None:
        if not LEAST_RATE <= rate < math.inf:
            raise UsageError(f"--rate is calls a minute and above 0 ({LEAST_RATE:g} at least), not {rate:g}")
        return Traffic(rate_per_minute=rate)
    if timed is not None:
        return Traffic(tuple(request.at for request in timed.requests if request.at is not None), of_log=True)
    if command.log:
        return None
    raise UsageError("say when calls come: --arrivals FILE, or --rate in calls a minute")


def _rate(traffic: Traffic | None) -> float | None:
    """Calls a minute, as declared or over the time between the first and the last call."""
    if traffic is None or traffic.times is None:
        return traffic.rate_per_minute if traffic else None
    span = max(traffic.times) - min(traffic.times)
    return 60.0 * (len(traffic.times) - 1) / span if span else None


def _policy(most_pings: int | None) -> str:
    how_long = "until the next call comes" if most_pings is None else f"at most {most_pings} times after each call"
    return (
        f"keep_alive: a call that reads the 5-minute prefix and answers one token, after every {PING_EVERY_MIN:g} "
        f"minutes without a call, {how_long}; these pings are in its figures"
    )
