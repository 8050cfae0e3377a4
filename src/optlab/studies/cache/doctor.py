"""`optlab cache doctor`: a log of requests replayed against an undisturbed prompt cache, every miss named and priced.

Nothing is sent. Token counts are offline estimates, prices those of the catalogue or the user's own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from optlab.core.cache_report import Diagnosis, DoctorReport, DoctorSummary, Finding
from optlab.core.errors import UsageError
from optlab.engine.pricing import Pricer
from optlab.stats.breaker import differing_words
from optlab.studies.cache.asked import Asked
from optlab.studies.cache.books import Booked, Books, billed
from optlab.studies.cache.causes import Found, why
from optlab.studies.cache.request_log import RequestLog, read_log
from optlab.studies.cache.templates import Template, Templates

DAY_S: Final = 86_400.0
_AT_A_BLOCK: Final = frozenset({"changed_block", "invalidating_switch", "other_model", "below_minimum"})
"""Causes that are one finding only where they lie at one block."""


class Examined(msgspec.Struct, frozen=True, eq=False):
    """One request with its cause. `paid_usd` is what its prompt cost, `lost_usd` how much of that a hit would have
    saved; None where its model has no price."""

    request: Asked
    template: Template
    found: Found
    booked: Booked
    lost_tokens: int
    paid_usd: float | None
    lost_usd: float | None


def doctor(path: Path, pricer: Pricer) -> DoctorReport:
    """The report on the log of a file. Raises UsageError where the file cannot be used."""
    log = read_log(path)
    examined = examine(log.requests, pricer)
    by_file = sorted(examined, key=lambda one: one.request.index)
    requests = tuple(
        Diagnosis(one.request.index, one.found.cause, one.found.block, one.found.breaker, one.lost_tokens)
        for one in by_file
    )
    return DoctorReport(requests, _summary(log, examined))


def examine(requests: Iterable[Asked], pricer: Pricer) -> list[Examined]:
    """Every request with its cause, in the order given, which is that of the calls."""
    books, templates = Books(), Templates()
    examined = []
    for request in requests:
        template = templates.of(request)
        hit = books.find(request)
        found = why(request, hit, template, books)
        examined.append(_priced(request, template, hit, found, pricer))
        books.settle(request, hit)
        template.add(request)
    return examined


def _priced(request: Asked, template: Template, hit: int, found: Found, pricer: Pricer) -> Examined:
    booked = billed(request, hit)
    if found.cause == "unknown" and request.read_tokens == 0:
        booked = billed(request, -1)
    lost = 0 if found.cause in ("hit", "first_of_template") else max(0, found.could_read - booked.read)
    frame = request.model.tokenizer.message_frame_tokens if request.model else 0
    try:
        rates = pricer.rates(request.root.model, request.prompt_tokens + frame, terms=request.terms)
    except UsageError:
        return Examined(request, template, found, booked, lost, None, None)

    def usd(booked: Booked) -> float:
        written = booked.write_5m * rates.cache_write_5m + booked.write_1h * rates.cache_write_1h
        return (booked.read * rates.cache_read + written + (booked.plain + frame) * rates.input) / 1e6

    paid = usd(booked)
    spared = paid - usd(billed(request, booked.hit, booked.read + lost)) if lost else 0.0
    return Examined(request, template, found, booked, lost, paid, spared)


def _summary(log: RequestLog, examined: Sequence[Examined]) -> DoctorSummary:
    causes = Counter(one.found.cause for one in examined)
    paid, lost = _sum(one.paid_usd for one in examined), _sum(one.lost_usd for one in examined)
    times = [one.request.at for one in examined if one.request.at is not None] if log.timed else []
    span = max(times) - min(times) if times else None
    # The first call opens the span, so that n calls have n - 1 gaps in it.
    pace = (len(examined) - 1) / span * DAY_S if span else None
    return DoctorSummary(
        calls=len(examined),
        hits=causes["hit"],
        templates=len({id(one.template) for one in examined}),
        causes=dict(causes.most_common()),
        prompt_tokens=sum(one.request.prompt_tokens for one in examined),
        read_tokens=sum(one.booked.read for one in examined),
        lost_tokens=sum(one.lost_tokens for one in examined),
        input_usd=paid,
        lost_usd=lost,
        lost_usd_per_1000_calls=None if lost is None else 1000 * lost / len(examined),
        lost_usd_per_day=None if lost is None or pace is None else lost / len(examined) * pace,
        calls_per_day=pace,
        span_s=span,
        findings=_findings(examined),
        notes=(*log.notes, *_notes(examined)),
    )


def _findings(examined: Sequence[Examined]) -> tuple[Finding, ...]:
    """The misses by cause, block and kind of change, the dearest first."""
    groups: dict[tuple[object, ...], list[Examined]] = defaultdict(list)
    for one in examined:
        if one.found.cause not in ("hit", "first_of_template"):
            block = one.found.block if one.found.cause in _AT_A_BLOCK else None
            groups[id(one.template), one.found.cause, block, one.found.breaker].append(one)
    findings = [_finding(group) for group in groups.values()]
    return tuple(sorted(findings, key=lambda f: (-(f.lost_usd or 0.0), -f.lost_tokens, f.first_index)))


def _finding(group: Sequence[Examined]) -> Finding:
    first = min(group, key=lambda one: one.request.index)
    was, now = first.found.before, first.found.after
    before = after = ""
    if was or now:
        before, after = differing_words(was.content.text if was else "", now.content.text if now else "")
    return Finding(
        cause=first.found.cause,
        block=first.found.block,
        breaker=first.found.breaker,
        requests=len(group),
        lost_tokens=sum(one.lost_tokens for one in group),
        lost_usd=_sum(one.lost_usd for one in group),
        first_index=first.request.index,
        before=before,
        after=after,
    )


def _sum(amounts: Iterable[float | None]) -> float | None:
    """The sum; None where one of the amounts is unknown."""
    total = 0.0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _notes(examined: Sequence[Examined]) -> Iterable[str]:
    unknown = sorted({one.request.root.model for one in examined if one.request.model is None})
    if unknown:
        yield (
            f"the catalogue does not know {', '.join(unknown)}: taken to cache from 1,024 tokens on, counted in the "
            "older tokenizer"
        )
    unpriced = sorted({one.request.root.model for one in examined if one.paid_usd is None})
    if unpriced:
        yield f"no price is known for {', '.join(unpriced)}, so nothing is said in dollars; prices.toml may hold one"
