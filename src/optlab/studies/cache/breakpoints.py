"""The cheapest breakpoints for the requests of a log: every choice of at most four, replayed.

Candidates are the ends of common prefixes, as block numbers from the beginning, and the last block of each request
(what automatic caching marks). Each template of the log is asked on its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from optlab.catalogue import Rates
from optlab.core.cache_report import Breakpoints, PlanName
from optlab.core.errors import UsageError
from optlab.engine.pricing import Pricer
from optlab.studies.cache.asked import Asked
from optlab.studies.cache.bill import LAST, bill_of, frame
from optlab.studies.cache.books import LIFETIME_S
from optlab.studies.cache.doctor import Examined, examine

_MOST_TEMPLATES: Final = 5
_MOST_CANDIDATES: Final = 7
_MANY: Final = 2_000
_CANDIDATES_OF_MANY: Final = 5
"""Of a long log the candidates that share the fewest tokens are left out, so that the replays take seconds."""


class Choice(NamedTuple):
    """Breakpoints and a lifetime, with the bill of all requests in USD."""

    usd: float
    ends: tuple[int, ...]
    ttl: PlanName


class Chosen(NamedTuple):
    """The cheapest breakpoints of one template, with its requests and their rates.

    `ends` are those of the cheapest choice; where caching nothing is cheapest, those that would cost least beside it.
    """

    breakpoints: Breakpoints
    ends: tuple[int, ...]
    requests: tuple[Asked, ...]
    rates: tuple[Rates, ...]


def best_breakpoints(requests: Sequence[Asked], pricer: Pricer) -> list[Chosen]:
    """For each of the busiest templates its cheapest breakpoints, the template with the most tokens first.

    Raises UsageError where a model has no price.
    """
    groups: dict[int, list[Examined]] = defaultdict(list)
    for one in examine(requests, pricer):
        if one.paid_usd is None:
            raise UsageError(
                f"no price is known for the model {one.request.root.model!r}, so no breakpoint is cheapest"
            )
        groups[id(one.template)].append(one)
    busiest = sorted(groups.values(), key=lambda group: -sum(one.request.prompt_tokens for one in group))
    return [_best(group, pricer) for group in busiest[:_MOST_TEMPLATES]]


def _best(group: Sequence[Examined], pricer: Pricer) -> Chosen:
    requests = tuple(one.request for one in group)
    rates = tuple(pricer.rates(r.root.model, r.prompt_tokens + frame(r), terms=r.terms) for r in requests)
    none = Choice(bill_of(requests, rates, (), 0.0).usd, (), "none")
    cached = list(_choices(requests, rates, candidates_of(requests)))
    marked = min(cached, key=_cheapest_first)
    best = min(none, marked, key=_cheapest_first)
    per_1000 = 1000 / len(requests)
    return Chosen(
        Breakpoints(
            model=requests[-1].root.model,
            requests=len(requests),
            blocks=tuple(_named(requests, end) for end in best.ends),
            ttl=best.ttl,
            usd_per_1000_calls=best.usd * per_1000,
            as_logged_usd_per_1000_calls=sum(one.paid_usd or 0.0 for one in group) * per_1000,
            uncached_usd_per_1000_calls=none.usd * per_1000,
            tried=1 + len(cached),
        ),
        marked.ends,
        requests,
        rates,
    )


def _cheapest_first(choice: Choice) -> tuple[float, int]:
    return choice.usd, len(choice.ends)


def candidates_of(requests: Sequence[Asked]) -> list[int]:
    """Block numbers at which common prefixes end, and `LAST` where one request continues another."""
    seen = Counter(trail for request in requests for trail in request.trail)
    ends = Counter(request.trail[-1] for request in requests if request.trail)
    followers: dict[bytes, set[bytes]] = defaultdict(set)
    for request in requests:
        for here, behind in zip(request.trail, request.trail[1:], strict=False):
            followers[here].add(behind)
    worth: Counter[int] = Counter()
    for request in requests:
        for position, trail in enumerate(request.trail):
            branches = len(followers.get(trail, ())) + (1 if ends[trail] else 0)
            if seen[trail] > 1 and branches > 1:
                worth[position] += request.tokens[position]
    continued = any(seen[trail] > ends[trail] for trail in ends)
    most = _MOST_CANDIDATES if len(requests) <= _MANY else _CANDIDATES_OF_MANY
    chosen = sorted(position for position, _ in worth.most_common(most - 1))
    return [*chosen, LAST] if continued or not chosen else chosen


def _choices(requests: Sequence[Asked], rates: Sequence[Rates], candidates: Sequence[int]) -> Iterator[Choice]:
    for many in range(1, 5):
        for ends in combinations(candidates, many):
            for ttl, lifetime_s in LIFETIME_S.items():
                yield Choice(bill_of(requests, rates, ends, lifetime_s).usd, ends, ttl)


def _named(requests: Sequence[Asked], end: int) -> str:
    if end == LAST:
        return "the last block"
    return next(request.pieces[end].path for request in reversed(requests) if end < len(request.pieces))
