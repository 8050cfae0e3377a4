"""`optlab cache`: why a log of requests missed, what to buy for one's own arrivals, what cold and warm really are."""

import math
from typing import Any

import click

from optlab.cli.conversation import ask
from optlab.cli.options import absolute, format_option
from optlab.cli.output import Format, write_as
from optlab.cli.study import Terms, conduct, study_options
from optlab.core.answer_events import CacheDiagnosed, CachePlanned
from optlab.core.commands import DiagnoseCache, MeasureCache, PlanCache
from optlab.core.errors import UsageError
from optlab.levers.lever import split
from optlab.render import cache_doctor, cache_plan


@click.group()
def cache() -> None:
    """Prompt caching: why it missed, what to buy, what it really does."""


@cache.command()
@click.argument("requests", metavar="REQUESTS.jsonl")
@format_option("table", "json", "markdown")
def doctor(requests: str, style: Format) -> None:
    """Name for every call of a log why it missed the prompt cache, at which block, and what that costs.

    REQUESTS.jsonl holds the JSON body of one Messages request a line; "at" (epoch seconds or an ISO date-time),
    "workspace", "ttft_s" and the response's "usage" may stand beside. Nothing is sent.
    """
    report = ask(DiagnoseCache(absolute(requests)), CacheDiagnosed).report
    write_as(style, cache_doctor.doctor_object, lambda found: cache_doctor.doctor_sheet(found, requests), report)


@cache.command()
@click.argument("scenario", required=False)
@click.option("--arrivals", metavar="FILE", help="When calls came: one ISO time or epoch second a line.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Calls a minute, at random.")
@click.option("--model", help="Where no scenario is given: the model …")
@click.option("--prefix-tokens", type=click.IntRange(1, 100_000_000), help="… and the tokens of its prefix.")
@click.option("--log", metavar="REQUESTS.jsonl", help="Find the best breakpoints by replaying these requests.")
@click.option("--trim", metavar="NAMES", help="Segments of the scenario to cut, joined by + or commas.")
@click.option(
    "--keep-alive-for",
    type=click.FloatRange(0),
    metavar="MINUTES",
    help="Give up pinging so long after a call (never, unless told).",
)
@format_option("table", "json", "markdown")
def plan(
    scenario: str | None,
    arrivals: str | None,
    rate: float | None,
    model: str | None,
    prefix_tokens: int | None,
    log: str | None,
    trim: str | None,
    keep_alive_for: float | None,
    style: Format,
) -> None:
    """What a cacheable prefix costs at your own arrivals without a cache, for 5 minutes, 1 hour, and kept alive.

    The prefix is SCENARIO's, or --model with --prefix-tokens, or what --log repeats. Nothing is sent.
    """
    for name, value in (("--rate", rate), ("--keep-alive-for", keep_alive_for)):
        if value is not None and not math.isfinite(value):
            raise UsageError(f"{name} is a finite number, not {value}")
    command = PlanCache(
        scenario=scenario,
        model=model,
        prefix_tokens=prefix_tokens,
        arrivals=absolute(arrivals) if arrivals is not None else None,
        rate_per_minute=rate,
        log=absolute(log) if log is not None else None,
        trim=split(trim) if trim else (),
        keep_alive_min=keep_alive_for,
    )
    write_as(style, cache_plan.plan_object, cache_plan.plan_sheet, ask(command, CachePlanned).report)


@cache.command()
@click.argument("scenario")
@click.option("--ttl", type=click.Choice(["5m", "1h"]), help="The entry's lifetime (5m, or what the scenario says).")
@click.option("--pairs", type=click.IntRange(1), help="Pairs to measure (12, or what the scenario says).")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Calls a minute, for the mixture of both.")
@click.option("--model", help="Another model than the scenario's.")
@study_options
def measure(
    scenario: str,
    ttl: Any,
    pairs: int | None,
    rate: float | None,
    model: str | None,
    terms: Terms,
) -> None:
    """Measure SCENARIO with a cold and with a warm cache, in pairs, each call's state proven by its usage."""
    command = MeasureCache(
        scenario=scenario,
        model=model,
        ttl=ttl,
        pairs=pairs,
        rate_per_minute=rate,
    )
    conduct(command, terms)
